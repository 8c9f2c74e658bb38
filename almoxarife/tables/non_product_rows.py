"""Rows of a list that are no products: sums, groups, page numbers, remarks.

A report that was printed into a file has them between its products. What is left out is
shown with its reason, so a product that looks like one of them can be registered by hand.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from almoxarife.brazil import parse_number
from almoxarife.tables import notation
from almoxarife.tables.cells import Cell, TableRow, as_text
from almoxarife.wire.codes.gtin import is_gtin
from almoxarife.wire.fields import fold

SUM = "Parece uma soma, e não um produto."
REMARK = "Parece uma observação do relatório, e não um produto."
CHARGE = "Parece um valor da nota ou do pedido, e não um produto."
LONELY = "Só tem um texto, como um título ou uma observação. Se for um produto, preencha também outra coluna."

_COUNTED = (
    "(itens|item|produtos?|registros?|linhas?|pecas|unidades|estoque|grupo|pagina|mercadorias?|custos?|vendas?|lista"
    "|notas?|pedidos?|compras?|orcamentos?|cupo[nm]s?|faturas?|conta|loja|filial|deposito|dia|mes|periodo)"
)
_SUM = re.compile(
    r"sub-? ?tota(l|is)\b.*|tota(l|is) ?[-:\N{EN DASH}] .+|"
    r"((valor|preco|custo|saldo) )?(tota(l|is)|t o t a l|grand total|tot\.?(?= geral))"
    r"( (geral|parcial|final|acumulado|liquido|bruto|pago|devido|a pagar|a receber))?"
    rf"( (de|do|da|dos|das|em) {_COUNTED}.*)?[\s:=.\->]*[\d.,r$ ]*"
    r"|((soma|somatoria|somatorio)( geral| total)?|(valor|custo) (total )?(do|em) (estoque|inventario)|a transportar)"
    r"[\s:=.\->]*[\d.,r$ ]*"
    rf"|(quantidade|qtde?\.?|numero|n\.?) (total )?de {_COUNTED}\b.*"
)
_SUM_OF_GROUP = re.compile(r"total (?:d[aeo]s? )?(.+)")
_NAMED_SUM = re.compile(r"total\b.+|.+\btotal")
"""What a spreadsheet writes below a group, as "Bebidas Total". Its numbers tell it from "Multiuso Total"."""
_REMARK = re.compile(
    r"pag(ina|\.)?:? ?\d+( ?(de|/) ?\d+)?|(emitid|impress|gerad|exportad|desenvolvid)[oa] (em|por|as|pel[oa])\b.*"
    r"|obs(ervac(ao|oes))?\.?\s*:.*"
    r"|\d+ (itens|item|produtos?|registros?|linhas?)"
    r"( (no total|ao todo|(cadastrad|encontrad|listad|selecionad)[oa]s?))?\.?"
    r"|(sub)?(grupo|categoria|secao|departamento|familia|marca|fornecedor|setor)\s*:.*|fim d[oa] (relatorio|lista).*"
)
_CHARGE = re.compile(
    r"(valor d[aeo]s? )?(fretes?|descontos?|acrescimos?|juros|multa|troco|seguro|(outras )?despesas( acessorias)?"
    r"|(outros )?impostos?|ipi|icms([ -]st)?|iss|couvert|gorjeta|arredondamento|credito|sinal|entrada"
    r"|taxas?( d[aeo]s? (entrega|servicos?|embalagem|garcom|cartao))?)"
    r"(( concedid| aplicad)os?)?[\s:=.\-(]*[\d.,r$ %+\-]*\)?"
)
"""What an order or an invoice adds to its products or takes from them."""
_NOTE = re.compile(
    r"(//|# |\*{2,}).*|[-=~]{2,} ?\w.*[-=~]{2,}|[^:]{2,60}:|.*_{4,}.*|\d+ de \d+"
    r"|(\* ?)?((precos?|valores?|promoc(ao|oes)|ofertas?|tabela|lista|orcamento|condic(ao|oes)) )?"
    r"(valid[oa]s? (ate|por|para|somente|enquanto|em|de)|sujeit[oa]s? a)\b.*"
    r"|\*? ?(enquanto durar|imagens? meramente|frete (gratis|cif|fob|incluso)|volte sempre|duvidas\?)\b.*"
    r"|((muito )?obrigad[oa]( (pel[oa]|por|a todos)\b.*)?|atenciosamente|grat[oa])[\s,.!]*"
    r"|(fazemos|aceitamos|entregamos|parcelamos|atendemos|trabalhamos com|consulte|confira|pedido minimo de)\b.*"
    r"|(contato|telefones?|tel|fone|whats(app)?|zap|endereco|e-?mail|site|instagram|facebook|data|cnpj|loja|empresa"
    r"|cliente|vendedor|usuario|periodo|filtros?|ordem|ordenado por|horario( de .*)?|(formas? de )?pagamento|prazo"
    r"|assinatura|visto|responsavel|(conferid|contad|elaborad|preparad|digitad|atualizad)[oa]( por| em)?|validade"
    r"|(ultima )?atualizacao) ?\.?:.*"
    r"|(atualizad|elaborad|conferid)[oa] (em|por)\b.*|continua\b[ .]*(na (proxima|outra).*)?|fim\W*"
    r"|.*\b(https?://|www\.)\S.*|[^@]*\S@\w[^@]*\.\w[^@]*"
)
"""What people write below a list; only where nothing stands beside it."""
_TELEPHONE = re.compile(
    r"\([1-9]{2}\) ?(9 ?\d{4}|[2-5]\d{3})[- ]?\d{4}\b"
    r"|\b[1-9]{2} (?!(19|20)\d\d-(19|20))(9\d{4}|[2-5]\d{3})-\d{4}\b",
    re.ASCII,
)
"""Not a maker's number "234100-7520", nor the years of a car, "16 2010-2014"."""
_OF_A_LIST = r"( (geral|gerais|final|d[aeo]s? .+))?:?"
_SUMMARY = re.compile(rf"(resumo|totais){_OF_A_LIST}")
_REMARKS = re.compile(rf"(legenda|(observac|anotac|informac)(ao|oes)){_OF_A_LIST}")
"""Titles of what stands below a list, apart from it. In a list of few columns, ``_REMARKS`` may be titles of groups."""
_MAX_SUMMARY_CELLS = 2
_MAX_TAIL = 2
_PAGE = re.compile(r"((?:p[aá]g(?:ina)?|folha)\.?:? *)\d+", re.IGNORECASE)
_MANY = 0.9
_FEW = 1 / 2
_AT_LEAST = 3
_MAX_CHARGE_LENGTH = 60
_EVIDENCE = 3
"""Full rows needed to conclude that a row of one cell is no product."""


def find_non_product_rows(
    rows: Sequence[TableRow], width: int, own: Collection[int] = (), stock_at: int | None = None
) -> dict[int, str]:
    """The reasons of rows that are no products, by line number.

    ``width`` is the number of headings, ``own`` the columns of a product's amounts and codes, as far as they are read,
    ``stock_at`` that of its stock.
    """
    every = {row.line: [cell for cell in row.cells if cell != ""] for row in rows if not row.problem}
    found = {line: reason for line, cells in every.items() if (reason := find_reason(cells))}
    remarks = {line for line, reason in found.items() if reason == REMARK and len(every[line]) == 1}
    if 2 * len(remarks) > len(every) and all(len(cells) < 2 for cells in every.values()):
        # the names of this list are written so, such as "# 8 lixa"
        found = {line: reason for line, reason in found.items() if line not in remarks}
    found |= _find_charges(rows, own, stock_at) | _find_summary(rows)
    filled = {line: cells for line, cells in every.items() if line not in found}
    lonely = {line for line, cells in filled.items() if len(cells) == 1}
    others = [len(cells) for cells in filled.values() if len(cells) > 1]
    full = sum(count >= _AT_LEAST for count in others)
    titles = {_fold(filled[line]): line for line in sorted(lonely, reverse=True)}
    sums = {line: SUM for line, cells in filled.items() if _is_sum_of_group(cells, line, titles)}
    sums |= _find_sums_above_groups([row for row in rows if row.line in filled])
    if any(_is_named_sum(cell) for cells in filled.values() for cell in cells[:1]):
        sums |= _find_sums_below_groups(rows, found)
    is_full = width >= _AT_LEAST and full >= max(_EVIDENCE, _MANY * (len(others) - len(sums)))
    if (is_full and len(lonely) <= _FEW * len(filled)) or (width == 2 and _are_titles(filled, lonely)):
        found |= dict.fromkeys(lonely, LONELY)
    return {**_find_tail(rows, filled), **found, **sums}


def _find_charges(rows: Sequence[TableRow], own: Collection[int], stock_at: int | None) -> dict[int, str]:
    """The rows "Frete", "Desconto" of an order: with an amount in a column that is not read, and no quantity.

    Where a column that is read has an amount too, it is the same one: "Couvert" may be sold, and have a margin.
    """
    found = {}
    for row in rows:
        filled = [at for at, cell in enumerate(row.cells) if cell != ""]
        unread = [at for at in filled[1:] if at not in own]
        first = row.cells[filled[0]] if unread and not row.problem else ""
        if not isinstance(first, str) or len(first) > _MAX_CHARGE_LENGTH or not _CHARGE.fullmatch(_fold([first])):
            continue
        sums = {number for at in unread if (number := _read(row, at)) is not None}
        amounts = {_read(row, at) for at in filled if at in own}
        if sums and amounts <= sums and (not amounts or (stock_at is not None and stock_at not in filled)):
            found[row.line] = CHARGE
    return found


def _find_summary(rows: Sequence[TableRow]) -> dict[int, str]:
    """All rows from a title such as "Resumo" on, if it stands apart from the list, and none below it has many cells.

    Below "Observações" there are no numbers: it may be the title of a group of products with a price alone.
    """
    start, wide, are_remarks = None, 0, False
    for at, row in enumerate(rows):
        cells = [cell for cell in row.cells if cell != ""]
        if len(cells) > _MAX_SUMMARY_CELLS:
            start, wide = None, wide + 1
        elif are_remarks and len(cells) > 1 and _read(row, row.cells.index(cells[1])) is not None:
            start = None
        elif start is None and at > 0 and len(cells) == 1 and row.line > rows[at - 1].line + 1:
            title = _fold(cells)[:100]
            are_remarks = 2 * wide > at and _REMARKS.fullmatch(title) is not None
            start = at if are_remarks or _SUMMARY.fullmatch(title) else None
    return {} if start is None else {row.line: REMARK for row in rows[start:]}


def _find_tail(rows: Sequence[TableRow], filled: Mapping[int, list[Cell]]) -> dict[int, str]:
    """The one or two rows of one text at the end, apart from a list whose other rows have more: a signature, a remark.

    Where more of them stand there, or rows stand apart within the list, too, they may be products without price.
    """
    start = len(rows)
    for at in range(len(rows) - 1, 0, -1):
        if len([cell for cell in rows[at].cells if cell != ""]) != 1:
            break
        if rows[at].line > rows[at - 1].line + 1:
            start = at
    tail = [row.line for row in rows[start:] if row.line in filled]
    if not 0 < len(tail) <= _MAX_TAIL or any(one.line + 1 < other.line for one, other in pairwise(rows[:start])):
        return {}
    above = [cells for line, cells in filled.items() if line < tail[0]]
    wide = sum(len(cells) > 1 for cells in above)
    is_list = wide >= _EVIDENCE and all(len(cells) != 1 or notation.is_number(as_text(cells[0])) for cells in above)
    return dict.fromkeys(tail, LONELY) if is_list else {}


def _find_sums_below_groups(rows: Sequence[TableRow], found: Mapping[int, str]) -> dict[int, str]:
    """The rows "Bebidas Total" whose numbers are the sums of the rows above them, up to the sum before.

    They lack what those rows have, and one is the sum of several rows, and not zero.
    """
    sums: dict[int, str] = {}
    group: list[TableRow] = []
    is_sure = False
    fewest = 0
    """Of the cells of the group's rows."""
    for row in rows:
        filled = [at for at, cell in enumerate(row.cells) if cell != ""]
        if found.get(row.line) == SUM:
            group = []
        elif len(filled) < 2 or row.line in found:
            continue
        elif group and fewest > len(filled) and _is_named_sum(row.cells[filled[0]]) and _are_sums(row, filled, group):
            sums[row.line] = SUM
            is_sure = is_sure or (len(group) > 1 and any(_read(row, at) for at in filled[1:]))
            group = []
        else:
            fewest = min(fewest, len(filled)) if group else len(filled)
            group.append(row)
    return sums if is_sure else {}


def _is_named_sum(cell: Cell) -> bool:
    return isinstance(cell, str) and "total" in cell.lower() and _NAMED_SUM.fullmatch(_fold([cell])) is not None


def _are_sums(row: TableRow, filled: Sequence[int], group: Sequence[TableRow]) -> bool:
    """Whether all numbers of a row are those of the group together."""
    return all(_read(row, at) == sum((_read(one, at) or Decimal() for one in group), Decimal()) for at in filled[1:])


def _find_sums_above_groups(rows: Sequence[TableRow]) -> dict[int, str]:
    """The rows "BEBIDAS" with nothing but a number that is the sum of the rows below it, up to the next such row.

    Each of them must be a sum, and one the sum of several rows.
    """
    shapes = [[at for at, cell in enumerate(row.cells) if cell != ""] for row in rows]
    places = {shape[1] for shape in shapes if len(shape) == _MAX_SUMMARY_CELLS}
    if len(places) != 1 or sum(len(shape) >= _AT_LEAST for shape in shapes) < _EVIDENCE:
        return {}
    number_at = places.pop()
    groups: list[tuple[int, Decimal, list[Decimal]]] = []
    """The line of each group, its number, and the numbers below it."""
    for row, shape in zip(rows, shapes, strict=True):
        number = _read(row, number_at)
        if len(shape) == _MAX_SUMMARY_CELLS:
            if number is None or not isinstance(row.cells[shape[0]], str):
                return {}
            groups.append((row.line, number, []))
        elif not groups:
            return {}
        elif len(shape) > 1:
            groups[-1][2].append(number or Decimal())
    are_sums = all(below and sum(below) == number for _, number, below in groups)
    is_sure = any(number and len(below) > 1 for _, number, below in groups)
    return {line: SUM for line, _, _ in groups} if are_sums and is_sure else {}


def _read(row: TableRow, at: int) -> Decimal | None:
    cell = row.cells[at] if at < len(row.cells) else ""
    try:
        return cell if isinstance(cell, Decimal) else parse_number(notation.bare(as_text(cell)))
    except ValueError:
        return None


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
    if len(cells) == 1 and (_NOTE.fullmatch(text) or _TELEPHONE.search(text)):
        return REMARK
    return REMARK if len(cells) <= 2 and _REMARK.fullmatch(text.strip("*=-_# ")) else ""


def without_page(text: str) -> str:
    """A report's head as each of its pages has it, but for the page's number."""
    return _PAGE.sub(r"\1", text)
