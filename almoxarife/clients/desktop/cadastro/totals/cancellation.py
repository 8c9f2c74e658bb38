"""Cancelling the selected sale, with a reason."""

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.reason_bar import Labels, ReasonBar
from almoxarife.wire.sales import CancellationIn, Sale

_SURE = "Se a venda já estiver cancelada, a lista mostra."


class SaleCancellation(ReasonBar[Sale, CancellationIn]):
    labels = Labels("Motivo do cancelamento", "Cancelar venda…", "Cancelar a venda  Ctrl+Enter", "Não cancelar")
    model = CancellationIn

    def question(self, row: Sale) -> str:
        again = "O estoque dos itens volta." if row.items else "Ela não mexeu no estoque."
        return f"Cancelar a venda {row.seq}? {again} Não há como desfazer."

    def send(self, api: ApiClient, row: Sale, reason: CancellationIn, key: str) -> Sale:
        return api.cancel_sale(row.id, reason, key=key)

    def describe_error(self, error: ApiError) -> str:
        return f"{error.message} {_SURE}" if error.is_connection_fault else error.message
