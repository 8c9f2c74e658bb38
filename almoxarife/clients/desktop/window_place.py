"""Where a window was when it closed, and whether it can be put there again."""

import re
import tkinter as tk
from dataclasses import dataclass

MAXIMIZED = "maximizada"
LARGEST_AT_FIRST = (1180, 760)
_FRAME_PX = (24, 64)
"""What borders, title and a task bar take of a screen."""
_SHAPE = re.compile(r"(\d{1,5})x(\d{1,5})\+(-?\d{1,5})\+(-?\d{1,5})")


@dataclass(frozen=True)
class Screen:
    """In pixels; with several monitors all of them together, which may begin left of 0."""

    left: int
    top: int
    width: int
    height: int

    @staticmethod
    def of(root: tk.Tk) -> "Screen":
        return Screen(root.winfo_vrootx(), root.winfo_vrooty(), root.winfo_vrootwidth(), root.winfo_vrootheight())


def fitting(remembered: str, screen: Screen, smallest: tuple[int, int]) -> str | None:
    """The geometry to use; None for a place that is not, or no more, on this screen."""
    shape = _SHAPE.fullmatch(remembered)
    if shape is None:
        return None
    width, height, x, y = (int(number) for number in shape.groups())
    width, height = max(width, smallest[0]), max(height, smallest[1])
    is_inside = (
        screen.left <= x
        and screen.top <= y
        and x + width <= screen.left + screen.width
        and y + height <= screen.top + screen.height
    )
    return f"{width}x{height}+{x}+{y}" if is_inside else None


def put(root: tk.Tk, remembered: str, smallest: tuple[int, int]) -> None:
    """Where it was, or in a size that fits, wherever the system likes."""
    root.minsize(*smallest)
    room = (root.winfo_screenwidth() - _FRAME_PX[0], root.winfo_screenheight() - _FRAME_PX[1])
    width, height = (min(wanted, has) for wanted, has in zip(LARGEST_AT_FIRST, room, strict=True))
    root.geometry(fitting(remembered, Screen.of(root), smallest) or f"{width}x{height}")
    if remembered == MAXIMIZED:
        _maximize(root)


def place_of(root: tk.Tk) -> str:
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
