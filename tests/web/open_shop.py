"""A shop that is open, with goods, sales and messages in it, looked at with a real browser."""

from dataclasses import dataclass
from typing import Any

from tests.server.processes import Server
from tests.web.chromium import Watched, watch

PASSWORD = "parafuso-de-latao"
EVIL = "<script>alert('x')</script> \"onload=\"alert(1) \N{TURTLE}"
UNBROKEN = "reposição" * 22
LONG = "Loja da Avenida Presidente Juscelino Kubitschek de Oliveira, 1.200, galpão dos fundos"
EXIT = {"produto_id": "p1", "quantidade": 7, "tipo": "saida", "loja_id": "l1"}


@dataclass
class Shop:
    """A shop that is open, with an administrador at a browser."""

    server: Server
    browser: Any
    state: dict[str, Any]
    """The cookie of Carla, who administers."""

    @property
    def url(self) -> str:
        return self.server.url

    def entry_id(self) -> str:
        """Of the newest entry of the log."""
        with self.server.client() as carla:
            return str(carla.get("/log?limite=1").body[0]["log_id"])


def furnish(server: Server, browser: Any) -> dict[str, Any]:
    with server.client() as carla:
        carla.register("Carla", PASSWORD)
        server.token = carla.log_in("Carla", PASSWORD).body["token"]
        carla.register("Ana", PASSWORD)
        carla.post("/lojas", {"nome": "Loja Centro"})
        for name, more in (
            ("Parafuso sextavado 10 mm", {"estoque_minimo": 20, "preco": "0.85", "codigo_barras": "7891000315507"}),
            ("Café torrado e moído 500 g", {"estoque_minimo": 60, "preco": "19.90"}),
            ("Arroz agulhinha tipo 1, 5 kg", {"estoque_minimo": 10, "preco": "28.50"}),
        ):
            assert carla.post("/produtos", {"nome": name, **more}).status == 201
        for product, quantity in (("p2", 60), ("p3", 80), ("p1", 120)):
            carla.post("/inventario", {"produto_id": product, "quantidade": quantity, "loja_id": "l1"})
        for number in range(12):
            sale = {"loja_id": "l1", "itens": [{"produto_id": f"p{number % 3 + 1}", "quantidade": number % 4 + 1}]}
            moment = f"2026-11-{number % 5 + 20}T{number % 9 + 12}:20:00Z"
            assert carla.post("/vendas", {**sale, "ocorrido_em": moment}).status == 201
        carla.post("/mensagens", {"para": "Ana", "texto": "A carga das 15 h atrasou.\nAvise o balcão."})
    return _log_in(server, browser)


def make_hard(server: Server) -> None:
    """Names that are long, or made to break a page."""
    with server.client() as carla:
        carla.post("/lojas", {"nome": LONG})
        for name in (EVIL, UNBROKEN):
            assert carla.post("/produtos", {"nome": name}).status == 201
        carla.post("/inventario", {"produto_id": "p4", "quantidade": 3, "loja_id": "l1"})
        carla.post("/inventario", {"produto_id": "p5", "quantidade": 9, "loja_id": "l2", "fornecedor": UNBROKEN})
        carla.post("/inventario", {**EXIT, "motivo": EVIL})
    with server.client() as somebody:
        somebody.register(UNBROKEN[:60], PASSWORD)
        somebody.log_in(UNBROKEN[:60], PASSWORD)
        somebody.post("/mensagens", {"para": "Carla", "texto": UNBROKEN})


def _log_in(server: Server, browser: Any) -> dict[str, Any]:
    with watch(browser, server.url) as carla_s:
        log_in(carla_s)
        state: dict[str, Any] = carla_s.page.context.storage_state()
        return state


def log_in(watched: Watched, name: str = "Carla", password: str = PASSWORD) -> None:
    watched.open("/login")
    watched.page.fill("#login", name)
    watched.page.fill("#psw", password)
    watched.page.click("button.primary")
    watched.page.wait_for_url("**/profile")
