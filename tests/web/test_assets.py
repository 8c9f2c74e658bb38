"""What pages are made of: nothing foreign, nothing altered, and the windows' colours."""

import json
import re
import struct
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import pytest

from almoxarife.clients.desktop.kit.colours import DARK, LIGHT, Palette
from almoxarife.server.web import assets
from tests.api.cast import Server
from tests.web.browser import Browser

STATIC = Path(assets.__file__).parent / "static"
VENDORED = {
    "htmx-2.0.11.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
    "zxing-reader-3.1.6.js": "ffd72d59d54082194f7c086b384dcd930bdeb0c5b39fbb13779694e69bb0d344",
    "zxing-reader-3.1.6.wasm": "5003fb4b88c4fbd1fd518a2fd8c8ad365c519e183a08c03a322dddfea3cea84e",
}
"""As npm has them."""


@pytest.mark.parametrize("name", VENDORED)
def test_what_others_wrote_is_as_they_publish_it(name: str) -> None:
    assert sha256((STATIC / name).read_bytes()).hexdigest() == VENDORED[name]
    assert (STATIC / f"LICENSE-{name.partition('-')[0]}.txt").exists()


@pytest.mark.parametrize(("tokens", "file"), [(LIGHT, "style.css"), (DARK, "dark.css")])
def test_pages_have_the_colours_of_the_windows(tokens: Palette, file: str) -> None:
    style = (STATIC / file).read_text(encoding="utf-8")
    written = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", style.split(":root {")[1].split("}")[0]))
    of_the_windows = {name.replace("_", "-"): value for name, value in asdict(tokens).items()}

    assert len(written) > 15
    assert written == {name: of_the_windows[name] for name in written}


def test_no_file_of_a_page_speaks_of_another_host() -> None:
    folder = STATIC.parent / "templates"
    for file in (*folder.rglob("*.html"), STATIC / "style.css", STATIC / "pages.js"):
        assert not re.findall(
            r"(?:src|href|action)=\"(?:https?:)?//|@import|url\(", file.read_text(encoding="utf-8")
        ), file


def test_a_phone_may_keep_the_pages_among_its_programs(shop: Server) -> None:
    browser = Browser(shop)
    named = re.search(r'<link rel="manifest" href="([^"]+)">', browser.open("/login").text)
    assert named is not None
    answer = browser.open(named[1])
    manifest = json.loads(answer.text)

    assert answer.response.mimetype == "application/manifest+json"
    assert (manifest["display"], manifest["lang"]) == ("standalone", "pt-BR")
    assert browser.open(manifest["start_url"]).status in {200, 302}
    for icon in manifest["icons"]:
        image = browser.open(icon["src"]).response
        assert image.mimetype == icon["type"]
        if image.mimetype == "image/png":
            width, height = struct.unpack(">II", image.data[16:24])
            assert icon["sizes"] == f"{width}x{height}"
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in manifest["icons"]}
    worker = browser.open("/sw.js")
    assert worker.response.mimetype == "text/javascript"
    for kept in json.loads(re.search(r"KEPT = (\[.*?\]);", worker.text)[1]):  # type: ignore[index]
        assert browser.open(kept).status == 200, kept
    assert browser.open("/sem-conexao").status == 200


def test_webassembly_may_run_in_one_worker_and_on_no_page(shop: Server) -> None:
    browser = Browser(shop)
    worker = browser.open(assets.address("scan-worker.js")).response
    others = [assets.address(name) for name in ("selling.js", "zxing-reader-3.1.6.js", "zxing-reader-3.1.6.wasm")]

    assert "script-src 'self' 'wasm-unsafe-eval';" in worker.headers["Content-Security-Policy"]
    for path in ("/login", *others):
        assert "unsafe" not in browser.open(path).response.headers["Content-Security-Policy"]
