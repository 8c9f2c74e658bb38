"""A shop's computer: a copy of the program in a folder with an awkward name, and data of its own."""

import compileall
import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import pytest
import requests

from tests.gui.desk import Desk, missing_tools, wait_for
from tests.server.processes import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
COPIED = ("almoxarife", "launcher")
PATIENCE_S = 100


class Launch:
    """One run of the launcher, with what it has said so far."""

    def __init__(self, command, environ):
        self.process = subprocess.Popen(
            command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
        )
        self.said = []
        self._lines = queue.SimpleQueue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def wait_for(self, words):
        """The line that holds these words."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            line = self._lines.get(timeout=max(0, deadline - time.monotonic()))
            assert line is not None, f"ended without saying {words!r}: {self.said}"
            if words in line:
                return line

    def finish(self):
        """Its exit code, after all it had to say."""
        code = self.process.wait(PATIENCE_S)
        self._listener.join(PATIENCE_S)
        return code

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.finish()

    @property
    def text(self):
        return "\n".join(self.said)

    def _listen(self):
        for line in self.process.stdout:
            self.said.append(line.rstrip("\n"))
            self._lines.put(line)
        self._lines.put(None)
        self.process.stdout.close()


class Computer:
    def __init__(self, folder, data, venv):
        self.folder = folder
        self.data = data
        self.port = free_port()
        # Neither a shop's settings nor the options of this very run.
        ours = ("ALMOXARIFE_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self.environ = {
            **kept,
            "ALMOXARIFE_VENV": str(venv),
            "ALMOXARIFE_DATA_DIR": str(data),
            "ALMOXARIFE_PORT": str(self.port),
            "ALMOXARIFE_CLIENT_DIR": str(data.with_name("janelas")),
        }
        for screen in ("DISPLAY", "WAYLAND_DISPLAY"):
            self.environ.pop(screen, None)
        self._launches = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def launch(self, *arguments, **environ):
        launch = Launch(
            [sys.executable, str(self.folder / "start_sistema_completo.py"), *arguments], {**self.environ, **environ}
        )
        self._launches.append(launch)
        return launch

    def health(self):
        return requests.get(f"{self.url}/saude", timeout=PATIENCE_S).json()

    def is_answering(self):
        try:
            self.health()
        except requests.RequestException:
            return False
        return True

    def wait_until_up(self):
        wait_for("the API", self.is_answering)

    def wait_until_down(self):
        wait_for("the end of the API", lambda: not self.is_answering())

    def programs(self):
        """The processes that run here, on Linux: by a setting that all of them have from the launcher."""
        here = f"ALMOXARIFE_CLIENT_DIR={self.environ['ALMOXARIFE_CLIENT_DIR']}".encode()
        for entry in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if here in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)

    def switch_off(self):
        for launch in self._launches:
            if launch.process.poll() is None:
                launch.interrupt()
        self.pull_the_plug()

    def pull_the_plug(self):
        for pid in self.programs():
            os.kill(pid, signal.SIGKILL)
        for launch in self._launches:
            launch.finish()


@pytest.fixture(scope="session")
def venv():
    """The environment that runs these tests, stamped as the launcher leaves it."""
    assert sys.prefix != sys.base_prefix, "run the tests in an environment: python start_sistema_completo.py test"
    prepared = "from launcher import environment; environment.prepare('requirements.txt')"
    environ = {**os.environ, "ALMOXARIFE_VENV": sys.prefix}
    subprocess.run([sys.executable, "-c", prepared], cwd=ROOT, env=environ, check=True)
    return Path(sys.prefix)


@pytest.fixture(scope="session")
def shared_copy(tmp_path_factory):
    """A copy that no test changes: nothing is written to the program's folder."""
    return copy_program(tmp_path_factory.mktemp("program") / "Loja São João & Cia")


@pytest.fixture
def computer(tmp_path, venv, shared_copy):
    computer = Computer(shared_copy, tmp_path / "dados", venv)
    yield computer
    computer.switch_off()


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory, venv, shared_copy):
    """One whose server runs, for those who come to it."""
    shop = Computer(shared_copy, tmp_path_factory.mktemp("shop") / "dados", venv)
    shop.launch().wait_for("no ar em http://127.0.0.1")
    yield shop
    shop.switch_off()


def copy_program(folder, *left_out, rooms=COPIED):
    compile_once()
    folder.mkdir()
    for name in rooms:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(*left_out))
    for file in [*ROOT.glob("*.py"), *ROOT.glob("requirements*.txt"), *ROOT.glob("*.bat")]:
        shutil.copy(file, folder)
    return folder


@cache
def compile_once():
    """Or every copy would be compiled anew as it is started."""
    for name in COPIED:
        assert compileall.compile_dir(ROOT / name, quiet=1)


PREPARE = """
import sys
from launcher import environment
from launcher.messages import Stop
try:
    print(environment.prepare("requirements.txt"))
except Stop as stop:
    sys.exit(str(stop))
"""


COPY_ONE = """
import shutil
import venv

def create(folder, **how):
    assert how == {"with_pip": True, "symlinks": True}
    ours = shutil.ignore_patterns("almoxarife-*")
    shutil.copytree(MADE, folder, symlinks=True, ignore=ours, dirs_exist_ok=True)

venv.create = create
"""


class Folder:
    """A copy of the program whose requirements are empty. ``made``: an environment that Python has made."""

    def __init__(self, path, made=None):
        self.path = path
        self.venv = path / ".venv"
        self._made = made
        (path / "requirements.txt").write_text("# nothing to install\n")

    def prepare(self, **environ):
        """What Python makes of an empty folder is always the same, and takes seconds: a former one is copied there."""
        return self.run(f"MADE = {str(self._made)!r}\n{COPY_ONE}{PREPARE}" if self._made else PREPARE, **environ)

    def run(self, program, **environ):
        return self._run([sys.executable, "-c", program], environ)

    def launch(self, *arguments, **environ):
        return self._run([sys.executable, "start_sistema_completo.py", *arguments], environ)

    def _run(self, command, environ):
        # Neither a shop's settings nor the options of this very run.
        ours = ("ALMOXARIFE_", "PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return subprocess.run(command, cwd=self.path, env={**kept, **environ}, capture_output=True, text=True)


@pytest.fixture(scope="session")
def first_start(tmp_path_factory):
    """A folder after its first start, and what was said then."""
    copy = copy_program(tmp_path_factory.mktemp("first") / "Loja São João & Cia", rooms=["launcher"])
    folder = Folder(copy)
    return folder, folder.prepare()


@pytest.fixture
def folder(first_start, tmp_path):
    """A copy of it: making an environment takes seconds."""
    shutil.copytree(first_start[0].path, tmp_path / "Loja São João & Cia", symlinks=True)
    return Folder(tmp_path / "Loja São João & Cia", made=first_start[0].venv)


class Screen:
    """What a person sees of the windows on a desk, and can do to them."""

    def __init__(self, desk):
        self._desk = desk
        self.display = desk.env["DISPLAY"]

    def windows(self, title):
        return list(self._desk.find(title))

    def wait_for_window(self, title):
        return wait_for(f"the window {title}", lambda: self.windows(title))[0]

    def wait_for_active(self, title):
        wait_for(f"{title} in front", lambda: self._title_in_front() == title)

    def close_window(self, title):
        """Alt+F4, once: pressed again it would close what has come to the front meanwhile."""
        window = self.wait_for_window(title)

        def is_in_front():
            self._desk.run("xdotool", "windowactivate", window)
            return self._title_in_front() == title

        wait_for(f"{title} in front", is_in_front)
        self._desk.run("xdotool", "key", "alt+F4")
        wait_for(f"the end of {title}", lambda: window not in self.windows(title))

    def _title_in_front(self):
        return self._desk.run("xdotool", "getactivewindow", "getwindowname").strip()


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    if missing := missing_tools():
        pytest.skip(f"needs {', '.join(missing)}")
    pytest.importorskip("tkinter")
    with ExitStack() as stack:
        yield Desk(stack, tmp_path_factory.mktemp("desk"), "1280x900")


@pytest.fixture
def screen(desk):
    wait_for("the end of the windows of the test before", lambda: not desk.find("Almoxarife - .*"))
    return Screen(desk)
