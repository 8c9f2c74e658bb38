"""What is said to PostgreSQL, and what is shown of where it is."""

import pytest

from almoxarife.server.errors import StartupError
from almoxarife.server.store.postgres_connection import shown, translate
from almoxarife.server.upkeep.migrations import migrate


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("SELECT a FROM t WHERE b = ? AND c = ?", "SELECT a FROM t WHERE b = %s AND c = %s"),
        ("UPDATE t SET a = a + :effect WHERE b = :shop", "UPDATE t SET a = a + %(effect)s WHERE b = %(shop)s"),
        ("SELECT a % ? FROM t WHERE b LIKE 'u%'", "SELECT a %% %s FROM t WHERE b LIKE 'u%%'"),
        ("SELECT 'what? :this' || ?", "SELECT 'what? :this' || %s"),
        ("SELECT a::text, ':' FROM t", "SELECT a::text, ':' FROM t"),
    ],
)
def test_a_statement_is_translated_outside_of_quotes_alone(ours: str, theirs: str) -> None:
    assert translate(ours) == theirs


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://ana:senha@banco/loja", "postgresql://ana@banco/loja"),
        ("postgresql://ana@banco1,banco2/loja", "postgresql://ana@banco1,banco2/loja"),
        (
            "postgresql://banco/loja?password=senha&sslmode=require",
            "postgresql://banco/loja?password=***&sslmode=require",
        ),
        ("postgresql:///loja", "postgresql:///loja"),
    ],
)
def test_a_password_is_not_shown(url: str, told: str) -> None:
    assert shown(url) == told


@pytest.mark.parametrize("url", ["postgresql://ana:senha@127.0.0.1:1/loja", "postgresql://ana:senha@banco:x/loja"])
def test_a_database_that_cannot_be_reached_is_one_sentence_without_the_password(url: str) -> None:
    with pytest.raises(StartupError, match="ALMOXARIFE_DATABASE_URL") as error:
        migrate(url)

    assert "senha" not in str(error.value)
    assert "\n" not in str(error.value)
