"""Whatever is done to the trail behind the program's back is found, and the right entry is named."""

import hashlib
import math
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from almoxarife.server.audit import hashing as covered
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.hashing import GENESIS, Link, link, make_seal, seal_address
from almoxarife.server.audit.tags import Tag
from almoxarife.server.audit.verification import COLUMNS
from almoxarife.server.errors import StartupError
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep.migrations import migrate
from tests.databases import Databases, Place, examples
from tests.unit.trail import LENGTH, head, make_trail, rewrite, tampering, verify

ANY_ENTRY = st.integers(1, LENGTH)
CONTENT = [name for name in COLUMNS.split(", ") if name != "id"]
ANYTHING = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    st.binary(max_size=40),
)
Copy = Callable[[], Place]
attack = settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def untouched(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_trail(databases.make(tmp_path_factory.mktemp("trail")))


@pytest.fixture
def copy(databases: Databases, untouched: Place, tmp_path: Path) -> Iterator[Copy]:
    """One more trail that nobody has touched; the one before is gone."""
    made: list[Place] = []

    def drop() -> None:
        for place in made:
            databases.drop(place)
        made.clear()

    def copy() -> Place:
        drop()
        for left_over in tmp_path.glob("almoxarife.db*"):
            left_over.unlink()
        made.append(databases.copy(untouched, tmp_path))
        return made[0]

    yield copy
    drop()


@pytest.fixture
def place(copy: Copy) -> Place:
    return copy()


# --- the encoding, fixed for ever -----------------------------------------------------


def test_the_bytes_of_an_entry_are_those_of_the_documentation() -> None:
    """The test vector of docs/audit.md: if this fails, the trails of all shops would."""
    first = link(GENESIS, 1763647382120000, "stores:shop:created", "SUCESSO", None, "l1", None, None, None)
    second = link(
        first, 1763647382120001, "accounts:login:failed", "ERRO", 7, "u7", 'não "é" \\', bytes(range(16)), "0a1b"
    )

    content = b'[1,1763647382120000,"stores:shop:created","SUCESSO",null,"l1",null,null,null]'
    assert first == Link(1, hashlib.sha256(bytes(32) + content).digest())
    content = (
        '[2,1763647382120001,"accounts:login:failed","ERRO",7,"u7","não \\"é\\" \\\\",'
        '"000102030405060708090a0b0c0d0e0f","0a1b"]'
    ).encode()
    assert second == Link(2, hashlib.sha256(first.hash + content).digest())
    assert str(second) == "2-431d9b32d797753859d2428d23deaf1eda475ac3844a0bbffa48703f77dfaf27"
    assert make_seal(bytes(16), "192.168.0.10").hex() == "79aa71d34df3c3ae1b23915060117a40"


def test_the_bytes_of_covered_rows_are_those_of_the_documentation() -> None:
    """The other test vectors of docs/audit.md."""
    text = (Path(__file__).parents[2] / "docs" / "audit.md").read_text("utf-8")
    hashed = bytes(range(32))
    first = Link(1, bytes.fromhex("65ad1a1d640d2c9da2bf1adbee8e14e69600394894f3aec6ac3f431cc4d90b77"))
    at = 1763647382120000
    second = link(first, at + 2, "stock:movement:recorded", "SUCESSO", 7, "m1", None, None, None, hashed)
    movement = (1, 1, 1, "entrada", 100000, 100000, 100000, None, "NF 1", None, 2, at, at, False, False, None)

    content = f'[2,{at + 2},"stock:movement:recorded","SUCESSO",7,"m1",null,null,null,"{hashed.hex()}"]'
    assert second == Link(2, hashlib.sha256(first.hash + content.encode()).digest())
    for found in (second.hash, covered.hash_movement(movement, "a-1", hashed), covered.HASH_OF_FIRST_SHOP):
        assert f"\n{found.hex()}\n" in text
    # What was there before is hashed without a key, and without any column that came later.
    line = next(line for line in text.splitlines() if line.startswith('["movements",1,'))
    without_key = line.partition(',"a-1",')[0] + "]"
    assert covered.movement_bytes(movement).decode() == without_key


def test_a_head_is_read_as_it_is_printed() -> None:
    found = Link(12, bytes(range(32)))

    assert Link.parse(f" {found}\n") == found
    for text in ("", "12", f"{found}0", str(found)[:-1], str(found).upper(), str(GENESIS), f"-{found}", f"0{found}"):
        with pytest.raises(StartupError, match="não é uma cabeça da trilha"):
            Link.parse(text)


def test_an_address_has_another_salt_for_another_person() -> None:
    assert seal_address("10.0.0.1", 1) == seal_address("10.0.0.1", 1)
    assert len({seal_address(address, person) for address in ("10.0.0.1", "10.0.0.2") for person in (1, 2, None)}) == 6


# --- what was recorded ------------------------------------------------------------------


def test_a_trail_verifies_up_to_its_head_and_through_any_earlier_one(place: Place) -> None:
    assert verify(place) == (head(place), None)
    assert head(place).id == LENGTH
    with tampering(place) as db:
        links = [Link(*row) for row in db.execute("SELECT id, hash FROM audit_entries")]
    assert [verify(place, since).fault for since in links] == [None] * LENGTH


def test_a_trail_is_read_in_pages(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 2, LENGTH, LENGTH + 1):
        monkeypatch.setattr(covered, "PAGE", size)
        assert verify(place) == (head(place), None)


def test_an_empty_trail_verifies_where_nothing_was_ever_recorded(databases: Databases, tmp_path: Path) -> None:
    place = databases.make(tmp_path)
    migrate(place)

    assert verify(place) == (GENESIS, None)
    databases.drop(place)


def test_a_trail_that_was_removed_whole(place: Place) -> None:
    with tampering(place) as db:
        db.execute("DELETE FROM audit_entries")

    assert verify(place) == (
        GENESIS,
        (1, f"O fim da trilha foi cortado: faltam os registros 1 a {LENGTH}, de {LENGTH} contados."),
    )


def test_a_tally_that_was_removed_or_changed(place: Place) -> None:
    with tampering(place) as db:
        db.execute("UPDATE audit_tally SET entries = entries - 2")
    found = verify(place).fault
    assert found == (
        LENGTH + 1,
        f"A trilha tem {LENGTH} registros, e só {LENGTH - 2} foram contados: o fim foi inserido.",
    )

    with tampering(place) as db:
        db.execute("DELETE FROM audit_tally")
    assert verify(place).fault == (LENGTH + 1, "A contagem dos registros da trilha foi apagada.")
    database = Database.open(place)
    with database.transaction() as session:  # the shop goes on
        audit.record(session, Tag.SHOP_CREATED, subject="l2")
    database.close()
    assert head(place).id == LENGTH + 1


def test_an_erased_person_s_addresses_are_gone_and_the_trail_verifies(place: Place) -> None:
    with tampering(place) as db:
        rows = db.execute("SELECT actor_id, address, address_salt, address_seal FROM audit_entries WHERE id > 1")
        for actor_id, address, salt, seal in rows:
            assert seal is not None
            assert (address is None) == (salt is None) == (actor_id == 2)


# --- what was not -----------------------------------------------------------------------


@pytest.mark.sqlite  # a server has types
@attack
@given(ANY_ENTRY, st.sampled_from(CONTENT), ANYTHING)
@example(1, "actor_id", math.inf)
@example(5, "recorded_at", -math.inf)
@example(2, "tag", b"accounts:login:succeeded")
@example(2, "address", None)
@example(2, "address_seal", None)
@example(5, "address", "192.168.0.20")
def test_any_column_of_any_entry(copy: Copy, entry: int, column: str, value: object) -> None:
    place = copy()
    with tampering(place) as db:
        of_it = f"SELECT {column}, typeof({column}) FROM audit_entries WHERE id = {entry}"
        before = db.execute(of_it)[0]
        try:
            db.execute(f"UPDATE audit_entries SET {column} = ? WHERE id = ?", (value, entry))
        except sqlite3.IntegrityError:
            assume(False)
        assume(db.execute(of_it)[0] != before)

    assert named(place) == entry


@attack
@given(ANY_ENTRY, ANY_ENTRY, st.data())
def test_several_entries_at_once_the_first_is_named(copy: Copy, one: int, other: int, data: st.DataObject) -> None:
    place = copy()
    with tampering(place) as db:
        for entry in (one, other):
            column = data.draw(st.sampled_from(["tag", "subject", "cause", "request_id"]))
            db.execute(f"UPDATE audit_entries SET {column} = 'outra coisa' WHERE id = ?", (entry,))

    assert named(place) == min(one, other)


@attack
@given(ANY_ENTRY)
def test_a_removed_entry_is_named(copy: Copy, entry: int) -> None:
    place = copy()
    kept = head(place)
    with tampering(place) as db:
        db.execute("DELETE FROM audit_entries WHERE id = ?", (entry,))

    assert named(place, kept) == entry
    if entry < LENGTH:
        assert verify(place).fault == (entry, f"Falta o registro {entry}, ou o {entry + 1} foi inserido.")


@attack
@given(ANY_ENTRY, ANY_ENTRY)
def test_a_removed_entry_whose_place_was_closed(copy: Copy, entry: int, like: int) -> None:
    place = copy()
    kept = head(place)
    with tampering(place) as db:
        db.execute("DELETE FROM audit_entries WHERE id = ?", (entry,))
        db.execute("UPDATE audit_entries SET id = -id WHERE id > ?", (entry,))
        db.execute("UPDATE audit_entries SET id = -id - 1 WHERE id < 0")

    assert named(place, kept) == entry


@attack
@given(st.integers(-3, LENGTH + 4), ANY_ENTRY)
def test_an_inserted_entry_is_named(copy: Copy, at: int, like: int) -> None:
    """A copy of one that is there; those behind it make room."""
    place = copy()
    with tampering(place) as db:
        rest = COLUMNS.removeprefix("id, ")
        row = db.execute(f"SELECT {rest} FROM audit_entries WHERE id = ?", (like,))[0]
        if at > 0:
            db.execute("UPDATE audit_entries SET id = -id WHERE id >= ?", (at,))
            db.execute("UPDATE audit_entries SET id = 1 - id WHERE id < 0")
        db.execute(f"INSERT INTO audit_entries VALUES (?{', ?' * len(row)})", (at, *row))

    # A copy right where its original stood is that entry; the original is the one slipped in.
    expected = at + 1 if at == like else min(at, LENGTH + 1)
    found = verify(place).fault
    assert found is not None
    assert found.id == expected
    assert str(at + (at == like)) in found.sentence


@attack
@given(ANY_ENTRY, ANY_ENTRY)
def test_two_entries_that_changed_places(copy: Copy, one: int, other: int) -> None:
    assume(one != other)
    place = copy()
    with tampering(place) as db:
        db.execute("UPDATE audit_entries SET id = -1 WHERE id = ?", (one,))
        db.execute("UPDATE audit_entries SET id = ? WHERE id = ?", (one, other))
        db.execute("UPDATE audit_entries SET id = ? WHERE id = -1", (other,))

    assert named(place) == min(one, other)


@attack
@given(ANY_ENTRY)
def test_an_end_that_was_cut_off_shows_by_the_tally_and_against_a_kept_head(copy: Copy, first: int) -> None:
    place = copy()
    kept = head(place)
    with tampering(place) as db:
        db.execute("DELETE FROM audit_entries WHERE id >= ?", (first,))

    assert named(place, kept) == first
    # Whoever can cut can count anew, but for what leant on the end: an address forgotten before the person is erased.
    assert named(place) == (5 if 5 < first <= 8 else first)
    with tampering(place) as db:
        db.execute("UPDATE audit_tally SET entries = ?", (first - 1,))
    assert named(place) == (5 if 5 < first <= 8 else None)
    assert named(place, kept) == first


@attack
@given(ANY_ENTRY)
def test_history_written_anew_shows_against_a_kept_head(copy: Copy, entry: int) -> None:
    place = copy()
    with tampering(place) as db:
        links = [Link(*row) for row in db.execute("SELECT id, hash FROM audit_entries ORDER BY id")]
        db.execute("UPDATE audit_entries SET cause = 'outra coisa' WHERE id = ?", (entry,))
        rewrite(db, entry)

    assert verify(place).fault is None
    for kept in links:
        assert named(place, kept) == (None if kept.id < entry else kept.id)


@attack
@given(st.integers(1, LENGTH - 1))
def test_an_entry_that_was_changed_and_calculated_anew_does_not_suit_the_next(copy: Copy, entry: int) -> None:
    place = copy()
    with tampering(place) as db:
        db.execute("UPDATE audit_entries SET cause = 'outra coisa' WHERE id = ?", (entry,))
        rewrite(db, entry, entry)

    found = verify(place).fault
    assert found == (entry + 1, f"O registro {entry + 1} foi alterado, ou o anterior foi alterado e recalculado.")


@pytest.mark.sqlite  # a server has types
@attack
@given(ANY_ENTRY, st.sampled_from(["tag", "outcome", "subject", "cause", "address", "request_id"]))
def test_a_text_that_is_none(copy: Copy, entry: int, column: str) -> None:
    place = copy()
    with tampering(place) as db:
        db.execute(f"UPDATE audit_entries SET {column} = CAST(x'6fff' AS TEXT) WHERE id = ?", (entry,))

    assert named(place) == entry


def test_an_address_that_was_removed_though_nobody_was_erased(place: Place) -> None:
    with tampering(place) as db:
        db.execute("UPDATE audit_entries SET address = NULL, address_salt = NULL WHERE actor_id = 3")

    found = verify(place).fault
    assert found == (6, "O endereço do registro 6 foi apagado sem que a pessoa fosse removida.")


def test_another_address_with_its_salt(place: Place) -> None:
    with tampering(place) as db:
        db.execute("UPDATE audit_entries SET address = '10.0.0.1', address_salt = ? WHERE id = 4", (b"\0",))

    assert verify(place).fault == (4, "O endereço do registro 4 foi alterado.")


def named(place: Place, since: Link | None = None) -> int | None:
    fault = verify(place, since).fault
    if fault is None:
        return None
    assert str(fault.id) in fault.sentence
    return fault.id


def test_a_head_that_a_restored_copy_has_not_is_explained(place: Place) -> None:
    copied = head(place)
    database = Database.open(place)
    with database.transaction() as session:
        audit.record(session, Tag.SHOP_CREATED, subject="l2")
        audit.record(session, Tag.SHOP_CREATED, subject="l3")
    database.close()
    with tampering(place) as db:
        lost = [Link(*row) for row in db.execute("SELECT id, hash FROM audit_entries WHERE id > ?", (copied.id,))]
        db.execute("DELETE FROM audit_entries WHERE id > ?", (copied.id,))
        db.execute("UPDATE audit_tally SET entries = ?", (copied.id,))
    database = Database.open(place)
    with database.transaction() as session:
        audit.record(session, Tag.BACKUP_RESTORED, cause="copy.db")
    database.close()
    restored = copied.id + 1
    why = f"O registro {restored} diz que uma cópia de segurança foi recuperada"

    assert verify(place).fault is None
    assert verify(place, copied).fault is None
    for kept, sentence in zip(lost, ("foi reescrita.", "O fim da trilha foi cortado: falta o registro"), strict=True):
        fault = verify(place, kept).fault
        assert fault is not None
        assert fault.id == kept.id
        assert sentence in fault.sentence
        assert why in fault.sentence


def test_a_copy_restored_later_explains_nothing(place: Place) -> None:
    kept = head(place)._replace(hash=bytes(32))
    database = Database.open(place)
    with database.transaction() as session:
        audit.record(session, Tag.BACKUP_RESTORED, cause="copy.db")
    database.close()

    fault = verify(place, kept).fault

    assert fault is not None
    assert fault.sentence == f"Até o registro {kept.id} a trilha não é a da cabeça guardada: foi reescrita."
