"""``almoxarife check``: compares the audit trail, movements, sales, people, shops, products, balances and triggers.

One pass over the trail, with movements and sales read beside it (``movement_check``, ``sale_check``), then
one pass over each of the other tables.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from almoxarife import brazil
from almoxarife.server.audit.hashing import HASH_OF_FIRST_SHOP, TABLES, list_hashes
from almoxarife.server.audit.movement_check import MovementCheck, format_quantity
from almoxarife.server.audit.sale_check import SaleCheck, list_wrong_sums
from almoxarife.server.audit.service import read_entries
from almoxarife.server.audit.tags import CHANGE_TAGS, MOVEMENT_TAGS, SALE_TAGS, Tag
from almoxarife.server.audit.verification import ChainEntry, ChainVerifier, find_uncounted
from almoxarife.server.data_directory.service_keys import FOLDER
from almoxarife.server.ids import IdKind
from almoxarife.server.store.sessions import raw
from almoxarife.server.store.sqlite import is_unreadable_text
from almoxarife.server.upkeep import triggers

SHOWN = 20
"""Findings of one topic that are printed; of more only their number."""


class Topic(StrEnum):
    TRIGGERS = "gatilhos"
    TRAIL = "trilha de auditoria"
    LEDGER = "movimentações"
    PEOPLE = "pessoas"
    SHOPS = "lojas"
    CHAINS = "redes"
    PRODUCTS = "produtos"
    KEYS = "chaves de serviço"
    BALANCES = "saldos"
    SALES = "vendas"
    SUMS = "somas das vendas"


class Finding(NamedTuple):
    """Something that does not agree, as a sentence."""

    topic: Topic
    sentence: str


def check(session: Session, keys: Mapping[str, bytes] | None = None) -> Iterator[Finding]:
    """Yield all that does not agree as it is found; there may be a finding for every row.

    ``session`` must be a snapshot. ``keys`` are the hashes of the service keys of this data directory by name, if
    it is there. The caller has asked before whether the database file itself is whole (``Database.list_faults``).
    """
    dialect = session.get_bind().dialect.name
    for name in triggers.list_faulty(raw(session), dialect):
        yield Finding(
            Topic.TRIGGERS,
            f"O gatilho {name}, que protege os registros, foi retirado ou alterado."
            " O próximo início do servidor o refaz.",
        )
    whole = _Check(session)
    yield from whole.run()
    yield from whole.check_keys(keys or {})


def shorten(findings: Iterable[Finding]) -> Iterator[str]:
    """The sentences of the first ``SHOWN`` findings of each topic, and how many more there are."""
    numbers: dict[Topic, int] = {}
    for topic, sentence in findings:
        numbers[topic] = numbers.get(topic, 0) + 1
        if numbers[topic] <= SHOWN:
            yield sentence
    for topic, number in numbers.items():
        if number > SHOWN:
            yield f"E mais {brazil.format_number(number - SHOWN)} achados em {topic}."


class _Check:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._database = raw(session)
        tallies = self._database.execute("SELECT entries, seal FROM audit_tally")
        self._entries, self._seal = tallies[0] if len(tallies) == 1 else (None, None)
        self._row_hashes: dict[str, bytes | None] = {}
        """What the last entry about each person, shop, chain or product covers, by wire id."""
        self._is_covering = self._seal is not None
        """Whether every row must have an entry."""
        self._seals: dict[str | None, int] = {}
        """The entry that sealed the database, by the schema that it names as its cause."""
        self._key_hashes: dict[str, bytes | None] = {}
        """What the last entry about each service key covers, by name."""
        self._revoked_keys: set[str] = set()

    def run(self) -> Iterator[Finding]:
        movements = MovementCheck(self._session, seal=self._seal)
        sales = SaleCheck(self._session)
        verifier = ChainVerifier()
        for entry in read_entries(self._session):
            fault = verifier.find_fault(entry)
            if fault is not None:
                yield Finding(Topic.TRAIL, f"Trilha de auditoria: {fault.sentence}")
            if entry.tag in SALE_TAGS:
                for sentence in sales.follow(entry, is_sound=fault is None):
                    yield Finding(Topic.SALES, sentence)
            else:
                yield from self._follow(entry, movements, is_sound=fault is None)
        for fault in verifier.list_last_faults():
            yield Finding(Topic.TRAIL, f"Trilha de auditoria: {fault.sentence}")
        yield from self._check_tally(verifier.head.id)
        for sentence in movements.finish():
            yield Finding(Topic.LEDGER, sentence)
        for sentence in sales.finish():
            yield Finding(Topic.SALES, sentence)
        yield from self._check_rows(IdKind.USER, Topic.PEOPLE)
        yield from self._check_rows(IdKind.SHOP, Topic.SHOPS)
        yield from self._check_rows(IdKind.CHAIN, Topic.CHAINS)
        yield from self._check_rows(IdKind.PRODUCT, Topic.PRODUCTS)
        yield from self._check_balances(movements.sum_balances())
        for sentence in list_wrong_sums(self._database):
            yield Finding(Topic.SUMS, sentence)

    # --- the trail --------------------------------------------------------------------------

    def _follow(self, entry: ChainEntry, movements: MovementCheck, *, is_sound: bool) -> Iterator[Finding]:
        if entry.tag in MOVEMENT_TAGS:
            for sentence in movements.follow(entry, is_sound=is_sound):
                yield Finding(Topic.LEDGER, sentence)
        elif entry.tag == Tag.DATA_SEALED and entry.cause is not None:
            for sentence in movements.follow_seal(entry):
                yield Finding(Topic.LEDGER, sentence)
            if entry.cause in self._seals:
                yield Finding(
                    Topic.TRAIL,
                    f"O registro {entry.id} da trilha cobre de novo o que o {self._seals[entry.cause]} já cobria, sem"
                    " que o programa tenha sido atualizado.",
                )
            self._seals[entry.cause] = entry.id
        elif entry.tag in {Tag.SERVICE_KEY_CREATED, Tag.SERVICE_KEY_REVOKED}:
            self._follow_key(str(entry.cause).lower(), entry)
        elif entry.tag == Tag.DATA_SEALED and str(entry.subject).startswith(f"{FOLDER}/"):
            self._follow_key(str(entry.subject).removeprefix(f"{FOLDER}/"), entry)
        elif (entry.tag in CHANGE_TAGS or entry.tag == Tag.DATA_SEALED) and isinstance(entry.subject, str):
            self._row_hashes[entry.subject] = entry.row_hash
        self._is_covering = self._is_covering or entry.row_hash is not None

    def _check_tally(self, last: int) -> Iterator[Finding]:
        uncounted = find_uncounted(last, self._entries)
        if uncounted is not None:
            yield Finding(Topic.TRAIL, f"Trilha de auditoria: {uncounted}")
        last_seal = max(self._seals.values(), default=0)
        if self._is_covering and self._entries is not None and self._seal != last_seal:
            yield Finding(
                Topic.TRAIL,
                "Trilha de auditoria: o registro que cobre o que havia antes da atualização não é o que o banco de"
                " dados anotou.",
            )

    # --- service keys -----------------------------------------------------------------------

    def _follow_key(self, name: str, entry: ChainEntry) -> None:
        self._key_hashes[name] = entry.row_hash
        if entry.tag == Tag.SERVICE_KEY_REVOKED:
            self._revoked_keys.add(name)
        else:
            self._revoked_keys.discard(name)

    def check_keys(self, keys: Mapping[str, bytes]) -> Iterator[Finding]:
        """Compare the keys that are there. A missing one opens nothing, and may be another server's: no finding."""
        for name, found in sorted(keys.items()):
            if name in self._revoked_keys:
                wrong = f"foi revogada e está de volta na pasta {FOLDER}"
            elif name not in self._key_hashes:
                wrong = "não está na trilha: surgiu sem registro"
            elif self._key_hashes[name] not in {None, found}:
                wrong = "não é a que a trilha registrou"
            else:
                continue
            remedy = f"Se ela é sua: almoxarife keys accept {name}; se não: almoxarife keys revoke {name}"
            yield Finding(Topic.KEYS, f"A chave de serviço {name} {wrong}. {remedy}")

    # --- rows that change -------------------------------------------------------------------

    def _check_rows(self, kind: IdKind, topic: Topic) -> Iterator[Finding]:
        for number, found in list_hashes(self._database, kind):
            subject = kind.to_wire(number)
            expected = self._row_hashes.pop(subject, None)
            if expected is None and (subject, found) == (IdKind.SHOP.to_wire(1), HASH_OF_FIRST_SHOP):
                continue  # unchanged since the database was made
            if expected is None and self._is_covering:
                yield Finding(
                    topic, f"{_KINDS[kind]} {self._name(kind, number)} não está na trilha: surgiu sem registro."
                )
            elif expected is not None and found != expected:
                yield Finding(
                    topic, f"{_KINDS[kind]} {self._name(kind, number)} não é como a trilha deixou: {_WHAT[kind]}."
                )
        for subject in [subject for subject in self._row_hashes if subject[:1] == kind.value]:
            if self._row_hashes.pop(subject) is not None:
                yield Finding(topic, f"{_KINDS[kind]} {subject} está na trilha e sumiu do banco de dados.")

    def _name(self, kind: IdKind, number: int) -> str:
        """The name of a row with its id, or the id alone where the name cannot be read."""
        column = "username" if kind is IdKind.USER else "name"
        try:
            rows = self._database.execute(f"SELECT {column} FROM {TABLES[kind].name} WHERE id = ?", (number,))
        except Exception as error:
            if not is_unreadable_text(error):
                raise
            rows = []
        return f"{rows[0][0]} ({kind.to_wire(number)})" if rows else kind.to_wire(number)

    # --- balances ---------------------------------------------------------------------------

    def _check_balances(self, sums: dict[tuple[int, int], int]) -> Iterator[Finding]:
        balances: dict[tuple[int, int], Any] = {
            (shop_id, product_id): quantity
            for shop_id, product_id, quantity in self._database.stream(
                "SELECT shop_id, product_id, quantity FROM balances"
            )
        }
        for shop_id, product_id in sorted(balances.keys() | sums.keys()):
            balance, total = balances.get((shop_id, product_id), 0), sums.get((shop_id, product_id), 0)
            if balance != total:
                product = self._name(IdKind.PRODUCT, product_id)
                yield Finding(
                    Topic.BALANCES,
                    f"Diferença em {IdKind.SHOP.to_wire(shop_id)}, {product}: saldo {format_quantity(balance)},"
                    f" movimentações {format_quantity(total)}",
                )


_KINDS = {IdKind.USER: "O usuário", IdKind.SHOP: "A loja", IdKind.CHAIN: "A rede", IdKind.PRODUCT: "O produto"}
_WHAT = {
    IdKind.USER: "o papel, a situação, as lojas, o nome ou a senha foi alterado",
    IdKind.SHOP: "o nome, o CNPJ, a rede, a situação ou a regra do saldo negativo foi alterado",
    IdKind.CHAIN: "o nome foi alterado",
    IdKind.PRODUCT: "o nome, o código, a unidade, o preço ou a situação foi alterado",
}
