"""Reversing the selected movement, with a reason."""

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.desktop.cadastro.history.balance import describe_reversal
from almoxarife.clients.desktop.cadastro.reason_bar import Labels, ReasonBar
from almoxarife.wire.stock import Movement, ReversalIn


class Reversal(ReasonBar[Movement, ReversalIn]):
    labels = Labels("Motivo do estorno", "Estornar…", "Estornar  Ctrl+Enter", "Não estornar")
    model = ReversalIn
    unit = ""
    """That of the product whose movements are shown."""

    def question(self, row: Movement) -> str:
        return describe_reversal(row, self.unit)

    def send(self, api: ApiClient, row: Movement, reason: ReversalIn, key: str) -> Movement:
        return api.reverse(row.id, reason, key=key)
