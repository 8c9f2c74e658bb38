"""Whatever somebody with the file in hand does to a shop behind the program's back, ``check`` says where."""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from almoxarife.server.audit import hashing as covered
from almoxarife.server.audit import sealing
from almoxarife.server.audit.checking import SHOWN, check, shorten
from almoxarife.server.audit.movement_check import INWARDS, OUTWARDS
from almoxarife.server.store.contract import Raw
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import triggers
from almoxarife.server.upkeep.migrations import HEAD
from almoxarife.wire.stock import MovementKind
from tests.api.cast import Server, make_database, open_server
from tests.api.conftest import starter
from tests.cheap_setup import weak_passwords
from tests.databases import Databases, Place
from tests.unit.trail import rewrite

MOVEMENT = "seq, shop_id, product_id, kind, quantity, effect, balance_after, reason, recorded_by, recorded_at"
PERSON = "username, username_folded, is_password_weak, must_change_password, role, state, generation, created_at"
SLIPPED_IN = (
    f"INSERT INTO movements ({MOVEMENT}, occurred_at, is_clock_corrected, is_below_zero)"
    " SELECT seq + 1, shop_id, product_id, 'entrada', 10000, 10000, balance_after + 10000, NULL, recorded_by,"
    " recorded_at, occurred_at, is_clock_corrected, is_below_zero FROM movements WHERE seq = 6"
)


@pytest.fixture(scope="module")
def day_of_work(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """m1-m6 are bolts in Centro, but for m4 in Norte; m6 reverses m3."""
    return make_template(databases, tmp_path_factory.mktemp("worked"), work_for_a_day)


def make_template(databases: Databases, folder: Path, happens: Callable[[Server], None]) -> Place:
    """A shop to be copied, with the cast in it and what ``happens`` there."""
    with weak_passwords():
        place = make_database(databases.make(folder), with_cast=True)
        with open_server(place, folder) as server:
            happens(server)
            assert find(server) == []
    return place


def work_for_a_day(shop: Server) -> None:
    carla, ana, davi = shop.person("Carla"), shop.person("Ana"), shop.person("Davi")
    bolts = carla.add("Parafuso 10mm", key="produto").json["id"]
    carla.add("Porca", sku="POR", codigos=[{"codigo": "7891000315507", "fator": 12}])
    assert carla.patch("/usuarios/u4", {"papel": "vendedor", "lojas": ["l2", "l3"]}).status_code == 200
    ana.receive(bolts, 10, key="um")
    ana.issue(bolts, 3, key="dois")
    third = ana.receive(bolts, 5)
    davi.receive(bolts, 4, key="quatro")
    ana.receive(bolts, 2, key="cinco")
    assert ana.reverse(third, key="seis").json["id"] == "m6"


@pytest.fixture
def worked(databases: Databases, day_of_work: Place, tmp_path: Path) -> Iterator[Server]:
    with ExitStack() as stack:
        yield starter(databases, day_of_work, tmp_path, stack)()


def find(server: Server) -> list[str]:
    with server.database.reading() as session:
        return [*shorten(check(session))]


@contextmanager
def tampering(server: Server) -> Iterator[Raw]:
    """A hand in the database while no trigger keeps it from anything; afterwards they are there again."""
    with server.database.transaction(own_commit=True) as session:
        database = raw(session)
        if server.database.dialect == "postgresql":
            # One whose triggers were made again could not be used for the next test.
            database.execute("SET LOCAL session_replication_role = replica")
            yield database
            return
        for guard in triggers.GUARDS:
            database.execute(f"DROP TRIGGER IF EXISTS {guard.name}")
        yield database
        triggers.recreate(database, "sqlite", [guard.name for guard in triggers.GUARDS if not guard.is_servers])


CASES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "a quantity": (
        ("UPDATE movements SET quantity = 70000 WHERE seq = 1",),
        ("A movimentação m1, ou a chave com que foi enviada, não é como", "m1 (entrada) de 7 não pode"),
    ),
    "a quantity with all that hangs on it": (
        (
            "UPDATE movements SET quantity = 50000, effect = 50000 WHERE seq = 1",
            "UPDATE movements SET balance_after = balance_after - 50000 WHERE shop_id = 2",
            "UPDATE balances SET quantity = quantity - 50000 WHERE shop_id = 2",
        ),
        ("A movimentação m1, ou", "A movimentação m2, ou", "A movimentação m6, ou"),
    ),
    "a movement removed": (("DELETE FROM movements WHERE seq = 2",), ("Falta a movimentação m2", "saldo")),
    "the last movement removed, with its balance": (
        ("DELETE FROM movements WHERE seq = 6", "UPDATE balances SET quantity = quantity + 50000 WHERE shop_id = 2"),
        ("Falta a movimentação m6",),
    ),
    "a movement slipped in": (
        (SLIPPED_IN, "UPDATE balances SET quantity = quantity + 10000 WHERE shop_id = 2"),
        ("A movimentação m7 não está na trilha",),
    ),
    "another person": (("UPDATE movements SET recorded_by = 5 WHERE seq = 1",), ("A movimentação m1, ou",)),
    "another day": (("UPDATE movements SET recorded_at = recorded_at - 86400000000 WHERE seq = 1",), ("m1, ou",)),
    "another day that it happened": (("UPDATE movements SET occurred_at = 1 WHERE seq = 1",), ("m1, ou",)),
    "another shop, with the balances": (
        (
            "UPDATE movements SET shop_id = 3, balance_after = 60000 WHERE seq = 5",
            "UPDATE movements SET balance_after = 70000 WHERE seq = 6",
            "UPDATE balances SET quantity = 70000 WHERE shop_id = 2",
            "UPDATE balances SET quantity = 60000 WHERE shop_id = 3",
        ),
        ("A movimentação m5, ou", "A movimentação m6, ou"),
    ),
    "another product": (("UPDATE movements SET product_id = 2 WHERE seq = 4",), ("m4, ou", "Porca (p2): saldo 0")),
    "a balance after": (
        ("UPDATE movements SET balance_after = 110000 WHERE seq = 1",),
        ("m1, ou", "A movimentação m1 diz que o saldo de p1 em l2 ficou em 11; pelas anteriores ficou em 10"),
    ),
    "a document": (("UPDATE movements SET document = 'NF 1' WHERE seq = 1",), ("m1, ou",)),
    "a reversal of something else": (("UPDATE movements SET reverses = 5 WHERE seq = 6",), ("m6, ou", "não desfaz")),
    "a kind": (("UPDATE movements SET kind = 'saida' WHERE seq = 1",), ("m1, ou", "m1 (saida) de 10 não pode")),
    "a mark of a balance below zero": (("UPDATE movements SET is_below_zero = true WHERE seq = 1",), ("abaixo",)),
    "a balance": (("UPDATE balances SET quantity = 1 WHERE shop_id = 2",), ("Diferença em l2, Parafuso 10mm (p1)",)),
    "a balance removed": (("DELETE FROM balances WHERE shop_id = 3",), ("Diferença em l3, Parafuso 10mm (p1): saldo",)),
    "a key": (("UPDATE idempotency_keys SET key = 'outra' WHERE key = 'um'",), ("A movimentação m1, ou a chave",)),
    "a key's request": (
        ("UPDATE idempotency_keys SET fingerprint = (SELECT hash FROM audit_entries WHERE id = 1) WHERE key = 'um'",),
        ("A movimentação m1, ou a chave",),
    ),
    "a key removed": (("DELETE FROM idempotency_keys WHERE key = 'dois'",), ("A movimentação m2, ou a chave",)),
    "a key moved to another movement": (
        ("UPDATE idempotency_keys SET row_id = 3 WHERE key = 'um'",),
        ("A movimentação m1, ou a chave", "Há uma chave de envio de u3 para o número 3"),
    ),
    "a key slipped in": (
        ("INSERT INTO idempotency_keys SELECT user_id, 'nova', fingerprint, 9 FROM idempotency_keys WHERE key = 'um'",),
        ("Há uma chave de envio de u3 para o número 9",),
    ),
    "a role": (("UPDATE users SET role = 'administrador' WHERE id = 3",), ("O usuário Ana (u3) não é como",)),
    "a state": (("UPDATE users SET state = 'inativo' WHERE id = 3",), ("O usuário Ana (u3) não é como",)),
    "a password": (
        ("UPDATE users SET password_hash = (SELECT password_hash FROM users WHERE id = 5) WHERE id = 1",),
        ("O usuário Carla (u1) não é como",),
    ),
    "two names that were swapped": (
        (
            "UPDATE users SET username_folded = 'x' WHERE id = 1",
            "UPDATE users SET username = 'Carla', username_folded = 'carla' WHERE id = 3",
            "UPDATE users SET username = 'Ana', username_folded = 'ana' WHERE id = 1",
        ),
        ("(u1) não é como", "(u3) não é como"),
    ),
    "a generation": (("UPDATE users SET generation = 7 WHERE id = 1",), ("O usuário Carla (u1) não é como",)),
    "the shops of a person whose rights were changed before": (
        ("DELETE FROM user_shops WHERE user_id = 4 AND shop_id = 3",),
        ("O usuário Vera (u4) não é como",),
    ),
    "one more shop": (("INSERT INTO user_shops VALUES (3, 3)",), ("O usuário Ana (u3) não é como",)),
    "somebody slipped in": (
        (f"INSERT INTO users ({PERSON}) VALUES ('Eva', 'eva', false, false, 'administrador', 'ativo', 1, 0)",),
        ("O usuário Eva (u6) não está na trilha",),
    ),
    "a policy": (("UPDATE shops SET policy = 'permitir' WHERE id = 2",), ("A loja Loja Centro (l2) não é como",)),
    "a shop's CNPJ": (("UPDATE shops SET cnpj = '11222333000181' WHERE id = 2",), ("A loja Loja Centro (l2) não é",)),
    "a shop that was closed": (("UPDATE shops SET is_active = false WHERE id = 2",), ("A loja Loja Centro (l2) não",)),
    "a chain slipped in": (
        ("INSERT INTO chains (id, name, name_folded, version, created_at) VALUES (1, 'Rede', 'rede', 1, 0)",),
        ("A rede Rede (r1) não está na trilha",),
    ),
    "the policy of the first shop": (("UPDATE shops SET policy = 'permitir' WHERE id = 1",), ("A loja Matriz (l1)",)),
    "how many a box holds": (("UPDATE product_codes SET factor = 10000",), ("O produto Porca (p2) não é como",)),
    "a box that is another product's": (
        ("UPDATE product_codes SET product_id = 1",),
        ("O produto Parafuso 10mm (p1) não é como", "O produto Porca (p2) não é como"),
    ),
    "a short code": (("UPDATE products SET sku = 'X' WHERE id = 1",), ("O produto Parafuso 10mm (p1) não é como",)),
    "a cost": (("UPDATE products SET cost = 1 WHERE id = 1",), ("O produto Parafuso 10mm (p1) não é como",)),
    "a scale": (("UPDATE shops SET scale_label = 'peso-4' WHERE id = 2",), ("A loja Loja Centro (l2) não é como",)),
    "a price": (("UPDATE products SET price = 1 WHERE id = 1",), ("O produto Parafuso 10mm (p1) não é como",)),
    "an entry": (("UPDATE audit_entries SET actor_id = 5 WHERE subject = 'm1'",), ("foi alterado, ou o anterior",)),
    "what an entry covers": (
        ("UPDATE audit_entries SET row_hash = NULL WHERE subject = 'm1' AND tag LIKE '%recorded'",),
        ("foi alterado, ou o anterior",),
    ),
    "the end of the trail": (
        ("DELETE FROM audit_entries WHERE id = (SELECT max(id) FROM audit_entries)",),
        ("O fim da trilha foi cortado: falta o registro", "A movimentação m6 não está na trilha"),
    ),
    "the whole trail": (
        ("DELETE FROM audit_entries",),
        ("O fim da trilha foi cortado", "A movimentação m1 não está", "m6 não está", "O usuário Carla (u1) não está"),
    ),
    "the whole trail and its tally": (
        ("DELETE FROM audit_entries", "DELETE FROM audit_tally"),
        ("A contagem dos registros da trilha foi apagada", "A movimentação m1 não está na trilha"),
    ),
    "the whole trail and all that could tell": (
        ("DELETE FROM audit_entries", "UPDATE audit_tally SET entries = 0, seal = NULL"),
        ("A movimentação m1 não está na trilha",),
    ),
    "the mark of what was covered": (("UPDATE audit_tally SET seal = NULL",), ("não é o que o banco de dados anotou",)),
}


@pytest.mark.parametrize("name", CASES)
def test_check_says_what_was_done(worked: Server, name: str) -> None:
    statements, words = CASES[name]
    with tampering(worked) as database:
        for statement in statements:
            database.execute(statement)

    found = find(worked)

    for word in words:
        assert [sentence for sentence in found if word in sentence], found


COLUMNS = [column for column in covered.MOVEMENT_COLUMNS.split(", ") if column != "seq"]
ANYTHING = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 6),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
    st.binary(max_size=5),
    st.just(b"o\xff"),
)


@pytest.mark.sqlite  # a server has types
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 6), st.sampled_from(COLUMNS), ANYTHING, st.booleans())
def test_any_column_of_any_movement(worked: Server, seq: int, column: str, value: object, as_text: bool) -> None:
    assert isinstance(worked.place, Path)
    with closing(sqlite3.connect(worked.place, isolation_level=None)) as db:
        db.execute("PRAGMA ignore_check_constraints = on")
        db.execute("DROP TRIGGER IF EXISTS movements_refuse_update")
        before = db.execute(f"SELECT {column}, typeof({column}) FROM movements WHERE seq = ?", (seq,)).fetchone()
        place = "CAST(? AS TEXT)" if as_text else "?"
        try:
            db.execute(f"UPDATE movements SET {column} = {place} WHERE seq = ?", (value, seq))
        except sqlite3.IntegrityError:
            assume(False)
        after = f"SELECT CAST({column} AS BLOB), typeof({column}) FROM movements WHERE seq = ?"
        was = db.execute("SELECT CAST(? AS BLOB), ?", before).fetchone()
        is_changed = db.execute(after, (seq,)).fetchone() != was
        found = [sentence for sentence in find(worked) if not sentence.startswith("O gatilho")]
        db.execute(f"UPDATE movements SET {column} = ? WHERE seq = ?", (before[0], seq))

    assert bool(found) == is_changed
    assert not is_changed or f"A movimentação m{seq}, ou a chave com que foi enviada" in found[0]


def test_what_was_changed_is_not_told_by_its_neighbours(worked: Server) -> None:
    with tampering(worked) as database:
        database.execute("UPDATE movements SET reason = 'outro' WHERE seq = 2")
        database.execute("UPDATE users SET role = 'gerente' WHERE id = 3")

    found = find(worked)

    assert len(found) == 2
    assert found[0].startswith("A movimentação m2, ou a chave com que foi enviada, não é como o registro")
    assert found[1].startswith("O usuário Ana (u3) não é como a trilha deixou")


def test_all_is_told_and_no_more_than_can_be_read(worked: Server) -> None:
    ana = worked.person("Ana")
    for _ in range(SHOWN):
        ana.receive("p1", 1)
    with tampering(worked) as database:
        database.execute("UPDATE movements SET reason = 'outro'")

    found = find(worked)

    assert len(found) == SHOWN + 1
    assert found[-1] == "E mais 6 achados em movimentações."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("actor_id = 5", r"A movimentação m1 não é de quem o registro \d+ da trilha diz\."),
        ("row_hash = NULL", r"O registro \d+ da trilha não cobre a movimentação m1\."),
    ],
)
def test_an_entry_that_was_changed_with_the_whole_chain_is_told(worked: Server, change: str, words: str) -> None:
    with tampering(worked) as database:
        database.execute(f"UPDATE audit_entries SET {change} WHERE subject = 'm1'")
        rewrite(database, 1)

    (found,) = find(worked)

    assert re.fullmatch(words, found)


def test_a_movement_that_a_chain_written_anew_leaves_out_is_told(worked: Server) -> None:
    ((entry,),) = worked.rows("SELECT id FROM audit_entries WHERE subject = 'm2'")
    newest = len(worked.audited())
    with tampering(worked) as database:
        database.execute("DELETE FROM movements WHERE seq = 2")
        database.execute("DELETE FROM audit_entries WHERE id = ?", (entry,))
        for number in range(entry + 1, newest + 1):
            database.execute("UPDATE audit_entries SET id = ? WHERE id = ?", (number - 1, number))
        database.execute("UPDATE audit_tally SET entries = entries - 1")
        rewrite(database, 1)

    found = find(worked)

    assert found[0] == "Os números das movimentações saltam de m1 para m3: as do meio foram retiradas."


# --- what is no tampering -----------------------------------------------------------------


def test_whatever_people_do_is_as_the_trail_says(worked: Server) -> None:
    carla, ana = worked.person("Carla"), worked.person("Ana")
    password = {"senha_atual": "carla-sabe-esta-frase", "senha_nova": "outra frase bem longa"}
    assert carla.post("/conta/senha", password).status_code == 204
    assert carla.post("/usuarios/u2/senha").status_code == 200
    assert carla.patch("/usuarios/u5", {"ativo": False}).status_code == 200
    assert carla.patch("/usuarios/u4", {"lojas": []}).status_code == 200
    assert carla.change("p1", "*", nome="Parafuso 12mm", preco="1.50", unidade="KG").status_code == 200
    assert carla.post("/produtos/importar", [{"nome": "Porca", "preco": "2"}, {"nome": "Arruela"}]).status_code == 200
    assert carla.change("p2", "*", nome="Porca", sku=None, codigos=[{"codigo": "96385074"}]).status_code == 200
    assert worked.register("Elisa", "uma frase que se lembra").status_code == 201
    assert ana.adjust("p1", -0.5).status_code == 201
    assert ana.issue("p1", 1000).status_code == 409

    assert find(worked) == []


def test_a_person_is_erased_and_all_agrees(worked: Server) -> None:
    carla = worked.person("Carla")
    assert carla.ask("DELETE", "/usuarios/u3").status_code == 204

    assert find(worked) == []
    names = worked.rows("SELECT 1 FROM audit_entries WHERE subject = 'Ana' OR cause LIKE '%Ana%'")
    assert names == []


def test_every_kind_of_movement_has_a_sign() -> None:
    assert INWARDS | OUTWARDS | {MovementKind.ADJUSTMENT, MovementKind.REVERSAL} == set(MovementKind)


def test_the_bytes_of_a_person_and_a_product_are_those_of_the_documentation(worked: Server) -> None:
    """If this fails, what the trails of all shops cover would not be what it was."""
    ((folded, hashed, generation),) = worked.rows(
        "SELECT username_folded, password_hash, generation FROM users WHERE id = 4"
    )
    person = f'["users/2",4,"Vera","{folded}","{hashed}",false,false,"vendedor","ativo",{generation}'
    person += ",null,null,null,null,null,[2,3]]"
    ((made, name),) = worked.rows("SELECT created_at, name_folded FROM products WHERE id = 1")
    product = f'["products",1,"Parafuso 10mm","{name}","UN",null,null,null,true,1,{made},1]'
    ((made, name),) = worked.rows("SELECT created_at, name_folded FROM products WHERE id = 2")
    coded = (
        f'["products/2",2,"Porca","{name}","UN",null,null,null,true,1,{made},1,"POR",null,[["07891000315507",120000]]]'
    )

    for subject, content in (("u4", person), ("p1", product), ("p2", coded)):
        ((found,),) = worked.rows(
            "SELECT row_hash FROM audit_entries WHERE subject = ? ORDER BY id DESC LIMIT 1", subject
        )
        assert bytes(found) == sha256(content.encode()).digest()


# --- triggers -----------------------------------------------------------------------------


def test_a_new_database_has_all_triggers(shop: Server) -> None:
    with shop.database.reading() as session:
        assert triggers.list_faulty(raw(session), shop.database.dialect) == []


def drop(server: Server, name: str) -> None:
    with server.database.transaction() as session:
        where = "" if server.database.dialect == "sqlite" else " ON movements"
        raw(session).execute(f"DROP TRIGGER {name}{where}")


def test_a_start_makes_dropped_triggers_again_and_says_so(worked: Server) -> None:
    drop(worked, "movements_refuse_update")
    drop(worked, "movements_refuse_delete")
    assert [sentence[:36] for sentence in find(worked)] == [
        "O gatilho movements_refuse_delete, q",
        "O gatilho movements_refuse_update, q",
    ]

    said = sealing.repair_and_seal(worked.database, {})

    assert ["movements_refuse_delete" in said[0], "movements_refuse_update" in said[1]] == [True, True]
    assert find(worked) == []
    assert worked.audited()[-2:] == [
        ("server:triggers:made_again", "SISTEMA", None, "movements_refuse_delete"),
        ("server:triggers:made_again", "SISTEMA", None, "movements_refuse_update"),
    ]
    with pytest.raises(worked.database._store.failures, match="insert-only"), worked.database.transaction() as session:
        raw(session).execute("DELETE FROM movements")
    assert sealing.repair_and_seal(worked.database, {}) == []


def test_a_trigger_that_refuses_nothing_is_made_again(worked: Server) -> None:
    with worked.database.transaction() as session:
        if worked.database.dialect == "sqlite":
            raw(session).execute("DROP TRIGGER movements_refuse_update")
            raw(session).execute(
                "CREATE TRIGGER movements_refuse_update BEFORE UPDATE ON movements WHEN false BEGIN SELECT 1; END"
            )
        else:
            raw(session).execute("ALTER TABLE movements DISABLE TRIGGER movements_refuse_update")
    assert "O gatilho movements_refuse_update" in find(worked)[0]

    assert len(sealing.repair_and_seal(worked.database, {})) == 1
    assert find(worked) == []


# --- data from before ---------------------------------------------------------------------


@pytest.fixture
def older(worked: Server) -> Server:
    """The shop as an upgrade finds it: no entry covers anything."""
    with tampering(worked) as database:
        # The chain goes with it: what is tested here is what the seal covers.
        database.execute("DELETE FROM audit_entries WHERE tag = 'server:data:sealed'")
        database.execute("UPDATE audit_entries SET row_hash = NULL")
        database.execute("UPDATE audit_tally SET seal = NULL")
    return worked


def about_data(server: Server) -> list[str]:
    return [sentence for sentence in find(server) if not sentence.startswith("Trilha de auditoria: ")]


def test_what_was_there_before_is_covered_once(older: Server) -> None:
    assert about_data(older) == []

    assert sealing.repair_and_seal(older.database, {}) == []
    assert about_data(older) == []

    assert older.audited()[-1] == ("server:data:sealed", "SISTEMA", None, "m6")
    assert older.rows("SELECT cause FROM audit_entries ORDER BY id DESC LIMIT 1") == [(f"esquema {HEAD}",)]
    number = len(older.audited())
    sealing.repair_and_seal(older.database, {})
    assert len(older.audited()) == number
    older.person("Ana").receive("p1", 1, key="depois")
    assert about_data(older) == []


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE movements SET reason = 'outro' WHERE seq = 2", "As movimentações até m6 não são as que"),
        ("UPDATE movements SET recorded_at = 1 WHERE seq = 6", "As movimentações até m6 não são as que"),
        ("DELETE FROM movements WHERE seq = 4", "As movimentações até m6 não são as que"),
        ("UPDATE users SET role = 'administrador' WHERE id = 3", "O usuário Ana (u3) não é como"),
        ("UPDATE products SET name = 'Prego' WHERE id = 1", "O produto Prego (p1) não é como"),
        ("UPDATE movements SET reason = 'outro' WHERE seq = 7", "A movimentação m7, ou a chave"),
    ],
)
def test_what_was_there_before_is_told_when_it_changes(older: Server, statement: str, words: str) -> None:
    sealing.repair_and_seal(older.database, {})
    older.person("Ana").receive("p1", 1)
    with tampering(older) as database:
        database.execute(statement)

    found = about_data(older)

    assert [sentence for sentence in found if words in sentence], found


def test_data_covered_anew_without_an_upgrade_are_told(older: Server) -> None:
    sealing.repair_and_seal(older.database, {})
    with tampering(older) as database:
        database.execute("UPDATE users SET role = 'administrador' WHERE id = 3")
        database.execute("UPDATE audit_tally SET seal = NULL")
    sealing.repair_and_seal(older.database, {})

    assert [sentence for sentence in find(older) if "sem que o programa tenha sido atualizado" in sentence]
