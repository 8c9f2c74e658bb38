"""A shop that a day's program makes, with something of everything that it can write."""

import gzip
import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from werkzeug.test import TestResponse

from almoxarife.server.audit import sealing
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import is_server
from almoxarife.server.upkeep.preparation import open_database
from tests.api.cast import Person, open_server
from tests.databases import Place

_OF_THE_TOOL = re.compile(r"^(?:--.*|SET .*|\\.*|)\n", re.MULTILINE)
"""What pg_dump writes besides the data, and what only its own reader understands."""


def make_shop(place: Place, folder: Path) -> None:
    url = {"ALMOXARIFE_DATABASE_URL": place} if isinstance(place, str) else {}
    database = open_database(Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(folder), **url}))
    sealing.repair_and_seal(database, {})
    database.close()
    with open_server(place, folder) as server:
        _done(server.ask("POST", "/registrar_usuario_app", json={"username": "admin", "password": "1234"}))
        _fill(Person(server, "admin", 1))


def _fill(admin: Person) -> None:
    for name in ("Maria", "Zé"):
        _done(admin.server.ask("POST", "/registrar_usuario_app", json={"username": name, "password": "abc 12345"}))
    _done(admin.ask("DELETE", "/usuarios/u3"))
    _done(admin.post("/unidades", {"sigla": "BD", "nome": "balde", "decimais": True}))
    bolts = _done(admin.add("Parafuso 10mm", codigo_barras="7891000100103", preco="0.25"))
    flour = _done(admin.add("Farinha de pão", unidade="KG"))
    codes = [{"codigo": "17891000315504", "fator": 12}]
    fields = {"nome": "Farinha de pão", "unidade": "KG", "preco": "5.49", "codigos": codes}
    _done(admin.change(flour.json["id"], "*", **fields))
    _done(admin.receive(bolts.json["id"], 50, documento="NF 1", key="a-1"))
    _done(admin.receive(flour.json["id"], 2.5))
    _done(admin.issue(bolts.json["id"], 7))
    _done(admin.reverse(_done(admin.receive(bolts.json["id"], 3)), key="a-2"))
    _done(admin.post("/produtos/importar", [{"nome": "Porca sextavada", "unidade": "CX"}], key="i-1"))
    _done(admin.post("/redes", {"nome": "Rede Norte"}))
    _done(admin.post("/lojas", {"nome": "Loja Norte", "cnpj": "11222333000181", "rede_id": "r1"}))
    glue = [{"nome": "Cola branca", "preco": "3.20", "saldo_inicial": 12}]
    _done(admin.post("/produtos/importar", glue, query_string={"loja": "l1"}, key="i-2"))
    _done(admin.post("/produtos/importacoes/i2/desfazer", {}))
    _done(admin.post("/vendas", {"valor": "19.90", "loja_id": "l1"}))
    items = [{"produto_id": product.json["id"], "quantidade": number} for product, number in ((bolts, 2), (flour, 0.5))]
    _done(admin.post("/vendas", {"itens": items, "loja_id": "l1"}, key="v-1"))
    _done(admin.post("/vendas", {"valor": "5.00", "loja_id": "l1"}))
    _done(admin.post("/vendas/v3/cancelamento", {"motivo": "desistiu"}))
    _done(admin.post("/mensagens", {"para": "u2", "texto": "Chegou a nota"}, key="m-1"))
    _done(admin.post("/eventos", {"titulo": "Contagem", "inicio": "2026-12-01T10:00:00Z", "loja_id": "l1"}))
    _done(admin.post("/users/", {"id": 7, "name": "Maria", "email": "maria@loja"}))


def _done(answer: TestResponse) -> TestResponse:
    assert answer.status_code < 300, answer.text
    return answer


def dump(place: Place, tools: Path | None = None) -> bytes:
    """Packed, the same whenever it is made of the same data. ``tools``: where pg_dump is."""
    if not is_server(place):
        with closing(sqlite3.connect(place)) as db:
            ((owner,),) = db.execute("PRAGMA application_id")
            text = "\n".join([f"PRAGMA application_id = {owner};", *db.iterdump()])
    else:
        command = [str((tools or Path()) / "pg_dump"), "--inserts", "--no-owner", "--no-privileges", str(place)]
        done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
        text = _OF_THE_TOOL.sub("", done.stdout)
    return gzip.compress(text.encode(), mtime=0)
