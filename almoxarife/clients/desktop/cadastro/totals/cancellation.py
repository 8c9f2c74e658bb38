"""Cancelling the selected sale, with a reason."""

from collections.abc import Callable
from typing import Any

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.footer import Footer
from almoxarife.clients.desktop.cadastro.reason_bar import Labels, ReasonBar
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.wire.sales import CancellationIn, Sale

SaleCancellation = ReasonBar[Sale, CancellationIn]

_LABELS = Labels("Motivo do cancelamento", "Cancelar venda…", "Cancelar a venda  Ctrl+Enter", "Não cancelar")
_SURE = "Se a venda já estiver cancelada, a lista mostra."


def make_cancellation(
    body: Any,
    buttons: Any,
    *,
    server_call: ServerCall,
    foot: Footer,
    asks: Callable[[bool], None],
    backed_out: Callable[[], None],
    done: Callable[[Sale], None],
    home: Callable[[], Any],
) -> SaleCancellation:
    return ReasonBar(
        body,
        buttons,
        _LABELS,
        CancellationIn,
        server_call=server_call,
        send=lambda api, sale, reason, key: api.cancel_sale(sale.id, reason, key=key),
        question=_question,
        describe_error=_describe_error,
        say=foot.say,
        asks=asks,
        backed_out=backed_out,
        done=done,
        home=home,
    )


def _question(sale: Sale) -> str:
    again = "O estoque dos itens volta." if sale.items else "Ela não mexeu no estoque."
    return f"Cancelar a venda {sale.seq}? {again} Não há como desfazer."


def _describe_error(error: ApiError) -> str:
    return f"{error.message} {_SURE}" if error.is_connection_fault else error.message
