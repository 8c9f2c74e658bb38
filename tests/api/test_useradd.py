"""People in bulk: each object stands alone, and what became of it is kept."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import orjson
import pytest
import time_machine
from werkzeug.test import TestResponse

from almoxarife.server.accounts import passwords
from almoxarife.server.audit.models import SettingInForce
from almoxarife.server.bulk import importing, service
from almoxarife.server.bulk.importing import EMAIL_TAKEN, LOGIN_TAKEN, PHONE_TAKEN, ListsUnderWay
from almoxarife.server.context import Services
from almoxarife.server.errors import ServerBusy, WriteFailed
from almoxarife.server.store.database import is_server
from tests.api.cast import LAN, Person, Server, assert_problem
from tests.api.conftest import Open
from tests.api.older_lists import list_shapes, person

MIB = 1024 * 1024


def add(shop: Server, *people: object) -> TestResponse:
    return shop.ask("POST", "/useradd", json=list(people))


def codes(shop: Server) -> list[tuple[object, ...]]:
    return shop.rows("SELECT code, method, description FROM codes ORDER BY id")


def refusals(shop: Server) -> list[tuple[object, ...]]:
    return shop.rows("SELECT code_id, object_id, login, description FROM bad_users ORDER BY id")


def reason(shop: Server, value: object) -> str:
    """Why an object alone is refused."""
    problem = assert_problem(add(shop, value), 400, "pedido-invalido")
    ((error),) = problem["erros"]
    assert error["campo"] == "1"
    assert refusals(shop)[-1][3] == error["mensagem"]
    return str(error["mensagem"])


def test_the_older_program_s_lists_in_their_order_on_an_empty_database(start_empty: Open) -> None:
    shop = start_empty()
    made = {}
    for number, (name, body, status, refused) in enumerate(list_shapes(), 1):
        response = shop.ask("POST", "/useradd", json="" if body is None else body)

        assert response.status_code == status, (name, response.text)
        kept = [(row[1], row[2] is not None) for row in refusals(shop) if row[0] == number]
        assert kept == refused, name
        if status == 200:
            made |= {one["login"]: one["password"] for one in response.json}
        else:
            problem = assert_problem(response, 400, "pedido-invalido")
            assert [error["campo"] for error in problem["erros"]] == [str(n) for n, _ in refused] or ["corpo"]

    assert [row[0] for row in codes(shop)].count(200) == 5
    assert (len(codes(shop)), len(made), len(refusals(shop))) == (16, 17, 13)
    assert codes(shop)[12][2] == "9 de 13 cadastrados; recusados: 4."
    assert [row[3] for row in refusals(shop) if row[0] == 13][1:] == [LOGIN_TAKEN, EMAIL_TAKEN, PHONE_TAKEN]
    assert shop.rows("SELECT count(*) FROM users WHERE role = 'vendedor' AND state = 'ativo'") == [(17,)]
    for login, password in made.items():
        answer = shop.log_in(login, password)
        assert (answer.status_code, answer.json["usuario"]["lojas"]) == (200, [])

    for _, body, _, _ in list_shapes():
        assert shop.ask("POST", "/useradd", json="" if body is None else body).status_code == 400
    assert [row[0] for row in codes(shop)[16:]] == [400] * 16


def test_a_person_is_made_with_all_that_was_said(shop: Server) -> None:
    value = person("Rita.Luz", email=" Rita@Loja.Example ", phone="+55 (11) 98765-4321", birthday="08/12/1991")
    (made,) = add(shop, {**value, "first_name": "  Rita  Clara ", "cor": "azul"}).json

    assert set(made) == {"login", "password"}
    assert made["login"] == "Rita.Luz"
    columns = "first_name, last_name, patronymic, birthday, email, email_folded, phone, full_name, must_change_password"
    assert shop.rows(f"SELECT {columns} FROM users WHERE username = 'Rita.Luz'") == [
        ("Rita Clara", "Luz", "Maria", "1991-12-08", "Rita@Loja.Example", "rita@loja.example", "5511987654321",
         "Rita Clara Maria Luz", False)
    ]  # fmt: skip
    assert shop.log_in("rita.luz", made["password"]).json["usuario"]["papel"] == "vendedor"
    assert ("accounts:user:registered", "SUCESSO", None, "u6") in shop.audited()


def test_passwords_have_twelve_signs_of_all_three_classes(shop: Server) -> None:
    made = add(shop, *(person(f"p{n}", phone=None) for n in range(50))).json

    found = {one["password"] for one in made}
    assert len(found) == 50
    for password in found:
        assert (len(password), password.isascii(), password.isalnum()) == (12, True, True)
        assert any(c.islower() for c in password)
        assert any(c.isupper() for c in password)
        assert any(c.isdigit() for c in password)


def test_a_birthday_that_cannot_be_read_is_left_out_and_told(shop: Server) -> None:
    for number, text in enumerate(("11121990", "99/99/9999", "29/02/2023", "31/12/2199", "ontem", 5)):
        (made,) = add(shop, person(f"b{number}", phone=None, birthday=text)).json
        assert made["aviso"].startswith("A data de nascimento não foi gravada: "), text
    (quiet,) = add(shop, person("sem", phone=None, birthday="")).json
    assert "aviso" not in quiet
    assert shop.rows("SELECT count(*) FROM users WHERE birthday IS NOT NULL") == [(0,)]


@pytest.mark.parametrize("value", [None, 5, 0, True, "texto", [], [{}], 1.5])
def test_what_is_no_object_is_a_refused_one(shop: Server, value: object) -> None:
    response = add(shop, value, person("certa", phone=None))

    assert [one["login"] for one in response.json] == ["certa"]
    assert [row[:3] for row in refusals(shop)] == [(1, 1, None)]
    assert codes(shop) == [(200, "POST", "1 de 2 cadastrados; recusados: 1.")]


def test_of_a_list_only_what_names_a_field_twice_is_refused(shop: Server) -> None:
    certain, more = (orjson.dumps(person(name, phone=None)).decode() for name in ("certa", "outra"))
    unclear = f'{more[:-1]}, "login": "nenhuma"}}'

    response = shop.ask("POST", "/useradd", data=f"[{unclear}, {certain}]", content_type="application/json")
    alone = shop.ask("POST", "/useradd", data=unclear, content_type="application/json")

    assert [one["login"] for one in response.json] == ["certa"]
    problem = assert_problem(alone, 400, "pedido-invalido")
    assert problem["erros"] == [{"campo": "1", "mensagem": "login: Informe só uma vez."}]
    assert [row[1:] for row in refusals(shop)] == [(1, None, "login: Informe só uma vez.")] * 2
    assert [row[2] for row in codes(shop)] == [
        "1 de 2 cadastrados; recusados: 1.",
        "0 de 1 cadastrados; recusados: 1.",
    ]


def test_the_first_reason_in_the_older_program_s_order(shop: Server) -> None:
    add(shop, person("antes", phone="89001110000"))
    whole = person("novo", phone="89001119999")

    def spoilt(**changes: object) -> str:
        return reason(shop, {**whole, **changes})

    assert "Falta o login" in reason(shop, {"first_name": ""})
    for login in ("", "  ", 5, ["a"]):
        assert "não pode ficar vazio" in spoilt(login=login, first_name="")
    assert "Falta patronymic" in reason(shop, {k: v for k, v in whole.items() if k != "patronymic"} | {"phone": "x"})
    assert "Falta um e-mail" in reason(shop, {k: v for k, v in whole.items() if k not in {"email", "phone"}})
    assert spoilt(patronymic=" ", phone="+7abc") == "Preencha patronymic."
    assert spoilt(phone="+7", login="ANTES").startswith("phone: ")
    assert spoilt(phone=True).startswith("phone: ")
    assert "Informe um e-mail" in spoilt(phone="", email=" ")
    # The database came last: what others have is said before what is too long.
    assert spoilt(login="Antes", email="antes@LOJA.example", phone="9" * 48) == LOGIN_TAKEN
    assert spoilt(email="ANTES@loja.example", first_name="R" * 51) == EMAIL_TAKEN
    assert spoilt(phone="8900111-0000", email="sem arroba") == PHONE_TAKEN
    assert spoilt(first_name="R" * 51) == "first_name: Use no máximo 50 caracteres."
    assert spoilt(email="sem arroba").startswith("email: ")
    assert spoilt(phone="9" * 16).startswith("phone: ")
    for login in ("a/b", "a" * 61, "a\x00b", "529.982.247-25", "\u3164"):
        assert spoilt(login=login).startswith("login: ")
    assert shop.rows("SELECT count(*) FROM users WHERE first_name IS NOT NULL") == [(1,)]


def test_two_of_one_list_cannot_share_anything_and_a_refused_one_takes_nothing(shop: Server) -> None:
    response = add(
        shop,
        person("gêmea", email="G@x", phone="89001110001", first_name="R" * 51),
        person("GÊMEA", email="g@X", phone="8900 111 0001"),
        person("gêmea", email="h@x", phone=None),
        person("outra", email="G@X", phone=None),
        person("mais", email=None, phone=89001110001),
    )

    assert [one["login"] for one in response.json] == ["GÊMEA"]
    assert [row[3] for row in refusals(shop)][1:] == [LOGIN_TAKEN, EMAIL_TAKEN, PHONE_TAKEN]


def test_nobody_of_the_other_program_s_list_stands_in_the_way(shop: Server) -> None:
    shop.ask("POST", "/users/", json={"id": 7, "name": "rita", "email": "rita@loja.example"})

    assert add(shop, person("rita", phone=None)).status_code == 200


@pytest.mark.parametrize("raw", [b"", b"{", b"[{]", b"null", b'""', b"0", b"[]", b"false", b"[" * 100, b'"\xff"'])
def test_what_is_empty_or_broken_is_recorded_and_makes_nobody(shop: Server, raw: bytes) -> None:
    response = shop.ask("POST", "/useradd", data=raw, content_type="application/json")

    problem = assert_problem(response, 400, "pedido-invalido")
    assert [error["campo"] for error in problem["erros"]] == ["corpo"]
    assert codes(shop) == [(400, "POST", f"0 de 0 cadastrados: {problem['detail']}")]
    assert refusals(shop) == []


def test_another_content_type_and_too_long_a_body_are_recorded_too(shop: Server) -> None:
    assert_problem(shop.ask("POST", "/useradd", data=b"{}", content_type="text/plain"), 415, "tipo-nao-suportado")
    long = b'[{"login": "' + b"a" * (16 * MIB) + b'"}]'
    kind = "application/json"
    assert_problem(shop.ask("POST", "/useradd", data=long, content_type=kind), 413, "pedido-grande-demais")

    assert [row[:2] for row in codes(shop)] == [(415, "POST"), (413, "POST")]


def test_who_is_not_let_in_leaves_no_record(shop: Server, bruno: Person) -> None:
    assert_problem(shop.ask("POST", "/useradd", json={}, peer=LAN), 401, "nao-autenticado")
    assert_problem(bruno.post("/useradd", {}), 403, "papel-insuficiente")
    forwarded = shop.ask("POST", "/useradd", json={}, headers={"X-Forwarded-For": "10.0.0.1"})
    assert_problem(forwarded, 401, "nao-autenticado")

    assert codes(shop) == []


def test_an_administrador_adds_from_anywhere_and_is_named_in_the_trail(shop: Server, carla: Person) -> None:
    assert carla.post("/useradd", [person("rita")], peer=LAN).status_code == 200

    assert shop.audited()[-1] == ("accounts:user:registered", "SUCESSO", carla.number, "u6")


def test_the_address_may_end_with_a_slash_and_takes_nothing_but_posts(shop: Server) -> None:
    assert shop.ask("POST", "/useradd/", json=person("rita")).status_code == 200
    assert_problem(shop.ask("GET", "/useradd"), 405, "metodo-nao-permitido")


def test_a_long_list_is_written_in_parts_and_numbered_through(shop: Server) -> None:
    people: list[object] = [person(f"p{n}", phone=None) for n in range(250)]
    people[120] = people[240] = person("p3", phone=None)
    before = shop.database._writer.commits

    response = add(shop, *people)

    assert len(response.json) == 248
    assert [row[1] for row in refusals(shop)] == [121, 241]
    assert codes(shop) == [(200, "POST", "248 de 250 cadastrados; recusados: 2.")]
    assert shop.database._writer.commits - before == 3 + 2


def test_whoever_comes_between_the_look_and_the_write_keeps_their_login(
    shop: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overtake(*arguments: object, **more: object) -> list[str]:
        monkeypatch.undo()
        shop.register("rita", "uma frase que serve")
        return ["x"]

    monkeypatch.setattr(importing.profiles, "hash_generated", overtake)

    assert reason(shop, person("Rita")) == LOGIN_TAKEN


def test_people_made_before_the_disk_gave_out_get_their_passwords(
    shop: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing = importing.profiles.create_users

    def fail_later(session: object, people: list[object], **how: object) -> None:
        if people[0].username == "p100":  # type: ignore[attr-defined]
            raise WriteFailed
        writing(session, people, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(importing.profiles, "create_users", fail_later)

    response = add(shop, *(person(f"p{n}", phone=None) for n in range(150)))

    assert len(response.json) == 100
    assert len(refusals(shop)) == 50
    assert {row[3] for row in refusals(shop)} == {importing.NOT_WRITTEN}


def test_who_was_not_written_may_stand_in_the_list_again(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    writing, failures = importing.profiles.create_users, [None, WriteFailed, None]

    def fail_once(session: object, people: list[object], **how: object) -> None:
        if failure := failures.pop(0):
            raise failure
        writing(session, people, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(importing.profiles, "create_users", fail_once)
    monkeypatch.setattr(importing, "PEOPLE_AT_ONCE", 1)

    response = add(shop, person("bela"), person("rita"), person("rita"), person("r\u0456ta"))

    assert [one["login"] for one in response.json] == ["bela", "rita"]
    assert [row[3] for row in refusals(shop)] == [importing.NOT_WRITTEN, importing.LOGIN_CONFUSABLE]


def test_few_lists_at_once_and_long_ones_one_after_another(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "TIMEOUT_S", 0)
    lists = Services.of(shop.app).get(ListsUnderWay)
    with lists.slot(1000):
        with pytest.raises(ServerBusy), lists.slot(1000):
            pass
        assert add(shop, person("rita")).status_code == 200
        with lists.slot(1), lists.slot(1), lists.slot(1), lists.slot(1), lists.slot(1):
            assert_problem(add(shop, person("clara", phone=None)), 503, "servidor-ocupado")
    assert codes(shop)[-1][0] == 503
    assert add(shop, person("clara", phone=None)).status_code == 200


@pytest.mark.strong_passwords
def test_a_made_password_takes_as_long_to_check_as_any_other(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = []
    real = passwords.check_password_hash
    monkeypatch.setattr(passwords, "check_password_hash", lambda *given: checked.append(given[0]) or real(*given))
    made = passwords.generate_password()
    light = passwords.hash_generated_password(made)

    assert passwords.is_password(light, made)
    assert not passwords.is_password(light, made.swapcase())
    assert light.startswith("scrypt:")
    assert checked[1::2] == [passwords._HASH_OF_NOBODY] * 2


def test_erasing_a_person_takes_their_login_out_of_what_was_refused(shop: Server, carla: Person) -> None:
    add(shop, person("Rita", phone=None), person("clara", phone=None))
    add(shop, person("RITA", phone=None), person("clara", phone=None))

    assert carla.ask("DELETE", f"/usuarios/{shop.person('Rita').id}").status_code == 204

    assert [row[2] for row in refusals(shop)] == [None, "clara"]
    assert add(shop, person("rita", phone=None)).status_code == 200


def view(shop: Server, name: str) -> str:
    return f"cadastro_web.{name}" if is_server(shop.place) else f"web_{name}"


def test_older_readers_find_people_and_answers_in_views(shop: Server) -> None:
    add(shop, person("rita", phone="+55 11 98765-4321", birthday="08/12/1991"), {"login": "x"})

    users = shop.rows(f"SELECT id, login, email, phone FROM {view(shop, 'users')} ORDER BY id")
    assert users[-1] == (6, "rita", "rita@loja.example", 5511987654321)
    assert len(users) == 6
    ((number, first, last, patr, birthday, user),) = shop.rows(f"SELECT * FROM {view(shop, 'profiles')}")
    assert (number, first, last, patr, user) == (6, "Rita", "Luz", "Maria", 6)
    assert str(birthday).startswith("1991-12-08 00:00:00")
    ((hashed,),) = shop.rows(f"SELECT password_hash FROM {view(shop, 'users')} WHERE login = 'rita'")
    assert hashed.startswith("scrypt:")
    assert shop.rows(f"SELECT id, code, method, description FROM {view(shop, 'codes')}") == [
        (1, 200, "POST", "1 de 2 cadastrados; recusados: 1.")
    ]
    assert [row[:4] for row in shop.rows(f"SELECT * FROM {view(shop, 'bad_users')}")] == [(1, 1, 2, "x")]


def test_json_is_answered_as_any_reader_expects_it(shop: Server) -> None:
    response = add(shop, person("joão", phone=None))

    assert response.content_type == "application/json"
    assert [list(one) for one in orjson.loads(response.data)] == [["login", "password"]]


@pytest.mark.parametrize("zone", ["America/Sao_Paulo", "America/Noronha", "Europe/Lisbon", "Africa/Casablanca", "UTC"])
def test_the_offsets_of_a_zone_are_those_of_its_clock(zone: str) -> None:
    offsets = list(service.list_zone_offsets(ZoneInfo(zone)))

    for year in range(1975, 2035):
        moment = datetime(year, 7, 9, 12, tzinfo=UTC)
        latest = max(since for since, _ in offsets if since <= moment.timestamp())
        assert timedelta(seconds=dict(offsets)[latest]) == moment.astimezone(ZoneInfo(zone)).utcoffset()
    for since, offset in offsets[1:]:
        before = datetime.fromtimestamp(since - 1, ZoneInfo(zone)).utcoffset()
        assert before != timedelta(seconds=offset) == datetime.fromtimestamp(since, ZoneInfo(zone)).utcoffset()


def test_times_in_the_views_are_the_shop_s(shop: Server) -> None:
    with time_machine.travel(datetime(2026, 7, 9, 2, 30, 15, tzinfo=UTC), tick=False):
        add(shop, person("rita"))
    columns = f"SELECT reg_date FROM {view(shop, 'users')} WHERE login = 'rita'"
    assert [str(row[0])[:19] for row in shop.rows(columns)] == ["2026-07-08 23:30:15"]
    assert [str(row[0])[:19] for row in shop.rows(f"SELECT date FROM {view(shop, 'codes')}")] == ["2026-07-08 23:30:15"]

    with shop.database.transaction() as session:
        service.renew_offsets(session, ZoneInfo("Europe/Lisbon"))
        session.merge(SettingInForce(name="ALMOXARIFE_TIMEZONE", value="Europe/Lisbon"))
    with shop.database.reading() as session:
        assert service.is_offset_known(session, ZoneInfo("Europe/Lisbon"))

    assert [str(row[0])[:19] for row in shop.rows(columns)] == ["2026-07-09 03:30:15"]
