"""Position and size of a window: restored from the last run if they still fit the screen."""

import re
import sys
import tkinter as tk
from dataclasses import dataclass

MAXIMIZED = "maximizada"
LARGEST_AT_FIRST = (1180, 760)
"""In pixels at 96 dpi and 100 % text."""
_FRAME_PX = (24, 64)
"""Estimated size of borders, title and task bar, for systems that cannot be asked."""
_SHAPE = re.compile(r"(\d{1,5})x(\d{1,5})\+(-?\d{1,5})\+(-?\d{1,5})")


@dataclass(frozen=True)
class Screen:
    """The area for a window's contents, in pixels. With several monitors, left or top may be negative."""

    left: int
    top: int
    width: int
    height: int

    @staticmethod
    def of(root: tk.Tk) -> "Screen":
        """All monitors together; for a single one, the area without the task bar."""
        every = Screen(root.winfo_vrootx(), root.winfo_vrooty(), root.winfo_vrootwidth(), root.winfo_vrootheight())
        is_single = (every.width, every.height) == (root.winfo_screenwidth(), root.winfo_screenheight())
        return (is_single and work_area()) or every


def fitting(remembered: str, screen: Screen, min_size: tuple[int, int]) -> str | None:
    """The remembered geometry in Tk's notation; None if it is invalid or not on this screen any more."""
    shape = _SHAPE.fullmatch(remembered)
    if shape is None:
        return None
    width, height, x, y = (int(number) for number in shape.groups())
    width, height = max(width, min_size[0]), max(height, min_size[1])
    is_inside = (
        screen.left <= x
        and screen.top <= y
        and x + width <= screen.left + screen.width
        and y + height <= screen.top + screen.height
    )
    return f"{width}x{height}+{x}+{y}" if is_inside else None


def first_size(area: Screen, scale: float) -> str:
    width, height = (round(size * scale) for size in LARGEST_AT_FIRST)
    return f"{min(width, area.width)}x{min(height, area.height)}"


def put(root: tk.Tk, remembered: str, min_size: tuple[int, int], *, scale: float) -> None:
    """Restore the remembered geometry, or choose a size that fits and let the system choose the position."""
    area = work_area() or Screen(
        0, 0, root.winfo_screenwidth() - _FRAME_PX[0], root.winfo_screenheight() - _FRAME_PX[1]
    )
    root.minsize(min(min_size[0], area.width), min(min_size[1], area.height))
    root.geometry(fitting(remembered, Screen.of(root), min_size) or first_size(area, scale))
    if remembered == MAXIMIZED:
        _maximize(root)


def work_area() -> Screen | None:
    """The first monitor without the task bar and a window's frame; None on systems other than Windows."""
    if sys.platform != "win32":
        return None
    import ctypes
    from ctypes import wintypes

    user32 = ctypes.windll.user32
    found = wintypes.RECT()
    if not user32.SystemParametersInfoW(_SPI_GETWORKAREA, 0, ctypes.byref(found), 0):
        return None
    title, across, down, padding = (
        user32.GetSystemMetrics(what) for what in (_SM_CYCAPTION, _SM_CXSIZEFRAME, _SM_CYSIZEFRAME, _SM_CXPADDEDBORDER)
    )
    return Screen(
        found.left,
        found.top,
        found.right - found.left - 2 * (across + padding),
        found.bottom - found.top - title - 2 * (down + padding),
    )


_SPI_GETWORKAREA = 0x30
_SM_CYCAPTION, _SM_CXSIZEFRAME, _SM_CYSIZEFRAME, _SM_CXPADDEDBORDER = 4, 32, 33, 92


def geometry_of(root: tk.Tk) -> str:
    return MAXIMIZED if _is_maximized(root) else root.geometry()


def _maximize(root: tk.Tk) -> None:
    if root.tk.call("tk", "windowingsystem") == "x11":
        root.attributes("-zoomed", True)
    else:
        root.state("zoomed")


def _is_maximized(root: tk.Tk) -> bool:
    if root.tk.call("tk", "windowingsystem") == "x11":
        return bool(root.attributes("-zoomed"))
    return str(root.state()) == "zoomed"
