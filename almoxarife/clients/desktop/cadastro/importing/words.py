"""Texts of *Importar produtos*. Every row of the file is counted in each of the sums."""

from collections.abc import Sequence

from almoxarife.brazil import format_names, format_number
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.importing.rows import CheckResult
from almoxarife.clients.desktop.cadastro.importing.undo import CANCELLED
from almoxarife.tables.cells import Table
from almoxarife.tables.columns import Columns, find_doubts, letters_of
from almoxarife.tables.doubts.shops import ShopNames
from almoxarife.tables.doubts.unread import list_unused
from almoxarife.tables.vocabulary.fields import NAME
from almoxarife.wire.catalog import ImportReport, PartlyUndone, PastImport

_CANCELLED_IN_TIME = "Cancelado: da importação só fica o que já foi vendido ou alterado."
_UNSURE = "Não se sabe se foi gravado. Importar de novo confere isso e não grava duas vezes."
_WRITTEN = "O servidor já tinha gravado a importação."

STOPPED = "Cancelado: nada foi gravado."
UNDONE_AT_ONCE = "Cancelado: o servidor já tinha gravado, e a importação foi desfeita."
UNDONE = "A importação foi desfeita: os saldos voltaram ao que eram, e os produtos também."
WHOSE = "Escolha em cima da lista de produtos a loja que tem este estoque, ou não importe a coluna do estoque."
MOVED = "Nada foi gravado: os produtos mudaram desde a conferência. Confira o resultado novo e importe."
NAMELESS = "Diga em qual coluna está o nome do produto."


def read_sentence(table: Table, doubts: Sequence[str]) -> str:
    """ "20.000 linhas lidas, 1 deixada de fora. Confira as colunas."."""
    count, aside = len(table.rows), len(table.left_out)
    left = f", {format_number(aside)} {'deixada' if aside == 1 else 'deixadas'} de fora" if aside else ""
    untitled = "" if table.headings else " Não há títulos: diga o que é cada coluna."
    notes = "".join(f" {note}" for note in (*table.notes, *doubts))
    read = f"{format_number(count)} {'linha lida' if count == 1 else 'linhas lidas'}{left}."
    return f"{read}{untitled}{notes} Confira as colunas."


def understood(table: Table, columns: Columns, shops: ShopNames) -> tuple[str, str]:
    """(kind of label, sentence) about how the file was read, and the columns that are not, if no doubt names them."""
    doubts = find_doubts(table, columns, shops)
    told = " ".join(doubts)
    headings = list_unused(table, columns.values(), letters_of, name_at=columns.get(NAME))
    unused = [heading for heading in headings if f"“{heading}”" not in told]
    sentence = read_sentence(table, doubts) + (f" Colunas não usadas: {format_names(unused)}." if unused else "")
    return "Warn" if table.notes or doubts else "Quiet", sentence


def checked(result: CheckResult) -> tuple[str, str]:
    """(kind of label, sentence) about what the server would do."""
    return "Warn" if result.set_aside else "Good", summary(result)


def to_write(count: int) -> str:
    return f"Importar {_counted(count, 'produto', 'produtos')}"


def writing(count: int) -> str:
    return f"Gravando {_counted(count, 'produto', 'produtos')}…"


def summary(result: CheckResult) -> str:
    """ "20.000 linhas: 19.000 novos, 800 alterados, 63 iguais, 137 recusados."."""
    total = result.new + result.changed + result.same + len(result.refused) + len(result.left_out)
    counts = (
        (result.new, "novo", "novos"),
        (result.changed, "alterado", "alterados"),
        (result.same, "igual", "iguais"),
        (len(result.refused), "recusado", "recusados"),
        (len(result.left_out), "deixada de fora", "deixadas de fora"),
    )
    return f"{_counted(total, 'linha', 'linhas')}: {_list(counts)}.{_stock_sentence(result)}"


def _stock_sentence(result: CheckResult) -> str:
    balances = (
        (result.first_balances, "saldo inicial", "saldos iniciais"),
        (result.adjustments, "saldo diferente do contado", "saldos diferentes do contado"),
        (len(result.good.remarks), "com aviso", "com aviso"),
        (len(result.similar), "nome parecido com outro", "nomes parecidos com outros"),
    )
    listed = _list(balances)
    return f" {listed[0].upper()}{listed[1:]}." if listed else ""


def _list(counts: Sequence[tuple[int, str, str]]) -> str:
    return ", ".join(_counted(n, one, many) for n, one, many in counts if n)


def _counted(number: int, one: str, many: str) -> str:
    return f"{format_number(number)} {one if number == 1 else many}"


def written_sentence(report: ImportReport, *, adjusts: bool = False) -> str:
    """ "19.863 produtos importados e 500 saldos registrados."."""
    done, balances = report.new + report.changed, report.first_balances + (report.adjustments if adjusts else 0)
    sentence = _counted(done, "produto importado", "produtos importados")
    if balances:
        sentence += f" e {_counted(balances, 'saldo registrado', 'saldos registrados')}"
    return f"{sentence}."


def final_sum(report: ImportReport, result: CheckResult) -> str:
    """What became of each row of the file."""
    done = report.new + report.changed
    left = (
        (report.same, "já estava igual", "já estavam iguais"),
        (len(result.refused), "recusada", "recusadas"),
        (len(result.left_out), "deixada de fora", "deixadas de fora"),
    )
    total = done + sum(number for number, _, _ in left)
    rest = f"; {_list(left)}" if _list(left) else ""
    return f"{_counted(total, 'linha', 'linhas')}: {_counted(done, 'gravada', 'gravadas')}{rest}."


def past_sentence(last: PastImport, when: str) -> str:
    balances = f" e {_counted(last.balances, 'saldo', 'saldos')}" if last.balances else ""
    products = _counted(last.products, "produto", "produtos")
    return f"Última importação: {when}, por {last.imported_by}, {products}{balances}."


def advice(result: CheckResult) -> str:
    """What to do with the refused rows."""
    count = len(result.refused)
    if not count:
        return ""
    left = "ficou de fora: salve-o" if count == 1 else "ficaram de fora: salve-os"
    return f"{format_number(count)} {left}, corrija e importe de novo."


def not_written(error: ApiError) -> tuple[str, str]:
    """(kind of label, sentence) about a failed import."""
    if error.code == CANCELLED:
        return "Quiet", _CANCELLED_IN_TIME
    return ("Warn", f"{error.message} {_UNSURE}") if error.is_worth_repeating else ("Bad", error.message)


def undone(done: str, left: PartlyUndone | None) -> tuple[str, str]:
    """(kind of label, sentence): ``done`` if all was undone."""
    return ("Good", done) if left is None else ("Warn", left.message)


def not_undone(error: ApiError, *, is_late: bool) -> str:
    """``is_late``: the person had cancelled, and does not know that the import was written."""
    return f"{_WRITTEN} {error.message}" if is_late else error.message
