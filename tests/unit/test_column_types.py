"""No column loses a microsecond or a fraction: what does not fit is refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from almoxarife.server.audit import hashing as covered
from almoxarife.server.sales.models import Sale, SaleCancellation, SaleItem
from almoxarife.server.stock.models import INSERT, MOVEMENTS, MovementRow
from almoxarife.server.store.columns import Centavos, TenThousandths, from_micros, insert_into, to_micros


@given(st.datetimes(timezones=st.timezones(), min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1)))  # noqa: DTZ001
def test_a_moment_survives_its_column(moment: datetime) -> None:
    assert from_micros(to_micros(moment)) == moment.astimezone(UTC)
    assert from_micros(to_micros(moment)).tzinfo is UTC


@pytest.mark.parametrize("column", [TenThousandths(), Centavos()])
@given(value=st.decimals(min_value=-99_999_999_999, max_value=99_999_999_999, places=2))
def test_a_number_survives_its_column(column: TenThousandths, value: Decimal) -> None:
    stored = column.process_bind_param(value, None)

    assert isinstance(stored, int)
    assert column.process_result_value(stored, None) == value


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (TenThousandths(), Decimal("0.00001")),
        (TenThousandths(), Decimal(10) ** 15),
        (Centavos(), Decimal("0.001")),
        (Centavos(), Decimal("NaN")),
        (Centavos(), Decimal("Infinity")),
    ],
)
def test_what_would_have_to_be_rounded_is_refused(column: Centavos, value: Decimal) -> None:
    with pytest.raises(ValueError, match="exactly"):
        column.process_bind_param(value, None)


def test_a_movement_is_written_in_the_order_in_which_an_entry_covers_it() -> None:
    names = MOVEMENTS.columns.keys()
    assert [*MovementRow._fields] == [*names, "product_name", "username"]
    assert ", ".join(names) == covered.MOVEMENT_COLUMNS
    assert f"INSERT INTO movements ({covered.MOVEMENT_COLUMNS}) VALUES (?, " in INSERT
    assert INSERT.count("?") == len(names)


def test_a_sale_is_written_in_the_order_in_which_an_entry_covers_it() -> None:
    for model, columns in (
        (Sale, covered.SALE_COLUMNS),
        (SaleItem, f"sale_seq, {covered.ITEM_COLUMNS}"),
        (SaleCancellation, covered.CANCELLATION_COLUMNS),
    ):
        assert f"({columns})" in insert_into(model.__table__)
