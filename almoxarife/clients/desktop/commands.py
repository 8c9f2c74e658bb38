"""What a person can do by key or button, declared once: the binding and the label come from here."""

import tkinter as tk
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_KEY_NAMES = {"Return": "Enter", "Escape": "Esc", "plus": "+", "minus": "-", "space": "Espaço"}
TEXT_CLASSES = frozenset({"TEntry", "Entry", "Text", "TCombobox", "TSpinbox"})


@dataclass(frozen=True)
class Command:
    """``keys`` are Tk's, without angle brackets ("Control-n"); the first one is shown."""

    label: str
    keys: tuple[str, ...]
    act: Callable[[], None]
    is_enabled: Callable[[], bool] = lambda: True
    is_outside_text_only: bool = False
    """In a text field the key means what it means there (Ctrl+Z undoes typing)."""
    is_offered: Callable[[], bool] = lambda: True
    """Whether this person may do it at all; what they may not is in no menu and no list of keys."""

    @property
    def key_label(self) -> str:
        *modifiers, key = self.keys[0].split("-")
        names = [{"Control": "Ctrl"}.get(m, m) for m in modifiers]
        shown = _KEY_NAMES.get(key, key.upper() if len(key) == 1 else key)
        return "+".join([*names, shown])

    @property
    def button_label(self) -> str:
        return f"{self.label}  {self.key_label}"

    def run(self) -> None:
        if self.is_offered() and self.is_enabled():
            self.act()


def bind_commands(root: tk.Tk, commands: Iterable[Command]) -> None:
    for command in commands:
        for key in command.keys:
            for spelling in _spellings(key):
                root.bind(f"<{spelling}>", _handler(root, command))


def _spellings(key: str) -> list[str]:
    """With Caps Lock on, Tk reports Ctrl+N as Control-N."""
    head, dash, last = key.rpartition("-")
    return [key, f"{head}{dash}{last.upper()}"] if dash and len(last) == 1 and last.isalpha() else [key]


def _handler(root: tk.Tk, command: Command) -> Callable[["tk.Event[tk.Misc]"], str | None]:
    def handle(event: "tk.Event[tk.Misc]") -> str | None:
        if command.is_outside_text_only and _is_in_text(root):
            return None
        command.run()
        return "break"

    return handle


def _is_in_text(root: tk.Tk) -> bool:
    focused = root.focus_get()
    return focused is not None and focused.winfo_class() in TEXT_CLASSES
