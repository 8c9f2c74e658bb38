"""The pictures of the browser's pages in docs/screens.md: ``LANGUAGE=pt_BR python -m tests.web.pictures``.

Empty dates look as they do in Brazil only if Debian's chromium-l10n is installed too.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.server.processes import Server
from tests.web.chromium import THEMES, open_chromium, watch
from tests.web.open_shop import furnish

IMAGES = Path(__file__).parents[2] / "docs" / "images"
SALE = (
    "/painel/vender?venda=v&produto=p1&quantidade=2&preco=0,85&produto=p2&quantidade=1&preco=19,90&recebido=25&codigo="
)
PICTURES = {
    "pagina-vender": (SALE, "telefone"),
    "pagina-estoque": ("/painel/estoque", "telefone"),
    "pagina-produto": ("/painel/estoque/p1", "telefone"),
    "pagina-alterar": ("/painel/estoque/p1/alterar", "telefone"),
    "pagina-movimentacoes": ("/painel/movimentacoes", "mesa"),
    "pagina-vendas": ("/painel/vendas?tudo=1", "mesa"),
    "pagina-ao-vivo": ("/painel/ao-vivo", "mesa"),
    "pagina-registros": ("/painel/registros", "mesa"),
    "pagina-lote": ("/painel/lote", "mesa"),
}


def main(folder: Path = IMAGES) -> None:
    with TemporaryDirectory() as data, open_chromium() as browser:
        server = Server(Path(data) / "dados")
        try:
            server.start()
            state = furnish(server, browser)
            for name, (path, size) in PICTURES.items():
                with watch(browser, server.url, size=size, storage_state=state) as watched:
                    watched.open(path)
                    for theme in THEMES:
                        watched.become(size, theme)
                        suffix = "-escuro" if theme == "dark" else ""
                        watched.page.screenshot(path=folder / f"{name}{suffix}.png")
        finally:
            server.end()


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
