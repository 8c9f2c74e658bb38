"""Log files of a bounded size, and lines that stop nobody when they cannot be written."""

from pathlib import Path
from threading import Event

import pytest

from almoxarife.server import log_lines
from almoxarife.server.log_lines import RotatingLines


def test_a_file_that_is_full_becomes_an_older_one_and_the_oldest_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_lines, "LONGEST", 10)
    path = tmp_path / "registro.log"
    lines = RotatingLines(path)

    for number in range(6):
        lines.info(b"line %d" % number)
        lines.flush()

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
        lines.info(line)
        lines.close()

    assert path.read_bytes() == b"yesterday\ntoday\n"


def test_a_file_that_cannot_be_renamed_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_lines, "LONGEST", 10)
    path = tmp_path / "registro.log"
    (tmp_path / "registro.log.1").mkdir()
    lines = RotatingLines(path)

    for number in range(3):
        lines.error(b"line %d" % number)

    lines.close()
    assert b"line 2" in path.read_bytes()


def test_a_file_that_cannot_be_opened_for_a_while_loses_what_was_said_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_lines, "LONGEST", 10)
    path = tmp_path / "registro.log"
    lines = RotatingLines(path)
    lines.error(b"line 1")

    with monkeypatch.context() as full:
        full.setattr(RotatingLines, "_open", lambda self: (tmp_path / "not there" / "x").open("ab", buffering=0))
        lines.error(b"line 2")
        lines.error(b"line 3")
    lines.error(b"line 4")

    lines.close()
    assert path.read_bytes() == b"line 4\n"


def test_lines_are_written_in_the_order_they_were_said(tmp_path: Path) -> None:
    path = tmp_path / "registro.log"
    lines = RotatingLines(path)

    for number in range(3 * log_lines.BATCH):
        lines.info(b"%d" % number)

    lines.close()
    assert path.read_text().split() == [str(number) for number in range(3 * log_lines.BATCH)]


def test_an_error_is_written_at_once_with_what_was_said_before(tmp_path: Path) -> None:
    path = tmp_path / "registro.log"
    lines = RotatingLines(path)

    lines.info(b"a request")
    lines.error(b"a fault")

    assert path.read_bytes() == b"a request\na fault\n"
    lines.close()


def test_a_terminal_that_takes_nothing_stops_nobody_and_the_newest_lines_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_lines, "MOST_WAITING", 3)
    monkeypatch.setattr(log_lines, "PATIENCE_S", 0.01)
    taken, asked, goes_on = [], Event(), Event()

    class Stuck(RotatingLines):
        def _write(self, text: bytes) -> None:
            asked.set()
            goes_on.wait()
            taken.append(text)

    lines = Stuck(tmp_path / "registro.log")
    lines.info(b"first")
    assert asked.wait(30)
    for number in range(6):
        lines.info(b"line %d" % number)
    lines.error(b"a fault")

    goes_on.set()
    monkeypatch.setattr(log_lines, "PATIENCE_S", 30)
    lines.close()
    assert b"".join(taken) == b"first\nline 4\nline 5\na fault\n"
