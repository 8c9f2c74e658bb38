"""Open files: raises the limit, finds the descriptors of connections, and keeps a reserve."""

import os
import socket
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

WANTED_FILES = 4352
"""Enough open files for all connections that are held at once."""
MAX_FILES = 65_536
"""The limit to ask for: with it, no number of clients exhausts the open files."""
RESERVE = 192
"""Open files that ``Reserve`` holds back: more than ``listening.TLS_BACKLOG``."""
FEW_FILES = 1024
"""The usual default limit. With a lower one, nothing is held back."""

Peer = tuple[str, str]
"""Address and port of whom a connection is with."""

_FOLDERS = () if sys.platform == "win32" else ("/proc/self/fd", "/dev/fd")
_FOLDER = next((folder for folder in _FOLDERS if Path(folder).is_dir()), None)
CAN_LIST = _FOLDER is not None


def raise_open_files() -> int:
    """Raise the limit of open files as far as the system allows; returns it."""
    if sys.platform == "win32":
        return WANTED_FILES  # on Windows sockets are no open files
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        _allow(wanted)
    return min(_find_allowed(), WANTED_FILES)


def list_open_files() -> Sequence[int]:
    """The descriptors of all open files."""
    try:
        return [int(name) for name in os.listdir(_FOLDER)]  # noqa: PTH208  # pathlib's paths cost twice as much
    except OSError:  # no further file can be opened: then all numbers up to the limit are in use
        return range(_find_allowed())


@contextmanager
def borrowed(number: int) -> Iterator[socket.socket]:
    """A socket object for a descriptor, without closing it. Raises OSError if it is no socket."""
    # Never a copy of the number: closing any copy of a database's file would give up SQLite's locks on it.
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 0, fileno=number)
    try:
        yield found
    finally:
        found.detach()


def find_connections(numbers: Iterable[int], port: int) -> dict[Peer, int]:
    """The connections to our ``port``, with their descriptors."""
    found_ones = {}
    for number in numbers:
        with suppress(OSError), borrowed(number) as found:
            peer = _find_peer(found, port)
            if peer is not None:
                found_ones[peer] = number
    return found_ones


def shut_down(number: int, peer: Peer, port: int) -> None:
    """Shut down the connection with ``peer``, unless ``number`` is another file by now; granian then closes it."""
    with suppress(OSError), borrowed(number) as found:
        if _find_peer(found, port) == peer:
            found.shutdown(socket.SHUT_RDWR)


def _find_peer(found: socket.socket, port: int) -> Peer | None:
    """None if it is no connection to ``port``. Raises OSError if it is no connection at all."""
    local, peer = found.getsockname(), found.getpeername()
    if not isinstance(local, tuple) or local[1] != port:
        return None
    address: str = peer[0]
    return address.partition("%")[0], str(peer[1])


class Reserve:
    """Open files that are kept in reserve until nearly all others are in use.

    With TLS granian accepts every connection immediately. If no file is left, it
    retries accepting in a loop and does not even close finished connections meanwhile. It goes
    on after it has accepted all connections of the backlog: so there must be files for them, and no further ones.
    """

    def __init__(self, port: int, *, backlog: int) -> None:
        """``backlog``: how many connections may wait at ``port``."""
        self._port = port
        self._backlog = backlog
        self._all = _find_allowed()
        self._kept = self._all - RESERVE if self._all >= FEW_FILES else self._all
        self._is_out = False
        _allow(self._kept)

    def adjust(self, numbers: Sequence[int]) -> None:
        """Release or rebuild the reserve, given the open files."""
        is_short = len(numbers) >= self._kept - RESERVE // 2
        if is_short == self._is_out:
            return
        if is_short:
            self._let_wait(numbers, 1)
            _allow(self._all)
        else:
            _allow(self._kept)
            self._let_wait(numbers, self._backlog)
        self._is_out = is_short

    def _let_wait(self, numbers: Sequence[int], most: int) -> None:
        for number in numbers:
            with suppress(OSError), borrowed(number) as found:
                if found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) and found.getsockname()[1] == self._port:
                    found.listen(most)


def _find_allowed() -> int:
    if sys.platform == "win32":
        return MAX_FILES
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_FILES if soft == resource.RLIM_INFINITY else soft


def _allow(most: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):  # what macOS says one may have it does not always give
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
