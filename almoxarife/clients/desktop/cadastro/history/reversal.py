"""Reversing the selected movement, with a reason."""

from collections.abc import Callable
from typing import Any

from almoxarife.clients.desktop.cadastro.history.balance import describe_reversal
from almoxarife.clients.desktop.cadastro.reason_bar import Labels, ReasonBar
from almoxarife.clients.desktop.cadastro.server_call import ServerCall, describe_failed_change
from almoxarife.wire.stock import Movement, ReversalIn

Reversal = ReasonBar[Movement, ReversalIn]

_LABELS = Labels("Motivo do estorno", "Estornar…", "Estornar  Ctrl+Enter", "Não estornar")


def make_reversal(
    body: Any,
    buttons: Any,
    *,
    server_call: ServerCall,
    say: Callable[[str, str], None],
    unit: Callable[[], str],
    backed_out: Callable[[], None],
    done: Callable[[Movement], None],
    home: Callable[[], Any],
) -> Reversal:
    """``unit`` returns that of the product whose movements are shown."""
    return ReasonBar(
        body,
        buttons,
        _LABELS,
        ReversalIn,
        server_call=server_call,
        send=lambda api, movement, reason, key: api.reverse(movement.id, reason, key=key),
        question=lambda movement: describe_reversal(movement, unit()),
        describe_error=describe_failed_change,
        say=say,
        backed_out=backed_out,
        done=done,
        home=home,
    )
