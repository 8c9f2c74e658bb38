"""Messages of people to each other."""

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from almoxarife.server.context import Services
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.store.sessions import raw
from tests.api.cast import Person, Server, assert_problem, assert_refused, at_once


def send(sender: Person, to: str, text: str = "Chegou a nota da Aço Ltda.", key: str | None = None) -> TestResponse:
    return sender.post("/mensagens", {"para": to, "texto": text}, key=key)


def texts(person: Person, box: str = "entrada", more: str = "") -> list[str]:
    return [row["texto"] for row in person.get(f"/mensagens?caixa={box}{more}").json]


def unread(person: Person) -> int:
    number: int = person.get("/mensagens/resumo").json["nao_lidas"]
    return number


def test_a_message_is_sent_read_once_and_seen_to_be_read(vera: Person, bruno: Person) -> None:
    sent = send(vera, "bruno", "  Acabou o café.\n  Peço   mais? ")

    assert sent.status_code == 201
    made = sent.json
    assert {name: made[name] for name in ("id", "de", "de_id", "para", "para_id", "texto", "lida_em")} == {
        "id": "c1", "de": "Vera", "de_id": vera.id, "para": "Bruno", "para_id": bruno.id,
        "texto": "Acabou o café.\nPeço mais?", "lida_em": None,
    }  # fmt: skip
    assert bruno.get("/mensagens?caixa=entrada").json == [made] == vera.get("/mensagens?caixa=saida").json
    assert (unread(bruno), unread(vera)) == (1, 0)
    assert bruno.get("/mensagens/resumo").json["ultima"] == "c1"

    read = bruno.post("/mensagens/c1/leitura")
    again = bruno.post("/mensagens/c1/leitura")

    assert (read.status_code, again.status_code) == (200, 200)
    assert read.json["lida_em"] == again.json["lida_em"] is not None
    assert vera.get("/mensagens?caixa=saida").json == [read.json]
    assert unread(bruno) == 0
    assert [entry[0] for entry in bruno.server.audited() if entry[3] == "c1"] == [
        "messaging:message:sent",
        "messaging:message:read",
    ]


def test_both_boxes_are_in_order_and_page_by_page(ana: Person, bruno: Person, vera: Person) -> None:
    for number in range(5):
        send(ana if number % 2 else vera, "Bruno", f"{number}")
    bruno.post("/mensagens/c2/leitura")

    assert texts(bruno) == ["0", "1", "2", "3", "4"]
    assert texts(bruno, more="&nao_lidas=1") == ["0", "2", "3", "4"]
    assert (texts(ana, "saida"), texts(vera, "saida")) == (["1", "3"], ["0", "2", "4"])
    seen, path = [], "/mensagens?limite=2"
    while path:
        page = bruno.get(path)
        seen += [row["texto"] for row in page.json]
        path = page.headers["Link"].split(">")[0].strip("<") if "Link" in page.headers else ""
    assert seen == ["0", "1", "2", "3", "4"]
    assert texts(bruno, more="&depois=c3") == ["3", "4"]
    assert_refused(bruno.get("/mensagens?depois=x"), "depois")
    assert_refused(bruno.get("/mensagens?caixa=todas"), "caixa")


def test_either_side_empties_their_own_box(ana: Person, bruno: Person) -> None:
    send(ana, "Bruno", "um")
    send(ana, "Bruno", "dois")

    assert bruno.ask("DELETE", "/mensagens/c1").status_code == 204
    assert (texts(bruno), texts(ana, "saida"), unread(bruno)) == (["dois"], ["um", "dois"], 1)
    assert ana.ask("DELETE", "/mensagens/c2").status_code == 204
    assert (texts(bruno), texts(ana, "saida")) == (["dois"], ["um"])

    for person, message in ((bruno, "c1"), (ana, "c2")):
        assert_problem(person.ask("DELETE", f"/mensagens/{message}"), 404, "recado-desconhecido")
    assert_problem(bruno.post("/mensagens/c1/leitura"), 404, "recado-desconhecido")


def test_a_text_that_nobody_keeps_is_gone(ana: Person, bruno: Person) -> None:
    send(ana, "Bruno", "segredo")
    for person in (ana, bruno):
        person.ask("DELETE", "/mensagens/c1")

    assert ana.server.rows("SELECT text FROM messages") == [("",)]


def test_anybody_elses_message_is_not_there(ana: Person, davi: Person, carla: Person) -> None:
    send(ana, "Bruno")
    before = ana.server.business()

    for stranger in (davi, carla):
        assert stranger.get("/mensagens").json == stranger.get("/mensagens?caixa=saida").json == []
        for method, path in (("POST", "/mensagens/c1/leitura"), ("DELETE", "/mensagens/c1")):
            assert_problem(stranger.ask(method, path), 404, "recado-desconhecido")
    assert_problem(ana.post("/mensagens/c1/leitura"), 404, "recado-desconhecido")  # only the recipient reads
    assert_problem(ana.ask("DELETE", "/mensagens/c99"), 404, "recado-desconhecido")
    assert ana.server.business() == before


@pytest.mark.parametrize("to", ["Ninguém", "u99", "u0", "davi@loja", "Davi"])
def test_whoever_is_unknown_or_inactive_gets_nothing(ana: Person, carla: Person, davi: Person, to: str) -> None:
    carla.patch(f"/usuarios/{davi.id}", {"ativo": False})

    assert_problem(send(ana, to), 404, "destinatario-desconhecido")
    assert ana.server.rows("SELECT id FROM messages") == []


@pytest.mark.changes_nothing
@pytest.mark.parametrize("to", ["Ana", " ANA ", "u3"])
def test_nobody_writes_to_themselves(ana: Person, to: str) -> None:
    assert_refused(send(ana, to), "para")


def test_a_name_that_looks_like_an_id_gets_nobody_elses_messages(shop: Server, ana: Person) -> None:
    shop.register("u2", "outra frase bem longa")

    assert send(ana, "u2").json["para"] == "Bruno"


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"para": "Bruno"}, "texto"),
        ({"texto": "oi"}, "para"),
        ({"para": "Bruno", "texto": " \n\t "}, "texto"),
        ({"para": "Bruno", "texto": "x" * 2001}, "texto"),
        ({"para": "Bruno", "texto": "x\n" * 200_000 + "x"}, "texto"),
        ({"para": "Bruno", "texto": "a\x00b"}, "texto"),
        ({"para": "Bruno", "texto": None}, "texto"),
        ({"para": "Bruno", "texto": 7}, "texto"),
        ({"para": 3, "texto": "oi"}, "para"),
        ({"para": "Bruno", "texto": "oi", "urgente": True}, "urgente"),
    ],
)
def test_a_wrong_message_is_named(ana: Person, body: dict[str, object], field: str) -> None:
    assert_refused(ana.post("/mensagens", body), field)


def test_a_text_of_the_greatest_length_counts_after_tidying(ana: Person) -> None:
    text = "é" * 999 + "\n" + "ç" * 1000

    assert send(ana, "Bruno", f"\n\n  {text}  \n").json["texto"] == text
    assert_refused(send(ana, "Bruno", f"{text}x"), "texto")


def test_what_is_sent_again_is_one_message_with_the_first_answer(ana: Person, bruno: Person) -> None:
    first = send(ana, "Bruno", "um", key="k1")
    bruno.post("/mensagens/c1/leitura")
    for person in (ana, bruno):
        person.ask("DELETE", "/mensagens/c1")

    again = send(ana, "Bruno", "um", key="k1")

    assert (again.status_code, again.headers["Idempotent-Replayed"], again.json) == (201, "true", first.json)
    assert_problem(send(ana, "Bruno", "dois", key="k1"), 422, "chave-reutilizada")
    assert texts(bruno) == texts(ana, "saida") == []


def test_a_list_is_the_same_until_something_in_it_changes(ana: Person, bruno: Person) -> None:
    send(ana, "Bruno")

    def asked(path: str, tag: str | None = None) -> TestResponse:
        return bruno.get(path, headers={"If-None-Match": tag} if tag else {})

    for path in ("/mensagens", "/mensagens/resumo"):
        tag = asked(path).headers["ETag"]
        assert asked(path, tag).status_code == 304
        send(ana, "Bruno")
        assert asked(path, tag).status_code == 200
    tag = asked("/mensagens").headers["ETag"]
    bruno.post("/mensagens/c1/leitura")
    assert asked("/mensagens", tag).json[0]["lida_em"] is not None


def test_erasing_a_person_takes_the_texts_they_wrote_and_were_written(
    shop: Server, ana: Person, bruno: Person, vera: Person, carla: Person
) -> None:
    send(ana, "Bruno", "de Ana")
    send(bruno, "Ana", "para Ana")
    send(vera, "Bruno", "de Vera")

    assert carla.ask("DELETE", f"/usuarios/{ana.id}").status_code == 204

    assert [(row["de"], row["texto"]) for row in bruno.get("/mensagens").json] == [
        ("Usuário removido #3", ""),
        ("Vera", "de Vera"),
    ]
    assert texts(bruno, "saida") == [""]
    assert shop.rows("SELECT text FROM messages ORDER BY id") == [("",), ("",), ("de Vera",)]


def test_the_log_knows_who_did_what_and_never_what_was_said(shop: Server, ana: Person, bruno: Person) -> None:
    send(ana, "Bruno", "segredo")
    send(ana, "Ninguém", "segredo")
    bruno.get("/mensagens")
    bruno.get("/mensagens/resumo")
    bruno.post("/mensagens/c1/leitura")
    ana.ask("DELETE", "/mensagens/c1")
    Services.of(shop.app).get(LogQueue).flush()

    entries = bruno.get("/log?service=message_service&limite=500").json
    assert sorted((row["user_id"], row["action"], row["result"]) for row in entries) == [
        (bruno.id, "get_messages", "success"),
        (bruno.id, "read_message", "success"),
        (ana.id, "create_message", "failure"),
        (ana.id, "create_message", "success"),
        (ana.id, "delete_message", "success"),
    ]
    everything = [*bruno.get("/log?limite=500").json, *shop.rows("SELECT * FROM audit_entries")]
    assert "segredo" not in str(everything)


def test_ten_thousand_messages_are_listed_whole_and_counted(ana: Person, bruno: Person) -> None:
    with ana.server.database.transaction() as session:
        raw(session).execute_many(
            "INSERT INTO messages"
            " (sender_id, recipient_id, text, sent_at, is_removed_by_sender, is_removed_by_recipient)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(ana.number, bruno.number, f"recado {number}", number, False, False) for number in range(10_000)],
        )

    assert texts(bruno) == [f"recado {number}" for number in range(10_000)]
    assert unread(bruno) == 10_000
    assert texts(bruno, more="&limite=2&depois=c9998") == ["recado 9998", "recado 9999"]


def test_many_at_once_arrive_once_each(ana: Person, vera: Person, bruno: Person) -> None:
    responses = at_once([lambda: send(ana, "Bruno", "um", key="k")] * 5 + [lambda: send(vera, "Bruno", "dois")] * 5)

    assert {response.status_code for response in responses} == {201}
    assert sorted(texts(bruno)) == ["dois"] * 5 + ["um"]


def test_how_many_wait_is_answered_from_memory_as_the_route_does(
    ana: Person, bruno: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(ana, "Bruno")
    slow = bruno.get("/mensagens/resumo?x")
    monkeypatch.setattr(Flask, "full_dispatch_request", None)

    answer = bruno.get("/mensagens/resumo")

    assert slow.json == answer.json
    assert answer.json == {"nao_lidas": 1, "ultima": "c1"}
    tag = answer.headers["ETag"]
    assert bruno.get("/mensagens/resumo", headers={"If-None-Match": tag}).status_code == 304
    assert ana.get("/mensagens/resumo").json == {"nao_lidas": 0, "ultima": None}
