"""A server without a console, one whose console is closed, and one whose person logs off."""

import io
import sys
import threading
from pathlib import Path

import pytest

from almoxarife.server.operations import console
from almoxarife.server.operations import stopping as stop

CTRL_C, CTRL_BREAK = 0, 1


@pytest.mark.parametrize("event", [stop.CLOSE, stop.LOGOFF, stop.SHUTDOWN])
def test_a_closed_console_waits_for_the_server_to_end(event: int) -> None:
    stopping, asked_to_wait, ended = threading.Event(), threading.Event(), threading.Event()

    def wait_for_the_end() -> None:
        asked_to_wait.set()
        assert ended.wait(30)

    answers = []
    handle = stop.make_console_handler(stopping, wait_for_the_end=wait_for_the_end)
    call = threading.Thread(target=lambda: answers.append(handle(event)))
    call.start()
    assert asked_to_wait.wait(30)

    assert stopping.is_set()
    assert answers == []
    ended.set()
    call.join()
    assert answers == [True]


@pytest.mark.parametrize("event", [CTRL_C, CTRL_BREAK])
def test_keys_are_left_to_python(event: int) -> None:
    stopping = threading.Event()

    assert stop.make_console_handler(stopping, wait_for_the_end=pytest.fail)(event) is False
    assert not stopping.is_set()


def test_without_a_console_words_go_to_files_among_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    data = tmp_path / "novo" / "dados"
    variables: dict[str, str] = {}

    console.replace_missing_streams(data, variables)
    print("Almoxarife no ar")
    print("A porta já está em uso.", file=sys.stderr)
    assert sys.stderr.fileno()
    sys.stderr.close()

    assert (data / "servidor.log").read_text("utf-8").splitlines() == ["Almoxarife no ar", "A porta já está em uso."]
    assert variables == {"ALMOXARIFE_LOG_FILE": str(data / "registro.log")}


def test_without_a_console_and_without_a_place_it_still_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    (tmp_path / "dados").touch()

    console.replace_missing_streams(tmp_path / "dados", {})

    print("Almoxarife no ar")
    sys.stderr.close()


def test_with_a_console_nothing_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    variables: dict[str, str] = {}

    console.replace_missing_streams(tmp_path / "dados", variables)

    assert (sys.stdout, sys.stderr, variables) == (out, err, {})
    assert not (tmp_path / "dados").exists()


def test_who_logs_off_from_windows_waits_for_the_server_to_end() -> None:
    stopping, waited = threading.Event(), threading.Event()
    receive = stop.make_window_procedure(stopping, wait_for_the_end=waited.set, default=lambda *_: 7)

    assert receive(1, stop.QUERY, 0, 0) == 1
    assert receive(1, stop.END, 0, 0) == 0  # another program has kept the session from ending
    assert receive(1, 0x001A, 0, 0) == 7
    assert not stopping.is_set()

    assert receive(1, stop.END, 1, 0) == 0
    assert stopping.is_set()
    assert waited.is_set()
