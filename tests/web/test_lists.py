"""Lists of people on the pages: what became of them, for everybody on their own page."""

import re

from tests.api.cast import Server
from tests.api.older_lists import list_shapes, person
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
    assert "Nenhum." in browser.open("/profile/respostas/x").text


def test_what_programs_sent_is_text_on_the_page(shop: Server) -> None:
    shop.ask("POST", "/useradd", json=[{"login": "<script>alert(1)</script>"}])

    text = open_as(shop, "Bruno").open("/profile").text

    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text


def test_the_files_are_given_to_a_browser_that_is_logged_in(shop: Server) -> None:
    browser = open_as(shop, "Vera")

    for link in browser.open("/profile").links:
        if link.startswith("/useradd/export"):
            assert browser.open(link).response.headers["Content-Disposition"].startswith("attachment")
    assert "Ninguém foi cadastrado em lote ainda." in browser.open("/profile").text
    assert Browser(shop).open("/useradd/export/txt").status == 401
