"""Keys of other programs: each opens what it was made for, and nothing else."""

from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import orjson
import pytest
from werkzeug.test import TestResponse

from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.errors import InvalidToken
from almoxarife.server.identity import Purpose
from tests.api.cast import LAN, Person, Server, assert_problem
from tests.api.conftest import Open

ENTRY = {"service": "pedidos", "user_id": "7", "action": "criar_pedido", "result": "success"}
PEOPLE_TO_ADD = (
    {"first_name": "Rita", "last_name": "Luz", "patronymic": "Maria", "login": f"rita{n}", "email": f"rita{n}@loja"}
    for n in count()
)
MARIA = {"name": "Maria", "email": "maria@loja"}


def knock(shop: Server, purpose: Purpose, key: str) -> list[TestResponse]:
    """At every door of a purpose."""
    doors: dict[Purpose, list[tuple[str, str, object]]] = {
        Purpose.LOG: [("POST", "/log", ENTRY)],
        Purpose.USERS: [
            ("GET", "/users/", None),
            ("POST", "/users/", MARIA),
            ("GET", "/users/1", None),
            ("PUT", "/users/1", MARIA),
            ("DELETE", "/users/1", None),
        ],
        Purpose.USERADD: [("POST", "/useradd", next(PEOPLE_TO_ADD))],
    }
    headers = {"Authorization": f"Bearer {key}"}
    return [shop.ask(method, path, json=body, headers=headers, peer=LAN) for method, path, body in doors[purpose]]


@pytest.mark.parametrize("purposes", [[purpose] for purpose in Purpose] + [[Purpose.LOG, Purpose.USERS]])
def test_a_key_opens_what_it_was_made_for_and_nothing_else(shop: Server, purposes: list[Purpose]) -> None:
    key = ServiceKeys(shop.folder).create("pedidos", purposes)
    before = shop.business()

    for purpose in Purpose:
        for answer in knock(shop, purpose, key):
            if purpose in purposes:
                assert answer.status_code == 200
            else:
                assert_problem(answer, 403, "chave-para-outro-fim")
                assert answer.headers["WWW-Authenticate"].endswith('error="insufficient_scope"')
    if purposes == [Purpose.LOG]:
        assert shop.business() == before


def test_a_key_for_something_else_opens_no_more_from_this_machine(shop: Server) -> None:
    key = ServiceKeys(shop.folder).create("pedidos", [Purpose.LOG])

    refused = shop.ask("GET", "/users/", headers={"Authorization": f"Bearer {key}"})

    assert_problem(refused, 403, "chave-para-outro-fim")


def key_file(shop: Server) -> Path:
    (file,) = (shop.folder / "chaves-de-servico").iterdir()
    return file


def test_a_key_from_before_purposes_opens_what_it_opened_then(shop: Server) -> None:
    keys = ServiceKeys(shop.folder)
    key = keys.create("pedidos", [Purpose.USERADD])
    content = orjson.loads(key_file(shop).read_bytes())
    key_file(shop).write_bytes(orjson.dumps({name: content[name] for name in ("sha256", "criada_em")}))

    assert [found.purposes for found in keys.list_keys()] == [{Purpose.LOG, Purpose.USERS}]
    for purpose in (Purpose.LOG, Purpose.USERS):
        assert {answer.status_code for answer in knock(shop, purpose, key)} == {200}


@pytest.mark.parametrize(
    "change", [{"para": ["tudo"]}, {"para": "log"}, {"para": None}, {"fuso": "Lua"}, {"fuso": 5}, {"criada_em": "x"}]
)
def test_a_file_that_says_what_we_never_write_opens_nothing(shop: Server, change: dict[str, object]) -> None:
    key = ServiceKeys(shop.folder).create("pedidos")
    content = orjson.loads(key_file(shop).read_bytes())
    key_file(shop).write_bytes(orjson.dumps(content | change))

    assert {answer.status_code for answer in knock(shop, Purpose.LOG, key)} == {401}


def test_a_revoked_key_is_dead_although_another_has_its_name(shop: Server) -> None:
    keys = ServiceKeys(shop.folder)
    first = keys.create("pedidos", [Purpose.LOG])
    assert knock(shop, Purpose.LOG, first)[0].status_code == 200

    keys.revoke("pedidos")
    second = keys.create("pedidos", [Purpose.LOG])

    refused = assert_problem(knock(shop, Purpose.LOG, first)[0], 401, "sessao-invalida")
    assert refused["mensagem"] == InvalidToken.unknown_key
    assert knock(shop, Purpose.LOG, second)[0].status_code == 200


def test_narrowing_a_key_counts_at_once(shop: Server) -> None:
    key = ServiceKeys(shop.folder).create("pedidos", [Purpose.LOG, Purpose.USERS])
    assert knock(shop, Purpose.USERS, key)[0].status_code == 200
    content = orjson.loads(key_file(shop).read_bytes())

    key_file(shop).write_bytes(orjson.dumps(content | {"para": ["log"]}))

    assert_problem(knock(shop, Purpose.USERS, key)[0], 403, "chave-para-outro-fim")


@pytest.mark.parametrize(("zone", "kept"), [("UTC", "2026-11-20T10:00:00.000Z"), (None, "2026-11-20T13:00:00.000Z")])
def test_a_time_without_offset_is_of_the_key_s_zone(shop: Server, carla: Person, zone: str | None, kept: str) -> None:
    key = ServiceKeys(shop.folder).create("pedidos", zone=ZoneInfo(zone) if zone else None)
    headers = {"Authorization": f"Bearer {key}"}
    for sent in ("2026-11-20T10:00:00", "2026-11-20T11:00:00+01:00"):
        shop.ask("POST", "/log", json=[{**ENTRY, "timestamp": sent}], headers=headers)

    rows = carla.get("/log?service=pedidos").json
    assert {row["timestamp"] for row in rows} == {kept, "2026-11-20T10:00:00.000Z"}


def test_the_keys_may_be_in_a_folder_of_their_own_and_one_is_taken_back_alone(start: Open, tmp_path: Path) -> None:
    """As on a node of a cluster, each of which has its own key."""
    keys = ServiceKeys(tmp_path, tmp_path / "chaves")
    first, second = (keys.create(name) for name in ("n1", "n2"))
    shop = start({"ALMOXARIFE_SERVICE_KEYS_DIR": str(tmp_path / "chaves")})
    assert [knock(shop, Purpose.LOG, key)[0].status_code for key in (first, second)] == [200, 200]

    keys.revoke("n2")

    assert [knock(shop, Purpose.LOG, key)[0].status_code for key in (first, second)] == [200, 401]
