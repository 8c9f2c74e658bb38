"""How many statements a number of rows takes, and which parameters each of them gets."""

from itertools import chain

import pytest

from almoxarife.server.store.columns import split


@pytest.mark.parametrize(
    ("number", "sizes"),
    [(0, []), (1, [1]), (2, [2]), (16, [16]), (17, [16, 1]), (63, [56, 7]), (64, [64]), (130, [64, 64, 2])],
)
def test_few_statements_take_all_rows_in_their_order(number: int, sizes: list[int]) -> None:
    rows = [(row, f"row {row}") for row in range(number)]

    statements = list(split("INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT (a, b) DO NOTHING", rows))

    assert [sql for sql, _ in statements] == [
        f"INSERT INTO t (a, b) VALUES {', '.join(['(?, ?)'] * size)} ON CONFLICT (a, b) DO NOTHING" for size in sizes
    ]
    assert [*chain.from_iterable(parameters for _, parameters in statements)] == [*chain.from_iterable(rows)]


def test_two_statements_do_for_all_that_a_batch_may_hold() -> None:
    assert max(len(list(split("INSERT INTO t VALUES (?)", [(1,)] * number))) for number in range(1, 65)) == 2


def test_a_table_of_values_takes_them_as_well() -> None:
    assert list(split("WITH asked (a) AS (VALUES (?)) SELECT a FROM asked", [(1,), (2,)])) == [
        ("WITH asked (a) AS (VALUES (?), (?)) SELECT a FROM asked", [1, 2])
    ]


@pytest.mark.parametrize("sql", ["SELECT 1", "INSERT INTO t VALUES (?) UNION VALUES (?)"])
def test_a_statement_without_one_group_of_values_is_an_error(sql: str) -> None:
    with pytest.raises(ValueError, match="one group"):
        list(split(sql, [(1,), (2,)]))
