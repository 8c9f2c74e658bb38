"""Sends Ctrl-C to a program in another Windows console: ``interrupt.py PID``.

It must attach to that console and leave its own, so it is a process of its own.
"""

import ctypes
import sys

CTRL_C_EVENT = 0


def main(pid: int) -> int:
    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    kernel32.FreeConsole()
    if not kernel32.AttachConsole(pid):
        return 1
    kernel32.SetConsoleCtrlHandler(None, True)
    return 0 if kernel32.GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
