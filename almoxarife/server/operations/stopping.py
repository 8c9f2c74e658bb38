"""What tells the server to stop besides signals: on Windows a closed console, a logoff and a shutdown.

Windows notifies programs of a console only if they have not loaded user32.dll, which Python's OpenSSL does. Others
get a message to a window, so we create one that is never shown. When its handler or window has answered, or after some
seconds, Windows ends the process. Confirmed writes are on disk by then.
"""

import sys
import threading
from collections.abc import Callable
from typing import Any

CLOSE, LOGOFF, SHUTDOWN = 2, 5, 6
"""Events of a console."""
QUERY, END = 0x0011, 0x0016
"""Messages about the end of a session."""

_kept: list[Any] = []
"""Keeps the handler alive: Windows calls it for as long as the process lives, without a reference that Python knows."""


def wait_for(stopping: threading.Event) -> None:
    # On Windows a wait without a timeout cannot be interrupted by Ctrl-C.
    while not stopping.wait(0.5):
        pass


def stop_with_windows(stopping: threading.Event) -> None:
    """Set ``stopping`` also when the console is closed, the user logs off or Windows shuts down."""
    if sys.platform == "win32":
        import ctypes

        prototype = ctypes.WINFUNCTYPE(ctypes.c_int, ctypes.c_uint)
        _kept.append(prototype(make_console_handler(stopping, wait_for_the_end=threading.Event().wait)))
        ctypes.windll.kernel32.SetConsoleCtrlHandler(_kept[-1], True)
        threading.Thread(target=_receive_messages, args=(stopping,), name="session-end", daemon=True).start()


def make_console_handler(stopping: threading.Event, *, wait_for_the_end: Callable[[], object]) -> Callable[[int], bool]:
    """A console handler. Windows calls it in a separate thread; it returns True if no other is to be called."""

    def handle(event: int) -> bool:
        if event not in {CLOSE, LOGOFF, SHUTDOWN}:
            return False
        stopping.set()
        wait_for_the_end()
        return True

    return handle


Receive = Callable[[Any, int, int, int], int]


def make_window_procedure(
    stopping: threading.Event, *, wait_for_the_end: Callable[[], object], default: Receive
) -> Receive:
    """The window procedure. When it has answered END, or after some seconds, Windows ends the process."""

    def receive(window: Any, message: int, is_ending: int, why: int) -> int:
        if message == QUERY:
            return 1  # the session may end without asking the person
        if message == END and is_ending:
            stopping.set()
            wait_for_the_end()
        return 0 if message == END else default(window, message, is_ending, why)

    return receive


def _receive_messages(stopping: threading.Event) -> None:
    """Create the window and handle its messages until the process ends; nothing if there is no desktop."""
    if sys.platform == "win32":
        import ctypes
        from ctypes import wintypes

        of_a_message = (wintypes.HWND, wintypes.UINT, wintypes.WPARAM, wintypes.LPARAM)
        prototype = ctypes.WINFUNCTYPE(ctypes.c_ssize_t, *of_a_message)

        class Class(ctypes.Structure):
            _fields_ = (
                ("style", wintypes.UINT),
                ("receive", prototype),
                ("more_of_class", ctypes.c_int),
                ("more_of_window", ctypes.c_int),
                *((name, wintypes.HANDLE) for name in ("program", "icon", "cursor", "background")),
                ("menu", wintypes.LPCWSTR),
                ("name", wintypes.LPCWSTR),
            )

        user32 = ctypes.WinDLL("user32")
        user32.DefWindowProcW.argtypes, user32.DefWindowProcW.restype = of_a_message, ctypes.c_ssize_t
        place = [ctypes.c_int] * 4
        user32.CreateWindowExW.restype = wintypes.HWND
        user32.CreateWindowExW.argtypes = [
            *(wintypes.DWORD, wintypes.LPCWSTR, wintypes.LPCWSTR, wintypes.DWORD, *place),
            *(wintypes.HWND, wintypes.HMENU, wintypes.HINSTANCE, wintypes.LPVOID),
        ]
        receive = make_window_procedure(
            stopping, wait_for_the_end=threading.Event().wait, default=user32.DefWindowProcW
        )
        name = "Almoxarife"
        known = Class(receive=prototype(receive), name=name)
        user32.RegisterClassW(ctypes.byref(known))
        if user32.CreateWindowExW(0, name, name, 0, 0, 0, 0, 0, None, None, None, None):
            message = wintypes.MSG()
            while user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                user32.DispatchMessageW(ctypes.byref(message))
