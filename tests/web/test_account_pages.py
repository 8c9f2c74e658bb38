"""Coming in by a browser, going out, and what the cookie is good for."""

import errno
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask

from almoxarife.server.web import api_calls, application
from almoxarife.server.web.application import HALF_A_DAY_S
from almoxarife.server.web.panel import stock as panel_stock
from almoxarife.wire.accounts import Role
from tests.api.cast import LAN, LAN_SERVER, PASSWORDS, Person, Server, assert_problem
from tests.api.conftest import Open
from tests.log_capture import LogCapture
from tests.web.browser import FORM, Browser

PAGES = ["/", "/login", "/register", "/profile", "/profile/senha"]


def papel(server: Server, name: str) -> list[tuple[object, ...]]:
    return server.rows("SELECT role, state FROM users WHERE username = ?", name)


# --- in and out -----------------------------------------------------------------------


def test_many_browsers_at_once_may_be_the_first(start: Open) -> None:
    server = start()

    with ThreadPoolExecutor(8) as pool:
        pages = [*pool.map(lambda _: Browser(server).open("/login"), range(8))]

    assert {(page.status, "<form" in page.text) for page in pages} == {(200, True)}


def test_logging_in_leads_to_ones_own_page_and_out_again(shop: Server) -> None:
    browser = Browser(shop)

    assert browser.log_in("ana", PASSWORDS["Ana"]).leads_to == "/profile"
    assert "Ana" in browser.open("/profile").text
    out = browser.open("/logout")

    assert (out.status, out.leads_to) == (302, "/login")
    assert browser.open("/profile").leads_to == "/login?next=%2Fprofile"


def test_wrong_name_and_wrong_password_are_told_in_one_sentence_and_the_name_stays(shop: Server) -> None:
    browser = Browser(shop)

    wrong_password = browser.fill("/login", login="Ana", psw="errada de todo")
    wrong_name = browser.fill("/login", login="Ninguém", psw="errada de todo")

    for page, name in ((wrong_password, "Ana"), (wrong_name, "Ninguém")):
        assert page.status == 401
        assert page.text.count("Usuário ou senha incorretos.") == 1
        assert f'value="{name}"' in page.text
        assert "errada de todo" not in page.text


def test_logging_out_without_the_form_s_token_asks_first(shop: Server) -> None:
    browser = Browser(shop)
    browser.log_in("Ana")

    asked = browser.ask("POST", "/logout")
    assert (asked.status, browser.open("/profile").status) == (400, 200)
    out = browser.send("/logout", asked.forms[0].fields)

    assert out.leads_to == "/login"
    assert browser.open("/profile").status == 302


def test_guessing_passwords_is_slowed_down_on_the_page_too(start: Open) -> None:
    browser = Browser(start(LAN_SERVER), peer=LAN, host="192.168.0.2:5000")

    statuses = [browser.fill("/login", login="Ana", psw=f"errada {number}").status for number in range(6)]
    page = browser.fill("/login", login="Ana", psw=PASSWORDS["Ana"])

    assert statuses[:5] == [401] * 5
    assert (statuses[5], page.status) == (429, 429)
    assert page.forms[0].fields["login"] == "Ana"


def test_a_page_that_needs_a_login_leads_there_and_back(shop: Server) -> None:
    browser = Browser(shop)
    asked = browser.open("/profile/senha?x=1")
    assert asked.leads_to is not None
    login = browser.open(asked.leads_to)

    back = browser.send("/login", {**login.forms[0].fields, "login": "Ana", "psw": PASSWORDS["Ana"]})

    assert back.leads_to == "/profile/senha?x=1"


@pytest.mark.parametrize(
    "elsewhere",
    [
        *("//evil.example", "https://evil.example/", "/\\evil.example"),
        *("\\\\evil", "javascript:alert(1)", "/\t/evil.example"),
    ],
)
def test_nobody_is_led_to_another_host(shop: Server, elsewhere: str) -> None:
    back = Browser(shop).fill("/login", login="Ana", psw=PASSWORDS["Ana"], next=elsewhere)

    assert (back.status, back.leads_to) == (302, "/profile")


def test_pages_that_cannot_be_loaded_are_tried_again(
    shop: Server, monkeypatch: pytest.MonkeyPatch, log: LogCapture
) -> None:
    """As when no more files can be opened at the moment of the first request for one."""

    def fail(*_: object) -> Flask:
        raise OSError(errno.EMFILE, "segredo do programa")

    with monkeypatch.context() as full:
        full.setattr(application, "make_pages", fail)
        page = Browser(shop).open("/login")
        assert (page.status, page.response.content_type) == (500, "text/html; charset=utf-8")
        assert "Algo deu errado no servidor." in page.text
        assert "segredo" not in page.text
        assert_problem(shop.ask("GET", "/nada"), 500, "erro-interno")

    assert Browser(shop).open("/login").status == 200
    assert log.events.count("fault") == 2


def test_the_routes_for_programs_answer_as_before(shop: Server) -> None:
    ana = shop.person("Ana")

    assert shop.log_in("Ana", PASSWORDS["Ana"]).json["token"]
    assert "Set-Cookie" not in shop.log_in("Ana", PASSWORDS["Ana"]).headers
    assert shop.ask("POST", "/login", data="{}", content_type="text/plain").status_code == 415
    assert shop.ask("POST", "/login").status_code == 415
    assert shop.ask("DELETE", "/login").json["codigo"] == "metodo-nao-permitido"
    assert shop.ask("POST", "/logout").status_code == 401
    assert ana.post("/logout").status_code == 204


# --- registering ----------------------------------------------------------------------


def test_the_first_person_becomes_administrador_in_the_browser(start_empty: Open) -> None:
    server = start_empty()
    browser = Browser(server)
    assert browser.open("/").leads_to == "/register"
    assert browser.open("/painel/estoque?texto=cola").leads_to == "/login?next=%2Fpainel%2Festoque%3Ftexto%3Dcola"
    assert browser.open("/login?next=%2Fpainel%2Festoque").leads_to == "/register"
    assert "conta do administrador" in browser.open("/register").text

    registered = browser.fill("/register", login="admin", psw="1234")

    assert registered.leads_to == "/profile"
    assert papel(server, "admin") == [(Role.ADMIN.value, "ativo")]
    assert "administrador" in browser.open("/profile").text


def test_from_afar_the_first_one_needs_the_code_of_the_console(start_empty: Open) -> None:
    server = start_empty(LAN_SERVER, setup_code="ABCD-1234")
    browser = Browser(server, peer=LAN, host="192.168.0.2:5000")

    wrong = browser.fill("/register", login="dona", psw="uma frase boa", codigo="XXXX")
    right = browser.fill("/register", login="dona", psw="uma frase boa", codigo="abcd-1234")

    assert (wrong.status, right.leads_to) == (403, "/profile")
    assert papel(server, "dona") == [(Role.ADMIN.value, "ativo")]


def test_from_afar_people_wait_and_are_told_so(start: Open) -> None:
    server = start(LAN_SERVER)
    browser = Browser(server, peer=LAN, host="192.168.0.2:5000")

    page = browser.fill("/register", login="Elisa", psw="uma frase boa")

    assert page.status == 200
    assert "Quando um administrador aprovar" in page.text
    assert papel(server, "Elisa") == [("estoquista", "pendente")]


def test_what_is_wrong_with_an_account_stands_at_its_field(shop: Server) -> None:
    browser = Browser(shop)

    taken = browser.fill("/register", login="ana", psw="uma frase boa")
    short = browser.fill("/register", login="Elisa", psw="12")

    assert (taken.status, 'value="ana"' in taken.text) == (409, True)
    assert short.status == 400
    assert 'aria-describedby="psw-diz"' in short.text
    email = browser.fill("/register", login="Elisa", psw="uma frase boa", fname="Elisa", lname="Luz", email="elisa")
    sentence = "O e-mail precisa de um “@” com algo dos dois lados."
    assert re.findall(r'role="alert">([^<]*)', email.text) == [sentence]
    assert f"✕ {sentence}" in email.text
    nameless = browser.fill("/register", login="Elisa", psw="uma frase boa", birthday="01/02/1990")
    assert re.findall(r'role="alert">([^<]*)', nameless.text) == ["Confira os campos marcados."]
    assert nameless.text.count("✕ Preencha este campo.") == 1


# --- the cookie -----------------------------------------------------------------------


def test_no_script_and_no_other_site_gets_the_cookie(shop: Server) -> None:
    plain = Browser(shop).log_in("Ana").response.headers["Set-Cookie"]
    encrypted = Browser(shop)
    page = encrypted.open("/login", environ={"wsgi.url_scheme": "https"})
    secure = page.response.headers["Set-Cookie"]

    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    assert "Secure" in secure
    assert page.response.headers["Strict-Transport-Security"]


def test_behind_a_trusted_proxy_with_tls_the_cookie_is_secure_and_nobody_else_can_say_so(start: Open) -> None:
    server = start({"ALMOXARIFE_TRUSTED_PROXIES": "10.0.0.1"})
    by_tls = {"X-Forwarded-Proto": "https"}

    trusted = Browser(server, peer="10.0.0.1").open("/login", headers=by_tls)
    stranger = Browser(server, peer=LAN).open("/login", headers=by_tls)

    assert "Secure" in trusted.response.headers["Set-Cookie"]
    assert "Secure" not in stranger.response.headers["Set-Cookie"]


def test_a_session_that_somebody_planted_is_not_taken_over(shop: Server) -> None:
    browser = Browser(shop)
    browser.open("/login")
    planted = browser.cookie
    browser.log_in("Ana")
    attacker = Browser(shop)
    attacker.client.set_cookie("almoxarife", planted, domain="localhost")

    assert browser.cookie != planted
    assert attacker.open("/profile").status == 302


def end_by_logging_out(browser: Browser, ana: Person) -> None:
    browser.open("/logout")


def end_by_a_new_password(browser: Browser, ana: Person) -> None:
    ana.post("/conta/senha", {"senha_atual": PASSWORDS["Ana"], "senha_nova": "outra frase boa"})


def end_by_deactivating(browser: Browser, ana: Person) -> None:
    browser.server.person("Carla").patch(f"/usuarios/{ana.id}", {"ativo": False})


@pytest.mark.parametrize("end", [end_by_logging_out, end_by_a_new_password, end_by_deactivating])
def test_the_session_ends_everywhere_as_a_token_does(shop: Server, end: object) -> None:
    ana = shop.person("Ana")
    browser, thief = Browser(shop), Browser(shop)
    browser.log_in("Ana")
    thief.client.set_cookie("almoxarife", browser.cookie, domain="localhost")
    assert thief.open("/profile").status == 200

    end(browser, ana)  # type: ignore[operator]

    assert thief.open("/profile").leads_to == "/login?next=%2Fprofile"
    assert thief.ask("GET", "/produtos").status == 401


def test_the_cookie_reads_and_never_writes(shop: Server) -> None:
    browser = Browser(shop)
    browser.log_in("Ana")
    before = shop.business()

    read = browser.ask("GET", "/inventario?depois=0", headers={"Accept": "application/json"})
    product = browser.ask("POST", "/produtos", json={"nome": "Cola"})
    movement = browser.ask("POST", "/inventario", json={"produto_id": "p1", "quantidade": 5})
    as_text = browser.ask("POST", "/inventario", data='{"produto_id": "p1"}', content_type="text/plain")
    as_form = browser.ask("POST", "/produtos", data={"nome": "Cola"}, content_type=FORM)
    out = browser.ask("POST", "/logout", json={})

    assert read.status == 200
    assert {page.status for page in (product, movement, as_text, as_form, out)} == {401}
    assert shop.business() == before
    assert browser.open("/profile").status == 200


# --- forms ----------------------------------------------------------------------------


def test_a_form_without_its_token_comes_back_filled_in(shop: Server) -> None:
    browser = Browser(shop)

    page = browser.send("/register", {"login": "Elisa", "psw": "uma frase boa"})

    assert page.status == 400
    assert "ficou aberta tempo demais" in page.text
    assert 'value="Elisa"' in page.text
    assert papel(shop, "Elisa") == []
    again = browser.send("/register", {**page.forms[0].fields, "psw": "uma frase boa"})
    assert again.leads_to == "/profile"


def test_a_form_with_another_persons_token_changes_nothing(shop: Server) -> None:
    davi, browser = Browser(shop), Browser(shop)
    davi.log_in("Davi")
    browser.log_in("Ana")
    stolen = davi.open("/profile/senha").forms[0].fields["csrf_token"]

    page = browser.send(
        "/profile/senha", {"csrf_token": stolen, "senha_atual": PASSWORDS["Ana"], "senha_nova": "outra frase boa"}
    )

    assert page.status == 400
    assert shop.log_in("Ana", PASSWORDS["Ana"]).status_code == 200


def test_an_old_form_comes_back_filled_in(shop: Server) -> None:
    browser = Browser(shop)
    with time_machine.travel("2026-11-20T08:00:00Z", tick=False) as clock:
        page = browser.open("/register")
        clock.shift(timedelta(seconds=HALF_A_DAY_S + 1))
        sent = browser.send("/register", {**page.forms[0].fields, "login": "Elisa", "psw": "uma frase boa"})

    assert (sent.status, 'value="Elisa"' in sent.text) == (400, True)


def test_what_was_typed_is_still_there_after_the_session_has_ended(shop: Server) -> None:
    browser = Browser(shop)
    browser.log_in("Ana")
    fields = browser.open("/profile/senha").forms[0].fields
    shop.person("Ana").post("/conta/senha", {"senha_atual": PASSWORDS["Ana"], "senha_nova": "outra frase boa"})

    page = browser.send("/profile/senha", {**fields, "senha_nova": "segredo", "nota": "digitado"})

    assert page.leads_to is not None
    assert "nota%3Ddigitado" in page.leads_to
    assert "segredo" not in page.leads_to


def test_a_temporary_password_is_changed_first(shop: Server) -> None:
    carla, ana = shop.person("Carla"), shop.person("Ana")
    temporary = carla.post(f"/usuarios/{ana.id}/senha").json["senha_temporaria"]
    browser = Browser(shop)
    browser.log_in("Ana", temporary)

    asked = browser.open("/profile")
    assert asked.leads_to == "/profile/senha?next=%2Fprofile"
    page = browser.open(asked.leads_to)
    changed = browser.send(
        "/profile/senha", {**page.forms[0].fields, "senha_atual": temporary, "senha_nova": "outra frase boa"}
    )

    assert changed.leads_to == "/profile"
    assert "Senha trocada" in browser.open("/profile").text


# --- what surrounds every page ----------------------------------------------------------


@pytest.mark.parametrize("path", [*PAGES, "/nada"])
def test_every_page_says_what_a_browser_may_do_with_it(shop: Server, path: str) -> None:
    browser = Browser(shop)
    browser.log_in("Ana")

    headers = browser.open(path).response.headers

    policy = headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"


def test_a_browser_gets_a_page_for_an_unknown_address_and_a_program_a_problem(shop: Server) -> None:
    page = Browser(shop).open("/nada")

    assert (page.status, page.response.content_type) == (404, "text/html; charset=utf-8")
    assert "/" in page.links
    for accept in ("*/*", "application/json", None):
        headers = {} if accept is None else {"Accept": accept}
        assert shop.ask("GET", "/nada", headers=headers).json["codigo"] == "rota-desconhecida"


def test_what_a_page_is_made_of_is_kept_for_ever_and_sent_packed(shop: Server) -> None:
    browser = Browser(shop)
    text = browser.open("/login").text
    style = next(part for part in text.split('"') if part.startswith("/recursos/style."))

    packed = browser.open(style, headers={"Accept-Encoding": "gzip"}).response
    plain = browser.open(style).response

    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.data) < len(plain.data) / 2
    assert packed.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert packed.content_type == plain.content_type == "text/css; charset=utf-8"
    assert browser.open("/recursos/style.css").status == 404
    assert browser.open("/recursos/style.000000000000.css").status == 404


@pytest.mark.parametrize("name", ["<script>alert(1)<script>", '"onload="alert(1)', "𝒜na 🐢", "a'><img src=x>"])
def test_a_name_shows_as_text(shop: Server, name: str) -> None:
    browser = Browser(shop)

    refused = browser.fill("/login", login=name, psw="errada de todo")
    registered = browser.fill("/register", login=name, psw="uma frase boa")
    page = browser.open("/profile")

    assert registered.leads_to == "/profile"
    for text in (refused.text, page.text):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert '"onload="' not in text
    assert refused.forms[0].fields["login"] == name


# --- what people say of themselves --------------------------------------------------------

ELISA = {
    "fname": "Elisa",
    "lname": "d'Ávila-Prado",
    "patr": "Maria",
    "birthday": "31/12/1990",
    "email": "elisa@loja.example",
    "phone": "(11) 91234-5678",
}


def test_what_one_says_of_oneself_is_kept_and_shown_to_oneself(shop: Server) -> None:
    browser = Browser(shop)

    registered = browser.fill("/register", login="elisa", psw="uma frase boa", **ELISA)
    page = browser.open("/profile").text

    assert registered.leads_to == "/profile"
    for shown in ("Elisa", "d&#39;Ávila-Prado", "Maria", "31/12/1990", "elisa@loja.example", "11912345678", "Matriz"):
        assert shown in page
    mine = shop.person("elisa").get("/conta/perfil").json
    assert mine == {**ELISA, "birthday": "1990-12-31", "phone": "11912345678"}
    assert shop.person("Ana").get("/conta/perfil").json == dict.fromkeys(ELISA)


@pytest.mark.parametrize(
    ("field", "value", "status", "sentence"),
    [
        ("birthday", "31/02/1990", 400, "Este dia não existe no calendário."),
        ("birthday", "ontem", 400, "Escreva a data de nascimento assim: 31/12/1990."),
        ("email", "sem arroba", 400, "O e-mail precisa de um “@” com algo dos dois lados."),
        ("phone", "+7", 400, "O telefone precisa de 8 a 15 algarismos, com o DDD."),
        ("fname", "", 400, "Preencha este campo."),
        ("email", "ELISA@loja.example", 409, "Este e-mail já é de outra pessoa."),
        ("phone", "+11 91234 5678", 409, "Este telefone já é de outra pessoa."),
        ("login", "ELISA", 409, "Este nome de usuário já existe."),
    ],
)
def test_what_cannot_be_stands_at_its_field_and_the_rest_stays(
    shop: Server, field: str, value: str, status: int, sentence: str
) -> None:
    Browser(shop).fill("/register", login="elisa", psw="uma frase boa", **ELISA)
    others = {"email": "outra@loja.example", "phone": "11955554444", "login": "outra"}

    page = Browser(shop).fill("/register", psw="uma frase boa", **{**ELISA, **others, field: value})

    assert page.status == status
    found = page.text.index(f'id="{field}-diz"')
    assert sentence in page.text[found : found + 200]
    assert page.forms[0].fields["patr"] == "Maria"
    assert shop.rows("SELECT count(*) FROM users WHERE username = 'outra'") == [(0,)]


def test_a_fault_of_a_page_is_a_page_that_says_nothing_of_itself(
    shop: Server, monkeypatch: pytest.MonkeyPatch, log: LogCapture
) -> None:
    browser = Browser(shop)
    browser.log_in("Ana")

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("segredo do programa")

    monkeypatch.setattr(panel_stock, "list_shops", fail)
    page = browser.open("/painel/estoque")

    assert (page.status, page.response.content_type) == (500, "text/html; charset=utf-8")
    assert "segredo" not in page.text
    assert "Algo deu errado no servidor." in page.text
    assert page.response.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/login", {"login": "Ana", "psw": PASSWORDS["Ana"], "next": "/painel/estoque"}),
        ("/register", {"login": "rita", "psw": "parafuso-de-latao", "fname": "Rita <b>", "email": "rita@loja.example"}),
        (
            "/profile/senha",
            {"senha_atual": PASSWORDS["Ana"], "senha_nova": "parafuso-de-latao", "next": "/painel/estoque"},
        ),
    ],
)
def test_after_a_fault_a_form_is_given_back_as_it_was_filled_in_but_for_passwords(
    shop: Server, monkeypatch: pytest.MonkeyPatch, path: str, typed: dict[str, str]
) -> None:
    browser = Browser(shop)
    if path.startswith("/profile"):
        browser.log_in("Ana")
    form = browser.open(path).forms[0]

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("segredo do programa")

    with monkeypatch.context() as faulty:
        faulty.setattr(api_calls, "send", fail)
        page = browser.send(path, form.fields | typed)
    assert (page.status, page.response.mimetype) == (500, "text/html")
    assert "Algo deu errado no servidor." in page.text
    assert page.response.headers["Content-Security-Policy"]
    for hidden in ("segredo", PASSWORDS["Ana"], "parafuso-de-latao"):
        assert hidden not in page.text

    (back,) = page.forms
    shown = browser.send(path, back.fields)

    assert (shown.status, 'role="alert"' in shown.text) == (200, False)
    kept = {name: value for name, value in typed.items() if not name.startswith(("psw", "senha"))}
    assert shown.forms[0].fields.items() >= kept.items()
    assert browser.send(path, shown.forms[0].fields | typed).status in {200, 302}


def test_a_name_that_an_administrador_corrects_is_the_one_that_is_shown(shop: Server) -> None:
    browser = Browser(shop)
    names = {"fname": "Rita", "lname": "Luz", "patr": "Maria"}
    browser.fill("/register", login="rita", psw="parafuso-de-latao", **names)
    rita = shop.rows("SELECT id, full_name FROM users WHERE username = 'rita'")[0]

    assert shop.person("Carla").patch(f"/usuarios/u{rita[0]}", {"nome": "Rita Maria da Luz Prado"}).status_code == 200

    shown = re.findall(r"<dt>(Nome|Nome do meio|Sobrenome)</dt><dd><bdi>(.*?)</bdi>", browser.open("/profile").text)
    assert rita[1] == "Rita Maria Luz"
    assert shown == [("Nome", "Rita"), ("Nome do meio", "Maria da Luz"), ("Sobrenome", "Prado")]


def test_a_name_of_two_words_has_one_space(shop: Server) -> None:
    Browser(shop).fill("/register", login="rita", psw="parafuso-de-latao", fname="Rita", lname="Luz")

    assert shop.rows("SELECT full_name FROM users WHERE username = 'rita'") == [("Rita Luz",)]
