"""Stops the server in order when the user logs off from Windows or shuts it down.

Windows notifies programs of a console only if they have not loaded user32.dll, which Python's OpenSSL does. Others
get a message to a window, so we create one that is never shown.
"""

import sys
import threading
from collections.abc import Callable
from typing import Any

QUERY, END = 0x0011, 0x0016

Receive = Callable[[Any, int, int, int], int]


def make_receiver(stopping: threading.Event, *, wait_for_the_end: Callable[[], object], default: Receive) -> Receive:
    """The window procedure. When it has answered END, or after some seconds, Windows ends the process."""

    def receive(window: Any, message: int, is_ending: int, why: int) -> int:
        if message == QUERY:
            return 1  # the session may end without asking the person
        if message == END and is_ending:
            stopping.set()
            wait_for_the_end()
        return 0 if message == END else default(window, message, is_ending, why)

    return receive


def end_in_order_with_the_session(stopping: threading.Event) -> None:
    if sys.platform == "win32":
        threading.Thread(target=_receive_messages, args=(stopping,), name="session-end", daemon=True).start()


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
        receive = make_receiver(stopping, wait_for_the_end=threading.Event().wait, default=user32.DefWindowProcW)
        name = "Almoxarife"
        known = Class(receive=prototype(receive), name=name)
        user32.RegisterClassW(ctypes.byref(known))
        if user32.CreateWindowExW(0, name, name, 0, 0, 0, 0, 0, None, None, None, None):
            message = wintypes.MSG()
            while user32.GetMessageW(ctypes.byref(message), None, 0, 0) > 0:
                user32.DispatchMessageW(ctypes.byref(message))
