"""ETag and 304: an answer is sent again exactly when something in it has changed."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from almoxarife.server.store import versions
from almoxarife.server.stores import service as stores
from tests.api.cast import CENTRO, NORTE, Person, assert_problem, open_server

CACHED = ["/produtos", "/inventario", "/lojas", "/redes"]


def etag(person: Person, path: str) -> str:
    return str(person.get(path).headers["ETag"])


@pytest.mark.parametrize("path", CACHED)
def test_the_lists_carry_a_strong_etag_and_are_private(ana: Person, bolts: str, path: str) -> None:
    response = ana.get(path)

    assert response.headers["ETag"].startswith('"')
    assert response.headers["ETag"].endswith('"')
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert response.headers["Vary"] == "Authorization"
    assert etag(ana, path) == response.headers["ETag"]


@pytest.mark.changes_nothing
@pytest.mark.parametrize("form", ["{0}", "W/{0}", '"x", {0}', '"x", W/{0}, "y"', "*"])
@pytest.mark.parametrize("path", CACHED)
def test_what_the_client_has_already_is_not_sent_again(ana: Person, bolts: str, path: str, form: str) -> None:
    first = ana.get(path)
    response = ana.get(path, headers={"If-None-Match": form.format(first.headers["ETag"])})

    assert (response.status_code, response.data) == (304, b"")
    for header in ("ETag", "Cache-Control", "Vary"):
        assert response.headers[header] == first.headers[header]


@pytest.mark.parametrize("known", ['"x"', "", "abc", 'W/"x"'])
def test_another_tag_gets_the_whole_answer(ana: Person, bolts: str, known: str) -> None:
    assert ana.get("/produtos", headers={"If-None-Match": known}).json == ana.get("/produtos").json


CHANGES: dict[str, Callable[[Person, str], object]] = {
    "a movement": lambda carla, product: carla.receive(product, 1, loja_id=CENTRO),
    "a new product": lambda carla, product: carla.add("Prego"),
    "a rename": lambda carla, product: carla.change(product, "*", nome="Parafuso zincado"),
    "a price": lambda carla, product: carla.change(product, "*", nome="Parafuso 10mm", preco="1.00"),
    "rights taken": lambda carla, product: carla.patch("/usuarios/u3", {"lojas": [NORTE]}),
    "a chain": lambda carla, product: carla.post("/redes", {"nome": "Rede"}),
    "a shop": lambda carla, product: carla.ask("PUT", "/lojas/l2", json={"nome": "Centro"}, headers={"If-Match": "*"}),
    "rights given": lambda carla, product: carla.patch("/usuarios/u3", {"lojas": [CENTRO, NORTE]}),
}


@pytest.mark.parametrize(
    ("path", "change"),
    [
        *(("/produtos", change) for change in CHANGES if change not in {"a chain", "a shop"}),
        *(("/inventario", change) for change in ("a movement", "a rename", "rights taken", "rights given")),
        *(("/lojas", change) for change in ("a shop", "rights taken", "rights given")),
        *(("/redes", change) for change in ("a chain", "a shop", "rights taken", "rights given")),
    ],
)
def test_the_etag_changes_with_anything_in_the_body(
    ana: Person, carla: Person, bolts: str, path: str, change: str
) -> None:
    ana.receive(bolts, 5)
    known = etag(ana, path)

    CHANGES[change](carla, bolts)

    response = ana.get(path, headers={"If-None-Match": known})
    assert response.status_code == 200
    assert response.headers["ETag"] != known


def test_a_new_shop_changes_what_who_sees_all_is_answered(carla: Person) -> None:
    known = etag(carla, "/lojas")
    with carla.server.database.transaction() as session:
        stores.create_shop(session, "Loja Sul")

    assert [row["nome"] for row in carla.get("/lojas", headers={"If-None-Match": known}).json][-1] == "Loja Sul"


def test_people_and_questions_do_not_share_a_tag(ana: Person, bruno: Person, bolts: str) -> None:
    ana.receive(bolts, 1)
    asked = ["/produtos", "/produtos?inativos=1", "/produtos?busca=x", "/inventario", "/inventario?limite=1"]

    tags = [etag(person, path) for person in (ana, bruno) for path in asked]

    assert len(set(tags)) == len(tags)


def test_a_tag_does_not_tell_how_much_other_shops_do(ana: Person, davi: Person, bolts: str) -> None:
    tags = []
    for _ in range(4):
        davi.receive(bolts, 1)
        tags.append([int(number) for number in re.findall(r"\d+", ana.get("/inventario").headers["ETag"])])

    steps = {tuple(after - before for before, after in pairwise(numbers)) for numbers in zip(*tags, strict=False)}
    assert (1, 1, 1) not in steps


def test_a_refused_write_changes_no_tag(ana: Person, bolts: str) -> None:
    known = [etag(ana, path) for path in CACHED]

    assert_problem(ana.issue(bolts, 1), 409, "estoque-insuficiente")
    assert_problem(ana.add("PARAFUSO 10MM"), 409, "produto-existente")

    assert [etag(ana, path) for path in CACHED] == known


def test_a_tag_of_an_earlier_start_is_not_known(ana: Person, bolts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    known = etag(ana, "/produtos")
    monkeypatch.setattr(
        versions, "name_build", lambda: "of later"
    )  # on PostgreSQL starts of one version share their tags

    with open_server(ana.server.place, ana.server.folder) as started_again:
        ana = replace(ana, server=started_again)
        assert ana.get("/produtos", headers={"If-None-Match": known}).status_code == 200


def test_rights_are_settled_before_the_tag(ana: Person, carla: Person) -> None:
    known = etag(ana, "/produtos")
    carla.patch(f"/usuarios/{ana.id}", {"ativo": False})

    assert_problem(ana.get("/produtos", headers={"If-None-Match": known}), 401, "sessao-invalida")


@pytest.mark.parametrize("path", ["/saude", "/inventario/resumo", "/usuarios", "/openapi.json"])
def test_other_answers_are_not_stored(carla: Person, path: str) -> None:
    assert carla.get(path).headers["Cache-Control"] == "no-store"


def test_problems_are_not_stored(ana: Person) -> None:
    assert ana.get("/produtos?limite=0").headers["Cache-Control"] == "no-store"
