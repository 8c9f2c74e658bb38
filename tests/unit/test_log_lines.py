"""Log files of a bounded size, and lines that stop nobody when they cannot be written."""

import json
import logging
import os
import sys
import threading
import time
from io import FileIO
from pathlib import Path
from threading import Event, Thread

import pytest

from almoxarife.server.app import log_uncaught
from almoxarife.server.operations import log_lines
from almoxarife.server.operations.log_lines import (
    REPEAT_WINDOW_S,
    LogLines,
    RepeatedEvents,
    RotatingLines,
    configure_log,
)
from tests.programs import PATIENCE_S, wait_until


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine the last lines take longer than a server's stop may wait for them."""
    monkeypatch.setattr(log_lines, "TIMEOUT_S", PATIENCE_S)


def test_a_file_that_is_full_becomes_an_older_one_and_the_oldest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_lines, "MAX_FILE_BYTES", 10)
    path = tmp_path / "registro.log"
    lines = RotatingLines(path)

    for number in range(6):
        lines.put(b"line %d" % number, is_urgent=True)
        wait_for(path, b"line %d\n" % number)

    lines.close()
    found = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert found == {
        "registro.log": b"line 5\n",
        "registro.log.1": b"line 4\n",
        "registro.log.2": b"line 3\n",
        "registro.log.3": b"line 2\n",
    }


def test_a_start_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    path = tmp_path / "registro.log"
    for line in (b"yesterday", b"today"):
        lines = RotatingLines(path)
        lines.put(line)
        lines.close()

    assert path.read_bytes() == b"yesterday\ntoday\n"


def test_a_file_that_cannot_be_renamed_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "MAX_FILE_BYTES", 10)
    path = tmp_path / "registro.log"
    (tmp_path / "registro.log.1").mkdir()
    lines = RotatingLines(path)

    for number in range(3):
        lines.put(b"line %d" % number, is_urgent=True)
        wait_for(path, b"line %d\n" % number)

    lines.close()
    assert b"line 2" in path.read_bytes()


def test_a_file_that_cannot_be_opened_for_a_while_loses_what_was_said_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_lines, "MAX_FILE_BYTES", 10)
    path = tmp_path / "registro.log"
    lines = RotatingLines(path)
    lines.put(b"line 1", is_urgent=True)
    wait_for(path, b"line 1")

    with monkeypatch.context() as full:
        full.setattr(RotatingLines, "_open", lambda self: (tmp_path / "not there" / "x").open("ab", buffering=0))
        lines.put(b"line 2", is_urgent=True)
        lines.put(b"line 3", is_urgent=True)
        wait_until(lambda: not path.exists() and not lines._waiting, "there is nowhere to write to")
    lines.put(b"line 4", is_urgent=True)

    lines.close()
    assert path.read_bytes() == b"line 4\n"


def test_lines_are_written_in_the_order_they_were_said(tmp_path: Path) -> None:
    path = tmp_path / "registro.log"
    lines = RotatingLines(path)

    for number in range(3 * log_lines.BATCH):
        lines.put(b"%d" % number)

    lines.close()
    assert path.read_text().split() == [str(number) for number in range(3 * log_lines.BATCH)]


def test_an_error_is_written_with_what_was_said_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "PAUSE_S", 60)
    path = tmp_path / "registro.log"
    lines = RotatingLines(path)

    lines.put(b"a request")
    lines.put(b"a fault", is_urgent=True)

    wait_for(path, b"a request\na fault\n")
    lines.close()


def test_it_ends_at_once_also_while_it_collects_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "PAUSE_S", 2 * PATIENCE_S)
    lines = RotatingLines(tmp_path / "registro.log")
    lines.put(b"a request")
    wait_until(lambda: lines._urgent._cond._waiters, "more lines are waited for")  # type: ignore[attr-defined]

    lines.close()

    assert not lines._thread.is_alive()
    assert (tmp_path / "registro.log").read_bytes() == b"a request\n"


@pytest.mark.skipif(os.name != "posix", reason="a pipe of Windows has no such end")
def test_a_pipe_that_nobody_reads_stops_nobody_and_what_is_lost_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "MAX_WAITING", 100)
    reader, writer = os.pipe()

    class Piped(LogLines):
        def _open(self) -> FileIO:
            return FileIO(writer, "wb")

    lines = Piped()
    started = time.monotonic()
    for number in range(1000):
        lines.put(b"%04d" % number + b"x" * 1000, is_urgent=True)
    took = time.monotonic() - started

    # An error waited for a second each, a quarter of an hour for all.
    assert took < 200
    assert lines.dropped > 0
    read = bytearray()
    with FileIO(reader) as pipe:
        while b"0999x" not in read:
            read += pipe.read(65536)
        lines.close()
    assert b'"event":"log_lines_dropped"' in read
    assert str(lines.dropped).encode() in read


def test_the_newest_lines_are_kept_while_nothing_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "MAX_WAITING", 3)
    taken, asked, goes_on = [], Event(), Event()

    class Stuck(RotatingLines):
        def _write(self, text: bytes) -> None:
            asked.set()
            goes_on.wait()
            taken.append(text)

    lines = Stuck(tmp_path / "registro.log")
    lines.put(b"first")
    assert asked.wait(30)
    for number in range(6):
        lines.put(b"line %d" % number)
    lines.put(b"a fault", is_urgent=True)

    goes_on.set()
    lines.close()
    lost = b'{"event":"log_lines_dropped","level":"warning","since_the_start":4}'
    assert b"".join(taken) == b"first\n" + lost + b"\nline 4\nline 5\na fault\n"


@pytest.fixture
def log_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(logging.getLogger("almoxarife"), "handlers", [])
    return tmp_path / "registro.log"


def log_failures(count: int, reason: str) -> None:
    for number in range(count):
        fields = {"request_id": f"{number}", "reason": reason}
        logging.getLogger("almoxarife.server.x").warning("unavailable", fields)


def read_lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_what_fails_for_the_same_reason_again_and_again_is_a_line_and_a_sum(log_file: Path) -> None:
    lines = configure_log(log_file)

    log_failures(1000, "database or disk is full")
    log_failures(1, "disk I/O error")
    lines.close()

    shown = [(line["reason"], line.get("request_id"), line.get("repeated")) for line in read_lines(log_file)]
    assert shown == [
        ("database or disk is full", "0", None),
        ("disk I/O error", "0", None),
        ("database or disk is full", None, 999),
    ]


def test_a_failure_that_lasts_has_a_sum_each_time_and_one_that_comes_back_a_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now_s = 0.0
    monkeypatch.setattr(log_lines, "monotonic", lambda: now_s)
    repeated = RepeatedEvents()
    record = logging.makeLogRecord({"msg": "unavailable", "args": {"reason": "the server is away"}})

    def fail(times: int) -> list[bool]:
        return [repeated.is_counted(record) for _ in range(times)]

    def take_sums() -> list[int]:
        return [json.loads(line)["repeated"] for line in repeated.take_sums()]

    assert fail(3) == [False, True, True]
    now_s = REPEAT_WINDOW_S - 0.1
    assert (take_sums(), round(repeated.find_wait_s() or 0, 3)) == ([], 0.1)
    for times in (5, 1):
        now_s += REPEAT_WINDOW_S
        assert take_sums() == [2 if times == 5 else 5]
        assert fail(times) == [True] * times
    now_s += REPEAT_WINDOW_S
    assert take_sums() == [1]
    now_s += REPEAT_WINDOW_S
    assert (take_sums(), repeated.find_wait_s()) == ([], None)
    assert fail(2) == [False, True]


def test_a_sum_is_written_when_its_time_is_over_though_nothing_more_is_said(
    log_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_lines, "REPEAT_WINDOW_S", 0.5)
    lines = configure_log(log_file)

    log_failures(100, "the server is away")

    wait_for(log_file, b"repeated")
    wait_until(lambda: not lines.repeated._windows, "nothing is counted any more")
    lines.close()


def test_reasons_that_differ_each_time_are_counted_together(log_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "MAX_WINDOWS", 3)
    lines = configure_log(log_file)

    for number in range(50):
        log_failures(1, f"connection {number} was lost")
    lines.close()

    found = read_lines(log_file)
    assert [line["reason"] for line in found] == [*(f"connection {n} was lost" for n in range(4)), "(others)"]
    assert found[-1]["repeated"] == 46


def test_what_ends_a_thread_is_a_line_of_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    path = tmp_path / "registro.log"
    monkeypatch.setattr(logging.getLogger("almoxarife"), "handlers", [])
    lines = configure_log(path)
    log_uncaught()

    thread = Thread(target=lambda: 1 // 0, name="writer")
    thread.start()
    thread.join()
    lines.close()

    assert b"ZeroDivisionError" in path.read_bytes()
    assert b'"thread":"writer"' in path.read_bytes()
    assert capfd.readouterr().err == ""


def test_an_event_is_a_line_of_json_with_its_fields_and_what_it_came_from_but_no_local_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = logging.getLogger("almoxarife")
    monkeypatch.setattr(logger, "handlers", [])
    path = tmp_path / "registro.log"
    lines = configure_log(path)

    def fail(password: str) -> None:
        try:
            int("x")
        except ValueError as error:
            raise RuntimeError("that went wrong") from error

    try:
        fail("a secret")
    except RuntimeError as error:
        # Fields may be called as a logger's own.
        fields = {"message": "100 %s", "thread": None, "file": "caf\udce9", "size": 2**70, "where": tmp_path}
        logging.getLogger("almoxarife.server.x").error("fault", fields, exc_info=error)
    logging.getLogger("another").error("not ours")
    lines.close()

    (text,) = path.read_text().splitlines()
    line = json.loads(text)
    assert line.pop("timestamp").endswith("Z")
    newest, cause = line.pop("exception")
    assert line == fields | {"where": str(tmp_path), "event": "fault", "level": "error"}
    assert (newest["exc_type"], newest["exc_value"], newest["is_cause"]) == ("RuntimeError", "that went wrong", False)
    assert (cause["exc_type"], cause["is_cause"]) == ("ValueError", True)
    assert newest["frames"][-1]["name"] == cause["frames"][0]["name"] == "fail"
    assert "a secret" not in text


def wait_for(path: Path, text: bytes) -> None:
    def is_there() -> bool:
        try:
            return text in path.read_bytes()
        except FileNotFoundError:  # not begun, or becoming an older one this moment
            return False

    wait_until(is_there, f"{text!r} is written")
