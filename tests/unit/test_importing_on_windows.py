"""What Windows lacks is looked for when it is needed, not when a module is imported: a command imports nearly all."""

import subprocess
import sys

import pytest

from tests.programs import ROOT

PROGRAM = """
import ctypes, importlib, os, pkgutil, signal, socket, sys, types
import almoxarife

def import_all():
    for found in pkgutil.walk_packages(almoxarife.__path__, "almoxarife."):
        if not found.name.endswith(("__main__", "migrations.env")):  # they do what they are for
            importlib.import_module(found.name)

import_all()  # with all that they stand on, which is not what is tried here
for name in [name for name in sys.modules if name.partition(".")[0] == "almoxarife"]:
    del sys.modules[name]
import almoxarife

for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios", "tty"):
    sys.modules[name] = None
for module, names in (
    (signal, ("SIGKILL", "SIGSTOP", "SIGCONT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGALRM")),
    (os, ("fork", "getuid", "geteuid", "getgid", "kill", "killpg", "setsid", "umask", "uname", "mkfifo")),
    (socket, ("AF_UNIX",)),
):
    for name in names:
        vars(module).pop(name, None)

def no_library_without_a_name(name, *more, **others):
    raise TypeError("argument of type 'NoneType' is not iterable")

ctypes.CDLL = no_library_without_a_name
sys.modules["msvcrt"] = types.ModuleType("msvcrt")
sys.platform = "win32"
import_all()
print("imported")
print(almoxarife.server.intake.open_files.CAN_LIST)
"""


@pytest.mark.slow
def test_every_module_is_imported_where_posix_is_not() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)

    # Below Wine's own Z: there are the folders of Linux, whose numbers are not those of Windows.
    assert done.stdout == "imported\nFalse\n", done.stderr[-2000:]
