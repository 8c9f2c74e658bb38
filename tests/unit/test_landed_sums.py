"""Sales of an older program are added up in the periods, and by the quantities, that it did not know."""

from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from almoxarife.server.audit.sale_check import list_wrong_sums
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep import sales_totals
from almoxarife.server.upkeep.migrations import migrate
from tests import landed
from tests.api.cast import make_database, open_server
from tests.api.test_totals import sell_at_the_edges
from tests.databases import Databases, Place, execute

WITH_AN_ITEM = """
INSERT INTO sale_items (sale_seq, line, product_id, quantity, price, subtotal, discount, movement_seq)
VALUES (1, 1, 1, 12500, 1592, 1990, 0, 1);
INSERT INTO sale_sums VALUES ('produto', 20261128, 2, 1, 1990, 1), ('produto', 202611, 2, 1, 1990, 1);
"""


def test_landed_sales_are_added_up_in_every_period(databases: Databases, tmp_path: Path) -> None:
    dialect = "postgresql" if databases.are_on_server else "sqlite"
    item = WITH_AN_ITEM.replace("INTO ", "INTO public.") if databases.are_on_server else WITH_AN_ITEM
    dump = tmp_path / "dump.sql"
    dump.write_text((landed.FOLDER / f"0018.{dialect}.sql").read_text("utf-8") + item, "utf-8")
    place = landed.load(dump, databases.make(tmp_path))

    migrate(place)

    assert_right(place)
    with closing(Database.open(place)) as database, database.reading() as session:
        found = raw(session).execute("SELECT period, quantity FROM sale_sums WHERE dimension = 'produto' ORDER BY 1")
        assert [(len(str(period)), quantity) for period, quantity in found] == [(size, 12_500) for size in (4, 6, 7, 8)]
    databases.drop(place)


def test_the_quantities_of_earlier_sales_are_those_of_the_ledger_on_local_days(
    databases: Databases, tmp_path: Path
) -> None:
    """Sold at the edges of days, months and years, in zones with and without summers; some was cancelled."""
    place = make_database(databases.make(tmp_path), with_cast=True)
    with open_server(place, tmp_path) as server:
        sell_at_the_edges(server)
    for zone in ("America/Sao_Paulo", "America/Rio_Branco"):
        with closing(Database.open(place)) as database, database.transaction() as session:
            sales_totals.rebuild(raw(session), ZoneInfo(zone))
        as_before_quantities(place)

        landed.migrate_to(place, "0023")

        assert_right(place)
    databases.drop(place)


@pytest.mark.parametrize("tampered", ["UPDATE sale_calendar SET zone = 'Marte/Olimpo'", "DELETE FROM sale_calendar"])
def test_sums_without_a_zone_are_left_to_the_next_start(databases: Databases, tmp_path: Path, tampered: str) -> None:
    place = make_database(databases.make(tmp_path), with_cast=True)
    as_before_quantities(place)
    execute(place, tampered)

    assert landed.migrate_to(place, "0023")

    databases.drop(place)


def as_before_quantities(place: Place) -> None:
    """What only ``0023`` may be carried out in: all that later revisions add is there."""
    execute(place, "ALTER TABLE sale_sums DROP COLUMN quantity", "UPDATE alembic_version SET version_num = '0022'")


def assert_right(place: Place) -> None:
    with closing(Database.open(place)) as database, database.reading() as session:
        assert list(list_wrong_sums(raw(session))) == []
