"""``almoxarife copy``: a shop moves to PostgreSQL whole, or not at all."""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from almoxarife.server.operations.commands import main
from almoxarife.server.upkeep import migrations
from tests.api.cast import Person, Server, make_database, open_server
from tests.databases import rows
from tests.server.processes import PATIENCE_S, environment, wait_until

TABLES = ("users", "products", "movements", "audit_entries", "shops", "idempotency_keys")


@pytest.fixture
def source(tmp_path: Path, shop_with_a_past: Path) -> Path:
    return Path(shutil.copytree(shop_with_a_past, tmp_path / "loja")) / "almoxarife.db"


@pytest.fixture(scope="module")
def shop_with_a_past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Accents, decimals, a reversal, an erased person, removed rows with the newest ids. Making it takes a second."""
    folder = tmp_path_factory.mktemp("loja")
    path = folder / "almoxarife.db"
    make_database(path, with_cast=True)
    with open_server(path, folder) as server:
        carla = server.person("Carla")
        bolts = carla.add("Parafuso 10mm", codigo_barras="7891000100103", preco="1.50", key="A-b").json["id"]
        flour = carla.add("Farinha de pão “extra”\\.", unidade="KG", key="a-B").json["id"]
        server.person("Ana").receive(bolts, 10, key="Z")
        server.person("Ana").receive(flour, "2")
        carla.reverse(server.person("Davi").receive(bolts, 3))
        vera = server.person("Vera")
        vera.sell((bolts, 2), (flour, 0.5, "4.99"), desconto="0.50", key="venda")
        vera.cancel(vera.sell(valor="19.90"), key="volta")
        assert carla.ask("DELETE", "/usuarios/u5").status_code == 204
        carla.post("/users/", {"id": 2147483647, "name": "João", "email": "joão@loja"})
        carla.post("/users/", {"name": "Ana", "email": "string", "age": 30})
        assert carla.ask("PUT", "/usuarios/u3/pessoas/1").status_code == 204
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE sqlite_sequence SET seq = 900 WHERE name = 'products'")
    return folder


def copy(source: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> int:
    with monkeypatch.context() as machine:
        machine.setattr(sys, "argv", ["almoxarife", "copy", f"sqlite:///{source}", url])
        return main.main()


def test_the_copy_is_the_shop(
    source: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert copy(source, url, monkeypatch) == 0

    assert re.search("5 pessoas, 2 produtos, 6 movimentações, 2 vendas, [0-9]+ registros", capsys.readouterr().out)
    with open_server(source, source.parent) as old, open_server(url, tmp_path) as new:
        for path in (
            "/produtos",
            "/inventario",
            "/vendas?canceladas=1",
            "/vendas/total",
            "/vendas/ranking?por=produto",
            "/usuarios",
            "/users/",
            "/lojas",
            "/usuarios/Ana/historico?dia=2026-11-25",
        ):
            assert ask(new, path) == ask(old, path)
        assert ask(new, "/produtos")
        ana = new.person("Ana")
        assert ana.receive("p1", 10, key="Z").headers["Idempotent-Replayed"] == "true"
        assert ana.receive("p1", 1).json["id"] == "m7"
        vera = new.person("Vera")
        assert vera.sell(("p1", 2), ("p2", 0.5, "4.99"), desconto="0.50", key="venda").headers["Idempotent-Replayed"]
        assert vera.sell(("p1", 1)).json["id"] == "v3"
        assert new.person("Carla").add("Porca").json["id"] == "p901"
        assert new.register("Elisa", "uma frase que se lembra").json["id"] == "u6"
    assert migrations.migrate(url) is False


def ask(server: Server, path: str) -> object:
    carla: Person = server.person("Carla")
    answer = carla.get(path)
    assert answer.status_code == 200
    return answer.json


def test_a_target_that_has_been_started_once_will_do(source: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrations.migrate(url)

    assert copy(source, url, monkeypatch) == 0
    assert copied(url) == copied(source)


def copied(place: Path | str) -> dict[str, object]:
    return {table: rows(place, f"SELECT count(*) FROM {table}") for table in TABLES}


def test_what_is_not_empty_is_left_alone(
    source: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert copy(source, url, monkeypatch) == 0
    before = copied(url)
    assert copy(source, url, monkeypatch) == 2
    assert "não está vazio" in capsys.readouterr().err
    assert copied(url) == before


def test_another_program_s_tables_are_left_alone(
    source: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(url, "CREATE TABLE recipes (name TEXT)")

    assert copy(source, url, monkeypatch) == 2

    assert "outro programa" in capsys.readouterr().err
    assert tables(url) == {"recipes"}


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url) as line:
        for statement in statements:
            line.execute(statement.encode())


def tables(url: str) -> set[str]:
    return {name for (name,) in rows(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE balances SET quantity = quantity + 1", "não conferem"),
        ("UPDATE users SET role = 'administrador'", "não conferem"),
        ("UPDATE users SET last_login_at = id", None),
        ("DELETE FROM alembic_version; INSERT INTO alembic_version VALUES ('0001')", "outra versão"),
    ],
)
def test_only_a_sound_shop_of_this_version_moves(
    source: Path,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    statement: str,
    sentence: str | None,
) -> None:
    with closing(sqlite3.connect(source)) as db:
        db.executescript(statement)

    assert copy(source, url, monkeypatch) == (0 if sentence is None else 2)

    if sentence is not None:
        assert sentence in capsys.readouterr().err
        assert tables(url) == set()


@pytest.mark.parametrize(
    "body",
    ["NEW.name := upper(NEW.name); RETURN NEW;", "IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW;"],
    ids=["another row", "a row too few"],
)
def test_a_copy_that_is_not_the_same_is_undone(
    source: Path, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], body: str
) -> None:
    migrations.migrate(url)
    run(
        url,
        f"CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        "CREATE TRIGGER spoil BEFORE INSERT ON shops FOR EACH ROW EXECUTE FUNCTION spoil()",
    )

    assert copy(source, url, monkeypatch) == 2

    assert capsys.readouterr().err
    assert rows(url, "SELECT name FROM shops") == [("Matriz",)]
    assert rows(url, "SELECT count(*) FROM users") == [(0,)]


def kill(process: "subprocess.Popen[str]", url: str) -> None:
    process.kill()


def interrupt(process: "subprocess.Popen[str]", url: str) -> None:
    process.send_signal(signal.SIGINT)


def cut_off(process: "subprocess.Popen[str]", url: str) -> None:
    rows(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'almoxarife'")


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to another process")
@pytest.mark.parametrize("stop", [kill, interrupt, cut_off])
def test_interrupted_it_leaves_the_target_untouched(
    source: Path, url: str, tmp_path: Path, stop: Callable[["subprocess.Popen[str]", str], None]
) -> None:
    migrations.migrate(url)
    before = copied(url)
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE movements IN SHARE MODE")  # the copy gets as far as this
        process = subprocess.Popen(
            [sys.executable, "-m", "almoxarife.server.operations.commands.main", "copy", f"sqlite:///{source}", url],
            env=environment(tmp_path),
            stderr=subprocess.PIPE,
            text=True,
        )
        waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'COPY%movements%'"
        wait_until(lambda: rows(url, waits), "it is in the middle of it")
        stop(process, url)
        _, said = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == (-signal.SIGKILL if stop is kill else 2)
    assert "Traceback" not in said
    wait_until(lambda: not rows(url, waits), "the server has noticed")
    assert copied(url) == before
    with psycopg.connect(url) as line:
        assert line.execute("SELECT pg_try_advisory_xact_lock(1634495864)").fetchone() == (True,)


@pytest.mark.parametrize("arguments", [["postgresql://x", "sqlite:///y"], ["sqlite:///x", "sqlite:///y"]])
def test_data_are_copied_only_from_a_file_to_postgresql(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["almoxarife", "copy", *arguments])

    assert main.main() == 2
    assert "almoxarife copy sqlite:///" in capsys.readouterr().err
