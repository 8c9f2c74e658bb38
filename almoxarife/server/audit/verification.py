"""Verifies the chain of the audit trail in one pass, and names the first entry that is not as it was recorded."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from almoxarife.server.audit.hashing import GENESIS, Link, link, make_seal
from almoxarife.server.audit.tags import Tag
from almoxarife.server.ids import IdKind

COLUMNS = (
    "id, recorded_at, tag, outcome, actor_id, subject, cause, address, address_salt, address_seal, request_id, hash,"
    " row_hash"
)


class ChainEntry(NamedTuple):
    """An entry as it is stored, whose columns may hold anything: somebody may have written into the file."""

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
    row_hash: Any = None


class Fault(NamedTuple):
    """The first entry that is not as it was recorded, and what happened to it."""

    id: int
    sentence: str


class Verdict(NamedTuple):
    head: Link
    """The last entry up to which the chain is whole."""
    fault: Fault | None


def verify(entries: Iterable[ChainEntry], since: Link | None = None) -> Verdict:
    """Follow the chain from the first entry to the last, through ``since``, a head that was kept elsewhere."""
    verifier = ChainVerifier(since)
    for entry in entries:
        head = verifier.head
        fault = verifier.find_fault(entry)
        if fault is not None:
            return Verdict(head, fault)
    return Verdict(verifier.head, next(verifier.list_last_faults(), None))


class ChainVerifier:
    """The chain as far as it was followed."""

    def __init__(self, since: Link | None = None) -> None:
        self.head = GENESIS
        self._since = since
        self._forgotten: dict[int | None, int] = {}
        """The first entry without its address, by person: right only where the person was erased."""
        self._erased: set[int | None] = set()
        self._restored: int | None = None
        """The last entry so far that says that a backup was restored."""

    def find_fault(self, entry: ChainEntry) -> Fault | None:
        """What is wrong with the next entry. Later ones follow its stored hash, so that a fault is reported once."""
        fault = self._compare(entry)
        if entry.id > self.head.id:
            self.head = Link(entry.id, entry.hash if isinstance(entry.hash, bytes) else bytes(32))
        if entry.tag == Tag.BACKUP_RESTORED:
            self._restored = entry.id
        if entry.tag == Tag.USER_ERASED and isinstance(entry.subject, str):
            self._erased.add(IdKind.USER.find_number(entry.subject))
        return fault

    def _compare(self, entry: ChainEntry) -> Fault | None:
        expected = self.head.id + 1
        if entry.id != expected:
            return Fault(min(entry.id, expected), _misplaced(entry.id, expected))
        found = _follow(self.head, entry)
        if found is None or found.hash != entry.hash:
            sentence = f"O registro {entry.id} foi alterado, ou o anterior foi alterado e recalculado."
            return Fault(entry.id, sentence)
        if not self._is_address_whole(entry):
            return Fault(entry.id, f"O endereço do registro {entry.id} foi alterado.")
        if found.id == (self._since and self._since.id) and found != self._since:
            sentence = f"Até o registro {found.id} a trilha não é a da cabeça guardada: foi reescrita."
            return Fault(found.id, sentence + self._mention_restored(entry))
        return None

    def list_last_faults(self) -> Iterator[Fault]:
        """What can be known only after the last entry."""
        if self._since is not None and self._since.id > self.head.id:
            first = self.head.id + 1
            sentence = f"O fim da trilha foi cortado: {_missing(first, self._since.id)}."
            yield Fault(first, sentence + self._mention_restored())
        for actor_id, first in self._forgotten.items():
            if actor_id not in self._erased:
                yield Fault(first, f"O endereço do registro {first} foi apagado sem que a pessoa fosse removida.")

    def _mention_restored(self, entry: ChainEntry | None = None) -> str:
        """A restored backup explains a head that is missing; somebody who removed entries may have faked that too."""
        restored = self._restored
        if entry is not None and entry.tag == Tag.BACKUP_RESTORED:
            restored = entry.id
        if restored is None:
            return ""
        return (
            f" O registro {restored} diz que uma cópia de segurança foi recuperada: uma cabeça guardada"
            " depois de feita a cópia pode ser do banco que ela substituiu."
        )

    def _is_address_whole(self, entry: ChainEntry) -> bool:
        """Whether the address fits its seal, or was deleted with its salt."""
        if entry.address is None and entry.address_salt is None:
            if entry.address_seal is not None:
                self._forgotten.setdefault(entry.actor_id, entry.id)
            return True
        try:
            return bool(make_seal(entry.address_salt, entry.address) == entry.address_seal)
        except (TypeError, AttributeError):
            return False


def find_uncounted(last: int, entries: object) -> str | None:
    """What is wrong where the tally counts ``entries`` and the trail ends with ``last``."""
    if entries == last:
        return None
    if type(entries) is not int:
        return "A contagem dos registros da trilha foi apagada."
    if entries > last:
        return f"O fim da trilha foi cortado: {_missing(last + 1, entries)}, de {entries} contados."
    return f"A trilha tem {last} registros, e só {entries} foram contados: o fim foi inserido."


def _follow(head: Link, entry: ChainEntry) -> Link | None:
    """The link that the entry should have; None where it holds a value that is never recorded."""
    if not _is_number(entry.recorded_at) or not (entry.actor_id is None or _is_number(entry.actor_id)):
        return None  # orjson would write an infinite number as null
    try:
        return link(head, *entry[1:7], entry.address_seal, entry.request_id, entry.row_hash)
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
