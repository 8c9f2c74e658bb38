"""Idempotency-Key: a request that comes again is answered again, and has its effect once."""

import threading
import uuid
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from almoxarife.server.stock import service as stock
from almoxarife.server.store import idempotency
from tests.api.cast import CENTRO, NORTE, Person, assert_problem, assert_refused, at_once
from tests.programs import wait_until

KEY = str(uuid.uuid4())

WRITES: dict[str, Callable[[Person, str], TestResponse]] = {
    "POST /produtos": lambda person, key: person.add("Prego", key=key),
    "POST /inventario": lambda person, key: person.receive("p1", 5, key=key),
    "POST /inventario/m1/estorno": lambda person, key: person.post("/inventario/m1/estorno", {"motivo": "x"}, key=key),
    "POST /vendas": lambda person, key: person.sell(("p1", 2, "1.50"), desconto="0.50", key=key),
    "POST /vendas/v1/cancelamento": lambda person, key: person.cancel("v1", key=key),
    "POST /mensagens": lambda person, key: person.post("/mensagens", {"para": "Bruno", "texto": "x"}, key=key),
}


@pytest.fixture(autouse=True)
def stocked(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 10)
    ana.sell(valor="0.10")


@pytest.mark.parametrize("write", WRITES)
def test_the_same_request_again_is_answered_again_and_made_once(ana: Person, write: str) -> None:
    first = WRITES[write](ana, KEY)
    made = ana.server.business()

    again = WRITES[write](ana, KEY)

    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json == first.json
    assert ana.server.business() == made


@pytest.mark.parametrize("path", ["/inventario/", "/%2Finventario"])
def test_a_slash_more_at_either_end_makes_no_other_request(ana: Person, bolts: str, path: str) -> None:
    entry = {"produto_id": bolts, "quantidade": 5}
    first = ana.post("/inventario", entry, key=KEY)
    made = ana.server.business()

    again = ana.post(path, entry, key=KEY)

    assert (again.status_code, again.json) == (201, first.json)
    assert ana.server.business() == made


@pytest.mark.parametrize("write", WRITES)
def test_only_the_first_request_is_audited(ana: Person, write: str) -> None:
    WRITES[write](ana, KEY)
    audited = ana.server.audited()

    WRITES[write](ana, KEY)

    assert ana.server.audited() == audited


def test_a_movement_is_answered_with_the_balance_it_had(ana: Person, bolts: str) -> None:
    first = ana.receive(bolts, 5, key=KEY)
    ana.issue(bolts, 12)

    assert ana.receive(bolts, 5, key=KEY).json == first.json
    assert first.json["saldo"] == 15
    assert ana.balance(bolts) == 3


def test_the_order_of_the_fields_does_not_matter(ana: Person, bolts: str) -> None:
    ana.post("/inventario", {"produto_id": bolts, "quantidade": 5, "motivo": "nota"}, key=KEY)
    again = ana.post("/inventario", {"motivo": "nota", "quantidade": 5, "produto_id": bolts}, key=KEY)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert ana.movements() == [10, 5]


@pytest.mark.parametrize(
    "another",
    [
        lambda ana: ana.receive("p1", 6, key=KEY),
        lambda ana: ana.receive("p1", 5, motivo="outro", key=KEY),
        lambda ana: ana.issue("p1", 5, key=KEY),
        lambda ana: ana.add("Prego", key=KEY),
        lambda ana: ana.post("/inventario/m1/estorno", {"motivo": "x"}, key=KEY),
        lambda ana: ana.receive("p999", 5, key=KEY),
    ],
)
def test_a_key_used_for_another_request_is_422_on_every_route(
    ana: Person, another: Callable[[Person], TestResponse]
) -> None:
    ana.receive("p1", 5, key=KEY)
    made = ana.server.business()

    assert_problem(another(ana), 422, "chave-reutilizada")
    assert ana.server.business() == made


def test_the_same_body_for_another_movement_is_another_request(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 1)
    ana.post("/inventario/m1/estorno", {"motivo": "x"}, key=KEY)

    assert_problem(ana.post("/inventario/m2/estorno", {"motivo": "x"}, key=KEY), 422, "chave-reutilizada")


def test_keys_are_each_persons_own(ana: Person, bruno: Person, bolts: str) -> None:
    ana.receive(bolts, 5, key=KEY)
    response = bruno.receive(bolts, 7, key=KEY)

    assert response.status_code == 201
    assert "Idempotent-Replayed" not in response.headers
    assert ana.movements() == [10, 5, 7]


def test_refusals_are_not_remembered(ana: Person, bolts: str) -> None:
    assert_problem(ana.issue(bolts, 15, key=KEY), 409, "estoque-insuficiente")
    ana.receive(bolts, 10)

    response = ana.issue(bolts, 15, key=KEY)

    assert response.status_code == 201
    assert "Idempotent-Replayed" not in response.headers
    assert ana.balance(bolts) == 5


def test_a_key_is_answered_although_the_product_is_inactive_now(ana: Person, bolts: str) -> None:
    first = ana.receive(bolts, 5, key=KEY)
    ana.change(bolts, "*", nome="Parafuso 10mm", ativo=False)

    assert ana.receive(bolts, 5, key=KEY).json == first.json
    assert_problem(ana.receive(bolts, 5), 409, "produto-inativo")


@pytest.mark.parametrize("shops", [[CENTRO, NORTE], [NORTE], []])
def test_a_key_is_answered_although_the_person_has_other_shops_now(
    ana: Person, carla: Person, bolts: str, shops: list[str]
) -> None:
    first = ana.receive(bolts, 5, key=KEY)
    carla.patch(f"/usuarios/{ana.id}", {"lojas": shops})

    assert ana.receive(bolts, 5, key=KEY).json == first.json


@pytest.mark.parametrize("write", WRITES)
def test_a_key_is_1_to_255_visible_characters(ana: Person, write: str) -> None:
    before = ana.server.business()

    for key in ("", " ", "a b", "a\tb", "x" * 256, "chave\u00e7", "\x7f"):
        assert_refused(WRITES[write](ana, key), "Idempotency-Key")
    assert ana.server.business() == before


def test_any_visible_characters_make_a_key(ana: Person, bolts: str) -> None:
    for key in ("!", "~", "x" * 255, '"quoted"', "a/b?c=d;e,f"):
        assert ana.receive(bolts, 5, key=key).status_code == 201, key
        assert ana.receive(bolts, 5, key=key).headers["Idempotent-Replayed"] == "true"


def test_elsewhere_the_header_is_ignored(ana: Person, carla: Person) -> None:
    for _ in range(2):
        response = ana.post("/historico/eventos", {"evento": "Fechar janelas"}, key="not a key")
        assert response.status_code == 204
    assert (
        carla.post(f"/usuarios/{ana.id}/senha", key=KEY).json != carla.post(f"/usuarios/{ana.id}/senha", key=KEY).json
    )


def test_twenty_posts_with_one_key_make_one_movement(ana: Person, bolts: str) -> None:
    responses = at_once([lambda: ana.receive(bolts, 5, key=KEY)] * 20)

    assert {response.status_code for response in responses} == {201}
    assert len({response.json["id"] for response in responses}) == 1
    assert sum("Idempotent-Replayed" not in response.headers for response in responses) == 1
    assert ana.movements() == [10, 5]
    assert ana.balance(bolts) == 15


def test_who_waits_too_long_for_the_first_is_told_to_return(
    ana: Person, bruno: Person, bolts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "WAIT_S", 0.05)
    with idempotency.running(ana.server.database, ana.number, idempotency.GivenKey(KEY, b"")):
        response = ana.receive(bolts, 5, key=KEY)
        others = [bruno.receive(bolts, 1, key=KEY), ana.receive(bolts, 1, key="another")]

    assert_problem(response, 503, "chave-em-andamento")
    assert int(response.headers["Retry-After"]) > 0
    assert [other.status_code for other in others] == [201, 201]
    assert ana.receive(bolts, 5, key=KEY).status_code == 201
    assert ana.movements() == [10, 1, 1, 5]


def test_not_all_threads_wait_for_one_key(ana: Person, bolts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_waiting", threading.BoundedSemaphore(1))
    monkeypatch.setattr(idempotency, "WAIT_S", 30.0)
    with idempotency.running(ana.server.database, ana.number, idempotency.GivenKey(KEY, b"")):
        answers: list[TestResponse] = []
        first = threading.Thread(target=lambda: answers.append(ana.receive(bolts, 5, key=KEY)))
        first.start()
        wait_until(lambda: idempotency._waiting._value == 0, "the first waits")  # type: ignore[attr-defined]
        second = ana.receive(bolts, 5, key=KEY)
    first.join(30)

    assert_problem(second, 503, "chave-em-andamento")
    assert [answer.status_code for answer in answers] == [201]


def test_the_second_waits_for_the_first(ana: Person, bolts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on = threading.Event(), threading.Event()
    record = stock.record

    def slow(*arguments: object, **options: object) -> object:
        began.set()
        assert go_on.wait(30)
        return record(*arguments, **options)  # type: ignore[arg-type]

    def second() -> TestResponse:
        assert began.wait(30)
        go_on.set()
        return ana.receive(bolts, 5, key=KEY)

    monkeypatch.setattr(stock, "record", slow)
    first, replay = at_once([lambda: ana.receive(bolts, 5, key=KEY), second])

    assert replay.json == first.json
    assert replay.headers["Idempotent-Replayed"] == "true"
