"""Commands: each is declared once, and its shortcut, button, menu entry and line in the list of shortcuts follow."""

import tkinter as tk
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from almoxarife.clients.desktop.kit.focus import focused

_KEY_NAMES = {"Return": "Enter", "Escape": "Esc", "Delete": "Del", "plus": "+", "minus": "-", "space": "Espaço"}
TEXT_CLASSES = frozenset({"TEntry", "Entry", "Text", "TCombobox", "TSpinbox"})
_PRESSED_BY_SPACE = frozenset({"TButton", "TCheckbutton", "TRadiobutton", "Toolbutton", "TMenubutton"})


class Group(StrEnum):
    """The menus, in display order."""

    STOCK = "Estoque"
    SALES = "Vendas"
    VIEW = "Exibir"
    PEOPLE = "Pessoas"
    HELP = "Ajuda"


@dataclass(frozen=True)
class Command:
    """``keys`` are Tk key names without angle brackets ("Control-n"). The first is displayed; without any, the command
    is only in the menu.
    """

    label: str
    keys: tuple[str, ...]
    act: Callable[[], None]
    is_enabled: Callable[[], bool] = lambda: True
    is_outside_text_only: bool = False
    """Inactive while a text field has the focus, where the key has another meaning (Ctrl+Z undoes typing)."""
    is_meant_in_text: Callable[[], bool] = lambda: False
    """Whether the key is this command's although a text field has the focus: nothing was typed there to undo."""
    is_offered: Callable[[], bool] = lambda: True
    """Whether this person may use it at all; if not, it is neither in the menu nor in the list of shortcuts."""
    group: Group = Group.STOCK
    is_in_menu: bool = True

    @property
    def key_label(self) -> str:
        if not self.keys:
            return ""
        *modifiers, key = self.keys[0].split("-")
        names = [{"Control": "Ctrl"}.get(m, m) for m in modifiers]
        shown = _KEY_NAMES.get(key, key.upper() if len(key) == 1 else key)
        return f"{'+'.join(names)} {shown}" if shown in {"+", "-"} else "+".join([*names, shown])

    @property
    def button_label(self) -> str:
        return f"{self.label}  {self.key_label}"

    @property
    def can_run(self) -> bool:
        return self.is_offered() and self.is_enabled()

    def run(self) -> None:
        if self.can_run:
            self.act()


def in_groups(commands: Iterable[Command]) -> list[tuple[Group, list[Command]]]:
    """The commands offered to this person, by menu, in order of declaration."""
    order = list(Group)
    offered = sorted((c for c in commands if c.is_offered()), key=lambda command: order.index(command.group))
    return [(group, list(members)) for group, members in groupby(offered, key=lambda command: command.group)]


def bind_commands(root: tk.Tk, commands: Iterable[Command]) -> None:
    """Bind all keys. If commands share a key, the first declared one that can run now is run."""
    meanings: dict[str, list[Command]] = {}
    for command in commands:
        for key in command.keys:
            meanings.setdefault(key, []).append(command)
    for key, candidates in meanings.items():
        for spelling in _spellings(key):
            root.bind(f"<{spelling}>", _handler(root, key, candidates))
            if key.startswith("Control-") and not any(command.is_outside_text_only for command in candidates):
                _take_from_text_fields(root, spelling)


def _take_from_text_fields(root: tk.Tk, spelling: str) -> None:
    """Disable Tk's Emacs-like bindings in fields: Ctrl+D would change the theme *and* delete a character."""
    for kind in TEXT_CLASSES:
        root.bind_class(kind, f"<{spelling}>", lambda _: None)


def _spellings(key: str) -> list[str]:
    """Both cases of a letter: with Caps Lock on, Tk reports Ctrl+N as Control-N."""
    head, dash, last = key.rpartition("-")
    return [key, f"{head}{dash}{last.upper()}"] if dash and len(last) == 1 and last.isalpha() else [key]


def _handler(root: tk.Tk, key: str, candidates: Sequence[Command]) -> Callable[["tk.Event[tk.Misc]"], str | None]:
    def handle(event: "tk.Event[tk.Misc]") -> str | None:
        meant = [
            c for c in candidates if not (c.is_outside_text_only and _needs_the_key(root, key)) or c.is_meant_in_text()
        ]
        if not meant:
            return None
        command = next((c for c in meant if c.can_run), None)
        if command is not None:
            command.act()
        return "break"

    return handle


def _needs_the_key(root: tk.Tk, key: str) -> bool:
    """Whether the focused widget handles the key itself."""
    at = focused(root)
    kind = at.winfo_class() if at is not None else ""
    return kind in TEXT_CLASSES or (key == "space" and kind in _PRESSED_BY_SPACE)
