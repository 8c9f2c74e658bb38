"""A revision that has landed never changes, and whatever shape a shop has becomes the one of a new database."""

import ast
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.store.database import Database, is_server
from almoxarife.server.upkeep import migrations
from almoxarife.server.upkeep.migrations import HEAD, migrate
from tests import landed
from tests.databases import Databases, Place, execute, rows

Shape = list[tuple[object, ...]]

SCRIPTS = Path(migrations.__file__).parent

LANDED = {
    "dialects.py": "f830d0ac9b1fd8d6456cc636f632f3c6ab859a7ab1e31e8b3bb77563cc9682e6",
    "versions/r0001_first_tables.py": "00759f68fd855a1820e12f9eac20c5464c5bd6a5d717944fd042df25e6280e1c",
    "versions/r0002_directory_and_calendar.py": "bca7d56253b63715f7121a542c27b95ada9dae1217b70cb6d119f4fa8a516170",
    "versions/r0003_settings_in_force.py": "80b1b57290418d06226870b62759a59c796d2c4924c6195935de1c2e19c8b2a7",
    "versions/r0004_one_shape.py": "b58f8472e6062798450e7eea0465138b7433edfc813aa205931f3657ad79b190",
    "versions/r0005_another_program_s_people.py": "0397a4c8725c1572fdbbce35a4b2c0dd489df988c6bf3a33ebf165b4e7b77c47",
    "versions/r0006_covered_rows.py": "76bce007afad70257548536d60f847d3bb3089af94b7cebff2380c29c5eef64c",
    "versions/r0007_older_readers.py": "9b1373a84d46509e8a27827cb6903f3a6b4e44cca0b2eddf9ed1a3055fda54d8",
    "versions/r0008_usual_shops.py": "eafbfc1588b6571258131aca400cae3ba59ebc101d231b368f4b34646660169e",
    "versions/r0009_chains_of_shops.py": "4c09be8bf9e18090c6c2b3c5ab9a3d74f0bfac42d31cedca88d14a459aff0027",
    "versions/r0010_one_code_in_all_lengths.py": "b562dcd97789d70222c0da1322a162a739b53cb257c57839024de53216bd5ec8",
    "versions/r0011_full_names_and_cpfs.py": "5269154a6f83638522e79a34c17574915415b4e3b7a886a8e2914552e01c0900",
    "versions/r0012_units.py": "cfaac92526af30456c34277a4671dec16a36f59a03dd16a6a8249210588f224c",
    "versions/r0013_people_of_the_pages.py": "d4a1c264a42bee4758a0159543ece070ef2874155255ab0997a402549c0bf1da",
    "versions/r0014_messages.py": "f681bc53f111b1010244b3ea1b8ace1562570bfd1575e432b2e8762d3a7008f1",
    "versions/r0015_further_codes.py": "f6f5286914409bbc9f437c0b81c558ad678eb1ed1aa4121bc3fb0789dcb3ff76",
    "versions/r0016_coordination.py": "92214cf018c407a85971a3f69b83f6a58a67356080d53b68f1ce4d707f913456",
    "versions/r0017_sales.py": "af8599f9e21f04fc1d64894f1f97df86d85ef36bb174ac751f61bbf9789d6d23",
    "versions/r0018_undone_imports.py": "ada9065b2dd5ab754768de4a5a9fc5a5bef7e27400a9afcf9344c291f9c8704d",
    "versions/r0019_views_of_the_log.py": "03a5afc93f292408959dda451a5df47c8f2c8fc074cb6ba7851e441baf60f12d",
    "versions/r0020_sums_of_shops.py": "0a093cbaa1f701658be97b9fc79c6b822a54d7ecef16325caf7fc31d74bb6769",
    "versions/r0021_items_by_movement.py": "39369be6f6e39cf5520b382b92e8b6310ca0e1acbb7d9b9d913a820f79b167e4",
    "versions/r0022_sums_of_products.py": "47c8785b5a50f72665700bdb0de2ecc819918ac3e32065748e727c6ee915363b",
    "versions/r0023_quantities_of_products.py": "1d85013ed02fca4424aaeee53424526e85cd620dce67ba5535bba37f154f38af",
}
"""SHA-256 of what has been carried out in shops. A new revision adds its line; no line ever changes."""


def test_what_has_landed_is_as_it_landed() -> None:
    files = [SCRIPTS / "dialects.py", *(SCRIPTS / "versions").glob("r*.py")]
    found = {path.relative_to(SCRIPTS).as_posix(): digest(path) for path in files}

    assert found == LANDED, "write a new revision instead"


def digest(path: Path) -> str:
    """Without blank lines and imports of our own: a file may move, what a revision does stays."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("almoxarife"):
            lines[node.lineno - 1 : node.end_lineno] = [""] * ((node.end_lineno or 0) - node.lineno + 1)
    return sha256("\n".join(line for line in lines if line).encode()).hexdigest()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dump" not in metafunc.fixturenames:
        return
    dumps = landed.list_dumps(metafunc.config.getoption("database"))
    if "was_upgraded" not in metafunc.fixturenames:
        metafunc.parametrize("dump", dumps, ids=[dump.name for dump in dumps])
        return
    ways = [(dump, False) for dump in dumps] + [(dump, True) for dump in dumps if dump.name < "0004"]
    ids = [f"{dump.name}-{'upgraded before' if was else 'as it was'}" for dump, was in ways]
    metafunc.parametrize(("dump", "was_upgraded"), ways, ids=ids)


@pytest.fixture
def shop(dump: Path, databases: Databases, tmp_path: Path) -> Iterator[Place]:
    """A database as a landed revision made it on its day."""
    place = landed.load(dump, databases.make(tmp_path))
    yield place
    databases.drop(place)


@pytest.fixture(scope="session")
def new_shape(first_start: Place) -> Shape:
    return shape(first_start)


def shape(place: Place) -> Shape:
    """Every table, column, rule, index, trigger and view."""
    if not is_server(place):
        found = rows(place, "SELECT type, name, sql FROM sqlite_schema WHERE name <> 'sqlite_sequence'")
        return sorted((kind, name, " ".join((sql or "").split())) for kind, name, sql in found)
    schemas = "('public', 'cadastro_pessoa', 'cadastro_web')"
    ours = f"n.nspname IN {schemas}"
    return [
        *rows(
            place,
            "SELECT table_schema, table_name, column_name, data_type, character_maximum_length, is_nullable"
            f" FROM information_schema.columns WHERE table_schema IN {schemas} ORDER BY 1, 2, 3",
        ),
        *rows(place, "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexname"),
        *rows(
            place,
            "SELECT conname, pg_get_constraintdef(c.oid) FROM pg_constraint c"
            f" JOIN pg_namespace n ON n.oid = connamespace WHERE {ours} ORDER BY 1",
        ),
        *rows(place, "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"),
        *rows(
            place,
            "SELECT nspname, relname, pg_get_viewdef(c.oid) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace"
            f" WHERE relkind = 'v' AND {ours} ORDER BY 1, 2",
        ),
    ]


# Without a password: another program's people, whom 0005 moved to a table of their own, and who was erased.
CONTENT = {
    "movements": "seq, product_id, kind, quantity, effect, balance_after, recorded_by, recorded_at, reverses",
    "balances": "shop_id, product_id, quantity",
    "products": "id, name, barcode, price",
    "users WHERE password_hash IS NOT NULL": "id, username, password_hash, role",
    "audit_entries": "recorded_at, tag, outcome, actor_id, subject, cause, request_id",
}


def content(place: Place) -> dict[str, list[tuple[object, ...]]]:
    return {table: rows(place, f"SELECT {columns} FROM {table} ORDER BY 1") for table, columns in CONTENT.items()}


def test_every_landed_shape_becomes_that_of_a_new_database(
    shop: Place, new_shape: Shape, *, was_upgraded: bool
) -> None:
    if was_upgraded:
        # By the programs between, which left the shapes as they were.
        landed.migrate_to(shop, "0003")
    before = content(shop)

    migrate(shop)

    assert rows(shop, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert shape(shop) == new_shape
    after = content(shop)
    told = after["audit_entries"][len(before["audit_entries"]) :]
    assert after | {"audit_entries": after["audit_entries"][: len(before["audit_entries"])]} == before
    assert [entry[1] for entry in told] in ([], [Tag.TRAIL_CHAINED])
    assert_trail_whole(shop)
    assert migrate(shop) is False


def assert_trail_whole(place: Place) -> None:
    database = Database.open(place)
    try:
        with database.reading() as session:
            assert audit.verify_trail(session).fault is None
    finally:
        database.close()


@pytest.mark.sqlite
def test_a_trail_that_gets_its_chain_says_so_and_forgets_whoever_was_erased(tmp_path: Path) -> None:
    shop = landed.load(landed.FOLDER / "0002-without-chain.sqlite.sql", tmp_path / "almoxarife.db")
    execute(
        shop,
        "DROP TRIGGER audit_entries_refuse_delete",
        "DELETE FROM audit_entries WHERE id = 2",
        "UPDATE users SET erased_at = 1 WHERE id = 1",
    )
    ((entries,),) = rows(shop, "SELECT count(*) FROM audit_entries")

    migrate(shop)

    assert rows(shop, "SELECT id FROM audit_entries ORDER BY id") == [(number + 1,) for number in range(entries + 1)]
    (last,) = rows(shop, "SELECT tag, cause FROM audit_entries ORDER BY id DESC LIMIT 1")
    assert last == ("audit:trail:chained", f"{entries} registros de antes da cadeia, encadeados na atualização")
    assert rows(shop, "SELECT DISTINCT address FROM audit_entries WHERE actor_id = 1") == [(None,)]
    assert_trail_whole(shop)
