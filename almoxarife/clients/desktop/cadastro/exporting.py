"""Exports a list to XLSX or CSV: asks for the file, writes it in the background and reports the result."""

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from almoxarife.brazil import format_number
from almoxarife.clients.desktop.cadastro.registering.catalog_search import display_code
from almoxarife.clients.desktop.frame.background import Background
from almoxarife.clients.desktop.kit.file_dialogs import ask_where
from almoxarife.tables.writer import Heading, Kind, NotSaved, Sheet, write_table
from almoxarife.wire.catalog import Product

KINDS = {"Planilha do Excel": ".xlsx", "CSV": ".csv"}


class Exporter:
    """``tell`` is called with (success, sentence)."""

    def __init__(
        self, parent: Any, *, background: Background, tell: Callable[[bool, str], None], today: Callable[[], date]
    ) -> None:
        self._parent = parent
        self._background = background
        self._tell = tell
        self._today = today

    def export(self, name: str, sheet: Sheet) -> None:
        """Ask for the file and write it. ``name``: the proposed file name, without day and suffix."""
        proposal = f"{name} {self._today().isoformat()}.xlsx"
        file = ask_where(self._parent, title="Exportar", name=proposal, kinds=KINDS)
        if file is not None:
            self._background.run(lambda: _write(file, sheet), then=lambda result: self._tell(*result))


def _write(file: Path, sheet: Sheet) -> tuple[bool, str]:
    """For a worker thread."""
    try:
        count = write_table(file, sheet)
    except NotSaved as error:
        return False, str(error)
    return True, f"{format_number(count)} {'linha gravada' if count == 1 else 'linhas gravadas'} em {file}"


def product_sheet(products: Sequence[Product]) -> Sheet:
    """The product list, with headings that the import recognises."""
    headings = (
        Heading("Código", width=10),
        Heading("Produto", width=36),
        Heading("Código de barras", width=18),
        Heading("Unidade", width=10),
        Heading("Saldo", Kind.QUANTITY),
        Heading("Estoque mínimo", Kind.QUANTITY, 16),
        Heading("Preço", Kind.MONEY),
        Heading("Situação"),
    )
    lines = (
        (
            display_code(p.id), p.name, p.barcode, p.unit, p.balance, p.minimum_stock, p.price,
            "ativo" if p.active else "desativado",
        )
        for p in products
    )  # fmt: skip
    return Sheet("Produtos", headings, lines)
