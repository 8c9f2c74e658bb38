"""Is the trail what was recorded? One pass over it, which names the first entry that is not."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from almoxarife.server.audit.chain import BEFORE_ALL, Link, link, make_seal
from almoxarife.server.audit.tags import Tag
from almoxarife.server.ids import IdKind

COLUMNS = (
    "id, recorded_at, tag, outcome, actor_id, subject, cause, address, address_salt, address_seal, request_id, hash"
)


class Entry(NamedTuple):
    """An entry as it is stored, which may be anything: somebody may have written it."""

    id: int
    recorded_at: Any = None
    tag: Any = None
    outcome: Any = None
    actor_id: Any = None
    subject: Any = None
    cause: Any = None
    address: Any = None
    address_salt: Any = None
    address_seal: Any = None
    request_id: Any = None
    hash: Any = None


class Fault(NamedTuple):
    """The first entry that is not as it was recorded, and what happened to it."""

    id: int
    sentence: str


class Verdict(NamedTuple):
    head: Link
    """The last entry that follows from the first."""
    fault: Fault | None


def verify(entries: Iterable[Entry], since: Link | None = None) -> Verdict:
    """Follow the chain from the first entry to the last, through ``since``, a head that was kept elsewhere."""
    trail = _Trail(since)
    for entry in entries:
        fault = trail.find_fault(entry)
        if fault is not None:
            return Verdict(trail.head, fault)
    return Verdict(trail.head, trail.find_last_fault())


class _Trail:
    def __init__(self, since: Link | None) -> None:
        self.head = BEFORE_ALL
        self._since = since
        self._forgotten: dict[int | None, int] = {}
        """Whose address is gone, and from which entry first."""
        self._erased: set[int | None] = set()
        self._restored: int | None = None
        """The last entry so far that tells of a restored copy."""

    def find_fault(self, entry: Entry) -> Fault | None:
        expected = self.head.id + 1
        if entry.id != expected:
            return Fault(min(entry.id, expected), _misplaced(entry.id, expected))
        found = _follow(self.head, entry)
        if found is None or found.hash != entry.hash:
            sentence = f"O registro {entry.id} foi alterado, ou o anterior foi alterado e recalculado."
            return Fault(entry.id, sentence)
        if not self._is_address_whole(entry):
            return Fault(entry.id, f"O endereço do registro {entry.id} foi alterado.")
        if entry.tag == Tag.COPY_RESTORED:
            self._restored = entry.id
        if found.id == (self._since and self._since.id) and found != self._since:
            sentence = f"Até o registro {found.id} a trilha não é a da cabeça guardada: foi reescrita."
            return Fault(found.id, sentence + self._mention_restored())
        if entry.tag == Tag.USER_ERASED:
            self._erased.add(IdKind.USER.find_number(entry.subject))
        self.head = found
        return None

    def find_last_fault(self) -> Fault | None:
        """What only the end of the trail can tell."""
        if self._since is not None and self._since.id > self.head.id:
            first = self.head.id + 1
            sentence = f"O fim da trilha foi cortado: {_missing(first, self._since.id)}."
            return Fault(first, sentence + self._mention_restored())
        for actor_id, first in self._forgotten.items():
            if actor_id not in self._erased:
                return Fault(first, f"O endereço do registro {first} foi apagado sem que a pessoa fosse removida.")
        return None

    def _mention_restored(self) -> str:
        """An honest reason for a head that is not there; a thief of entries may give it too."""
        if self._restored is None:
            return ""
        return (
            f" O registro {self._restored} diz que uma cópia de segurança foi recuperada: uma cabeça guardada"
            " depois de feita a cópia pode ser do banco que ela substituiu."
        )

    def _is_address_whole(self, entry: Entry) -> bool:
        """Whether it is the one that was sealed, or has been forgotten."""
        if entry.address is None and entry.address_salt is None:
            if entry.address_seal is not None:
                self._forgotten.setdefault(entry.actor_id, entry.id)
            return True
        try:
            return bool(make_seal(entry.address_salt, entry.address) == entry.address_seal)
        except (TypeError, AttributeError):
            return False


def _follow(head: Link, entry: Entry) -> Link | None:
    """The link that the entry should be; None for what was never recorded like this."""
    if not _is_number(entry.recorded_at) or not (entry.actor_id is None or _is_number(entry.actor_id)):
        return None  # an infinite number would be written as null
    try:
        return link(head, *entry[1:7], entry.address_seal, entry.request_id)
    except (TypeError, AttributeError):
        return None


def _is_number(value: object) -> bool:
    return type(value) is int


def _misplaced(found: int, expected: int) -> str:
    if found < expected:
        return f"O registro {found} foi inserido."
    return f"{_missing(expected, found - 1).capitalize()}, ou o {found} foi inserido."


def _missing(first: int, last: int) -> str:
    return f"falta o registro {first}" if first == last else f"faltam os registros {first} a {last}"
