"""What the programs of the older systems send to the gateway, and what they read: their paths, their fields, a key."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest

from tests.gateway.doors import Gateway
from tests.server.processes import Client, almoxarife

ANA = {"id": 1, "name": "Ana", "email": "string", "age": 30}


@pytest.fixture(scope="module")
def key(gateway: Gateway) -> str:
    done = almoxarife("keys", "create", "antigos", "--para", "log,users", "--zone", "UTC", data=gateway.data)
    return next(word for word in done.stdout.split() if word.startswith("almx_"))


@pytest.fixture
def program(gateway: Gateway, key: str) -> Iterator[Client]:
    with gateway.client(key) as client:
        yield client


@pytest.mark.parametrize(("create", "people"), [("/create/", "/user/"), ("/create", "/user"), ("/users/", "/users")])
def test_the_life_of_a_person_by_each_of_its_paths(program: Client, create: str, people: str) -> None:
    one = f"{people.rstrip('/')}/1"
    assert (made := program.post(create, ANA)).status == 200
    assert made.body == ANA
    again = program.post(create, ANA)
    assert (again.status, again.body["detail"]) == (400, "User with this ID already exists")

    assert program.get(people).body == [ANA]
    assert program.get(one).body == program.get("/create/1").body == ANA
    assert program.ask("PUT", one, {"id": "1", "name": "Ana Lima", "email": "a@b", "age": None}).body == {
        "id": 1,
        "name": "Ana Lima",
        "email": "a@b",
        "age": None,
    }
    assert program.ask("DELETE", f"{one}/").body["name"] == "Ana Lima"
    for method, body in (("GET", None), ("PUT", ANA), ("DELETE", None)):
        missing = program.ask(method, one, body)
        assert (missing.status, missing.body["detail"]) == (404, "User not found")


def test_answers_are_the_very_bytes_that_its_programs_read(program: Client) -> None:
    ana = b'{"id":7,"name":"Ana","email":"string","age":30}'

    assert program.post("/create/", {"id": "7", "name": "Ana", "email": "string", "age": "30", "x": 1}).raw == ana
    assert program.get("/user/").raw == b"[" + ana + b"]"
    assert program.get("/user/7").raw == ana
    assert program.ask("DELETE", "/user/7").raw == ana
    assert program.get("/user/").raw == b"[]"
    assert program.post("/ping/").raw == b'{"status":"success"}'


def test_entries_with_odd_times_and_numbers_as_results_are_read_back(program: Client) -> None:
    now = datetime.now(UTC)  # newer than whatever the program has done before; an answer tells milliseconds
    now = now.replace(microsecond=now.microsecond // 1000 * 1000)
    local = now.astimezone(timezone(timedelta(hours=-3)))
    forms = {
        "T": now.replace(tzinfo=None).isoformat(),
        "space": f"{now:%Y-%m-%d %H:%M:%S.%f}",
        "offset": local.isoformat(),
        "number": now.timestamp(),
        "text": str(now.timestamp()),
    }
    for action, sent in forms.items():
        entry = {"service": "pedidos", "user_id": 7, "action": action, "result": 200, "timestamp": sent}
        written = program.post("/log/create", entry)
        assert (written.status, written.body["status"]) == (200, "success")
        assert isinstance(written.body["log_id"], str)

    shown = program.get("/log").body["log"]

    assert sorted((one for one in shown if one["service"] == "pedidos"), key=lambda one: str(one["action"])) == [
        {
            "service": "pedidos",
            "user_id": "7",
            "action": action,
            "result": "200",
            "cause": None,
            "timestamp": f"{now:%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z",
            "index_name": "log",
        }
        for action in sorted(forms)
    ]


def test_the_newest_ten_are_those_that_programs_wrote_newest_first(program: Client) -> None:
    for number in range(12):
        entry = {"service": "contador", "user_id": "N/A", "action": f"{number}", "result": "success", "cause": None}
        assert program.post("/log/create/", entry | {"timestamp": None}).status == 200

    shown = program.get("/log/").body["log"]

    assert [one["action"] for one in shown if one["service"] == "contador"] == [f"{n}" for n in range(11, 1, -1)]


def test_a_ping_is_answered_and_without_a_key_nothing_else(gateway: Gateway) -> None:
    with gateway.client() as stranger:
        assert stranger.post("/ping/").body == {"status": "success"}
        for method, path in (("GET", "/log"), ("POST", "/log/create"), ("GET", "/user/"), ("POST", "/create/")):
            assert stranger.ask(method, path, {} if method == "POST" else None).status == 401
