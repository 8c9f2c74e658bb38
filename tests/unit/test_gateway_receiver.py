"""How lines of the gateway's log are received, and what is no entry is counted."""

import errno
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from almoxarife.server.errors import StoreUnavailable
from almoxarife.server.logs.entries import Entry, EntryFilter, now_micros
from almoxarife.server.logs.gateway import receiver as receiving
from almoxarife.server.logs.gateway import tally
from almoxarife.server.logs.gateway.receiver import GatewayReceiver
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.logs.storage.sqlite import SqliteLogStore
from almoxarife.server.settings import GATEWAY, Settings
from tests.gateway.doors import free_udp_port
from tests.programs import wait_until
from tests.unit.test_gateway_lines import FIELDS, frame


class Gateway:
    """Sends lines and counts requests as nginx does, each by itself."""

    def __init__(self, data: Path) -> None:
        self.port = free_udp_port()
        self.data = data
        self.settings = Settings.from_mapping(
            {"ALMOXARIFE_DATA_DIR": str(data), "ALMOXARIFE_GATEWAY_LOG": f"127.0.0.1:{self.port}"}
        )
        self.tally = data / GATEWAY / tally.FILE
        self.tally.parent.mkdir()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def begin(self) -> None:
        tally.begin(self.tally, now_micros())

    def send(self, lines: int = 1) -> None:
        for _ in range(lines):
            self.send_raw(frame(FIELDS | {"msec": f"{now_micros() / 1_000_000:.6f}"}))

    def send_raw(self, datagram: bytes) -> None:
        self.socket.sendto(datagram, ("127.0.0.1", self.port))

    def note(self, requests: int = 1) -> None:
        with self.tally.open("ab") as file:
            file.write(b"\n" * requests)

    def answer(self, requests: int = 1) -> None:
        self.send(requests)
        self.note(requests)

    @contextmanager
    def received(
        self, store: SqliteLogStore | None = None, *, comes_first: bool = False
    ) -> Iterator[tuple[GatewayReceiver, LogQueue]]:
        """By a process of its own, as far as the others can tell."""
        with closing(LogQueue(store or SqliteLogStore(self.data / "registros.db"))) as queue:
            received = GatewayReceiver(self.settings, queue, comes_first=comes_first)
            received.start()
            try:
                yield received, queue
            finally:
                received.close()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    gateway = Gateway(tmp_path)
    with gateway.socket:
        yield gateway


def count(queue: LogQueue) -> int:
    assert queue.flush()
    return sum(quarter.entries for quarter in queue.store.count(EntryFilter(service="gateway")))


def test_lines_are_received_by_a_process_that_has_a_thousand_connections_open(gateway: Gateway) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    held = [os.open(os.devnull, os.O_RDONLY)]
    try:
        while held[-1] < 1100:
            held.append(os.dup(held[0]))
        with gateway.received() as (_, queue):

            def is_stored() -> bool:
                gateway.send()
                return count(queue) > 0

            wait_until(is_stored, "a line is an entry")
    finally:
        for file in held:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_what_came_late_is_no_longer_missing(gateway: Gateway) -> None:
    gateway.begin()
    with gateway.received() as (receiver, queue):
        gateway.note(3)
        wait_until(lambda: receiver.missing == 3, "three are missing")
        gateway.send(2)

        wait_until(lambda: receiver.missing == 1, "two of them have come")
        assert count(queue) == 2


def test_nothing_that_waits_in_the_socket_is_missing_however_long_it_takes(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine that gives the thread no turn while it would settle, and where requests go on being answered."""
    read, answered = tally.read, 0

    def read_after_more_is_answered(path: Path) -> tally.Tally | None:
        nonlocal answered
        gateway.answer(50)
        answered += 50
        return read(path)

    gateway.begin()
    monkeypatch.setattr(receiving, "SETTLE_S", 0.0)
    monkeypatch.setattr(tally, "read", read_after_more_is_answered)
    with gateway.received() as (receiver, queue):
        wait_until(lambda: answered >= 250 and receiver.missing is not None, "it has looked more than once")
        assert receiver.missing == 0
        receiver.close()
        assert count(queue) == answered


def test_an_entry_that_the_log_has_removed_since_is_not_missing(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "COUNT_EVERY", 0)
    monkeypatch.setattr(receiving, "LATE", 0)
    noted = gateway.tally.with_name(tally.ENTRIES)

    def number_noted() -> int:
        found = tally.read_entries(noted)
        return found.number if found else 0

    gateway.begin()
    with gateway.received() as (receiver, _):
        wait_until(lambda: receiver.missing == 0, "it receives")
        gateway.answer(5)
        wait_until(lambda: number_noted() == 5, "five are noted")
    with closing(SqliteLogStore(gateway.data / "registros.db")) as store:
        assert store.prune(datetime.now(UTC)) == 5
    gateway.note()

    with gateway.received() as (receiver, _):
        wait_until(lambda: receiver.missing == 1, "the one is missing")
        gateway.answer(2)
        wait_until(lambda: number_noted() == 7, "what came later is noted with what came before")
        assert receiver.missing == 1
    noted.write_text("?")
    with gateway.received() as (receiver, _):
        wait_until(lambda: receiver.missing == 6, "of a damaged file nothing is known")


def test_it_goes_on_receiving_where_nothing_can_be_noted(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "COUNT_EVERY", 0)
    monkeypatch.setattr(receiving, "LATE", 0)
    monkeypatch.setattr(receiving, "POLL_S", 0.01)
    open_socket, opened, tried = receiving._open, list[object](), list[Path]()

    def open_one(address: Any) -> socket.socket:
        opened.append(address)
        return open_socket(address)

    def fail(path: Path, _: tally.Entries) -> None:
        tried.append(path)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(receiving, "_open", open_one)
    monkeypatch.setattr(tally, "write_entries", fail)
    gateway.begin()
    with gateway.received():
        wait_until(lambda: len(tried) > 2, "it has tried to")

    assert len(opened) == 1


class FailingStore(SqliteLogStore):
    """Takes nothing while it ``fails``, and counts what it has refused."""

    fails, refused = False, 0

    def append(self, entries: Sequence[Entry]) -> list[int]:
        if self.fails:
            self.refused += 1
            raise StoreUnavailable
        return super().append(entries)


def test_another_receives_once_what_came_before_is_stored(gateway: Gateway) -> None:
    gateway.begin()
    store = FailingStore(gateway.data / "registros.db")
    with gateway.received(store) as (server, _):
        wait_until(lambda: server.missing == 0, "the server receives")
        store.fails = True
        gateway.answer(5)
        gateway.send_raw(b"?")
        wait_until(lambda: server.unreadable == 1, "it has taken them all")
        with gateway.received(comes_first=True) as (log, queue):
            wait_until(lambda: store.refused >= 2, "the server cannot store them, and tries again")
            store.fails = False
            wait_until(lambda: log.missing is not None, "the log service receives")
            gateway.answer(2)

            wait_until(lambda: count(queue) == 7, "all are stored")
            assert log.missing == 0
