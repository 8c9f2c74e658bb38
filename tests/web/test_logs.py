"""*Registros*: found by words, by what is clicked and by time; the address is the whole view."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import openpyxl
import orjson
import pytest

from almoxarife.server.context import Services
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.logs.views import service as views
from almoxarife.server.web.logs import pages
from almoxarife.server.web.logs.view import find_span, read_view
from almoxarife.wire.programs.logs import USUAL_COLUMNS
from tests.api.cast import Server, assert_problem
from tests.web.browser import Browser, Page


def open_as(shop: Server, name: str = "Bruno") -> Browser:
    browser = Browser(shop)
    browser.log_in(name)
    return browser


def write(shop: Server, **entry: object) -> None:
    whole = {"service": "pedidos", "user_id": "7", "action": "criar", "result": "success"}
    answer = shop.ask("POST", "/log", json={**whole, **entry})
    assert answer.status_code == 200, answer.text


def shown(page: Page) -> list[str]:
    """The actions of the rows, newest first."""
    rows = re.findall(r'<td data-label="Ação">(.*?)</td>', page.text, re.DOTALL)
    return [re.sub("<[^>]*>", "", row).strip() for row in rows]


def opened(browser: Browser, page: Page) -> Page:
    """The newest entry of the list."""
    return browser.open(next(link for link in page.links if re.match(r"/painel/registros/\d", link)))


def test_a_person_is_shown_by_name_and_a_result_in_portuguese(shop: Server) -> None:
    """The address keeps what the log has, and an id that is none of ours stays as it is."""
    (number,) = shop.rows("SELECT id FROM users WHERE username = 'Ana'")[0]
    write(shop, user_id=f"u{number}", action="dela")
    write(shop, user_id="u99999", action="de outro", result="failure")
    write(shop, user_id="7", action="de fora", result="parcial")
    browser = open_as(shop)
    page = browser.open("/painel/registros?service=pedidos")

    def column(label: str) -> list[str]:
        found = re.findall(rf'<td data-label="{label}">(.*?)</td>', page.text, re.DOTALL)
        return [re.sub("<[^>]*>", "", each).strip() for each in found]

    ana = next(name for name in column("Pessoa") if name.endswith(f"(u{number})"))
    assert ana.startswith("Ana")
    assert column("Pessoa") == ["7", "u99999", ana]
    assert column("Resultado") == ["parcial", "✕ falha", "sucesso"]
    assert f"user_id=u{number}" in page.text
    assert "result=success" in page.text

    for query in (f"service=pedidos&user_id=u{number}", "service=pedidos&contar=user_id"):
        assert f"<bdi>{ana}</bdi>" in browser.open(f"/painel/registros?{query}").text
    assert "<bdi>falha</bdi>" in browser.open("/painel/registros?service=pedidos&contar=result").text
    assert (
        "<bdi>sucesso</bdi>"
        in opened(browser, browser.open(f"/painel/registros?user_id=u{number}&service=pedidos")).text
    )


def test_entries_are_found_by_words_phrases_beginnings_and_without_accents(shop: Server) -> None:
    write(shop, action="a1", cause="Açúcar cristal em falta")
    write(shop, action="a2", cause="acucar mascavo")
    write(shop, action="a3", cause="farinha de trigo")
    browser = open_as(shop)

    def found(text: str) -> list[str]:
        page = browser.open("/painel/registros", query_string={"q": text, "service": "pedidos"})
        assert page.status == 200
        return shown(page)

    assert found("AÇÚCAR") == ["a2", "a1"]
    assert found("açucar -cristal") == ["a2"]
    assert found('"cristal em falta"') == ["a1"]
    assert found("fari*") == ["a3"]
    assert found("nada") == []


def test_every_value_is_a_filter_and_every_filter_can_be_taken_away(shop: Server) -> None:
    write(shop, action="abrir", user_id="7", result="failure", cause="sem papel", caixa="caixa-9")
    write(shop, action="fechar", user_id="8")
    browser = open_as(shop)
    page = browser.open("/painel/registros?service=pedidos")
    assert shown(page) == ["fechar", "abrir"]

    by_person = next(link for link in page.links if "user_id=7" in link and "result" not in link and "de=" not in link)
    narrowed = browser.open(by_person)
    assert shown(narrowed) == ["abrir"]
    assert "service=pedidos" in by_person

    for link, expected in (
        (next(link for link in page.links if "action=fechar" in link), ["fechar"]),
        (next(link for link in page.links if link.endswith("pedidos&result=failure")), ["abrir"]),
        (next(link for link in opened(browser, narrowed).links if "caixa-9" in link), ["abrir"]),
        (next(link for link in page.links if "sem+papel" in link), ["abrir"]),
    ):
        assert shown(browser.open(link)) == expected, link
    assert shown(
        browser.open(next(link for link in narrowed.links if link == "/painel/registros?service=pedidos"))
    ) == [
        "fechar",
        "abrir",
    ]


def test_the_form_keeps_the_filters_and_the_address_is_the_view(shop: Server) -> None:
    write(shop, action="abrir", user_id="7")
    browser = open_as(shop)
    page = browser.open("/painel/registros?service=pedidos&user_id=7&periodo=7d&colunas=timestamp,action")

    fields = page.forms[0].fields

    assert (fields["service"], fields["user_id"], fields["periodo"]) == ("pedidos", "7", "7d")
    assert fields["colunas"] == "timestamp,action"
    again = browser.open("/painel/registros", query_string=fields)
    assert shown(again) == ["abrir"]


NOW = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
"""14:30 in São Paulo."""


@pytest.mark.parametrize(
    ("said", "since", "until"),
    [
        ({}, "2026-11-20T03:00:00+00:00", None),
        ({"periodo": "hora"}, "2026-11-20T16:30:00+00:00", None),
        ({"periodo": "ontem"}, "2026-11-19T03:00:00+00:00", "2026-11-20T03:00:00+00:00"),
        ({"periodo": "7d"}, "2026-11-14T03:00:00+00:00", None),
        ({"periodo": "tudo"}, None, None),
        ({"de": "18/11/2026", "ate": "19/11/2026"}, "2026-11-18T03:00:00+00:00", "2026-11-20T03:00:00+00:00"),
        ({"de": "18/11/2026 08:15", "ate": "18/11/26 09:00"}, "2026-11-18T11:15:00+00:00", "2026-11-18T12:00:00+00:00"),
        ({"de": "2026-11-18T08:00:00+00:00"}, "2026-11-18T08:00:00+00:00", None),
        ({"ate": "2026-11-18T08:00:00 00:00"}, None, "2026-11-18T08:00:00+00:00"),
    ],
)
def test_times_are_said_in_words_days_and_moments(said: dict[str, str], since: str | None, until: str | None) -> None:
    span = find_span(read_view(said), NOW, ZoneInfo("America/Sao_Paulo"))

    def iso(moment: datetime | None) -> str | None:
        return None if moment is None else moment.astimezone(UTC).isoformat()

    assert (iso(span.since), iso(span.until)) == (since, until)


@pytest.mark.parametrize("text", ["31/02/2026", "ontem", "2026-13-01T00:00:00", "18/11/2026 25:00", "01/01/0001", "T"])
def test_a_time_that_is_none_is_said_and_loses_nothing(shop: Server, text: str) -> None:
    page = open_as(shop).open("/painel/registros", query_string={"de": text, "q": "palavra"})

    assert page.status == 400
    assert 'class="problem" role="alert"' in page.text
    assert 'value="palavra"' in page.text


def test_bars_count_entries_and_failures_and_lead_closer(shop: Server) -> None:
    for hour, result in ((8, "success"), (8, "failure"), (10, "success")):
        write(shop, timestamp=f"2026-11-18T{hour:02}:07:00", result=result)
    browser = open_as(shop)

    page = browser.open("/painel/registros?service=pedidos&de=18/11/2026&ate=18/11/2026")

    assert re.findall(r"<title>(18/11.*?)</title>", page.text) == [
        "18/11/2026 08:00: 2, 1 falha",
        "18/11/2026 10:00: 1",
    ]
    assert "3 registros" in page.text
    closer = browser.open(next(link for link in page.links if "de=2026-11-18T11" in link))
    assert re.findall(r"<title>(18/11.*?)</title>", closer.text) == ["18/11/2026 08:00: 2, 1 falha"]
    assert len(shown(closer)) == 2
    assert re.findall(r"<title>(\d.*?)</title>", browser.open("/painel/registros?service=nada").text) == []


def test_of_many_the_newest_are_counted_and_it_is_said(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "COUNTED", 2)
    for hour, result in ((8, "success"), (9, "failure"), (10, "success")):
        write(shop, timestamp=f"2026-11-18T{hour:02}:07:00", result=result)
    browser = open_as(shop)

    page = browser.open("/painel/registros?user_id=7&de=18/11/2026&ate=18/11/2026")
    counted = browser.open("/painel/registros?service=pedidos&contar=action&de=18/11/2026&ate=18/11/2026")

    assert re.findall(r"<title>(18/11.*?)</title>", page.text) == [
        "18/11/2026 09:00: 1, 1 falha",
        "18/11/2026 10:00: 1",
    ]
    assert "Os 2 registros mais novos (para os mais antigos, escolha o período)" in page.text
    assert len(shown(page)) == 3
    assert "3 registros" in counted.text
    assert "Contados os 2 registros mais novos." in counted.text


def test_a_request_is_followed_through_every_service(shop: Server) -> None:
    answer = shop.ask("GET", "/lojas")
    request_id = answer.headers["X-Request-Id"]
    Services.of(shop.app).get(LogQueue).flush()
    write(shop, service="outro", action="seguir", request_id=request_id)
    browser = open_as(shop)

    page = browser.open("/painel/registros?service=outro")
    links = opened(browser, page).links
    followed = browser.open(next(link for link in links if "periodo=tudo" in link and request_id in link))

    assert shown(followed) == ["seguir", "GET /lojas"]


def test_the_day_of_a_person_is_a_click_away(shop: Server) -> None:
    write(shop, action="anteontem", timestamp=(datetime.now(UTC) - timedelta(days=2)).isoformat())
    write(shop, action="antigo", timestamp="2026-11-18T08:00:00")
    write(shop, action="outra", user_id="8", timestamp="2026-11-18T09:00:00")
    browser = open_as(shop)
    page = browser.open("/painel/registros?q=antigo&periodo=tudo")

    day = browser.open(next(link for link in opened(browser, page).links if "18%2F11%2F2026" in link))

    assert shown(day) == ["antigo"]


def test_the_trail_tells_the_day_of_a_person(shop: Server) -> None:
    shop.log_in("Ana", "errada")
    browser = open_as(shop)
    day = datetime.now(UTC).astimezone(ZoneInfo("America/Sao_Paulo")).strftime("%d/%m/%Y")

    text = browser.open("/painel/registros/pessoa", query_string={"nome": "ana", "dia": day}).text

    assert "<h2><bdi>ana</bdi>" in text
    assert "Erro: Tentativa de login fracassada" in text
    assert "Não entrou no sistema neste dia." in browser.open("/painel/registros/pessoa?nome=Ana&dia=18/11/2020").text
    assert browser.open("/painel/registros/pessoa?nome=ninguem%2F..").status == 400
    assert browser.open("/painel/registros/pessoa?nome=Ana&dia=31/02/2026").status == 400
    assert browser.open("/painel/registros/pessoa").status == 200


def test_the_day_of_a_person_whose_name_has_accents_and_spaces(shop: Server) -> None:
    shop.register("José da Silva", "parafuso-de-latao")
    shop.log_in("José da Silva", "errada")

    page = open_as(shop, "Carla").open("/painel/registros/pessoa", query_string={"nome": "José da Silva"})

    assert page.status == 200
    assert "<h2><bdi>José da Silva</bdi>" in page.text


def test_columns_are_chosen_and_open_entries_tell_all(shop: Server) -> None:
    write(shop, action="abrir", caixa="caixa-9", itens=[1, 2])
    browser = open_as(shop)

    page = browser.open("/painel/registros?service=pedidos")
    assert '<td data-label="caixa">' not in page.text
    whole = opened(browser, page)
    assert "&#34;caixa&#34;: &#34;caixa-9&#34;" in whole.text
    assert "/painel/registros?service=pedidos" in whole.links
    wider = browser.open(next(link for link in whole.links if link.endswith("%2Ccaixa")))
    assert '<td data-label="caixa"><a' in wider.text
    tables = opened(browser, wider).links
    narrower = browser.open(next(link for link in tables[2:] if link == "/painel/registros?service=pedidos"))
    assert '<td data-label="caixa">' not in narrower.text
    only = browser.open("/painel/registros?service=pedidos&colunas=action,itens")
    assert re.findall(r'<td data-label="(.*?)">', only.text) == ["Ação", "itens"]
    assert "[1,2]" in only.text


def test_an_entry_has_an_address_of_its_own_for_those_who_may_look(shop: Server) -> None:
    write(shop, action="abrir", caixa="caixa-9")
    bruno = shop.person("Bruno")
    (found,) = bruno.get("/log?service=pedidos").json

    assert bruno.get(f"/log/{found['log_id']}").json == found
    for other in (str(int(found["log_id"]) + 1), str(2**63 - 1), "9" * 5000, "0", "abc", "٣"):
        assert_problem(bruno.get(f"/log/{other}"), 404, "registro-desconhecido")
    assert_problem(shop.person("Ana").get(f"/log/{found['log_id']}"), 403, "papel-insuficiente")
    assert open_as(shop).open("/painel/registros/1").status == 404
    assert open_as(shop).open("/painel/registros/abc").status == 404
    assert open_as(shop, "Ana").open(f"/painel/registros/{found['log_id']}").status == 403


def test_a_page_of_the_log_is_written_once_for_each_value(shop: Server) -> None:
    extra = {f"campo{n}": n for n in range(20)}
    entries = [{"service": "lote", "user_id": "7", "action": f"a{n}", "result": "success", **extra} for n in range(100)]
    assert shop.ask("POST", "/log", json=entries).status_code == 200

    page = open_as(shop).open("/painel/registros?service=lote")

    assert len(shown(page)) == 100
    assert len(page.links) < 700
    assert len(page.text) < 150_000


def test_views_come_with_it(shop: Server) -> None:
    shop.log_in("Ana", "errada")
    shop.log_in("Ana", "errada")
    write(shop, service="gateway", action="GET /x", result="failure")
    write(shop, service="gateway", action="GET /x", result="failure")
    write(shop, service="gateway", action="GET /y", result="failure")
    browser = open_as(shop)
    page = browser.open("/painel/registros")
    names = dict(re.findall(r'<a class="chip" href="(.*?)">([^<]*)</a>', page.text))
    addresses = {name: address.replace("&amp;", "&") for address, name in names.items()}

    assert set(addresses) >= {"Falhas de login hoje", "O que cada pessoa fez", "Erros do gateway por caminho"}
    assert shown(browser.open(addresses["Falhas de login hoje"])) == ["POST /login", "POST /login"]
    people = browser.open(addresses["O que cada pessoa fez"])
    of_one = next(link for link in people.links if "user_id=7" in link)
    assert shown(browser.open(of_one)) == ["GET /y", "GET /x", "GET /x"]
    errors = browser.open(addresses["Erros do gateway por caminho"])
    counted = re.findall(r'<bdi>(GET /.)</bdi></a></th><td data-label="Registros" class="number">(\d+)', errors.text)
    assert counted == [("GET /x", "2"), ("GET /y", "1")]


def test_a_live_view_asks_for_itself_again(shop: Server) -> None:
    write(shop, action="abrir")
    browser = open_as(shop)

    page = browser.open("/painel/registros?service=pedidos&vivo=1")

    assert 'hx-get="/painel/registros?service=pedidos&amp;vivo=1" hx-trigger="every 3s"' in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert "hx-trigger" not in browser.open("/painel/registros?service=pedidos").text


def test_pages_go_back_through_all(shop: Server) -> None:
    entries = [{"service": "lote", "user_id": "7", "action": f"a{n}", "result": "success"} for n in range(150)]
    assert shop.ask("POST", "/log", json=entries).status_code == 200
    browser = open_as(shop)

    first = browser.open("/painel/registros?service=lote")
    (older,) = [link for link in first.links if "depois=" in link]
    second = browser.open(older)

    assert [*shown(first), *shown(second)] == [f"a{n}" for n in reversed(range(150))]


def test_what_is_shown_is_taken_along_as_a_file(shop: Server) -> None:
    write(shop, action="=1+1", cause="a;b", caixa=9)
    write(shop, action="fechar", timestamp="2026-11-18T08:00:00")
    browser = open_as(shop)
    page = browser.open("/painel/registros?service=pedidos&q=-fechar&colunas=timestamp,action,cause,caixa")
    links = [link for link in page.links if link.startswith("/log/exportar/")]

    files = {link.split("?")[0].rsplit("/", 1)[1]: browser.open(link).response for link in links}

    assert all(file.status_code == 200 for file in files.values())
    assert all(file.headers["Content-Disposition"].startswith("attachment") for file in files.values())
    rows = list(csv.reader(io.StringIO(files["csv"].data.decode("utf-8-sig")), delimiter=";"))
    assert [row[1:] for row in rows] == [["action", "cause", "caixa"], ["'=1+1", "a;b", "9"]]
    sheet = openpyxl.load_workbook(io.BytesIO(files["xlsx"].data)).active
    assert [cell.value for cell in sheet[2]][1:] == ["=1+1", "a;b", 9]
    assert (sheet["A2"].is_date, sheet["B2"].data_type) == (True, "s")
    (line,) = files["ndjson"].data.splitlines()
    assert orjson.loads(line)["extra"] == {"caixa": 9}
    assert [tag for tag, *_ in shop.audited()].count("logs:entries:exported") == 3


HOSTILE = [
    "<script>alert(1)</script>",
    '"onload="x',
    "javascript:alert(1)",
    "\u202eabc",
    "😀",
    "' OR 1=1 --",
    "a&b=c#d",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_programs_wrote_is_text_everywhere(shop: Server, text: str) -> None:
    write(shop, action=f"x {text}", cause=text, **{"campo <b>": text})
    browser = open_as(shop)

    page = browser.open("/painel/registros?service=pedidos")

    assert page.status == 200
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text
    whole = opened(browser, page)
    assert "<script>alert" not in whole.text
    assert "<b>" not in whole.text
    assert not [link for link in (*page.links, *whole.links) if not link.startswith(("/", "#"))]
    for link in {*page.links, *whole.links}:
        if link.startswith("/painel/registros?"):
            assert browser.open(link).status == 200, link
    assert browser.open("/painel/registros", query_string={"q": text, "colunas": text}).status == 200


def test_how_long_and_how_much_is_kept_is_said(shop: Server) -> None:
    write(shop)

    text = open_as(shop).open("/painel/registros").text

    assert "ficam os 90 dias mais novos" in text
    assert "de até 1.024 MB" in text


def test_the_usual_columns_are_left_out_of_the_address() -> None:
    view = read_view({"colunas": ",".join(USUAL_COLUMNS), "periodo": "hoje", "contar": "cor", "vivo": "sim"})

    assert view.address == "/painel/registros"


def test_a_view_is_saved_under_a_name_for_all_who_look(shop: Server) -> None:
    write(shop, action="abrir")
    browser = open_as(shop)
    page = browser.open("/painel/registros?service=pedidos&q=abrir&periodo=7d&colunas=action")

    saved = browser.fill(
        next(link for link in page.links if "visoes?consulta=" in link), nome="  Aberturas  da semana "
    )

    assert shown(browser.open(saved.leads_to or "")) == ["abrir"]
    other = open_as(shop, "Carla")
    (address,) = re.findall(
        r'<a class="chip" href="([^"]*)">Aberturas da semana</a>', other.open("/painel/registros").text
    )
    address = address.replace("&amp;", "&")
    assert address == "/painel/registros?q=abrir&service=pedidos&periodo=7d&colunas=action"
    other.fill("/painel/registros/visoes?consulta=q%3Dfechar", nome="aberturas DA semana")
    views = shop.person("Bruno").get("/log/visoes").json
    assert [(view["nome"], view["consulta"]) for view in views] == [("aberturas DA semana", "q=fechar")]
    other.fill("/painel/registros/visoes", form=1)
    assert shop.person("Bruno").get("/log/visoes").json == []


@pytest.mark.parametrize(
    ("name", "query"),
    [("", "q=a"), ("x" * 61, "q=a"), ("a\x00", "q=a"), ("a", "q=ç"), ("a", "q=\n"), ("a", "q=" + "a" * 2000)],
)
def test_what_is_no_view_is_refused(shop: Server, name: str, query: str) -> None:
    assert_problem(shop.person("Bruno").post("/log/visoes", {"nome": name, "consulta": query}), 400, "pedido-invalido")
    browser = open_as(shop)
    form = browser.open("/painel/registros/visoes").forms[0]
    assert browser.send("/painel/registros/visoes", {**form.fields, "nome": name, "consulta": query}).status == 400


def test_views_have_a_bound_and_lead_nowhere_else(shop: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MAX_VIEWS", 1)
    bruno = shop.person("Bruno")
    assert bruno.post("/log/visoes", {"nome": "a", "consulta": "q=%22%3E%3Cscript%3E"}).status_code == 201
    assert_problem(bruno.post("/log/visoes", {"nome": "b", "consulta": ""}), 409, "muitas-visoes")
    assert_problem(bruno.ask("DELETE", "/log/visoes/999"), 404, "visao-desconhecida")
    browser = open_as(shop)
    assert "<script>" not in browser.open("/painel/registros").text
    form = browser.open("/painel/registros/visoes").forms[0]
    sent = browser.send("/painel/registros/visoes", {**form.fields, "nome": "a", "consulta": "@evil.example/"})
    assert (sent.leads_to or "").startswith("/painel/registros?")


def test_the_log_names_the_route_and_the_person_of_what_a_page_answers(shop: Server) -> None:
    """Two applications answer in turn; what either knows of the request is kept."""
    open_as(shop, "Carla").open("/painel/nada")
    open_as(shop, "Carla").open("/docs/nada.js")
    open_as(shop, "Ana").open("/painel/situacao")
    Browser(shop).open("/log/exportar/csv")

    rows = shop.person("Carla").get("/log?service=api&limite=500").json
    logged = {(row["action"], row["cause"], row["user_id"]) for row in rows}

    assert ("GET (desconhecida)", "rota-desconhecida", "u1") in logged
    assert ("GET /docs/<name>", "rota-desconhecida", "u1") in logged
    assert ("GET /painel/situacao", "papel-insuficiente", "u3") in logged
    assert "GET /log/exportar/csv" in {action for action, _, _ in logged}
