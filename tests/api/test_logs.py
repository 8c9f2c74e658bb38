"""``/log``: other programs write, gerentes look."""

import json
import sqlite3
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NoReturn

import pytest
import time_machine
from werkzeug.test import TestResponse

from almoxarife.server.catalog import service as catalog
from almoxarife.server.context import Services
from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.errors import InvalidToken, StoreUnavailable
from almoxarife.server.http import requests
from almoxarife.server.http.requests import QUICK
from almoxarife.server.logs import ingestion, queue, repeated_refusals
from almoxarife.server.logs.queue import LogQueue
from almoxarife.tables.text.formulas import FORMULA_STARTS
from almoxarife.wire.programs.logs import MAX_ENTRIES, MAX_ENTRY
from tests.api.cast import LAN, PASSWORDS, Person, Server, assert_problem, assert_refused
from tests.api.conftest import Open
from tests.log_capture import LogCapture

ENTRY = {"service": "pedidos", "user_id": "7", "action": "criar_pedido", "result": "success"}
NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
CHUNKED = {"headers": {"Transfer-Encoding": "chunked"}, "environ": {"wsgi.input_terminated": True}}
"""A body as the thread that takes requests in hands it on, with the length that it has counted."""


def send(shop: Server, **fields: object) -> TestResponse:
    return shop.ask("POST", "/log", json={**ENTRY, **fields})


def found(bruno: Person, query: str = "") -> list[dict[str, Any]]:
    response = bruno.get(f"/log?{query}")
    assert response.status_code == 200, response.json
    rows: list[dict[str, Any]] = [row for row in response.json if row["service"] != "api"]
    return rows


def actions(bruno: Person, query: str = "") -> list[str]:
    return [row["action"] for row in found(bruno, query)]


def test_an_entry_is_kept_with_what_is_missing_filled_in(shop: Server, bruno: Person) -> None:
    with time_machine.travel(NOON, tick=False):
        response = send(shop, cause=None, timestamp=None, pedido=12, itens=[{"produto": "p1"}])

    assert response.status_code == 200
    assert response.json["status"] == "success"
    assert found(bruno) == [
        {
            **ENTRY,
            "log_id": response.json["log_id"],
            "timestamp": "2026-11-20T15:00:00.000Z",
            "recebido_em": "2026-11-20T15:00:00.000Z",
            "cause": None,
            "extra": {"pedido": 12, "itens": [{"produto": "p1"}]},
        }
    ]


@pytest.mark.parametrize("blank", ["", "  "])
def test_an_entry_that_names_nobody_is_kept(shop: Server, bruno: Person, blank: str) -> None:
    assert send(shop, user_id=blank).status_code == 200
    assert [row["user_id"] for row in found(bruno, "user_id=N/A")] == ["N/A"]


def test_of_a_list_only_what_names_a_field_twice_is_refused(shop: Server, bruno: Person) -> None:
    one = json.dumps(ENTRY)
    twice = f'{one[:-1]}, "erro": "um", "erro": "dois"}}'

    listed = shop.ask("POST", "/log", data=f"[{one}, {twice}]".encode(), content_type="application/json")
    alone = shop.ask("POST", "/log", data=twice.encode(), content_type="application/json")

    wrong = [{"campo": "erro", "mensagem": "Informe só uma vez."}]
    assert [logged["status"] for logged in listed.json] == ["success", "error"]
    assert listed.json[1]["erros"] == alone.json["erros"] == wrong
    assert alone.status_code == 400
    assert [row["extra"] for row in found(bruno)] == [{}]


@pytest.mark.parametrize(
    ("sent", "kept", "corrected"),
    [
        ("2026-11-20T14:00:00Z", "2026-11-20T14:00:00.000Z", False),
        ("2026-11-20T11:00:00", "2026-11-20T14:00:00.000Z", False),
        ("2026-11-20T12:04:59-03:00", "2026-11-20T15:04:59.000Z", False),
        ("2026-11-20T12:05:01-03:00", "2026-11-20T15:00:00.000Z", True),
        ("2099-01-01T00:00:00Z", "2026-11-20T15:00:00.000Z", True),
    ],
)
def test_a_clock_is_believed_unless_it_is_ahead(
    shop: Server, bruno: Person, sent: str, kept: str, corrected: bool
) -> None:
    with time_machine.travel(NOON, tick=False):
        send(shop, timestamp=sent)

    (row,) = found(bruno)
    assert (row["timestamp"], row["extra"].get("relogio_corrigido", False)) == (kept, corrected)


@pytest.mark.once
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"service": " "}, "service"),
        ({"service": 5}, "service"),
        ({"result": None}, "result"),
        ({"result": False}, "result"),
        ({"user_id": None}, "user_id"),
        ({"user_id": True}, "user_id"),
        ({"action": "x" * 201}, "action"),
        ({"result": ["success"]}, "result"),
        ({"cause": 5}, "cause"),
        ({"timestamp": "ontem"}, "timestamp"),
        ({"timestamp": ""}, "timestamp"),
        ({"timestamp": "2026-11-20"}, "timestamp"),
        ({"timestamp": "2026-11-20 25:00:00"}, "timestamp"),
        ({"timestamp": "11/20/2026 11:03:02"}, "timestamp"),
        ({"timestamp": "Fri Xyz 20 11:03:02 2026"}, "timestamp"),
        ({"timestamp": "31/11/2026 11:03:02 -03"}, "timestamp"),
        ({"timestamp": "Nov 20 11:03:02"}, "timestamp"),
        ({"timestamp": "2026-11-20 11:03:02 +99:99"}, "timestamp"),
        ({"timestamp": "1999-12-31 23:59:59"}, "timestamp"),
        ({"timestamp": True}, "timestamp"),
        ({"timestamp": 0}, "timestamp"),
        ({"timestamp": -1763650800}, "timestamp"),
        ({"timestamp": 1e300}, "timestamp"),
        ({"timestamp": 10**19}, "timestamp"),
        ({"timestamp": "9" * 400}, "timestamp"),
        ({"timestamp": {}}, "timestamp"),
        ({"texto": "x" * MAX_ENTRY}, "corpo"),
    ],
)
def test_a_wrong_entry_is_named_alone_and_in_a_list(
    shop: Server, bruno: Person, fields: dict[str, object], field: str
) -> None:
    problem = assert_refused(send(shop, **fields), field)
    assert problem["mensagem"].startswith(f"{field}: ") == (field != "corpo")
    assert found(bruno) == []

    many = shop.ask("POST", "/log", json=[ENTRY, {**ENTRY, **fields}, {**ENTRY, "action": "outra"}])
    assert many.status_code == 200
    assert [item["status"] for item in many.json] == ["success", "error", "success"]
    assert [error["campo"] for error in many.json[1]["erros"]] == [field]
    assert {row["log_id"] for row in found(bruno)} == {many.json[0]["log_id"], many.json[2]["log_id"]}


@pytest.mark.changes_nothing
@pytest.mark.parametrize("body", [None, 5, "x", True])
def test_what_is_no_object_is_refused(shop: Server, body: object) -> None:
    assert_refused(shop.ask("POST", "/log", data=json.dumps(body), content_type="application/json"), "corpo")
    assert shop.ask("POST", "/log", json=[body]).json[0]["status"] == "error"


@pytest.mark.parametrize("size", [0, MAX_ENTRIES + 1])
def test_a_list_has_its_bounds_and_is_not_looked_through_beyond(
    shop: Server, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.delattr(requests, "find_repeated_names")

    assert_refused(shop.ask("POST", "/log", json=[1] * size), "corpo")


def test_a_body_over_16_mib_is_refused(shop: Server) -> None:
    body = b"[" + b" " * (16 * 1024 * 1024) + b"1]"
    response = shop.ask("POST", "/log", data=body, content_type="application/json")
    assert_problem(response, 413, "pedido-grande-demais")


def test_a_body_over_1_mib_is_taken(shop: Server) -> None:
    sent = shop.ask("POST", "/log", json=[{**ENTRY, "texto": "x" * 2000} for _ in range(700)])

    assert {item["status"] for item in sent.json} == {"success"}
    assert len({item["log_id"] for item in sent.json}) == 700


@pytest.mark.parametrize(("number", "kept"), [(7, "7"), (0, "0"), (-3, "-3"), (200.5, "200.5"), (10**15, f"{10**15}")])
def test_numbers_are_taken_as_user_ids_and_results(shop: Server, bruno: Person, number: float, kept: str) -> None:
    assert send(shop, user_id=number, result=number).status_code == 200

    (row,) = found(bruno, f"user_id={kept}&result={kept}")
    assert (row["user_id"], row["result"]) == (kept, kept)


@pytest.mark.once
@pytest.mark.parametrize(
    "sent",
    [
        "2026-11-20 11:03:02.120",
        "2026-11-20T11:03:02.120",
        "2026-11-20 14:03:02.120Z",
        "2026-11-20 14:03:02.120+00:00",
        " 2026-11-20 11:03:02.120000 ",
        "2026-11-20 12:03:02.120-02:00",
        "2026-11-20 11:03:02,120",
        "2026-11-20 14:03:02.120 UTC",
        "2026-11-20 14:03:02.12+00",
        "2026-11-20 11:03:02.1200000 -03:00",
        "2026-11-20T11:03:02.120 -0300",
        "2026-11-20 11:03:02.120 BRT",
        "2026-11-20 11:03:02.120 GMT-3",
        "2026-11-20t14:03:02.120z",
        "2026-11-20T14:03:02.120000000Z",
        "2026-11-20T11:03:02.120-03:00[America/Sao_Paulo]",
        "2026-11-20T11:03:02.120\N{MINUS SIGN}03:00",
        "2026/11/20 11:03:02.120",
        "20/11/2026 11:03:02,120",
        "20/11/2026, 11:03:02.120",
        "20.11.2026 11:03:02.12",
        "20/11/2026 11:03:02.120 AM",
        "20/Nov/2026:11:03:02.120 -0300",
        "Fri, 20 Nov 2026 14:03:02.12 GMT",
        "Fri Nov 20 11:03:02.120 2026",
        "sex nov 20 11:03:02.120 -03 2026",
        "1795183382120000",
        1795183382120000,
        1795183382120000000,
        1795183382.12,
        "1795183382.12",
        1795183382120,
        "1795183382120",
    ],
)
def test_a_time_is_taken_as_older_programs_write_it(shop: Server, bruno: Person, sent: object) -> None:
    with time_machine.travel(NOON, tick=False):
        assert send(shop, timestamp=sent).status_code == 200

    assert [row["timestamp"] for row in found(bruno)] == ["2026-11-20T14:03:02.120Z"]


def test_a_time_without_a_second_or_of_digits_alone_is_taken(shop: Server, bruno: Person) -> None:
    for sent in ("20/11/2026 11:03", "2026-11-20 11:03 AM", "20261120110300", "Fri Nov 20 11:03:00 2026"):
        with time_machine.travel(NOON, tick=False):
            assert send(shop, timestamp=sent).status_code == 200

    assert {row["timestamp"] for row in found(bruno)} == {"2026-11-20T14:03:00.000Z"}


def test_a_name_in_a_path_is_what_was_written(shop: Server, log: LogCapture) -> None:
    for path in ("/usuarios/João/historico", "/nada/%C3%A7%FF"):
        shop.ask("GET", path)

    assert [entry["path"] for entry in log.entries if "path" in entry] == ["/usuarios/João/historico", "/nada/ç\ufffd"]


def test_entries_of_one_moment_are_all_kept(shop: Server) -> None:
    entries = [{**ENTRY, "timestamp": "2026-11-20T10:00:00Z", "n": n} for n in range(3000)]
    for part in (entries[:1500], entries[1500:]):
        assert {item["status"] for item in shop.ask("POST", "/log", json=part).json} == {"success"}

    store = Services.of(shop.app).get(LogQueue).store
    assert sum(quarter.entries for quarter in store.count(_all())) == 3000


def _all() -> Any:
    from almoxarife.server.logs.entries import EntryFilter

    return EntryFilter()


# --- secrets ------------------------------------------------------------------------------

SECRETS = {
    "senha": "abretesesamo",
    "user_password": "abretesesamo",
    "accessToken": "abretesesamo",
    "Authorization": "Basic abretesesamo",
    "cpf": "12345678901",
    "texto": 'enviou {"password": "abretesesamo"}',
    "url": "/entrar?token=abretesesamo&x=1",
    "cabecalho": "Bearer abretesesamo",
    "jwt_texto": "eyJhbGciOi.eyJzdWIiOi.abretesesamo",
    "fundo": {"api_key": "abretesesamo", "lista": [{"senha": ["abretesesamo"]}]},
}


def test_secrets_are_taken_out_wherever_they_stand(shop: Server, bruno: Person, ana: Person) -> None:
    token = ana.token
    send(shop, **SECRETS, cause="token=abretesesamo", action="senha: abretesesamo", aviso=f"usou {token}", loja="l2")

    written = str(Services.of(shop.app).get(LogQueue).store.search(_all()))
    assert "abretesesamo" not in written
    assert "12345678901" not in written
    assert token not in written
    (row,) = found(bruno)
    assert row["extra"]["url"] == "/entrar?token=[removido]&x=1"
    assert row["extra"]["loja"] == "l2"
    assert row["extra"]["fundo"] == {"api_key": "[removido]", "lista": [{"senha": "[removido]"}]}


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Basic YWRtaW46MTIzNA==", "YWRtaW46MTIzNA"),
        ('curl -H "Authorization: Token 0123456789abcdef" x', "0123456789abcdef"),
        ("x-api-key: 1234567890", "1234567890"),
        ("senha do wifi: azul 123", "azul"),
        ("Cliente 52998224725 pediu", "52998224725"),
        ("cartão 4111 1111 1111 1111", "4111"),
    ],
)
def test_a_secret_of_several_words_is_taken_out_of_every_text(
    shop: Server, bruno: Person, text: str, secret: str
) -> None:
    send(shop, cause=text, action=text, user_id=text, texto=text, fundo=[{"a": text}])

    assert secret not in str(found(bruno))


def test_what_is_harmless_stays(shop: Server, bruno: Person) -> None:
    plain = {
        "message": "Venda de R$ 10,00: 3 itens",
        "chave_nfe": "3526",
        "monkey": "a=b",
        "keyboard": "abnt",
        "pin": 1,
    }
    send(shop, **plain, cause="Cliente 123.456.789-09 pediu")

    (row,) = found(bruno)
    assert row["extra"] == {**plain, "pin": "[removido]"}
    assert row["cause"] == "Cliente ***.456.789-** pediu"


def test_a_value_like_a_key_stays_only_under_a_name_that_is_known(shop: Server, bruno: Person) -> None:
    key, object_id = "sk4f9A0bQ7xTz21LmN83", "507f1f77bcf86cd799439011"
    plain = {
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "pedido_id": object_id,
        "uuid": "0193a1b2-5c3d-7e4f-8a9b-0c1d2e3f4a5b",
        "pedido": "0193a1b2-5c3d-7e4f-8a9b-0c1d2e3f4a5b",
        "arquivo": "RelatorioDeVendas20261120",
        "linha": "34191790010104351004791020150008291070026000",
        "nome": "Otorrinolaringologista",
    }
    send(shop, **plain, valor=key, lista=[key, "ok"], acesso_id=f"x {key}", fundo={"usado": key})

    (row,) = found(bruno)
    assert row["extra"] == {
        **plain,
        "valor": "[removido]",
        "lista": ["[removido]", "ok"],
        "acesso_id": f"x {key}",
        "fundo": {"usado": "[removido]"},
    }


@pytest.mark.parametrize("run", ["a", "f0", "a.", "\u0300\u0316", "senha: a ", "= ", '"', "\\\\", "1 "])
def test_an_entry_of_64_kib_of_anything_is_kept_in_no_time(shop: Server, bruno: Person, run: str) -> None:
    cause = ("erro: x." + run * 60_000)[: 62_000 // max(1, len(run.encode()) // len(run))]
    started = time.process_time()

    sent = send(shop, cause=cause)

    assert sent.status_code in {200, 400}, sent.text
    assert len(found(bruno)) == (sent.status_code == 200)
    # It took 8 to 47 seconds where it was quadratic.
    assert time.process_time() - started < 4


def test_what_is_beyond_the_work_for_one_list_is_refused_and_taken_in_another(
    shop: Server, bruno: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingestion, "MAX_WORK_S", 0.5)
    entries = [{**ENTRY, "cause": "1 2 " * 15_000} for _ in range(60)]

    outcomes = shop.ask("POST", "/log", json=entries).json
    kept = [outcome["status"] for outcome in outcomes].count("success")

    assert 0 < kept < 60
    assert [outcome["status"] for outcome in outcomes] == ["success"] * kept + ["error"] * (60 - kept)
    assert {error["campo"] for outcome in outcomes[kept:] for error in outcome["erros"]} == {"corpo"}
    assert len(found(bruno)) == kept
    assert [outcome["status"] for outcome in shop.ask("POST", "/log", json=entries[-1:]).json] == ["success"]


def test_a_line_feed_is_no_way_to_forge_an_entry(shop: Server, bruno: Person) -> None:
    send(shop, action="venda\n2026-11-20 admin\x00x\u2028y")

    assert actions(bruno) == ["venda 2026-11-20 admin x y"]


# --- looking ------------------------------------------------------------------------------


@pytest.fixture
def week(shop: Server) -> Server:
    """Three days of two programs."""
    for day, service, user, action, result, cause in (
        (18, "pedidos", "7", "criar_pedido", "success", "Açúcar cristal"),
        (19, "pedidos", "8", "criar_pedido", "failure", "sem estoque de açúcar"),
        (19, "entregas", "7", "sair", "success", None),
        (20, "entregas", "8", "chegar", "failure", "São João não atendeu"),
    ):
        fields = {"service": service, "user_id": user, "action": action, "result": result, "cause": cause}
        assert send(shop, **fields, timestamp=f"2026-11-{day}T10:00:00").status_code == 200
    return shop


FOUND = [
    ("", ["chegar", "sair", "criar_pedido", "criar_pedido"]),
    ("service=pedidos", ["criar_pedido", "criar_pedido"]),
    ("service=pedido", []),
    ("service=+pedidos%0A", ["criar_pedido", "criar_pedido"]),  # as it would have been written
    ("user_id=8", ["chegar", "criar_pedido"]),
    ("action=sair", ["sair"]),
    ("result=failure", ["chegar", "criar_pedido"]),
    ("result=failure&service=entregas", ["chegar"]),
    ("result=failure&service=ENTREGAS", []),
    ("de=2026-11-19&ate=2026-11-19", ["sair", "criar_pedido"]),
    ("de=2026-11-20", ["chegar"]),
    ("ate=2026-11-18", ["criar_pedido"]),
    ("de=2026-11-20&ate=8999-12-31", ["chegar"]),
    ("de=8999-12-31", []),
    ("de=2026-11-19T13:00:00Z&ate=2026-11-19T13:00:00.001Z", ["sair", "criar_pedido"]),
    ("ate=2026-11-18T13:00:00Z", []),
    ("q=acucar", ["criar_pedido", "criar_pedido"]),
    ("q=ACUCAR+CRISTAL", ["criar_pedido"]),
    ("q=acucar+-estoque", ["criar_pedido"]),
    ("q=-acucar", ["chegar", "sair"]),
    ("q=aten*", ["chegar"]),
    ('q="joao+nao"', ["chegar"]),
    ('q="nao+joao"', []),
    ("q=acucar&result=failure", ["criar_pedido"]),
    ("q=acucar&de=2026-11-19", ["criar_pedido"]),
    ("q=!!!", ["chegar", "sair", "criar_pedido", "criar_pedido"]),
    ('q="', ["chegar", "sair", "criar_pedido", "criar_pedido"]),
    ("q=acucar'+OR+1", []),
    ("q=service:pedidos", []),
]


def test_each_query_finds_its_entries(week: Server, bruno: Person) -> None:
    assert {query: actions(bruno, query) for query, _ in FOUND} == dict(FOUND)


def test_pages_go_back_in_time_without_a_gap(shop: Server, bruno: Person) -> None:
    for number in range(25):
        send(shop, action=f"a{number}", timestamp=f"2026-11-20T10:{number:02}:00")

    for filters in ("service=pedidos", "service=pedidos&q=success"):
        seen, path = [], f"/log?{filters}&limite=10"
        while path:
            page = bruno.get(path)
            seen += [row["action"] for row in page.json]
            path = page.headers.get("Link", "").split(">")[0].strip("<")
        assert seen == [f"a{number}" for number in reversed(range(25))]
    assert_refused(bruno.get("/log?depois=x"), "depois")


@pytest.mark.changes_nothing
@pytest.mark.parametrize("path", ["/log", "/log/contagem", "/log/exportar"])
@pytest.mark.parametrize(("query", "field"), [("de=ontem", "de"), ("cor=azul", "cor"), ("q=" + "x" * 501, "q")])
def test_a_wrong_question_is_named(bruno: Person, path: str, query: str, field: str) -> None:
    assert_refused(bruno.get(f"{path}?{query}"), field)


def test_counts_per_day_hour_and_month_with_the_empty_ones(shop: Server, bruno: Person) -> None:
    for moment in ("2026-09-30T23:59:59", "2026-11-18T10:59:59", "2026-11-18T11:00:00", "2026-11-20T00:00:00"):
        send(shop, timestamp=moment)

    def counted(query: str) -> list[tuple[str, int]]:
        return [(row["inicio"], row["entradas"]) for row in bruno.get(f"/log/contagem?service=pedidos&{query}").json]

    assert counted("de=2026-11-01&ate=2026-11-20") == [
        ("2026-11-18T03:00:00.000Z", 2),
        ("2026-11-19T03:00:00.000Z", 0),
        ("2026-11-20T03:00:00.000Z", 1),
    ]
    assert counted("por=hora&ate=2026-11-18&de=2026-11-18") == [
        ("2026-11-18T13:00:00.000Z", 1),
        ("2026-11-18T14:00:00.000Z", 1),
    ]
    assert counted("por=mes") == [
        ("2026-09-01T03:00:00.000Z", 1),
        ("2026-10-01T03:00:00.000Z", 0),
        ("2026-11-01T03:00:00.000Z", 3),
    ]
    assert counted("q=nada") == []


@pytest.mark.parametrize("interval", ["hora", "dia", "mes"])
def test_one_entry_of_years_ago_keeps_nobody_from_counting(shop: Server, bruno: Person, interval: str) -> None:
    send(shop, timestamp="2000-01-01T00:00:00Z")
    send(shop, timestamp="2026-11-20T10:00:00Z")
    send(shop, timestamp="2026-11-20T10:01:00Z")

    rows = bruno.get(f"/log/contagem?service=pedidos&por={interval}").json

    assert [row["entradas"] for row in rows if row["entradas"]] == [1, 2]
    assert len(rows) == (324 if interval == "mes" else 2)
    assert rows[0]["inicio"] < "2000-01-01T01" < rows[-1]["inicio"]


def test_counts_tell_the_failures_and_are_the_same_by_every_way(shop: Server, bruno: Person) -> None:
    for number in range(12):
        result = ("success", "failure", "talvez")[number % 3]
        send(shop, timestamp=f"2026-11-18T10:{number * 7 % 60:02}:00", result=result, cause="açúcar", user_id="u7")

    for asked in ("service=pedidos", "user_id=u7", "q=acucar", "q=acucar&user_id=u7", "user_id=u7&action=criar_pedido"):
        (hour,) = bruno.get(f"/log/contagem?{asked}&por=hora&de=2026-11-18&ate=2026-11-18").json[:1]
        assert (hour["entradas"], hour["falhas"]) == (12, 4), asked
        (hour,) = bruno.get(f"/log/contagem?{asked}&result=failure&por=dia").json
        assert (hour["entradas"], hour["falhas"]) == (4, 4), asked


def test_counts_of_days_that_are_longer_and_shorter(start: Open) -> None:
    server = start({"ALMOXARIFE_TIMEZONE": "America/Sao_Paulo"})
    for moment in ("2018-02-16T12:00:00Z", "2018-02-18T12:00:00Z", "2018-11-03T12:00:00Z", "2018-11-05T12:00:00Z"):
        send(server, timestamp=moment)

    rows = server.person("Bruno").get("/log/contagem?service=pedidos").json

    days = [datetime.fromisoformat(row["inicio"]) for row in rows]
    assert len(days) == len(set(days)) == 263
    assert {later - earlier for earlier, later in pairwise(days)} == {timedelta(hours=hours) for hours in (23, 24, 25)}
    assert sum(row["entradas"] for row in rows) == 4


def test_an_export_has_the_names_of_the_common_schema_and_is_audited(shop: Server, bruno: Person) -> None:
    with time_machine.travel(NOON, tick=False):
        sent = send(shop, result="falha", cause="sem rede", address="10.0.0.1", duration_ms=1.5, loja="l2", status=500)
        send(shop, result="talvez", user_id="N/A", action="b", timestamp="2026-11-20T14:00:00Z")

    response = bruno.get("/log/exportar?service=pedidos")

    assert response.content_type == "application/x-ndjson"
    first, second = (json.loads(line) for line in response.text.splitlines())
    assert first == {
        "@timestamp": "2026-11-20T15:00:00.000Z",
        "ecs": {"version": "8.11.0"},
        "event": {
            "id": sent.json["log_id"],
            "ingested": "2026-11-20T15:00:00.000Z",
            "action": "criar_pedido",
            "outcome": "failure",
            "reason": "sem rede",
            "duration": 1_500_000,
        },
        "service": {"name": "pedidos"},
        "user": {"id": "7"},
        "http": {"response": {"status_code": 500}},
        "source": {"ip": "10.0.0.1"},
        "labels": {"loja": "l2"},
    }
    assert (second["event"]["outcome"], second["labels"], "user" in second) == ("unknown", {"result": "talvez"}, False)
    assert shop.audited()[-1] == ("logs:entries:exported", "SUCESSO", bruno.number, None)


def test_an_export_of_several_pages_is_whole(shop: Server, bruno: Person) -> None:
    shop.ask("POST", "/log", json=[{**ENTRY, "n": n} for n in range(1200)])

    lines = bruno.get("/log/exportar?service=pedidos").text.splitlines()

    assert sorted(int(json.loads(line)["labels"]["n"]) for line in lines) == list(range(1200))


@pytest.mark.once
@pytest.mark.parametrize("sign", FORMULA_STARTS[:4] + FORMULA_STARTS[7:])
def test_what_a_program_wrote_is_no_formula_in_a_table(shop: Server, bruno: Person, sign: str) -> None:
    send(shop, action=f"{sign}1+1")

    table = bruno.get("/log/exportar/csv?service=pedidos&colunas=action").text

    assert table.splitlines()[1] == f"'{sign}1+1"


# --- who may ------------------------------------------------------------------------------


def test_a_service_key_writes_from_anywhere_and_strangers_do_not(shop: Server, bruno: Person) -> None:
    key = ServiceKeys(shop.folder).create("pedidos")

    assert_problem(shop.ask("POST", "/log", json=ENTRY, peer=LAN), 401, "nao-autenticado")
    headers = {"Authorization": f"Bearer {key}"}
    assert shop.ask("POST", "/log", json=ENTRY, peer=LAN, headers=headers).status_code == 200
    refused = assert_problem(shop.ask("GET", "/log", headers=headers), 401, "sessao-invalida")
    assert refused["mensagem"] == InvalidToken.key_for_person
    assert_problem(bruno.post("/log", ENTRY), 403, "papel-insuficiente")


def test_ping(shop: Server) -> None:
    response = shop.ask("POST", "/ping", peer=LAN)
    assert (response.status_code, response.json) == (200, {"status": "success"})


# --- our own entries ------------------------------------------------------------------------


def test_each_call_to_users_leaves_an_entry_with_its_result_and_cause(shop: Server, bruno: Person) -> None:
    maria = {"name": "Maria", "email": "maria@loja"}
    shop.ask("POST", "/users/", json=maria)
    shop.ask("POST", "/users/", json={**maria, "id": 1})
    shop.ask("GET", "/users/")
    shop.ask("GET", "/users/1")
    shop.ask("PUT", "/users/99", json=maria)
    shop.ask("PUT", "/users/1", json=maria)
    shop.ask("DELETE", "/users/1")
    shop.ask("POST", "/users/", data=b"x")

    rows = reversed(found(bruno, "service=user_service"))
    assert [(row["action"], row["user_id"], row["result"], row["cause"]) for row in rows] == [
        ("create_user", "1", "success", None),
        ("create_user", "1", "failure", "User with this ID already exists"),
        ("get_users", "N/A", "success", None),
        ("get_user", "1", "success", None),
        ("update_user", "99", "failure", "User not found"),
        ("update_user", "1", "success", None),
        ("delete_user", "1", "success", None),
        ("create_user", "N/A", "failure", "Unsupported Media Type"),
    ]


def test_each_call_to_eventos_leaves_an_entry_too(ana: Person, bruno: Person) -> None:
    ana.post("/eventos", {"titulo": "Contagem", "inicio": "2026-11-23T09:00:00"})
    ana.get("/eventos/e9")

    rows = reversed(found(bruno, "service=event_service"))
    assert [(row["action"], row["user_id"], row["result"], row["cause"]) for row in rows] == [
        ("create_event", "u3", "success", None),
        ("get_event", "u3", "failure", "Evento não encontrado."),
    ]


def test_requests_to_the_api_are_kept_without_names_and_without_the_poll(
    shop: Server, ana: Person, bruno: Person, bolts: str
) -> None:
    ana.receive(bolts, 5)
    ana.issue(bolts, 6)
    ana.get("/usuarios/Ana/historico")
    shop.log_in("Ana", PASSWORDS["Ana"])
    for path in ("/inventario?depois=0", "/saude"):
        assert ana.get(path).status_code == 200
    shop.ask("POST", "/log", json=ENTRY)

    rows = [row for row in bruno.get("/log?service=api&limite=500").json if row["user_id"] != "u1"]

    assert [(row["action"], row["user_id"], row["result"], row["cause"]) for row in reversed(rows)] == [
        ("POST /inventario", "u3", "success", None),
        ("POST /inventario", "u3", "failure", "estoque-insuficiente"),
        ("GET /usuarios/<username>/historico", "u3", "success", None),
        ("POST /login", "N/A", "success", None),
    ]
    assert rows[0]["extra"]["path"] == "/login"
    assert rows[0]["extra"]["status"] == 200
    assert not any("Ana" in str(row) for row in rows)


def test_what_strangers_repeat_is_summed_and_pushes_nothing_out(
    shop: Server, ana: Person, bruno: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeated_refusals, "ENTRIES_PER_ADDRESS", 5)
    monkeypatch.setattr(repeated_refusals, "ENTRIES_IN_ALL", 8)
    for number in range(20):
        shop.ask("GET", f"/wp-admin/{number}")
    for number in range(6):
        shop.ask("GET", "/x", peer=f"192.168.0.{number}")
        ana.post("/produtos", {})
    shop.ask("GET", "/produtos", peer=LAN)
    monkeypatch.setattr(repeated_refusals, "WINDOW_S", 0.0)
    logs = Services.of(shop.app).get(LogQueue)
    logs._waiting.extend(logs._repeated.take_sums(0.0, at_once=True))

    rows = bruno.get("/log?service=api&result=failure&limite=500").json

    alone = Counter((row["action"], row["user_id"]) for row in rows if "repetidos" not in row["extra"])
    sums = {(row["action"], row["cause"]): row["extra"]["repetidos"] for row in rows if "repetidos" in row["extra"]}
    # Somebody's own are never summed.
    assert alone == {("GET (desconhecida)", "N/A"): 8, ("POST /produtos", "u3"): 6}
    assert sums == {("GET (desconhecida)", "rota-desconhecida"): 18, ("GET /produtos", "nao-autenticado"): 1}


def test_what_is_refused_to_all_while_the_database_is_away_is_summed(
    shop: Server, ana: Person, bruno: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeated_refusals, "ENTRIES_PER_ADDRESS", 5)
    with monkeypatch.context() as away:
        away.setattr(catalog, "create_product", raise_unavailable)
        for number in range(30):
            assert_problem(ana.add(f"Prego {number}"), 503, "banco-indisponivel")
    logs = Services.of(shop.app).get(LogQueue)
    logs._waiting.extend(logs._repeated.take_sums(0.0, at_once=True))

    rows = bruno.get("/log?service=api&result=failure&limite=500").json

    alone = [row["user_id"] for row in rows if "repetidos" not in row["extra"]]
    sums = [(row["action"], row["cause"], row["extra"]["repetidos"]) for row in rows if "repetidos" in row["extra"]]
    assert alone == ["u3"] * 5
    assert sums == [("POST /produtos", "banco-indisponivel", 25)]


def raise_unavailable(*_: object, **__: object) -> NoReturn:
    raise StoreUnavailable


def test_invented_methods_fill_no_memory(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated_refusals, "ENTRIES_IN_ALL", 0)
    for number in range(150):
        shop.ask(f"M{number}", "/x")

    sums = Services.of(shop.app).get(LogQueue)._repeated.take_sums(0.0, at_once=True)

    assert len(sums) == repeated_refusals.MAX_SUMS + 1
    assert sum(json.loads(entry.extra)["repetidos"] for entry in sums) == 150


# --- when the store fails ---------------------------------------------------------------------


@pytest.mark.sqlite
def test_a_store_that_fails_stops_no_sale_and_is_shown(shop: Server, ana: Person, bruno: Person, bolts: str) -> None:
    (shop.folder / "registros.db").write_bytes(b"nonsense" * 1000)

    assert ana.receive(bolts, 5).status_code == 201
    assert_problem(send(shop), 503, "banco-indisponivel")
    assert_problem(bruno.get("/log"), 503, "banco-indisponivel")
    assert ana.receive(bolts, 5).status_code == 201
    assert shop.ask("GET", "/saude").status_code == 200


def test_what_a_full_queue_drops_is_counted_in_saude(shop: Server, ana: Person) -> None:
    logs = Services.of(shop.app).get(LogQueue)
    logs._max_queued = 2
    for _ in range(5):
        assert ana.get("/lojas").status_code == 200

    assert shop.ask("GET", "/saude").json["registros_perdidos"] == 3


@pytest.mark.sqlite
def test_the_file_of_another_program_is_left_alone(shop: Server) -> None:
    path = shop.folder / "registros.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE receitas (nome TEXT)")
    db.close()

    assert_problem(send(shop), 503, "banco-indisponivel")

    db = sqlite3.connect(path)
    assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("receitas",)]
    db.close()


SHORT, MEDIUM = {**ENTRY, "cause": "a"}, {**ENTRY, "cause": "a" * QUICK}
LONG = [{**ENTRY, "cause": "a" * 50_000}] * 3


@pytest.mark.parametrize(
    ("kind", "refused", "taken"),
    [("long_texts", [LONG], [SHORT, MEDIUM]), ("medium_texts", [MEDIUM], [SHORT, LONG])],
)
def test_one_long_text_after_another_is_read_and_shorter_ones_beside_them(
    shop: Server, kind: str, refused: list[object], taken: list[object]
) -> None:
    lock = getattr(Services.of(shop.app).get(LogQueue), kind)
    with ExitStack() as others:
        for _ in range(queue.MAX_WAITING + 1):
            others.callback(lock._slots.release)
            assert lock._slots.acquire(blocking=False)
        for sent in ({}, CHUNKED):
            for text in refused:
                answer = shop.ask("POST", "/log", json=text, **sent)
                assert_problem(answer, 503, "servidor-ocupado")
                assert int(answer.headers["Retry-After"]) > 0
            for text in taken:
                assert shop.ask("POST", "/log", json=text, **sent).status_code == 200

    for text in refused:
        assert shop.ask("POST", "/log", json=text).status_code == 200
