"""The monitor's list of movements. At the top it follows new ones; scrolled down, it stays where it is."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from almoxarife.brazil import format_number
from almoxarife.clients.desktop.frame.commands import Command
from almoxarife.clients.desktop.frame.preferences import PreferencesFile
from almoxarife.clients.desktop.kit.theme import Theme
from almoxarife.clients.desktop.kit.virtual_list import Column, Row, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Label
from almoxarife.clients.desktop.monitor.feed import Feed
from almoxarife.clients.desktop.monitor.movement_filter import EVERYTHING, MovementFilter

_NAME = "movimentacoes"
_UNSEEN_TOP_PX = 36
_COLUMNS = (
    Column("hora", "Hora", 100, gives_way=5),
    Column("tipo", "Movimento", 118, gives_way=4),
    Column("quem", "Quem", 104),
    Column("quantidade", "Quantidade", 100, anchor="e"),
    Column("produto", "Produto", 180, stretches=True),
    Column("saldo", "Saldo", 84, anchor="e", gives_way=1),
    Column("loja", "Loja", 120, gives_way=3),
    Column("novo", "", 58, gives_way=2),
)


class LiveList:
    """``newest``: the command of the button that shows how many new movements are above or held back by a pause."""

    def __init__(self, parent: Any, theme: Theme, preferences: PreferencesFile, feed: Feed, *, newest: Command) -> None:
        self._theme = theme
        self._feed = feed
        self._newest = newest
        self._rows: list[Row] = []
        self._paused_at: int | None = None
        self._above: set[str] = set()
        self.view: MovementFilter = EVERYTHING
        self.shops: Mapping[str, str] = {}
        self._list = VirtualList(
            parent,
            _COLUMNS,
            theme,
            colours=lambda t: {"up": t.success, "down": t.danger},
            widths=preferences.values.columns.get(_NAME, {}),
            resized=lambda widths: preferences.remember_columns(_NAME, widths),
            scrolled=self._scrolled,
        )
        self.frame = self._list.frame
        self._empty = Label(parent, style="QuietField.TLabel", justify="center")
        self._unseen = Button(parent, style="Main.TButton", command=newest.run)
        self._restyle()
        theme.on_change(self._restyle)

    @property
    def is_paused(self) -> bool:
        return self._paused_at is not None

    def focus(self) -> None:
        self._list.tree.focus_set()

    def show(self) -> None:
        """Update from the feed. If scrolled down, the visible rows do not move and new ones above are counted."""
        before, at = self._rows, self._list.first_visible
        names = self.shops if len(self.shops) > 1 else {}
        self._rows = self._feed.rows(self.view, now=datetime.now(UTC), shops=names, up_to=self._paused_at)
        first = self._place_of(before[at].key, at) if at and before else 0
        known = {row.key for row in before}
        new = {row.key for row in self._rows[:first] if row.cells and row.key not in known}
        self._above = (self._above | new) if first else set()
        self._list.show(self._rows, first=first)
        self._say_unseen()
        self._say_empty()

    def narrow(self, view: MovementFilter) -> None:
        if view != self.view:
            self.view = view
            self._start_at_top()

    def name_shops(self, names: Mapping[str, str]) -> None:
        """``names`` by id. The column is hidden if there is only one shop."""
        self.shops = names
        self._list.hide_column("loja", is_hidden=len(names) < 2)
        self.show()

    def pause(self, *, is_paused: bool) -> None:
        self._paused_at = self._feed.newest if is_paused else None
        self.show()

    def go_to_newest(self) -> None:
        self._start_at_top()
        self.focus()

    def _start_at_top(self) -> None:
        self._list.show([], first=0)
        self.show()

    def _place_of(self, key: str, otherwise: int) -> int:
        return next((place for place, row in enumerate(self._rows) if row.key == key), otherwise)

    def _scrolled(self) -> None:
        if self._list.first_visible == 0:
            self._above = set()
        self._say_unseen()

    def _say_unseen(self) -> None:
        held_back = 0 if self._paused_at is None else self._feed.count_held_back(self.view, self._paused_at)
        count = len(self._above) + held_back
        if count == 0:
            self._unseen.place_forget()
            return
        word = "nova" if count == 1 else "novas"
        self._unseen.configure(text=f"↑ {format_number(count)} {word}  {self._newest.key_label}")
        # Placed over the list: in the layout above it, it would move the rows.
        self._unseen.place(in_=self.frame, relx=0.5, y=self._theme.px(_UNSEEN_TOP_PX), anchor="n")

    def _say_empty(self) -> None:
        if any(row.cells for row in self._rows):
            self._empty.place_forget()
            return
        nothing = "Nenhuma movimentação ainda."
        narrowed = "Nenhuma movimentação com este filtro.\nEsc mostra tudo."
        self._empty.configure(text=narrowed if self.view.is_narrowed else nothing)
        self._empty.place(in_=self.frame, relx=0.5, rely=0.4, anchor="center")

    def _restyle(self) -> None:
        self._list.tree.tag_configure("new", background=self._theme.tokens.fresh)
