"""Names that look like another's, names that look like nothing, and names that fold to something long."""

import pytest

from almoxarife.server.accounts.lookalikes import are_confusable
from almoxarife.server.accounts.models import User
from almoxarife.server.accounts.service import fold_username
from almoxarife.server.bulk import importing
from tests.api.cast import PASSWORDS, Person, Server, assert_problem, assert_refused
from tests.api.older_lists import person

STRONG = "uma frase bem longa"

LOOK_LIKE_ADMIN = [
    "\u0430dmin",  # Cyrillic a
    "АDMIN",
    "ADМIN",
    "adМin",
    "аdмin".replace("м", "m"),
    "ａｄｍｉｎ",
    "ＡＤＭＩＮ",
    "adm\u0131n",  # without its dot
    "ADM\u0130N".lower(),
    "admi\u0307n",
    "adm\u0456n",  # Ukrainian i
    "adm\u03b9n",  # iota
    "𝐚𝐝𝐦𝐢𝐧",
    "𝒶𝒹𝓂𝒾𝓃",
    "ⓐdmin",
    "adrnin",
    "aԁmin",
    "ɑdmin",
]


@pytest.mark.parametrize("name", LOOK_LIKE_ADMIN)
def test_a_name_that_looks_like_anothers_is_taken(shop: Server, name: str) -> None:
    assert shop.register("admin", STRONG).status_code == 201

    problem = assert_problem(shop.register(name, STRONG), 409, "usuario-existente")
    assert "se parece demais" in problem["mensagem"]
    assert shop.audited()[-1] == ("accounts:user:name_refused", "ERRO", 6, "u6")


def test_nobody_of_a_list_looks_like_anybody(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither like people with accounts, nor like those before in the list, nor like who came meanwhile."""

    def overtake(*arguments: object, **more: object) -> list[str]:
        monkeypatch.undo()
        shop.register("rita", STRONG)
        return ["x"] * 3

    shop.register("admin", STRONG)
    monkeypatch.setattr(importing.profiles, "hash_generated", overtake)
    logins = ("adm\u0131n", "bruna", "c\u0430io", "rit\u0430", "br\u03c5na", "caio")
    people = [person(login, email=f"{n}@loja.example", phone=None) for n, login in enumerate(logins)]

    made = shop.ask("POST", "/useradd", json=people)

    assert [one["login"] for one in made.json] == ["bruna", "c\u0430io"]
    reasons = shop.rows("SELECT object_id, description FROM bad_users ORDER BY id")
    assert reasons == [(number, importing.LOGIN_CONFUSABLE) for number in (1, 4, 5, 6)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        *(("Ana", "Aná"), ("Ana", "Anna"), ("Iara", "Lara"), ("Ivo", "Ivã"), ("José", "Jose"), ("caixa 1", "caixa 2")),
        *(("Zoë", "Zoé"), ("田中", "田申"), ("Olga", "Ольга"), ("João", "Joao")),
    ],
)
def test_ordinary_names_do_not_look_alike(one: str, other: str) -> None:
    assert not are_confusable(one, other)


@pytest.mark.parametrize("name", ["Аnа", "\u2800", "\u3164", "V\u034fera"])
def test_whoever_has_a_name_keeps_it(shop: Server, ana: Person, name: str) -> None:
    with shop.database.transaction() as session:
        user = session.get_one(User, ana.number)
        user.username, user.username_folded = name, fold_username(name)

    assert shop.log_in(name, PASSWORDS["Ana"]).status_code == 200
    assert ana.get(f"/usuarios/{name}/historico").status_code == 200


NOTHING = ["\ufffc", "\u2800", "\u3164", "\u115f\u1160", "\ufe0f", "\u2800 \u2800", "\uffa0", "\u0301", "\U0001d159"]


@pytest.mark.changes_nothing
@pytest.mark.parametrize("name", NOTHING)
def test_nothing_that_cannot_be_seen_is_a_name(shop: Server, carla: Person, name: str) -> None:
    assert_refused(shop.register(name, STRONG), "username")
    assert_refused(carla.add(name), "nome")


@pytest.mark.changes_nothing
@pytest.mark.parametrize("name", ["Eli\u034fsa", "Elisa\ufe0f", "\u3164Elisa", "Elisa\u2800"])
def test_a_new_user_name_has_nothing_invisible_in_it(shop: Server, name: str) -> None:
    assert_refused(shop.register(name, STRONG), "username")


@pytest.mark.parametrize("name", ["Coração ❤\ufe0f", "Pão 🥖", "½ kg", "日本", "™", "—"])
def test_signs_and_other_scripts_are_names_of_products(carla: Person, name: str) -> None:
    assert carla.add(name).json["nome"] == name


@pytest.mark.parametrize("name", ["\ufdfa" * 34, "\ufdfa" * 200, "ΐ" * 200, "½" * 200, "ß" * 200, "㍿" * 150])
def test_a_name_that_folds_to_something_long_is_refused_or_kept(carla: Person, name: str) -> None:
    """One sign may stand for eighteen letters; a database has so much room and no more."""
    answer = carla.add(name)

    assert answer.status_code in {201, 400}, answer.data
    if answer.status_code == 400:
        assert_refused(answer, "nome")
    imported = carla.post("/produtos/importar", {"produtos": [{"nome": name}]})
    assert imported.status_code in {200, 400}, imported.data


@pytest.mark.parametrize("name", ["\ufdfa" * 3, "\ufdfa" * 60, "ΐ" * 60, "ﬃ" * 60])
def test_a_user_name_that_folds_to_something_long_is_refused_or_kept(shop: Server, name: str) -> None:
    assert shop.register(name, STRONG).status_code in {201, 400}
