"""Which of several primaries may be used, whatever threads find at the same time."""

from typing import Any

import psycopg
import pytest

from almoxarife.server.store.postgresql.primaries import NewestPrimary, Primary, rotate_hosts

OLD, NEW = Primary("old", 7, 1), Primary("new", 7, 2)


def test_an_older_primary_of_the_same_cluster_is_refused() -> None:
    newest = NewestPrimary()
    newest.adopt(OLD)
    newest.require(OLD)
    newest.adopt(NEW)

    newest.require(NEW)
    newest.require(None)
    newest.require(Primary("another database", 8, 1))
    for check in (newest.require, newest.adopt):
        with pytest.raises(psycopg.OperationalError, match="old is the primary of timeline 1, new of 2"):
            check(OLD)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"host": "a,b,c", "port": "1,2,3"}, {"host": "b,c,a", "port": "2,3,1"}),
        (
            {"host": "a,b", "hostaddr": "10.0.0.1,10.0.0.2", "port": 5432},
            {"host": "b,a", "hostaddr": "10.0.0.2,10.0.0.1"},
        ),
        ({"host": "a"}, {"host": "a"}),
        ({}, {}),
    ],
)
def test_the_next_host_is_tried_first(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert rotate_hosts(given) == given | expected
