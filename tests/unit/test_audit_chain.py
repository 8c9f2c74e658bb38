"""Whatever is done to the trail behind the program's back is found, and the right entry is named."""

import hashlib
import math
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.chain import BEFORE_ALL, Link, link, make_seal, seal_address
from almoxarife.server.audit.tags import Tag
from almoxarife.server.audit.verification import COLUMNS
from almoxarife.server.database import Database
from almoxarife.server.errors import StartupError
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
attack = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_trail(tmp_path_factory.mktemp("trail") / "almoxarife.db")


@pytest.fixture
def path(untouched: Path, tmp_path: Path) -> Path:
    return copy(untouched, tmp_path)


def copy(untouched: Path, folder: Path) -> Path:
    for left_over in folder.glob("almoxarife.db*"):
        left_over.unlink()
    return Path(shutil.copy(untouched, folder / "almoxarife.db"))


# --- the encoding, fixed for ever -----------------------------------------------------


def test_the_bytes_of_an_entry_are_those_of_the_documentation() -> None:
    """The test vector of docs/audit.md: if this fails, the trails of all shops would."""
    first = link(BEFORE_ALL, 1763647382120000, "stores:shop:created", "SUCESSO", None, "l1", None, None, None)
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


def test_a_head_is_read_as_it_is_printed() -> None:
    found = Link(12, bytes(range(32)))

    assert Link.parse(f" {found}\n") == found
    for text in ("", "12", f"{found}0", str(found)[:-1], str(found).upper(), str(BEFORE_ALL), f"-{found}", f"0{found}"):
        with pytest.raises(StartupError, match="não é uma cabeça da trilha"):
            Link.parse(text)


def test_an_address_has_another_salt_for_another_person() -> None:
    assert seal_address("10.0.0.1", 1) == seal_address("10.0.0.1", 1)
    assert len({seal_address(address, person) for address in ("10.0.0.1", "10.0.0.2") for person in (1, 2, None)}) == 6


# --- what was recorded ------------------------------------------------------------------


def test_a_trail_verifies_up_to_its_head_and_through_any_earlier_one(path: Path) -> None:
    assert verify(path) == (head(path), None)
    assert head(path).id == LENGTH
    with tampering(path) as db:
        links = [Link(*row) for row in db.execute("SELECT id, hash FROM audit_entries")]
    assert [verify(path, since).fault for since in links] == [None] * LENGTH


def test_a_trail_is_read_in_pages(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for size in (1, 2, LENGTH, LENGTH + 1):
        monkeypatch.setattr(audit, "PAGE", size)
        assert verify(path) == (head(path), None)


def test_an_empty_trail_verifies(path: Path) -> None:
    with tampering(path) as db:
        db.execute("DELETE FROM audit_entries")

    assert verify(path) == (BEFORE_ALL, None)


def test_an_erased_person_s_addresses_are_gone_and_the_trail_verifies(path: Path) -> None:
    with tampering(path) as db:
        rows = db.execute("SELECT actor_id, address, address_salt, address_seal FROM audit_entries WHERE id > 1")
        for actor_id, address, salt, seal in rows.fetchall():
            assert seal is not None
            assert (address is None) == (salt is None) == (actor_id == 2)


# --- what was not -----------------------------------------------------------------------


@attack
@given(ANY_ENTRY, st.sampled_from(CONTENT), ANYTHING)
@example(1, "actor_id", math.inf)
@example(5, "recorded_at", -math.inf)
@example(2, "tag", b"accounts:login:succeeded")
@example(2, "address", None)
@example(2, "address_seal", None)
@example(5, "address", "192.168.0.20")
def test_any_column_of_any_entry(untouched: Path, tmp_path: Path, entry: int, column: str, value: object) -> None:
    path = copy(untouched, tmp_path)
    with tampering(path) as db:
        of_it = f"SELECT {column}, typeof({column}) FROM audit_entries WHERE id = {entry}"
        before = db.execute(of_it).fetchone()
        try:
            db.execute(f"UPDATE audit_entries SET {column} = ? WHERE id = ?", (value, entry))
        except sqlite3.IntegrityError:
            assume(False)
        assume(db.execute(of_it).fetchone() != before)

    assert named(path) == entry


@attack
@given(ANY_ENTRY, ANY_ENTRY, st.data())
def test_several_entries_at_once_the_first_is_named(
    untouched: Path, tmp_path: Path, one: int, other: int, data: st.DataObject
) -> None:
    path = copy(untouched, tmp_path)
    with tampering(path) as db:
        for entry in (one, other):
            column = data.draw(st.sampled_from(["tag", "subject", "cause", "request_id"]))
            db.execute(f"UPDATE audit_entries SET {column} = 'outra coisa' WHERE id = ?", (entry,))

    assert named(path) == min(one, other)


@attack
@given(ANY_ENTRY)
def test_a_removed_entry(untouched: Path, tmp_path: Path, entry: int) -> None:
    path = copy(untouched, tmp_path)
    kept = head(path)
    with tampering(path) as db:
        db.execute("DELETE FROM audit_entries WHERE id = ?", (entry,))

    assert named(path, kept) == entry
    if entry < LENGTH:
        assert verify(path).fault == (entry, f"Falta o registro {entry}, ou o {entry + 1} foi inserido.")


@attack
@given(ANY_ENTRY, ANY_ENTRY)
def test_a_removed_entry_whose_place_was_closed(untouched: Path, tmp_path: Path, entry: int, like: int) -> None:
    path = copy(untouched, tmp_path)
    kept = head(path)
    with tampering(path) as db:
        db.execute("DELETE FROM audit_entries WHERE id = ?", (entry,))
        db.execute("UPDATE audit_entries SET id = -id WHERE id > ?", (entry,))
        db.execute("UPDATE audit_entries SET id = -id - 1 WHERE id < 0")

    assert named(path, kept) == entry


@attack
@given(st.integers(-3, LENGTH + 4), ANY_ENTRY)
def test_an_inserted_entry(untouched: Path, tmp_path: Path, place: int, like: int) -> None:
    """A copy of one that is there; those behind it make room."""
    path = copy(untouched, tmp_path)
    with tampering(path) as db:
        rest = COLUMNS.removeprefix("id, ")
        row = db.execute(f"SELECT {rest} FROM audit_entries WHERE id = ?", (like,)).fetchone()
        if place > 0:
            db.execute("UPDATE audit_entries SET id = -id WHERE id >= ?", (place,))
            db.execute("UPDATE audit_entries SET id = 1 - id WHERE id < 0")
        db.execute(f"INSERT INTO audit_entries VALUES (?{', ?' * len(row)})", (place, *row))

    # A copy right where its original stood is that entry; the original is the one slipped in.
    expected = place + 1 if place == like else min(place, LENGTH + 1)
    found = verify(path).fault
    assert found is not None
    assert found.id == expected
    assert str(place + (place == like)) in found.sentence


@attack
@given(ANY_ENTRY, ANY_ENTRY)
def test_two_entries_that_changed_places(untouched: Path, tmp_path: Path, one: int, other: int) -> None:
    assume(one != other)
    path = copy(untouched, tmp_path)
    with tampering(path) as db:
        db.execute("UPDATE audit_entries SET id = -1 WHERE id = ?", (one,))
        db.execute("UPDATE audit_entries SET id = ? WHERE id = ?", (one, other))
        db.execute("UPDATE audit_entries SET id = ? WHERE id = -1", (other,))

    assert named(path) == min(one, other)


@attack
@given(ANY_ENTRY)
def test_an_end_that_was_cut_off_shows_against_a_kept_head(untouched: Path, tmp_path: Path, first: int) -> None:
    path = copy(untouched, tmp_path)
    kept = head(path)
    with tampering(path) as db:
        db.execute("DELETE FROM audit_entries WHERE id >= ?", (first,))

    assert named(path, kept) == first
    # Without one only what leant on the end shows: an address forgotten before the person is erased.
    assert named(path) == (5 if 5 < first <= 8 else None)


@attack
@given(ANY_ENTRY)
def test_history_written_anew_shows_against_a_kept_head(untouched: Path, tmp_path: Path, entry: int) -> None:
    path = copy(untouched, tmp_path)
    with tampering(path) as db:
        links = [Link(*row) for row in db.execute("SELECT id, hash FROM audit_entries ORDER BY id")]
        db.execute("UPDATE audit_entries SET cause = 'outra coisa' WHERE id = ?", (entry,))
        rewrite(db, entry)

    assert verify(path).fault is None
    for kept in links:
        assert named(path, kept) == (None if kept.id < entry else kept.id)


@attack
@given(st.integers(1, LENGTH - 1))
def test_an_entry_that_was_changed_and_calculated_anew_does_not_suit_the_next(
    untouched: Path, tmp_path: Path, entry: int
) -> None:
    path = copy(untouched, tmp_path)
    with tampering(path) as db:
        db.execute("UPDATE audit_entries SET cause = 'outra coisa' WHERE id = ?", (entry,))
        rewrite(db, entry, entry)

    found = verify(path).fault
    assert found == (entry + 1, f"O registro {entry + 1} foi alterado, ou o anterior foi alterado e recalculado.")


@attack
@given(ANY_ENTRY, st.sampled_from(["tag", "outcome", "subject", "cause", "address", "request_id"]))
def test_a_text_that_is_none(untouched: Path, tmp_path: Path, entry: int, column: str) -> None:
    path = copy(untouched, tmp_path)
    with tampering(path) as db:
        db.execute(f"UPDATE audit_entries SET {column} = CAST(x'6fff' AS TEXT) WHERE id = ?", (entry,))

    assert named(path) == entry


def test_an_address_that_was_removed_though_nobody_was_erased(path: Path) -> None:
    with tampering(path) as db:
        db.execute("UPDATE audit_entries SET address = NULL, address_salt = NULL WHERE actor_id = 3")

    found = verify(path).fault
    assert found == (6, "O endereço do registro 6 foi apagado sem que a pessoa fosse removida.")


def test_another_address_with_its_salt(path: Path) -> None:
    with tampering(path) as db:
        db.execute("UPDATE audit_entries SET address = '10.0.0.1', address_salt = x'00' WHERE id = 4")

    assert verify(path).fault == (4, "O endereço do registro 4 foi alterado.")


def named(path: Path, since: Link | None = None) -> int | None:
    fault = verify(path, since).fault
    if fault is None:
        return None
    assert str(fault.id) in fault.sentence
    return fault.id


def test_a_head_that_a_restored_copy_has_not_is_explained(path: Path, tmp_path: Path) -> None:
    copied = head(path)
    database = Database.open(path)
    with database.transaction() as session:
        audit.record(session, Tag.SHOP_CREATED, subject="l2")
        audit.record(session, Tag.SHOP_CREATED, subject="l3")
    database.close()
    with tampering(path) as db:
        lost = [Link(*row) for row in db.execute("SELECT id, hash FROM audit_entries WHERE id > ?", (copied.id,))]
        db.execute("DELETE FROM audit_entries WHERE id > ?", (copied.id,))
    database = Database.open(path)
    with database.transaction() as session:
        audit.record(session, Tag.COPY_RESTORED, cause="copy.db")
    database.close()
    restored = copied.id + 1
    why = f"O registro {restored} diz que uma cópia de segurança foi recuperada"

    assert verify(path).fault is None
    assert verify(path, copied).fault is None
    for kept, sentence in zip(lost, ("foi reescrita.", "O fim da trilha foi cortado: falta o registro"), strict=True):
        fault = verify(path, kept).fault
        assert fault is not None
        assert fault.id == kept.id
        assert sentence in fault.sentence
        assert why in fault.sentence


def test_a_copy_restored_later_explains_nothing(path: Path) -> None:
    kept = head(path)._replace(hash=bytes(32))
    database = Database.open(path)
    with database.transaction() as session:
        audit.record(session, Tag.COPY_RESTORED, cause="copy.db")
    database.close()

    fault = verify(path, kept).fault

    assert fault is not None
    assert fault.sentence == f"Até o registro {kept.id} a trilha não é a da cabeça guardada: foi reescrita."
