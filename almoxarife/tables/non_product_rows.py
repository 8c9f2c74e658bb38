"""Rows of a list that are no products: sums, groups, page numbers, remarks.

A report that was printed into a file has them between its products. What is left out is
shown with its reason, so a product that looks like one of them can be registered by hand.
"""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from almoxarife.tables import notation
from almoxarife.tables.cells import Cell, TableRow, as_text
from almoxarife.wire.codes.gtin import is_gtin
from almoxarife.wire.fields import fold

SUM = "Parece uma soma, e não um produto."
REMARK = "Parece uma observação do relatório, e não um produto."
LONELY = "Só tem um texto, como um título ou uma observação. Se for um produto, preencha também outra coluna."

_COUNTED = (
    "(itens|item|produtos?|registros?|linhas?|pecas|unidades|estoque|grupo|pagina|mercadorias?|custos?|vendas?|lista)"
)
_SUM = re.compile(
    r"sub-? ?tota(l|is)\b.*|tota(l|is) ?[-:\N{EN DASH}] .+|"
    r"((valor|preco|custo|saldo) )?tota(l|is)( (geral|parcial|final|acumulado))?"
    rf"( (de|do|da|dos|das|em) {_COUNTED}.*)?[\s:=.\-]*[\d.,r$ ]*"
    rf"|(soma|somatoria|somatorio)[\s:=.\-]*[\d.,r$ ]*"
    rf"|(quantidade|qtde?\.?|numero|n\.?) (total )?de {_COUNTED}\b.*"
)
_SUM_OF_GROUP = re.compile(r"total (?:d[aeo]s? )?(.+)")
_REMARK = re.compile(
    r"pag(ina|\.)?:? ?\d+( ?(de|/) ?\d+)?|(emitid|impress|gerad|exportad)[oa] (em|por|as)\b.*"
    r"|obs(ervac(ao|oes))?\.?\s*:.*"
    r"|\d+ (itens|item|produtos?|registros?|linhas?)"
    r"( (no total|ao todo|(cadastrad|encontrad|listad|selecionad)[oa]s?))?\.?"
    r"|(sub)?(grupo|categoria|secao|departamento|familia|marca|fornecedor|setor)\s*:.*|fim d[oa] (relatorio|lista).*"
)
_PAGE = re.compile(r"((?:p[aá]g(?:ina)?|folha)\.?:? *)\d+", re.IGNORECASE)
_MANY = 0.9
_FEW = 1 / 2
_AT_LEAST = 3
_EVIDENCE = 3
"""Full rows needed to conclude that a row of one cell is no product."""


def find_non_product_rows(rows: Sequence[TableRow], width: int) -> dict[int, str]:
    """The reasons of rows that are no products, by line number. ``width`` is the number of headings."""
    every = {row.line: [cell for cell in row.cells if cell != ""] for row in rows if not row.problem}
    found = {line: reason for line, cells in every.items() if (reason := find_reason(cells))}
    filled = {line: cells for line, cells in every.items() if line not in found}
    lonely = {line for line, cells in filled.items() if len(cells) == 1}
    others = [len(cells) for cells in filled.values() if len(cells) > 1]
    full = sum(count >= _AT_LEAST for count in others)
    titles = {_fold(filled[line]): line for line in sorted(lonely, reverse=True)}
    sums = {line: SUM for line, cells in filled.items() if _is_sum_of_group(cells, line, titles)}
    is_full = width >= _AT_LEAST and full >= max(_EVIDENCE, _MANY * (len(others) - len(sums)))
    if (is_full and len(lonely) <= _FEW * len(filled)) or (width == 2 and _are_titles(filled, lonely)):
        found |= dict.fromkeys(lonely, LONELY)
    return {**found, **sums}


def _fold(cells: Sequence[Cell]) -> str:
    """The first text of a row, for comparison."""
    return " ".join(fold(cells[0]).split()) if cells and isinstance(cells[0], str) else ""


def _is_sum_of_group(cells: Sequence[Cell], line: int, titles: Mapping[str, int]) -> bool:
    """Whether the row is "Total bebidas" and numbers, below the title "Bebidas". ``titles``: the line of each."""
    found = _SUM_OF_GROUP.fullmatch(_fold(cells))
    is_below = found is not None and titles.get(found[1], line) < line
    return is_below and all(notation.is_number(as_text(cell)) for cell in cells[1:])


def _are_titles(filled: dict[int, list[Cell]], lonely: set[int]) -> bool:
    """Whether all rows of one cell are titles in capitals, such as "BEBIDAS", above products that are not.

    The first row is one, too: without a title above the first products, "XBOX" is a product without a price.
    """
    lines = sorted(filled)
    begins_with_title = bool(lonely) and lines[0] in lonely and lines[-1] not in lonely
    if not begins_with_title or any({one, other} <= lonely for one, other in pairwise(lines)):
        return False
    if len(lonely) > _FEW * len(filled):
        return False
    names = [str(filled[line][0]) for line in lines if line not in lonely]
    return (
        len(names) >= _EVIDENCE
        and not any(map(str.isupper, names))
        and all(str(filled[line][0]).isupper() for line in lonely)
    )


def find_reason(cells: Sequence[object]) -> str:
    """Recognise a row without barcode by its first text: a sum, a remark, or "" for a product."""
    first = cells[0] if cells else ""
    if not isinstance(first, str) or len(first) > 100 or any(isinstance(cell, str) and is_gtin(cell) for cell in cells):
        return ""
    text = " ".join(fold(first).split())
    if _SUM.fullmatch(text):
        return SUM
    return REMARK if len(cells) <= 2 and _REMARK.fullmatch(text) else ""


def without_page(text: str) -> str:
    """A report's head as each of its pages has it, but for the page's number."""
    return _PAGE.sub(r"\1", text)
