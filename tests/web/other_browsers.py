"""Firefox and WebKit by the commands of WebDriver: the one takes them over Marionette, the other over HTTP.

Of them only what the tests need: Playwright would bring browsers of its own.
"""

import http.client
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.programs import PATIENCE_S, free_port, wait_for

_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which WebDriver tells an element's id."""
_MINI_BROWSERS = "webkit2gtk-4*/MiniBrowser"
_WATCH = """
window.complaints = window.complaints || [];
addEventListener("securitypolicyviolation", (event) => window.complaints.push(event.violatedDirective));
addEventListener("error", (event) => window.complaints.push(event.message));
"""

Command = Callable[[str, str, dict[str, Any]], Any]
"""Method and path as over HTTP, and what goes with them."""


class Driven:
    """A window of a browser."""

    def __init__(self, url: str, command: Command) -> None:
        self.url = url
        self._command = command

    def open(self, path: str) -> None:
        self._command("POST", "url", {"url": self.url + path})
        self.run(_WATCH)

    def run(self, script: str, *arguments: object) -> Any:
        return self._command("POST", "execute/sync", {"script": script, "args": list(arguments)})

    def fill(self, selector: str, text: str) -> None:
        element = self._find(selector)
        self._command("POST", f"element/{element}/clear", {"id": element})
        self._command("POST", f"element/{element}/value", {"id": element, "text": text})

    def click(self, selector: str) -> None:
        element = self._find(selector)
        self._command("POST", f"element/{element}/click", {"id": element})

    def wait(self, condition: str) -> None:
        """Until an expression of JavaScript is true; while a page is left nothing can be asked."""

        def holds() -> bool:
            try:
                return bool(self.run(f"return Boolean({condition})"))
            except CommandFailed:
                return False

        wait_for(condition, holds, every_s=0.05)

    def _find(self, selector: str) -> str:
        found = self._command("POST", "element", {"using": "css selector", "value": selector})
        return str(found[_ELEMENT])


class CommandFailed(Exception):
    pass


# --- Firefox ------------------------------------------------------------------------------

_BY_MARIONETTE = {
    "url": "WebDriver:Navigate",
    "execute/sync": "WebDriver:ExecuteScript",
    "element": "WebDriver:FindElement",
    "clear": "WebDriver:ElementClear",
    "value": "WebDriver:ElementSendKeys",
    "click": "WebDriver:ElementClick",
}


_FIREFOX: dict[str, object] = {
    "intl.accept_languages": "pt-BR",
    # No page and no extensions of its own, and no processes in reserve: they took a sixth of its processor time.
    "browser.startup.page": 0,
    "browser.newtabpage.enabled": False,
    "browser.newtab.preload": False,
    "extensions.enabledScopes": 0,
    "extensions.webextensions.remote": False,
    "dom.ipc.processPrelaunch.enabled": False,
}


@contextmanager
def open_firefox(url: str, folder: Path) -> Iterator[Driven]:
    program = shutil.which("firefox-esr")
    if program is None:
        pytest.skip("needs Debian's firefox-esr")
    port = free_port()
    settings = {**_FIREFOX, "marionette.port": port}
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items())
    (folder / "user.js").write_text("".join(lines), encoding="utf-8")
    arguments = [program, "--headless", "--no-remote", "--marionette", "--profile", str(folder)]
    with _running(arguments, {"HOME": str(folder)}), _connect(port) as connection:
        stream = connection.makefile("rwb")
        _read_message(stream)  # its greeting
        number = 0

        def command(_: str, path: str, body: dict[str, Any]) -> Any:
            nonlocal number
            number += 1
            name = _BY_MARIONETTE.get(path) or _BY_MARIONETTE.get(path.rpartition("/")[2]) or path
            message = json.dumps([0, number, name, body]).encode()
            stream.write(b"%d:%s" % (len(message), message))
            stream.flush()
            _, _, error, result = _read_message(stream)
            if error:
                raise CommandFailed(error)
            return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

        command("POST", "WebDriver:NewSession", {})
        yield Driven(url, command)


def _connect(port: int) -> socket.socket:
    def dial() -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
        except ConnectionRefusedError:
            return None

    return wait_for("Marionette listens", dial, every_s=0.05)


def _read_message(stream: Any) -> Any:
    length = b""
    while (byte := stream.read(1)) != b":":
        assert byte, "the browser has gone"
        length += byte
    return json.loads(stream.read(int(length)))


# --- WebKit -------------------------------------------------------------------------------


@contextmanager
def open_webkit(url: str, folder: Path) -> Iterator[Driven]:
    program = shutil.which("WebKitWebDriver")
    browser = next(Path("/usr/lib").glob(f"*/{_MINI_BROWSERS}"), None)
    if program is None or browser is None or shutil.which("Xvfb") is None:
        pytest.skip("needs Debian's webkit2gtk-driver and xvfb")
    port = free_port()
    with (
        _screen() as display,
        _running([program, f"--port={port}"], {"DISPLAY": display, "HOME": str(folder), "LANG": "C.UTF-8"}),
    ):
        _connect(port).close()
        session = ""

        def command(method: str, path: str, body: dict[str, Any]) -> Any:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
            connection.request(method, f"/session{session}/{path}".rstrip("/"), json.dumps(body))
            response = connection.getresponse()
            value = json.loads(response.read())["value"]
            connection.close()
            if response.status != 200:
                raise CommandFailed(value)
            return value

        options = {"webkitgtk:browserOptions": {"binary": str(browser), "args": ["--automation"]}}
        made = command("POST", "", {"capabilities": {"alwaysMatch": options}})
        session = f"/{made['sessionId']}"
        try:
            yield Driven(url, command)
        finally:
            command("DELETE", "", {})


@contextmanager
def _screen() -> Iterator[str]:
    read_end, write_end = os.pipe()
    screen = subprocess.Popen(
        # It ends with the tests also where these are killed.
        [
            *("setpriv", "--pdeathsig", "TERM"),
            *("Xvfb", "-displayfd", str(write_end), "-screen", "0", "1280x800x24", "-nolisten", "tcp"),
        ],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    try:
        with os.fdopen(read_end) as told:
            yield f":{told.readline().strip()}"
    finally:
        screen.terminate()
        screen.wait()


@contextmanager
def _running(arguments: list[str], environ: dict[str, str]) -> Iterator[None]:
    """Its children end with it."""
    quiet = subprocess.DEVNULL
    program = subprocess.Popen(arguments, env={**os.environ, **environ}, stdout=quiet, stderr=quiet)
    try:
        yield
    finally:
        program.terminate()
        program.wait()
