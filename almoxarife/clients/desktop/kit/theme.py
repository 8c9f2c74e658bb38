"""The look of both windows: our colours and styles on top of ttkbootstrap ("the kit" in names below).

Only this file and ``widgets`` import ttkbootstrap. It builds a style when the first widget of that style
is created, so each of our styles is registered with it, or it would be overwritten. All text colours are
set here, because the contrast of its own dark theme is too low (3.3:1 on buttons).
"""

import tkinter as tk
from collections.abc import Callable
from tkinter import font as tkfont
from tkinter import ttk as plain_ttk
from typing import Any

import ttkbootstrap
from ttkbootstrap.style import Style as KitStyle
from ttkbootstrap.style import theme as kit_theme

from almoxarife.clients.desktop.kit.colours import DARK, LIGHT, Palette
from almoxarife.clients.desktop.kit.startup import NoScreen

TEXT_PERCENTS = (90, 100, 110, 125, 150, 175, 200)
ROW_HEIGHT_PX = 28
_CELL_SIDE_PX = 6
_CELL_SIDE_OF_TK_PX = 4
"""What Tk leaves beside the text of a list's cell, at any text size, besides the style's padding."""
ROOM_PX = (640, 480)
"""What the windows need at 100 % text; limits the text sizes that are offered on a small screen."""
_BASE_POINTS = 10
_PIXELS_PER_POINT_AT_96_DPI = 96 / 72

# ttkbootstrap is only partly annotated; with Any, strict mypy accepts the calls.
_KIT: Any = KitStyle
_KIT_THEME: Any = kit_theme

_ICON = {
    "#0b57d0": [(0, 0, 32, 32)],
    "#ffffff": [(4, 14, 28, 16), (4, 26, 28, 28), (4, 3, 6, 29), (26, 3, 28, 29)],
    "#ffcf66": [(8, 6, 15, 14), (9, 18, 24, 26)],
    "#cfe0fc": [(17, 9, 24, 14)],
}

TITLE_FONT = "AlmoxarifeTitulo"
TOTAL_FONT = "AlmoxarifeTotal"
STRONG_FONT = "AlmoxarifeForte"
SMALL_FONT = "AlmoxarifePequena"


def new_root(title: str, class_name: str) -> tk.Tk:
    """Create the root window, not shown yet. Call it once in a process. Raises NoScreen."""
    try:
        root: tk.Tk = ttkbootstrap.App(title=title, iconphoto=None, className=class_name)
    except tk.TclError as error:
        raise NoScreen(str(error)) from error
    root.withdraw()
    root.iconphoto(True, _icon(root))
    # ttkbootstrap removes the space bar's binding from its buttons.
    root.bind_class("TButton", "<Key-space>", lambda event: _press(root, event))
    # Overrides ttkbootstrap's <Return>, so that Ctrl+Enter does not press the focused button.
    root.bind_class("TButton", "<Control-Key-Return>", lambda _: None)
    return root


def _press(root: tk.Tk, event: "tk.Event[tk.Misc]") -> str:
    root.tk.call(str(event.widget), "invoke")
    return "break"  # or the window's binding of space would run, too


def _icon(root: tk.Tk) -> tk.PhotoImage:
    """Draw the icon, a shelf with boxes. The root keeps a reference, or Tk would delete the image."""
    picture = tk.PhotoImage(master=root, width=32, height=32)
    for colour, boxes in _ICON.items():
        for box in boxes:
            picture.put(colour, to=box)
    root.almoxarife_icon = picture  # type: ignore[attr-defined]
    return picture


def cell_padding_px(px: Callable[[float], int]) -> int:
    """The width of a list's column that its text cannot take."""
    return 2 * (px(_CELL_SIDE_PX) + _CELL_SIDE_OF_TK_PX)


class Theme:
    """Light or dark, and the text size. Both can be changed at run time."""

    def __init__(self, root: tk.Tk, *, is_dark: bool, text_percent: int) -> None:
        self._root = root
        self._style: Any = _KIT.get_instance()
        self._on_change: list[Callable[[], None]] = []
        self.tokens = DARK if is_dark else LIGHT
        self.text_percent = text_percent if text_percent in self._offered() else 100
        # Tk deletes a named font together with the Python object that created it.
        self._fonts = [tkfont.Font(root=root, name=name) for name in (TITLE_FONT, TOTAL_FONT, STRONG_FONT, SMALL_FONT)]
        for tokens in (LIGHT, DARK):
            mode = "dark" if tokens.is_dark else "light"
            self._style.register_theme(_KIT_THEME.ThemeDefinition(tokens.name, _kit_colours(tokens), mode))
        self._apply()

    @property
    def scale(self) -> float:
        """Factor by which sizes given for a 96 dpi screen at 100 % text are multiplied."""
        return self._screen_scale * self.text_percent / 100

    @property
    def _screen_scale(self) -> float:
        per_point: float = float(self._root.tk.call("tk", "scaling"))
        return per_point / _PIXELS_PER_POINT_AT_96_DPI

    def px(self, size: float) -> int:
        return max(1, round(size * self.scale))

    def on_change(self, call: Callable[[], None]) -> None:
        """Register a callback for what ttk styles do not cover: canvases, tags, lists."""
        self._on_change.append(call)

    def forget(self, call: Callable[[], None]) -> None:
        """Call it no more: its widget is gone."""
        self._on_change.remove(call)

    def toggle_dark(self) -> None:
        self.tokens = LIGHT if self.tokens.is_dark else DARK
        self._apply()

    def zoom(self, step: int) -> None:
        """One step larger or smaller; 0 goes back to 100 %."""
        offered = self._offered()
        at = offered.index(self.text_percent) + step if step else offered.index(100)
        self.text_percent = offered[min(max(at, 0), len(offered) - 1)]
        self._apply()

    def _offered(self) -> list[int]:
        screen = self._root.winfo_screenwidth(), self._root.winfo_screenheight()
        largest = 100 * min(size / need for size, need in zip(screen, ROOM_PX, strict=True)) / self._screen_scale
        return [percent for percent in TEXT_PERCENTS if percent <= max(largest, 100)]

    def _apply(self) -> None:
        self._size_fonts()
        self._style.theme_use(self.tokens.name)
        self._root.configure(background=self.tokens.panel)
        _Painter(self._style, self.tokens, self.px).paint()
        for call in self._on_change:
            call()

    def _size_fonts(self) -> None:
        # Points, which follow the screen's resolution; a negative size would be pixels.
        size = round(_BASE_POINTS * self.text_percent / 100)
        family = tkfont.nametofont("TkDefaultFont", root=self._root).actual("family")
        for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont"):
            tkfont.nametofont(name, root=self._root).configure(size=size, weight="normal")
        title, total, strong, small = self._fonts
        title.configure(family=family, size=round(size * 1.6), weight="bold")
        total.configure(family=family, size=round(size * 2.8), weight="bold")
        strong.configure(family=family, size=size, weight="bold")
        small.configure(family=family, size=max(8, size - 1), weight="normal")


def _kit_colours(t: Palette) -> Any:
    return _KIT_THEME.Colors(
        primary=t.primary,
        secondary=t.muted,
        success=t.success,
        info=t.link,
        warning=t.warning,
        danger=t.danger,
        light=t.button,
        dark=t.text,
        bg=t.panel,
        fg=t.text,
        selectbg=t.selection,
        selectfg=t.on_selection,
        border=t.border,
        inputfg=t.text,
        inputbg=t.field,
        active=t.button_hover,
    )


class _Painter:
    """Configures our styles in the current theme."""

    def __init__(self, style: Any, tokens: Palette, px: Callable[[float], int]) -> None:
        self._style = style
        self._t = tokens
        self._px = px

    def paint(self) -> None:
        t = self._t
        self._set(".", background=t.panel, foreground=t.text, font="TkDefaultFont", focuscolor=t.focus)
        self._frames_and_labels()
        self._buttons()
        self._fields()
        self._lists()

    def _set(self, name: str, maps: dict[str, Any] | None = None, **options: Any) -> None:
        if name != "." and not self._style.style_exists_in_theme(name):
            self._style.configure(name)
            self._style._register_ttkstyle(name)  # noqa: SLF001  # there is no public method for it
        plain_ttk.Style.configure(self._style, name, **options)
        if maps:
            plain_ttk.Style.map(self._style, name, **maps)

    def _frames_and_labels(self) -> None:
        t = self._t
        self._set("TFrame", background=t.panel)
        self._set("Bar.TFrame", background=t.ground)
        self._set("Notice.TFrame", background=t.notice)
        self._set("Card.TFrame", background=t.panel, bordercolor=t.border, relief="solid", borderwidth=1)
        self._set("TLabel", background=t.panel, foreground=t.text)
        self._set("Title.TLabel", background=t.panel, foreground=t.text, font=TITLE_FONT)
        self._set("Total.TLabel", background=t.panel, foreground=t.text, font=TOTAL_FONT)
        self._set("Strong.TLabel", background=t.panel, foreground=t.text, font=STRONG_FONT)
        for kind, colour in (("Quiet", t.muted), ("Good", t.success), ("Warn", t.warning), ("Bad", t.danger)):
            self._set(f"{kind}.TLabel", background=t.panel, foreground=colour)
            self._set(f"{kind}Bar.TLabel", background=t.ground, foreground=colour)
            self._set(f"{kind}Field.TLabel", background=t.field, foreground=colour)
            self._set(f"{kind}Picked.TLabel", background=t.selection, foreground=t.on_selection)
        self._set("Bar.TLabel", background=t.ground, foreground=t.text)
        self._set("Notice.TLabel", background=t.notice, foreground=t.on_notice)
        self._set("TSeparator", background=t.border)

    def _buttons(self) -> None:
        t = self._t
        self._button("TButton", t.text, t.button, t.button_hover, t.border, t.focus)
        self._button("Main.TButton", t.on_primary, t.primary, t.primary_hover, t.primary, t.text)
        self._button("Flat.TButton", t.link, t.panel, t.button_hover, t.panel, t.focus)
        self._button("FlatBar.TButton", t.link, t.ground, t.button_hover, t.ground, t.focus)
        self._button("Notice.TButton", t.on_notice, t.notice, t.notice, t.on_notice, t.focus)
        for flat in ("Flat.TButton", "FlatBar.TButton", "Notice.TButton"):
            self._set(flat, padding=(self._px(6), self._px(2)))
        self._button("Mode.Toolbutton", t.text, t.panel, t.button_hover, t.border, t.focus)
        self._set(
            "Mode.Toolbutton",
            anchor="center",
            maps={
                "background": [("selected", t.primary), ("active", t.button_hover)],
                "foreground": [("selected", t.on_primary)],
                "lightcolor": [("focus", t.focus), ("selected", t.primary)],
                "darkcolor": [("focus", t.focus), ("selected", t.primary)],
            },
        )
        self._button("TCheckbutton", t.text, t.panel, t.panel, t.panel, t.focus)
        # No grey background when disabled: it is a label with a box, not a button.
        rings = {
            name: [("disabled", t.panel), ("focus", t.focus)] for name in ("bordercolor", "lightcolor", "darkcolor")
        }
        self._set("TCheckbutton", maps={"background": [("disabled", t.panel)], **rings})

    def _button(self, name: str, ink: str, fill: str, hover: str, edge: str, ring: str) -> None:
        """The 2 px focus ring is the border and the bevel of the clam theme in one colour."""
        t = self._t
        fills = [("disabled", t.button), ("pressed", hover), ("active", hover)]
        edges = [("disabled", t.border), ("focus", ring)]
        self._set(
            name,
            background=fill,
            foreground=ink,
            bordercolor=edge,
            lightcolor=fill,
            darkcolor=fill,
            relief="raised",
            borderwidth=1,
            focuscolor=fill,
            padding=(self._px(12), self._px(6)),
            maps={
                "background": fills,
                "foreground": [("disabled", t.text if t.is_dark else t.disabled)],
                "bordercolor": edges,
                "lightcolor": [("disabled", t.button), ("focus", ring), *fills[1:]],
                "darkcolor": [("disabled", t.button), ("focus", ring), *fills[1:]],
                "relief": [],
                "shiftrelief": [],
            },
        )

    def _fields(self) -> None:
        t = self._t
        rings = [("focus invalid", t.danger), ("invalid", t.danger), ("focus", t.focus)]
        edges = [(*states.split(), colour) for states, colour in rings]
        for name in ("TEntry", "TCombobox", "TSpinbox"):
            self._set(
                name,
                fieldbackground=t.field,
                background=t.field,
                foreground=t.text,
                insertcolor=t.text,
                bordercolor=t.border,
                lightcolor=t.field,
                darkcolor=t.field,
                arrowcolor=t.text,
                selectbackground=t.selection,
                selectforeground=t.on_selection,
                padding=(self._px(6), self._px(5)),
                maps={
                    "bordercolor": edges,
                    "lightcolor": edges,
                    "darkcolor": edges,
                    "foreground": [("disabled", t.disabled)],
                    "fieldbackground": [("readonly", t.field), ("disabled", t.button)],
                    # What is selected shows only where typing would replace it.
                    "selectbackground": [("disabled", t.button), ("!focus", t.field)],
                    "selectforeground": [("disabled", t.disabled), ("!focus", t.text)],
                },
            )

    def _lists(self) -> None:
        t = self._t
        self._set(
            "Treeview",
            background=t.field,
            fieldbackground=t.field,
            foreground=t.text,
            bordercolor=t.border,
            lightcolor=t.field,
            darkcolor=t.field,
            borderwidth=1,
            rowheight=self._px(ROW_HEIGHT_PX),
            maps={
                "background": [("selected", t.selection)],
                "foreground": [("selected", t.on_selection)],
                "bordercolor": [("focus", t.focus)],
                "lightcolor": [("focus", t.focus)],
                "darkcolor": [("focus", t.focus)],
            },
        )
        self._set("Treeview.Cell", padding=(self._px(_CELL_SIDE_PX), 0))
        self._set(
            "Treeview.Heading",
            background=t.field,
            foreground=t.muted,
            relief="flat",
            padding=(self._px(6) + 2, self._px(5)),
            maps={"background": [("active", t.button_hover)], "foreground": []},
        )
