"""Receives the gateway's log over UDP, so that nginx never waits for it, and counts the lines that are lost.

Of several processes on one machine one receives; when it ends, another takes over. A log service that
runs alone has precedence over the servers, because it also logs the requests while they are down.
"""

import ipaddress
import logging
import socket
import sys
from contextlib import suppress
from functools import lru_cache
from selectors import EVENT_READ, BaseSelector, DefaultSelector
from threading import Event, Thread
from time import monotonic, sleep
from typing import BinaryIO

from almoxarife import files
from almoxarife.server.errors import AlmoxarifeError
from almoxarife.server.logs.entries import GATEWAY, EntryFilter, now_micros
from almoxarife.server.logs.gateway import tally
from almoxarife.server.logs.gateway.line import MAX_DATAGRAM, read
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.settings import GATEWAY as FOLDER
from almoxarife.server.settings import Address, Network, Settings
from almoxarife.server.store.columns import from_micros

BUFFER = 4 * 1024 * 1024
"""The requested size of the socket's receive buffer in bytes; most systems grant a twentieth of it."""
GATHER_S = 0.002
"""How long to wait for more lines after the first one: every wake-up takes the GIL from another thread."""
AT_ONCE = 2000
ALL = 16_000
"""More lines than fit into ``BUFFER``, even if Linux doubles it."""
LOCK = "registros.lock"
"""Locked by a log service that runs alone."""
POLL_S = 1.0
SETTLE_S = 0.2
"""A line is sent before the file counts it, and it arrives within this time."""
RETRY_S = 1.0
COUNT_EVERY = 600_000_000
LATE = 60_000_000
"""Both in microseconds. No entry is stored later than ``LATE`` after its moment, so older ones can be counted once."""
_SO_RCVBUFFORCE = 33

log = logging.getLogger(__name__)


class GatewayReceiver:
    def __init__(self, settings: Settings, queue: LogQueue, *, comes_first: bool = False) -> None:
        """``settings.gateway_log`` is the address to receive at; None to receive nothing."""
        self.missing: int | None = None
        """The number of the gateway's requests without an entry since its start; None if unknown."""
        self.unreadable = 0
        """The number of datagrams that were not lines of a gateway's log."""
        self._address = settings.gateway_log
        self._queue = queue
        self._networks = settings.trusted_proxies
        self._comes_first = comes_first
        self._tally = settings.data_dir / FOLDER / tally.FILE
        self._entries = settings.data_dir / FOLDER / tally.ENTRIES
        self._lock = settings.data_dir / FOLDER / LOCK
        self._kept = 0
        """Lines that became entries, also in earlier processes, since the file of requests was begun."""
        self._began_at: int | None = None
        self._counted_until = 0
        self._stop = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        if self._address is not None:
            self._thread = Thread(target=self._run, args=(self._address,), name="gateway-log", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Receive no more. May be called twice, and without a start."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, address: Address) -> None:
        reported = ""
        lock: BinaryIO | None = None
        while not self._stop.is_set():
            try:
                if self._comes_first and lock is None and self._lock.parent.is_dir():
                    lock = files.try_lock(self._lock)
                if not self._gives_way():
                    with _open(address) as listener, DefaultSelector() as selector:  # select() takes no file past 1023
                        selector.register(listener, EVENT_READ)
                        self._receive(listener, selector)
                    self.missing = None
            except OSError as error:  # another process receives, or the machine has no such address
                if reported != str(error):
                    reported = str(error)
                    log.info("gateway_log_not_received", {"address": str(address), "reason": reported})
            except Exception as error:  # without this thread nothing is received any more
                log.error("fault", exc_info=error)
            self._stop.wait(RETRY_S)
        if lock is not None:
            lock.close()

    def _gives_way(self) -> bool:
        """Whether this server must stop receiving, because a log service that runs alone has precedence."""
        if self._comes_first or not self._lock.exists():
            return False
        file = files.try_lock(self._lock)
        if file is None:
            return True
        file.close()
        return False

    def _receive(self, listener: socket.socket, selector: BaseSelector) -> None:
        self._began_at, next_update_s = None, 0.0
        while not self._stop.is_set():
            if monotonic() >= next_update_s:
                # Store everything first, because the other process counts the stored entries only when it begins.
                if self._gives_way() and self._store_all(listener):
                    return
                self._update_missing(listener, selector)
                next_update_s = monotonic() + POLL_S
            if selector.select(POLL_S):
                sleep(GATHER_S)
                self._take(listener)
        self._store_all(listener)

    def _store_all(self, listener: socket.socket) -> bool:
        """Read and store all lines received so far; False if the store fails, and they stay queued."""
        self._take(listener, ALL)
        return self._queue.flush()

    def _take(self, listener: socket.socket, limit: int = AT_ONCE) -> None:
        now = now_micros()
        for _ in range(limit):
            try:
                datagram, peer = listener.recvfrom(MAX_DATAGRAM)
            except BlockingIOError:
                return
            except OSError:  # Windows reports here that an earlier datagram was not received
                continue
            line = read(datagram, now) if _is_a_gateways(peer[0], self._networks) else None
            if line is None:
                self.unreadable += 1
            elif self._queue.offer(line):
                self._kept += 1

    def _update_missing(self, listener: socket.socket, selector: BaseSelector) -> None:
        """Update ``missing``, the number of lost lines. It may be too low while requests are being answered."""
        found = tally.read(self._tally)
        if found is None:
            self.missing = None
            return
        if found.began_at != self._began_at:
            kept = self._count_entries(found.began_at)
            if kept is None:
                return
            self._kept, self._began_at, self.missing = kept, found.began_at, None
        elif now_micros() - LATE > self._counted_until + COUNT_EVERY:
            self._note_entries(found.began_at)
        known = self.missing or 0
        self._take(listener, ALL)  # this thread may be late on a busy machine
        until = monotonic() + SETTLE_S
        while found.requests - self._kept > known and (left := until - monotonic()) > 0:
            if selector.select(left):
                sleep(GATHER_S)
                self._take(listener)
        missing = max(0, found.requests - self._kept)
        # While requests are being answered, lines may be received that were not in the file yet when it was read.
        self.missing = missing if tally.read(self._tally) == found else max(known, missing)
        if self.missing > known:
            log.warning("gateway_entries_missing", {"since_it_started": self.missing})
        if found.requests > tally.MAX_WINDOW:
            tally.begin(self._tally, now_micros())

    def _count_entries(self, began_at: int) -> int | None:
        """The entries since then, including those that the log has removed; None when the store fails."""
        noted = tally.read_entries(self._entries)
        if noted is None or noted.began_at != began_at:
            noted = tally.Entries(began_at, began_at, 0)
        stored = self._count_stored(noted.until)
        self._counted_until = noted.until
        return None if stored is None else noted.number + stored

    def _note_entries(self, began_at: int) -> None:
        """Write the number of entries for the process that receives next."""
        until = now_micros() - LATE
        stored = self._count_stored(until)
        if stored is not None:
            with suppress(OSError):  # a full disk must not stop the receiver
                tally.write_entries(self._entries, tally.Entries(began_at, until, self._kept - stored))
            self._counted_until = until

    def _count_stored(self, since: int) -> int | None:
        if not self._queue.flush():
            return None
        try:
            counted = self._queue.store.count(EntryFilter(service=GATEWAY, since=from_micros(since)))
        except AlmoxarifeError:
            return None
        return sum(quarter.entries for quarter in counted)


def _open(address: Address) -> socket.socket:
    """Raises OSError."""
    listener = socket.socket(socket.AF_INET6 if ":" in address.host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        if sys.platform == "linux":
            with suppress(OSError):  # only root may exceed the system's limit
                listener.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, BUFFER)
        listener.bind(address)
        listener.setblocking(False)
    except BaseException:
        listener.close()
        raise
    return listener


@lru_cache(maxsize=1000)
def _is_a_gateways(peer: str, networks: tuple[Network, ...]) -> bool:
    address = ipaddress.ip_address(peer.partition("%")[0])
    return address.is_loopback or any(address in network for network in networks)
