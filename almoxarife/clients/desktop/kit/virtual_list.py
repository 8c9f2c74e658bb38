"""A list that draws only the visible rows, so that 50,000 rows are as fast as 50.

The Treeview holds one screenful of items, whose contents are replaced while scrolling. The selection is
kept by the row's key and the scroll position by index, so both survive new contents.
"""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from tkinter import font as tkfont
from types import MappingProxyType
from typing import Any, overload

from almoxarife.clients.desktop.kit.colours import Palette
from almoxarife.clients.desktop.kit.theme import ROW_HEIGHT_PX, Theme, cell_padding_px
from almoxarife.clients.desktop.kit.widgets import Frame, Label, Scrollbar, Treeview, on_enter, shortened, show_if

_NARROWEST_PX = 24
_EDGE_PX = 2


@dataclass(frozen=True)
class Column:
    name: str
    title: str
    width_px: int
    anchor: str = "w"
    stretches: bool = False
    gives_way: int = 0
    """If above 0, the column is hidden when the stretching column gets too narrow; the smallest number first."""


@dataclass(frozen=True)
class Row:
    key: str
    cells: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    sentence: str = ""
    """Shown across all columns instead of cells."""
    kind: str = "Quiet"
    """The sentence's kind of label, which gives its colour."""


class LazyRows(Sequence[Row]):
    """Rows that are created when they are drawn. Subclasses define ``__len__``, ``make`` and ``position``."""

    @abstractmethod
    def make(self, position: int) -> Row: ...

    @abstractmethod
    def position(self, key: str) -> int | None: ...

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        positions = range(len(self))[index]
        return self.make(positions) if isinstance(positions, int) else [self.make(at) for at in positions]


@dataclass(frozen=True)
class SortOrder:
    column: str
    is_descending: bool = False


def next_order(order: SortOrder | None, column: str) -> SortOrder | None:
    """The order after a click on a title: ascending, then descending, then none."""
    if order is None or order.column != column:
        return SortOrder(column)
    return None if order.is_descending else SortOrder(column, is_descending=True)


class VirtualList:
    """Calls ``activated`` with a row's key on Enter or double click, ``selection_changed`` when another is selected."""

    def __init__(
        self,
        parent: Any,
        columns: Sequence[Column],
        theme: Theme,
        *,
        colours: Callable[[Palette], Mapping[str, str]] = lambda _: {},
        activated: Callable[[str], None] = lambda _: None,
        selection_changed: Callable[[str], None] = lambda _: None,
        scrolled: Callable[[], None] = lambda: None,
        sorted_by: Callable[[SortOrder | None], None] | None = None,
        widths: Mapping[str, int] = MappingProxyType({}),
        resized: Callable[[dict[str, int]], None] = lambda _: None,
    ) -> None:
        """``colours``: of the rows' texts, by tag. ``sorted_by``, if given, is called when a title is clicked.

        ``widths``: column widths that a person set before; ``resized`` is called with new ones. ``scrolled`` is called
        after every scroll.
        """
        self.frame = Frame(parent)
        self._columns = columns
        self._theme = theme
        self._px = theme.px
        self._colours = colours
        self._activated = activated
        self._selection_changed = selection_changed
        self._scrolled = scrolled
        self._sorted_by = sorted_by
        self._order: SortOrder | None = None
        self._widths = {column.name: widths.get(column.name, column.width_px) for column in columns}
        self._resized = resized
        self._hidden: set[str] = set()
        self._rows: Sequence[Row] = ()
        self._first = 0
        self._selected: str | None = None
        self._items: list[str] = []
        self._sentences: list[Any] = []
        self.tree = Treeview(self.frame, columns=[c.name for c in columns], show="headings", selectmode="browse")
        self._bar = Scrollbar(self.frame, orient="vertical", bootstyle="secondary", command=self._bar_moved)
        self.tree.grid(row=0, column=0, sticky="nsew")
        self._bar.grid(row=0, column=1, sticky="ns")
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(0, weight=1)
        self._restyle()
        theme.on_change(self._restyle)
        self.tree.bind("<Destroy>", lambda _: theme.forget(self._restyle))
        self._bind()

    @property
    def first_visible(self) -> int:
        return self._first

    @property
    def selected(self) -> str | None:
        return self._selected

    def _restyle(self) -> None:
        """Apply the current theme and text size."""
        for tag, colour in self._colours(self._theme.tokens).items():
            self.tree.tag_configure(tag, foreground=colour)
        for column in self._columns:
            self.tree.column(column.name, width=self._width(column), anchor=column.anchor, stretch=False)
        self._show_titles()
        self._fit()

    def show(self, rows: Sequence[Row], *, first: int | None = None) -> None:
        """``first``: index of the first visible row; None keeps the scroll position."""
        self._rows = rows
        if first is not None:
            self._first = first
        self._draw()

    def hide_column(self, name: str, *, is_hidden: bool) -> None:
        """Hide or show a column, such as one that has the same value in every row."""
        hidden = self._hidden | {name} if is_hidden else self._hidden - {name}
        if hidden != self._hidden:
            self._hidden = hidden
            self._fit()

    def select(self, key: str | None) -> None:
        self._set_selected(key)
        position = self._position(key)
        if position is not None:
            self._reveal(position)
        self._draw()

    def _width(self, column: Column) -> int:
        return self._px(max(_NARROWEST_PX, self._widths[column.name]))

    def _show_titles(self) -> None:
        for column in self._columns:
            title = column.title
            if self._order is not None and self._order.column == column.name:
                title = f"{title} {'▼' if self._order.is_descending else '▲'}"
            self.tree.heading(column.name, text=title, anchor=column.anchor)
            if self._sorted_by is not None:
                self.tree.heading(column.name, command=partial(self._sort, column.name))

    def _bind(self) -> None:
        tree = self.tree
        tree.bind("<Configure>", lambda _: self._fit())
        tree.bind("<<TreeviewSelect>>", lambda _: self._tree_selected())
        tree.bind("<Double-1>", self._double_clicked)
        tree.bind("<ButtonRelease-1>", lambda _: self._note_widths())
        on_enter(tree, self._activate)
        for key, step in (("<Up>", -1), ("<Down>", 1)):
            tree.bind(key, lambda _, step=step: self._move(step))
        tree.bind("<Prior>", lambda _: self._move(-self._room()))
        tree.bind("<Next>", lambda _: self._move(self._room()))
        tree.bind("<Home>", lambda _: self._move(-len(self._rows)))
        tree.bind("<End>", lambda _: self._move(len(self._rows)))
        self._bind_wheel(tree)

    def _bind_wheel(self, widget: Any) -> None:
        widget.bind("<MouseWheel>", lambda event: self._scroll(-3 if event.delta > 0 else 3))
        widget.bind("<Button-4>", lambda _: self._scroll(-3))
        widget.bind("<Button-5>", lambda _: self._scroll(3))

    # --- drawing ----------------------------------------------------------------------

    @property
    def _row_height(self) -> int:
        return self._px(ROW_HEIGHT_PX)

    def _room(self) -> int:
        """How many rows are visible as a whole, below the titles and above the border."""
        first_row: Any = self.tree.bbox(self._items[0]) if self._items else ""
        border, top = first_row[:2] if first_row else (0, self._row_height)
        rows: int = (self.tree.winfo_height() - top - border) // self._row_height
        return max(1, rows)

    def _fit(self) -> None:
        self._stretch()
        wanted = self._room() + 1  # the last one is partly visible
        while len(self._items) < wanted:
            self._items.append(self.tree.insert("", "end"))
        self._draw()

    def _stretch(self) -> None:
        """Give the remaining width to one column; ttk would push the last columns out of view."""
        room = self.tree.winfo_width() - 4
        elastic = next((column for column in self._columns if column.stretches), None)
        if room <= 1 or elastic is None:
            return
        wanted = self._width(elastic)
        shown = [column for column in self._columns if column.name not in self._hidden]
        for column in sorted((c for c in shown if c.gives_way), key=lambda c: c.gives_way):
            if self._left(room, shown) < wanted:
                shown.remove(column)
        self.tree.configure(displaycolumns=[column.name for column in shown])
        self.tree.column(elastic.name, width=max(wanted // 2, self._left(room, shown)))

    def _left(self, room: int, shown: Sequence[Column]) -> int:
        return room - sum(self._width(column) for column in shown if not column.stretches)

    def _draw(self) -> None:
        self._first = max(0, min(self._first, len(self._rows) - self._room()))
        shown = self._rows[self._first : self._first + len(self._items)]
        selection = []
        cut = self._cutter()
        for item, row in zip(self._items, shown, strict=False):
            self.tree.item(item, values=cut(row.cells), tags=row.tags)
            if row.key == self._selected:
                selection.append(item)
        for item in self._items[len(shown) :]:
            self.tree.item(item, values=cut(()), tags=())
        self.tree.selection_set(selection)
        self.tree.yview_moveto(0)
        self._write_sentences(shown)
        self._move_bar()

    def _cutter(self) -> Callable[[Sequence[str]], list[str]]:
        """Return a function that shortens the texts of a row to their columns, with "…"."""
        measure = tkfont.nametofont("TkDefaultFont", root=self.tree).measure
        padding = cell_padding_px(self._px)
        rooms = [self.tree.column(c.name, "width") - padding for c in self._columns]
        empty = [""] * len(rooms)
        return lambda cells: [shortened(cell, room, measure) for cell, room in zip(cells or empty, rooms, strict=True)]

    def _write_sentences(self, shown: Sequence[Row]) -> None:
        """A Treeview cannot draw text across columns, so sentences are labels placed over the rows."""
        places = [(self.tree.bbox(item), row) for item, row in zip(self._items, shown, strict=False) if row.sentence]
        visible = [(box, row) for box, row in places if box]
        while len(self._sentences) < len(visible):
            self._sentences.append(self._new_sentence())
        for label, (box, row) in zip(self._sentences, visible, strict=False):
            ground = "Picked" if row.key == self._selected else "Field"
            label.configure(text=row.sentence, style=f"{row.kind}{ground}.TLabel")
            label.place(x=_EDGE_PX, y=box[1], width=self.tree.winfo_width() - 2 * _EDGE_PX, height=box[3])
        for label in self._sentences[len(visible) :]:
            label.place_forget()

    def _new_sentence(self) -> Any:
        label = Label(self.tree, anchor="center")
        self._bind_wheel(label)
        return label

    def _move_bar(self) -> None:
        count = max(1, len(self._rows))
        show_if(len(self._rows) > self._room(), self._bar)
        self._bar.set(self._first / count, min(1.0, (self._first + self._room()) / count))

    # --- columns ----------------------------------------------------------------------

    def _sort(self, column: str) -> None:
        self._order = next_order(self._order, column)
        self._show_titles()
        if self._sorted_by is not None:
            self._sorted_by(self._order)

    def _note_widths(self) -> None:
        """After a mouse button was released: a column border may have been dragged."""
        shown = {str(name) for name in self.tree.cget("displaycolumns")}
        now = {
            column.name: round(int(self.tree.column(column.name, "width")) / self._px(1000) * 1000)
            for column in self._columns
            if not column.stretches and column.name in shown
        }
        if any(abs(width - self._widths[name]) > 1 for name, width in now.items()):
            self._widths |= now
            self._resized({name: width for name, width in self._widths.items() if not self._is_elastic(name)})
        self._fit()

    def _is_elastic(self, name: str) -> bool:
        return any(column.stretches for column in self._columns if column.name == name)

    # --- moving -----------------------------------------------------------------------

    def _bar_moved(self, how: str, amount: str, unit: str = "") -> None:
        if how == "moveto":
            self._go(round(float(amount) * len(self._rows)))
        else:
            self._scroll(int(amount) * (self._room() if unit == "pages" else 1))

    def _scroll(self, rows: int) -> str:
        self._go(self._first + rows)
        return "break"

    def _go(self, first: int) -> None:
        self._first = first
        self._draw()
        self._scrolled()

    def _move(self, step: int) -> str:
        if self._rows:
            at = self._position(self._selected)
            target = max(0, min(len(self._rows) - 1, (-1 if at is None else at) + step))
            self._set_selected(self._rows[target].key)
            self._reveal(target)
            self._draw()
            self._scrolled()
        return "break"

    def _reveal(self, position: int) -> None:
        if position < self._first:
            self._first = position
        elif position >= self._first + self._room():
            self._first = position - self._room() + 1

    def _position(self, key: str | None) -> int | None:
        if key is None:
            return None
        if isinstance(self._rows, LazyRows):
            return self._rows.position(key)
        return next((i for i, row in enumerate(self._rows) if row.key == key), None)

    def _tree_selected(self) -> None:
        # Also fired, later, by our own selection_set: then it selects what is selected already.
        for item in self.tree.selection():
            index = self._first + self._items.index(item)
            if index < len(self._rows):
                self._set_selected(self._rows[index].key)

    def _set_selected(self, key: str | None) -> None:
        is_new = key != self._selected
        self._selected = key
        if is_new and key is not None:
            self._selection_changed(key)

    def _double_clicked(self, event: Any) -> None:
        if self.tree.identify_region(event.x, event.y) == "cell":
            self._activate()

    def _activate(self) -> None:
        if self._selected is not None:
            self._activated(self._selected)
