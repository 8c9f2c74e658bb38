"""Lists of people on the pages: what became of them, for everybody on their own page."""

import io
import json
import re
from typing import Any

import openpyxl
import orjson
import pytest

from almoxarife.server.accounts.tokens import Tokens
from almoxarife.server.bulk import importing, pending
from almoxarife.server.bulk.pending import ListState, PendingLists
from almoxarife.server.context import Services
from almoxarife.server.errors import StoreUnavailable, WriteFailed
from almoxarife.server.web.panel.list_file import ListUnreadable, read_list
from tests.api.cast import PASSWORDS, Server, assert_problem
from tests.api.older_lists import list_shapes, person
from tests.server.processes import wait_until
from tests.web.browser import Browser


def open_as(shop: Server, name: str) -> Browser:
    browser = Browser(shop)
    browser.log_in(name)
    return browser


def test_one_s_own_page_tells_what_became_of_each_list(shop: Server) -> None:
    for _, body, _, _ in list_shapes():
        shop.ask("POST", "/useradd", json="" if body is None else body)

    text = open_as(shop, "Bruno").open("/profile").text

    told = re.findall(r'<th scope="row">(\d+)</th>\s*<td data-label="Método">POST</td>', text)
    kept = [str(code) for (code,) in shop.rows("SELECT code FROM codes ORDER BY id DESC")]
    assert told == kept
    assert text.count("Objeto: ") == 13
    assert "9 de 13 cadastrados; recusados: 4." in text
    assert "<bdi>e09</bdi>" in text
    assert "e09" not in open_as(shop, "Vera").open("/profile").text
    assert "<bdi>e0***</bdi>" in open_as(shop, "Vera").open("/profile").text


@pytest.mark.parametrize(("name", "is_shown"), [("Vera", False), ("Bruno", False), ("Carla", True)])
def test_before_the_first_list_only_whoever_may_bring_one_reads_of_lists(
    shop: Server, name: str, is_shown: bool
) -> None:
    assert ("Ninguém foi cadastrado em lote ainda." in open_as(shop, name).open("/profile").text) is is_shown


def test_the_newest_fifty_first_and_the_rest_behind_them(shop: Server) -> None:
    for _ in range(60):
        shop.ask("POST", "/useradd", json=[])
    browser = open_as(shop, "Vera")

    first = browser.open("/profile")
    (older,) = [link for link in first.links if "respostas=" in link]
    second = browser.open(older)

    assert [page.text.count('data-label="Método"') for page in (first, second)] == [50, 10]
    assert not [link for link in second.links if "respostas=" in link]


def test_all_that_an_answer_refused_is_a_page_away(shop: Server) -> None:
    shop.ask("POST", "/useradd", json=[{"login": f"l{n}"} for n in range(25)] + [person("certa")])
    browser = open_as(shop, "Bruno")

    (link,) = [link for link in browser.open("/profile").links if link.startswith("/profile/respostas/")]
    text = browser.open(link).text

    assert [f"<bdi>l{n}</bdi>" in text for n in range(25)] == [True] * 25
    assert "Nenhum." in browser.open("/profile/respostas/999").text
    assert "Este endereço não existe." in browser.open("/profile/respostas/x").text


def test_what_programs_sent_is_text_on_the_page(shop: Server) -> None:
    shop.ask("POST", "/useradd", json=[{"login": "<script>alert(1)</script>"}])

    text = open_as(shop, "Bruno").open("/profile").text

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_files_are_given_to_a_browser_that_is_logged_in(shop: Server) -> None:
    shop.ask("POST", "/useradd", json=[])
    browser = open_as(shop, "Vera")

    files = [link for link in browser.open("/profile").links if link.startswith("/useradd/export")]

    assert len(files) == 2
    for link in files:
        assert browser.open(link).response.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("file", ["/useradd/export/xlsx", "/log/exportar/csv?q=falha&colunas=action"])
def test_a_link_to_a_file_leads_a_browser_to_the_login_and_back(shop: Server, file: str) -> None:
    browser = Browser(shop)
    login = browser.open(browser.open(file).leads_to or "")

    back = browser.send("/login", {**login.forms[0].fields, "login": "Carla", "psw": PASSWORDS["Carla"]})

    assert back.leads_to is not None
    assert browser.open(back.leads_to).response.headers["Content-Disposition"].startswith("attachment")
    assert_problem(shop.ask("GET", file), 401, "nao-autenticado")


# --- a list that an administrador brings ---------------------------------------------------


def bring(browser: Browser, text: str = "", file: bytes | None = None) -> Any:
    """What the page answers to a list that is pasted, or uploaded."""
    form = browser.open("/painel/lote").forms[0]
    fields: dict[str, Any] = {**form.fields, "texto": text}
    if file is not None:
        fields["arquivo"] = (io.BytesIO(file), "lista.xlsx")
    return browser.ask("POST", form.action, data=fields, content_type="multipart/form-data")


def wait_for_end(shop: Server, page: str) -> None:
    lists = Services.of(shop.app).get(PendingLists)
    (found,) = [each for each in lists._lists.values() if page.endswith(each.id)]
    wait_until(lambda: found.state is ListState.DONE, "the end of the list")


def test_a_list_is_looked_at_then_made_and_its_passwords_are_handed_out_once(shop: Server) -> None:
    carla = open_as(shop, "Carla")
    people = [person("rita"), {"login": "x"}, person("rita", phone=None), person("clara", phone=None, birthday="ontem")]

    page = bring(carla, orjson.dumps(people).decode()).leads_to
    looked_at = carla.open(page)

    assert "<strong>2 podem ser cadastradas</strong>" in looked_at.text
    assert "2 serão recusadas" in looked_at.text
    assert looked_at.text.count("✓ será cadastrada") == 2
    assert "este login já existe" in looked_at.text
    assert "A data de nascimento não foi gravada" in looked_at.text
    assert shop.rows("SELECT count(*) FROM codes") == [(0,)]
    assert shop.rows("SELECT count(*) FROM users WHERE username = 'rita'") == [(0,)]

    assert carla.fill(page).leads_to == page
    wait_for_end(shop, page)

    assert "2 de 4 cadastradas. Recusadas: 2." in carla.open(page).text
    assert shop.rows("SELECT code, description FROM codes") == [(200, "2 de 4 cadastrados; recusados: 2.")]
    assert carla.send(page, carla.open(page).forms[0].fields | {"fazer": "cadastrar"}).status == 409
    handed_out = carla.fill(page)
    rows = list(openpyxl.load_workbook(io.BytesIO(handed_out.response.data)).active.values)
    assert [row[0] for row in rows] == ["login", "rita", "clara"]
    assert shop.log_in("rita", rows[1][1]).status_code == 200
    assert rows[2][2].startswith("A data de nascimento")
    assert "já foram baixados" in carla.open(page).text
    assert rows[1][1] not in carla.open(page).text
    assert carla.send(page, {**carla.open("/painel/lote").forms[0].fields, "fazer": "senhas"}).status == 409
    assert shop.audited()[-2][2] == shop.person("Carla").number


def test_a_list_is_nobody_else_s_and_goes_away(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    carla = open_as(shop, "Carla")
    page = bring(carla, orjson.dumps([person("rita")]).decode()).leads_to
    shop.person("Carla").patch(f"/usuarios/{shop.person('Bruno').id}", {"papel": "administrador"})

    assert open_as(shop, "Bruno").open(page).status == 404
    assert carla.open(page).status == 200
    monkeypatch.setattr(pending, "KEPT_S", -1)
    assert carla.open(page).status == 404


def test_few_lists_wait_at_once(shop: Server) -> None:
    carla = open_as(shop, "Carla")
    pages = [bring(carla, orjson.dumps([person(f"p{n}")]).decode()).leads_to for n in range(pending.MAX_LISTS + 1)]

    assert [carla.open(page).status for page in pages] == [404, *[200] * pending.MAX_LISTS]


def test_a_spreadsheet_is_read_by_its_headings(shop: Server) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Usuário", "Nome", "Nome do meio", "Sobrenome", "Nascimento", "E-mail", "Telefone"])
    book.active.append(["rita", "Rita", "Maria", "Luz", "31/12/1990", "rita@loja", 11987654321])
    file = io.BytesIO()
    book.save(file)
    carla = open_as(shop, "Carla")

    page = bring(carla, file=file.getvalue()).leads_to

    assert "<strong>1 pode ser cadastrada</strong>" in carla.open(page).text
    carla.fill(page)
    wait_for_end(shop, page)
    assert shop.rows("SELECT first_name, birthday, phone FROM users WHERE username = 'rita'") == [
        ("Rita", "1990-12-31", "11987654321")
    ]


def test_columns_that_are_not_used_are_named_on_the_page(shop: Server) -> None:
    carla = open_as(shop, "Carla")
    page = bring(carla, "login;nome;nome do meio;sobrenome;e-mail;CPF\nrita;Rita;M;Luz;rita@loja;1\n").leads_to

    assert "Colunas não usadas: CPF." in carla.open(page).text


PASTED = "login\tnome\tnome do meio\tsobrenome\te-mail\nrita\tRita\tMaria\tLuz\trita@loja\n"
CSV = "Login;First_name;Patronymic;Last name;email\r\nrita;Rita;Maria;Luz;rita@loja\r\n"


@pytest.mark.parametrize("text", [PASTED, CSV, CSV.replace(";", ",")])
def test_rows_out_of_a_spreadsheet_are_people(text: str) -> None:
    assert read_list(text.encode()) == [
        {"login": "rita", "first_name": "Rita", "patronymic": "Maria", "last_name": "Luz", "email": "rita@loja"}
    ]


def test_columns_of_people_are_known_as_shops_shorten_them() -> None:
    headings = "Usuário;Primeiro nome;Nome do meio;Sobrenome;Dt. Nasc.;E-mail pessoal;Tel. celular"

    assert read_list(f"{headings}\nana;Ana;de;Sá;01/02/1990;ana@x.com;11 98765-4321\n".encode("cp1252")) == [
        {
            "login": "ana", "first_name": "Ana", "patronymic": "de", "last_name": "Sá", "birthday": "01/02/1990",
            "email": "ana@x.com", "phone": "11 98765-4321",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_list_in_json_is_read_in_any_encoding(encoding: str) -> None:
    people = [{"login": "josé", "first_name": "José"}, {"login": "conceição", "first_name": "Conceição"}]

    assert read_list(json.dumps(people, ensure_ascii=False).encode(encoding)) == people


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"[{",
        b"{'a': 1}",
        b"[\0\x01\xff\x02",
        b"a;b\n1;2\n",
        b"\xd0\xcf\x11\xe0\0\0\0\0",
        b"PK\x03\x04",
        b'[{"login": 1, "login": 2}]',
    ],
)
def test_what_is_no_list_says_what_to_do(shop: Server, content: bytes) -> None:
    with pytest.raises(ListUnreadable):
        read_list(content)
    answer = bring(open_as(shop, "Carla"), file=content)
    assert answer.status == 400
    assert 'role="alert"' in answer.text


def test_an_empty_list_is_refused_in_words(shop: Server) -> None:
    answer = bring(open_as(shop, "Carla"), "[]")

    assert (answer.status, "O pedido está vazio" in answer.text) == (400, True)


def test_a_list_is_as_long_as_programs_may_send(shop: Server) -> None:
    people = [person(f"p{n}", phone=None, city="x" * 1000) for n in range(2000)]

    carla = open_as(shop, "Carla")
    fields = carla.open("/painel/lote").forms[0].fields

    assert carla.send("/painel/lote", {**fields, "texto": orjson.dumps(people).decode()}).status == 302
    assert carla.send("/painel/lote", {**fields, "texto": "x" * (16 * 2**20)}).status == 413


def test_a_list_that_is_too_long_to_be_given_back_after_a_fault_is_not_said_to_be(
    shop: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    carla = open_as(shop, "Carla")
    fields = carla.open("/painel/lote").forms[0].fields

    def fail(*_: object) -> None:
        raise StoreUnavailable

    monkeypatch.setattr(Tokens, "identify", fail)
    short, long = (carla.send("/painel/lote", {**fields, "texto": "x" * length}) for length in (1000, 2_000_000))

    assert [(page.status, "não se perdeu" in page.text) for page in (short, long)] == [(503, True), (503, False)]
    assert [len(page.forms) for page in (short, long)] == [1, 0]


def test_what_came_of_a_disk_that_takes_nothing_is_said(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **more: object) -> None:
        raise WriteFailed

    carla = open_as(shop, "Carla")
    page = bring(carla, orjson.dumps([person("rita")]).decode()).leads_to
    monkeypatch.setattr(importing.profiles, "create_users", fail)
    carla.fill(page)
    wait_for_end(shop, page)

    assert 'class="problem" role="alert"' in carla.open(page).text
