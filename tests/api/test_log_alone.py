"""The log served alone: what the readers and writers of the older log service find."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from werkzeug.test import TestResponse

from almoxarife.server.app import create_log_app
from almoxarife.server.context import Services
from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.identity import Purpose
from almoxarife.server.logs.service import FILE, LogQueue, SqliteLogStore
from almoxarife.server.settings import Settings
from tests.api.cast import HOME, LAN, assert_problem

ENTRY = {"service": "pedidos", "user_id": "7", "action": "criar_pedido", "result": "success"}
NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    logs = LogQueue(SqliteLogStore(tmp_path / FILE))
    try:
        yield create_log_app(Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(tmp_path)}), logs=logs)
    finally:
        logs.close()


def ask(
    app: Flask, method: str, path: str, *, key: str | None = None, peer: str = HOME, body: Any = None
) -> TestResponse:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    from_where = {"REMOTE_ADDR": peer, "HTTP_HOST": "localhost:8003"}
    return app.test_client().open(path, method=method, json=body, headers=headers, environ_overrides=from_where)


@pytest.mark.parametrize("path", ["/", "/log"])
def test_the_newest_ten_with_the_fields_of_the_older_service(app: Flask, path: str) -> None:
    assert ask(app, "GET", path).json == {"log": []}
    with time_machine.travel(NOON, tick=False):
        entries = [{**ENTRY, "timestamp": f"2026-11-20T10:00:{n:02}Z", "pedido": n} for n in range(12)]
        assert ask(app, "POST", "/log", body=entries).status_code == 200
        ask(app, "POST", "/log", body={**ENTRY, "user_id": 8, "result": 200, "cause": "erro", "index_name": "outro"})

    shown = ask(app, "GET", path)

    assert shown.status_code == 200
    assert shown.json["log"][0] == {
        "service": "pedidos",
        "user_id": "8",
        "action": "criar_pedido",
        "result": "200",
        "cause": "erro",
        "timestamp": "2026-11-20T15:00:00.000Z",
        "index_name": "outro",
    }
    assert shown.json["log"][1:] == [
        {**ENTRY, "cause": None, "timestamp": f"2026-11-20T10:00:{n:02}.000Z", "index_name": "log"}
        for n in range(11, 2, -1)
    ]


def test_what_went_through_the_gateway_pushes_nothing_out(app: Flask) -> None:
    ask(app, "POST", "/log", body=ENTRY)
    for _ in range(20):
        ask(app, "POST", "/log", body={**ENTRY, "service": "gateway"})

    assert [entry["service"] for entry in ask(app, "GET", "/").json["log"]] == ["pedidos"]


def test_it_says_what_was_lost(app: Flask) -> None:
    health = ask(app, "GET", "/saude", peer=LAN).json
    assert (health["estado"], health["registros_perdidos"]) == ("ok", 0)
    assert health["registros_perdidos_da_entrada"] is None


def test_looking_leaves_no_entry(app: Flask) -> None:
    for _ in range(3):
        for path in ("/", "/log"):
            assert ask(app, "GET", path).json == {"log": []}
    Services.of(app).get(LogQueue).flush()
    assert ask(app, "GET", "/").json == {"log": []}


@pytest.mark.parametrize("index", [5, None, ["log"], {"log": 1}])
def test_an_index_that_is_no_name_is_the_usual_one(app: Flask, index: object) -> None:
    ask(app, "POST", "/log", body={**ENTRY, "index_name": index})
    assert [entry["index_name"] for entry in ask(app, "GET", "/").json["log"]] == ["log"]


@pytest.mark.parametrize("path", ["/", "/log"])
def test_whoever_may_write_may_look_and_nobody_else(app: Flask, tmp_path: Path, path: str) -> None:
    keys = ServiceKeys(tmp_path)
    right, other = keys.create("pedidos", [Purpose.LOG]), keys.create("pessoas", [Purpose.USERS])

    assert ask(app, "GET", path, peer=LAN, key=right).json == {"log": []}
    assert_problem(ask(app, "GET", path, peer=LAN), 401, "nao-autenticado")
    assert_problem(ask(app, "GET", path, peer=LAN, key="almx_x"), 401, "sessao-invalida")
    assert_problem(ask(app, "GET", path, peer=LAN, key=other), 403, "chave-para-outro-fim")
