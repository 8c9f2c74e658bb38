"""A screen of one's own, the programs on it, and hands that type and click.

Nothing here sleeps for luck: every wait is for something that can be seen, with a deadline.
"""

import json
import os
import shutil
import signal
import subprocess
import uuid
from contextlib import ExitStack
from functools import partial
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from tests import programs
from tests.programs import PATIENCE_S, ROOT, Forked, free_port, pause, wait_for

OBSERVED = Path(__file__).with_name("observed.py")
TOOLS = ("Xvfb", "openbox", "xdotool", "xclip", "import")


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


Process = Forked | subprocess.Popen[bytes]


def stop(process: Process, *, group: bool = False) -> None:
    """End what we started, and only that."""
    if process.poll() is None and os.name != "posix":
        process.kill()
        process.wait(PATIENCE_S)
    if process.poll() is None:
        kill(process, signal.SIGCONT, group=group)
        kill(process, signal.SIGTERM, group=group)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            kill(process, signal.SIGKILL, group=group)
            process.wait(PATIENCE_S)


def kill(process: Process, what: signal.Signals, *, group: bool = False) -> None:
    try:
        if group:
            os.killpg(process.pid, what)
        else:
            process.send_signal(what)
    except ProcessLookupError:
        return


class Desk:
    """An X display that nobody else uses, with a light window manager."""

    def __init__(self, stack: ExitStack, folder: Path, size: str) -> None:
        screen = f"{size}x24"
        read_end, write_end = os.pipe()
        server = subprocess.Popen(
            # Without -noreset it starts over, and drops whoever is just connecting, when its last client leaves.
            # Without -r a key repeats that a busy machine lets go late: "sss…" in a field, or "=" after Ctrl.
            # It ends with the tests also where these are killed.
            [
                *("setpriv", "--pdeathsig", "TERM"),
                *("Xvfb", "-displayfd", str(write_end), "-screen", "0", screen, "-nolisten", "tcp", "-noreset", "-r"),
            ],
            pass_fds=[write_end],
            stderr=subprocess.DEVNULL,
        )
        stack.callback(stop, server)
        os.close(write_end)
        with os.fdopen(read_end) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        self.size = tuple(int(n) for n in size.split("x"))
        home = folder / "home"
        home.mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "DISPLAY": f":{number}",
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "XDG_CACHE_HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
        }
        manager = subprocess.Popen(
            ["openbox", "--sm-disable"], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        stack.callback(stop, manager)
        self.pids = (server.pid, manager.pid)
        self.env["TEST_DESK_PIDS"] = " ".join(map(str, self.pids))
        wait_for("the window manager", lambda: "_NET_SUPPORTING_WM_CHECK" in self.run("xprop", "-root"))

    def run(self, *command: str) -> str:
        # Long, since xdotool leaves a key down where it is killed in the middle of a word.
        done = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=120, check=False)
        return done.stdout

    def find(self, title: str) -> set[str]:
        """The X ids of the visible windows of this title. What is in a window is a window, too: a thousand of them.

        One that closes in the middle ends the search as if there were none, and it is begun again.
        """
        search = ("xdotool", "search", "--maxdepth", "2", "--onlyvisible", "--name", f"^{title}$")
        while True:
            done = subprocess.run(search, env=self.env, capture_output=True, text=True, timeout=20, check=False)
            if "X Error" not in done.stderr:
                return set(done.stdout.split())

    def copy(self, text: str) -> None:
        """To the clipboard, which is everybody's on this screen."""
        subprocess.run(["xclip", "-selection", "clipboard"], input=text.encode(), env=self.env, check=True)

    def screenshot(self, file: Path, window: str = "root") -> None:
        self.run("import", "-window", window, str(file))


class Api:
    """``python api.py`` as a process, with its own data and port."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self.data = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: Process | None = None

    @property
    def _log(self) -> Path:
        return self.data.parent / "api.log"

    @property
    def database(self) -> Path:
        return self.data / "almoxarife.db"

    def start(self) -> None:
        env = {
            **os.environ,
            "ALMOXARIFE_DATA_DIR": str(self.data),
            "ALMOXARIFE_PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
        }
        self.data.mkdir(exist_ok=True)
        process = programs.start(ROOT / "api.py", env=env, folder=self.data.parent, out=self._log, weak_passwords=True)
        self._stack.callback(stop, process, group=True)
        self.process = process
        wait_for("the API", lambda: self._answers(process))

    def signal(self, what: signal.Signals) -> None:
        """To the parent and its workers."""
        assert self.process is not None
        kill(self.process, what, group=True)
        if what == signal.SIGSTOP:
            pause(self.process.pid)
        if what == signal.SIGKILL:
            self.process.wait(PATIENCE_S)

    def client(self, username: str = "admin", password: str = "1234") -> ApiClient:
        from almoxarife.wire.accounts import Credentials

        api = ApiClient(self.url, program="teste")
        api.login(Credentials(username=username, password=password))
        return api

    def _answers(self, process: Process) -> bool:
        assert process.poll() is None, f"the API ended:\n{self._log.read_text(errors='replace')[-2000:]}"
        try:
            return ApiClient(self.url).health().state == "ok"
        except ApiError:
            return False


class Window:
    """One of the two programs, and what it shows."""

    def __init__(self, stack: ExitStack, desk: Desk, folder: Path, program: str, api: Api, poll_s: float = 1) -> None:
        self.desk = desk
        self.program = program
        self.title = f"Almoxarife - {program.capitalize()}"
        self.client_dir = folder / "cliente"
        self._log = folder / f"{program}.out"
        env = {
            **desk.env,
            "ALMOXARIFE_URL": api.url,
            "ALMOXARIFE_DATA_DIR": str(api.data),
            "ALMOXARIFE_CLIENT_DIR": str(self.client_dir),
            "ALMOXARIFE_POLL_SECONDS": str(poll_s),
        }
        before = desk.find(self.title)
        address = f"almoxarife-{uuid.uuid4()}"
        self.process = programs.start(OBSERVED, program, address, env=env, folder=folder, out=self._log)
        stack.callback(stop, self.process)
        self._asking = wait_for(f"the start of {program}", lambda: self._connect(address))
        stack.callback(self._asking.close)
        self.now("size")  # it has been laid out
        self.id = wait_for(f"the window {self.title}", lambda: desk.find(self.title) - before).pop()

    def _connect(self, address: str) -> Connection | None:
        assert self.process.poll() is None, f"{self.program} ended:\n{self.output}"
        try:
            return Client(f"\0{address}", "AF_UNIX")
        except ConnectionRefusedError:
            return None

    @property
    def output(self) -> str:
        """What the program wrote to its console: nothing, when all is well."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def now(self, what: str) -> Any:
        """What of it there is to see, as ``Observer.answers`` names it; everything typed so far has had its effect."""
        try:
            self._asking.send(what)
            assert self._asking.poll(PATIENCE_S), f"{self.program} hangs"
            return self._asking.recv()
        except (EOFError, ConnectionError):
            raise AssertionError(f"{self.program} has ended:\n{self.output}") from None

    @property
    def text(self) -> str:
        return "\n".join(self.now("seen"))

    def shows(self, *parts: str, within_s: float = PATIENCE_S) -> None:
        """Each of them, sooner or later: what is drawn together need not be on the screen together."""
        for part in parts:
            try:
                wait_for(part, partial(self._has, part), within_s=within_s)
            except AssertionError as error:
                raise AssertionError(f"{error}\n--- {self.title} shows:\n{self.text}\n{self.output}") from None

    def _has(self, part: str) -> bool:
        return part in self.text

    def has_heard(self) -> None:
        """All that it has asked the server."""
        wait_for("the server's answers", lambda: self.now("calls") == 0)

    def shows_no_more(self, part: str) -> None:
        wait_for(f"the end of {part}", lambda: part not in self.text)

    def focus_is(self, text: str) -> None:
        """The control whose label or own text this is has the focus."""

        def has_focus() -> bool:
            focused = self.now("focus")
            return focused is not None and focused["text"] == text

        try:
            wait_for(f"the focus on {text}", has_focus)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is on {self.now('focus')}") from None

    def activate(self) -> None:
        """To the front, with the keyboard. Asked again: the window manager may be busy with one that has just gone."""

        def is_active() -> bool:
            self.desk.run("xdotool", "windowactivate", self.id)
            has_keyboard = self.desk.run("xdotool", "getwindowfocus").strip() == self.id
            return has_keyboard and self.now("focus") is not None

        wait_for(f"the focus in {self.title}", is_active)

    def type(self, text: str) -> None:
        """ASCII by keys; xdotool loses a capital Ç, so other text is pasted."""
        if text.isascii():
            self.desk.run("xdotool", "type", "--delay", "8", text)
        else:
            self.paste(text)

    def paste(self, text: str) -> None:
        self.desk.copy(text)
        self.key("ctrl+v")

    def key(self, *keys: str) -> None:
        self.desk.run("xdotool", "key", "--delay", "20", *keys)

    def choose(self, *, down: int) -> None:
        """Open the list of the box that has the focus, go ``down`` from what it shows (below 0: up), and take that."""
        self.key("Down")
        wait_for("the list to open", lambda: self.now("focus") is None)
        self.key(*["Down" if down > 0 else "Up"] * abs(down), "Return")

    def tab_to(self, text: str, *, key: str = "Tab") -> list[str]:
        """Press until the control of this name has the focus; the names passed on the way, it included.

        A control that only changes its size, as a list does when a panel appears beside it, has not lost the focus:
        the next press would come too early, and whatever is pressed in the end would be one control too far.
        """
        passed: list[str] = []
        while text not in passed:
            assert len(passed) < 60, f"{text} was not among {passed}"
            seen = (self._focused, None)
            self.key(key)
            wait_for("the focus to move", partial(self._has_moved_from, seen))
            passed.append(self.now("focus")["text"])
        return passed

    def _has_moved_from(self, seen: tuple[str | None, ...]) -> bool:
        return self._focused not in seen

    @property
    def _focused(self) -> str | None:
        focus = self.now("focus")
        return None if focus is None else str(focus["widget"])

    def field_is(self, text: str) -> None:
        """What stands in the field that has the focus."""

        def is_there() -> bool:
            focused = self.now("focus")
            return focused is not None and focused["value"] == text

        try:
            wait_for(f"the field to be {text!r}", is_there)
        except AssertionError as error:
            raise AssertionError(f"{error}; focus: {self.now('focus')}") from None

    def clipboard(self) -> str:
        return self.desk.run("xclip", "-selection", "clipboard", "-o")

    def stumble(self) -> None:
        """Let the program meet a fault of its own."""
        self.now("stumble")

    def freeze(self) -> None:
        """Let the program's window stand still for a second, as a blocking call would."""
        self.now("freeze")

    def time_pauses(self) -> None:
        self.now("time pauses")

    def longest_pause_ms(self) -> float:
        """Since ``time_pauses``."""
        return max(self.now("pauses"), default=0.0)

    def log_in(self, username: str = "admin", password: str = "1234") -> None:
        self.activate()
        self.shows("Servidor conectado")
        asked = {"Usuário", "Senha"}
        wait_for("a field with the focus", lambda: self.now("focus") and self.now("focus")["text"] in asked)
        if self.now("focus")["text"] == "Usuário":  # nobody is remembered
            self.type(username)
            self.key("Return")
        self.focus_is("Senha")
        self.type(password)
        self.key("Return")
        self.shows_no_more("Entrar")
        self.shows("● Conectado")

    def close(self) -> int:
        """As a person does; the exit code."""
        self.activate()
        self.key("alt+F4")
        return self.process.wait(PATIENCE_S)

    def preferences(self) -> dict[str, Any]:
        """What the programs remember of this desk so far."""
        file = self.client_dir / "preferencias.json"
        return json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}

    def record(self) -> list[dict[str, Any]]:
        """``inventario.jsonl``, line by line."""
        file = self.client_dir / "inventario.jsonl"
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
