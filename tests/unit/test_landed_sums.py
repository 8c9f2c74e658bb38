"""Sales of an older program are added up in the periods that it did not know."""

from contextlib import closing
from pathlib import Path

from almoxarife.server.audit.sale_check import list_wrong_sums
from almoxarife.server.store.database import Database
from almoxarife.server.store.sessions import raw
from almoxarife.server.upkeep.migrations import migrate
from tests import landed
from tests.databases import Databases

WITH_AN_ITEM = """
INSERT INTO sale_items (sale_seq, line, product_id, quantity, price, subtotal, discount, movement_seq)
VALUES (1, 1, 1, 10000, 1990, 1990, 0, 1);
INSERT INTO sale_sums VALUES ('produto', 20261128, 2, 1, 1990, 1), ('produto', 202611, 2, 1, 1990, 1);
"""


def test_landed_sales_are_added_up_in_every_period(databases: Databases, tmp_path: Path) -> None:
    dialect = "postgresql" if databases.are_on_server else "sqlite"
    item = WITH_AN_ITEM.replace("INTO ", "INTO public.") if databases.are_on_server else WITH_AN_ITEM
    dump = tmp_path / "dump.sql"
    dump.write_text((landed.FOLDER / f"0018.{dialect}.sql").read_text("utf-8") + item, "utf-8")
    place = landed.load(dump, databases.make(tmp_path))

    migrate(place)

    with closing(Database.open(place)) as database, database.reading() as session:
        assert list(list_wrong_sums(raw(session))) == []
        periods = raw(session).execute("SELECT DISTINCT period FROM sale_sums WHERE dimension = 'produto' ORDER BY 1")
        assert [len(str(period)) for (period,) in periods] == [4, 6, 7, 8]
    databases.drop(place)
