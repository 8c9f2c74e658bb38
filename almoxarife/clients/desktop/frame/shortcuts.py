"""F1: a card over the screen with all shortcuts, generated from the commands."""

from collections.abc import Sequence
from typing import Any

from almoxarife.clients.desktop.frame.commands import Command, in_groups
from almoxarife.clients.desktop.kit.focus import keep_tab_inside
from almoxarife.clients.desktop.kit.theme import Theme
from almoxarife.clients.desktop.kit.virtual_list import Column, Row, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Frame, Label

_COLUMNS = 2
_SCROLLED = (Column("key", "Tecla", 110), Column("action", "O que faz", 240, stretches=True))
ShortcutRow = tuple[str, str]
"""(key, label of the command); a heading has no key."""


def list_rows(commands: Sequence[Command]) -> list[ShortcutRow]:
    """The shortcuts offered to this person, under the names of the menus."""
    rows: list[ShortcutRow] = []
    for group, members in in_groups(command for command in commands if command.keys):
        rows.append(("", group.value))
        rows += [(command.key_label, command.label) for command in members]
    return rows


def in_columns(rows: Sequence[ShortcutRow]) -> list[list[ShortcutRow]]:
    """Split into two columns of about equal length, between two menus; if in doubt the first is the longer one."""
    headings = [at for at, (key, _) in enumerate(rows) if at and not key]
    middle = min(headings, key=lambda at: (abs(2 * at - len(rows)), -at), default=len(rows))
    return [[*rows[:middle]], [*rows[middle:]]]


class ShortcutCard:
    """Covers the window, so that nothing below it is clicked or typed into by accident."""

    def __init__(self, root: Any, commands: Sequence[Command], theme: Theme) -> None:
        self._root = root
        self._commands = commands
        self._theme = theme
        self._px = theme.px
        self._cover: Any = None
        self._focus_before: Any = None

    @property
    def is_open(self) -> bool:
        return self._cover is not None

    def toggle(self) -> None:
        if self.is_open:
            self._close()
        else:
            self._open()

    def _open(self) -> None:
        self._focus_before = self._root.focus_lastfor()
        cover = self._cover = Frame(self._root, style="Bar.TFrame")
        card = Frame(cover, style="Card.TFrame", padding=self._px(24))
        Label(card, text="Atalhos do teclado", style="Title.TLabel").grid(row=0, column=0, sticky="w")
        columns = self._list(card)
        close = Button(card, text="Fechar  Esc", style="Main.TButton", command=self._close)
        # Beside the title, because with large text the list is as long as the window.
        close.grid(row=0, column=_COLUMNS - 1, sticky="e")
        close.bind("<Escape>", lambda _: self._close())
        card.update_idletasks()
        if card.winfo_reqheight() <= self._root.winfo_height():
            card.place(relx=0.5, rely=0.5, anchor="center")
        else:
            for column in columns:
                column.destroy()
            self._list_to_scroll(card)
            card.place(relx=0.5, rely=0.5, anchor="center", relwidth=0.8, relheight=0.95)
        cover.place(relx=0, rely=0, relwidth=1, relheight=1)
        cover.lift()
        keep_tab_inside(card)
        close.focus_set()

    def _close(self) -> str:
        self._cover.destroy()
        self._cover = None
        if self._focus_before is not None and self._focus_before.winfo_exists():
            self._focus_before.focus_set()
        return "break"

    def _list(self, card: Any) -> list[Any]:
        """All shortcuts in columns."""
        columns = []
        for number, rows in enumerate(in_columns(list_rows(self._commands))):
            column = Frame(card)
            column.grid(row=1, column=number, sticky="nw", padx=(0 if number == 0 else self._px(32), 0))
            for row, (key, label) in enumerate(rows):
                self._write(column, row, key, label)
            columns.append(column)
        return columns

    def _list_to_scroll(self, card: Any) -> None:
        """All shortcuts in one scrolled list, for large text."""
        shown = VirtualList(card, _SCROLLED, self._theme)
        shown.show([Row(str(number), line) for number, line in enumerate(list_rows(self._commands))])
        shown.tree.bind("<Escape>", lambda _: self._close())
        shown.frame.grid(row=1, column=0, columnspan=_COLUMNS, sticky="nsew", pady=(self._px(8), 0))
        card.columnconfigure(0, weight=1)
        card.rowconfigure(1, weight=1)

    def _write(self, column: Any, row: int, key: str, label: str) -> None:
        if key:
            Label(column, text=key, style="Quiet.TLabel").grid(row=row, column=0, sticky="w")
            Label(column, text=label).grid(row=row, column=1, sticky="w", padx=(self._px(16), 0))
        else:
            Label(column, text=label, style="Strong.TLabel").grid(
                row=row, column=0, columnspan=2, sticky="w", pady=(self._px(10), self._px(2))
            )
