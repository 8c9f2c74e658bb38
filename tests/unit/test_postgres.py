"""What is said to PostgreSQL, and what is shown of where it is."""

import psycopg
import pytest

from almoxarife.server.errors import StartupError
from almoxarife.server.store.postgres_connection import explained, shown
from almoxarife.server.store.postgresql.raw import translate
from almoxarife.server.upkeep.migrations import migrate


@pytest.mark.parametrize(
    ("ours", "theirs", "names"),
    [
        ("SELECT a FROM t WHERE b = ? AND c = ?", b"SELECT a FROM t WHERE b = $1 AND c = $2", ()),
        (
            "UPDATE t SET a = a + :effect WHERE b = :shop AND c > :effect",
            b"UPDATE t SET a = a + $1 WHERE b = $2 AND c > $1",
            ("effect", "shop"),
        ),
        ("SELECT a % ? FROM t WHERE b LIKE 'u%'", b"SELECT a % $1 FROM t WHERE b LIKE 'u%'", ()),
        ("SELECT 'what? :this' || ?", b"SELECT 'what? :this' || $1", ()),
        ("SELECT a::text, ':' FROM t", b"SELECT a::text, ':' FROM t", ()),
    ],
)
def test_a_statement_is_translated_outside_of_quotes_alone(ours: str, theirs: bytes, names: tuple[str, ...]) -> None:
    assert translate(ours) == (theirs, names)


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


@pytest.mark.parametrize(("reason", "only_reads"), [("session is read-only", True), ("Connection refused", False)])
def test_only_a_server_that_says_so_is_taken_for_one_that_only_reads(reason: str, *, only_reads: bool) -> None:
    with pytest.raises(StartupError, match="ALMOXARIFE_DATABASE_URL") as error, explained("postgresql://standby/loja"):
        raise psycopg.OperationalError(f'connection to server at "standby" (10.0.0.8), port 5432 failed: {reason}')

    assert ("só deixa ler" in str(error.value)) is only_reads
