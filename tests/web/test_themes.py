"""Light, dark, or as the device is."""

import re
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest

import almoxarife.server.web as pages
from tests.api.cast import Server
from tests.web.browser import Browser

DARK = r'<link rel="stylesheet" href="/recursos/dark\.[0-9a-f]+\.css" media="([^"]*)">'


@pytest.mark.parametrize(
    ("theme", "media", "scheme"),
    [
        ("claro", [], "light"),
        ("escuro", ["screen"], "dark"),
        ("aparelho", ["screen and (prefers-color-scheme: dark)"], "light dark"),
    ],
)
def test_a_theme_is_chosen_by_a_link_and_remembered(shop: Server, theme: str, media: list[str], scheme: str) -> None:
    browser = Browser(shop)
    (link,) = [link for link in browser.open("/login?next=/profile").links if link.startswith(f"/tema/{theme}")]

    chosen = browser.open(link)

    assert chosen.leads_to == "/login?next=/profile"
    cookie = chosen.response.headers["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Max-Age=31536000"} <= {part.strip() for part in cookie.split(";")}
    page = browser.open("/register").text
    assert re.findall(DARK, page) == media
    assert f'<meta name="color-scheme" content="{scheme}">' in page


def test_without_a_choice_and_with_a_foreign_one_the_device_decides(shop: Server) -> None:
    browser = Browser(shop)

    for cookie in ("", '"><script>', "rosa"):
        page = browser.open("/login", headers={"Cookie": f"tema={cookie}"})
        assert re.findall(DARK, page.text) == ["screen and (prefers-color-scheme: dark)"]
    assert browser.open("/tema/rosa").status == 404
    assert browser.open("/tema/claro?next=//evil").leads_to == "/"


@pytest.mark.skipif(shutil.which("fc-list") is None, reason="needs fontconfig's fc-list")
def test_every_sign_on_a_page_is_one_that_an_ordinary_font_has() -> None:
    ours = [path for kind in ("*.html", "*.py", "*.js") for path in Path(pages.__file__).parent.rglob(kind)]
    text = "".join(path.read_text(encoding="utf-8") for path in ours if ".min." not in path.name)
    signs = {sign for sign in text if ord(sign) > 0x2000 and unicodedata.category(sign) == "So"}

    def is_in_dejavu(sign: str) -> bool:
        asked = ["fc-list", f"DejaVu Sans:charset={ord(sign):x}", "family"]
        return bool(subprocess.run(asked, check=True, capture_output=True).stdout)

    assert {"✓", "✕"} < signs
    assert {sign for sign in signs if not is_in_dejavu(sign)} == set()
