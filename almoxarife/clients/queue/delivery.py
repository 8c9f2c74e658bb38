"""Sends one row of the queue and stores what the response means for it."""

import re
from enum import Enum

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError, password_needed
from almoxarife.clients.api.transport import TIMEOUT_S
from almoxarife.clients.queue.outgoing import Kind, Owner, QueuedRow
from almoxarife.clients.queue.store import Outbox
from almoxarife.clients.queue.waiting_time import WaitingTimes
from almoxarife.wire.sales import Sale
from almoxarife.wire.stock import Movement


class Delivery(Enum):
    NOTHING = "nada a enviar"
    BUSY = "outro programa envia"
    ACKED = "aceito"
    REJECTED = "recusado"


def deliver_next(
    outbox: Outbox, api: ApiClient, owner: Owner, *, timeout_s: tuple[float, float] = TIMEOUT_S
) -> Delivery:
    """Send the owner's oldest waiting row. Blocks until the server answers or the request times out.

    Raises ApiError if the row has to wait, for the server or for the owner's login.
    """
    if not api.is_logged_in_as(owner.account):
        raise password_needed()  # before anything is marked as sent
    with outbox.sending_lock() as is_ours:
        return deliver_locked(outbox, api, owner, timeout_s=timeout_s) if is_ours else Delivery.BUSY


def deliver_locked(
    outbox: Outbox, api: ApiClient, owner: Owner, *, timeout_s: tuple[float, float] = TIMEOUT_S
) -> Delivery:
    """``deliver_next`` for a caller that holds the lock and sends nothing else of this owner meanwhile."""
    if not api.is_logged_in_as(owner.account):
        raise password_needed()
    row = outbox.take(owner)
    if row is None:
        return Delivery.NOTHING
    try:
        recorded = _post(api, row, timeout_s, outbox.waiting_times)
    except ApiError as error:
        if error.is_worth_repeating or error.is_session_over:
            outbox.postpone(row, say_why_it_waits(error))
            raise
        outbox.reject(row, error.message)
        return Delivery.REJECTED
    # Reversals and cancellations happen when they arrive.
    if recorded is not None and row.kind in {Kind.SALE, Kind.MOVEMENT}:
        outbox.waiting_times.recorded(row, recorded.occurred_at)
    outbox.acknowledge(row, None if recorded is None else recorded.id)
    return Delivery.ACKED


def say_why_it_waits(error: ApiError) -> str:
    """The message without *Tente de novo*: the row is sent again anyway, and typed again it would be recorded twice."""
    sentences = re.split(r"(?<=\.) ", error.message)
    return " ".join(sentence for sentence in sentences if "tente de novo" not in sentence.lower()) or error.message


def _post(
    api: ApiClient, row: QueuedRow, timeout_s: tuple[float, float], times: WaitingTimes
) -> Sale | Movement | None:
    """Return the movement or sale as it was recorded; None for an event."""
    account, key = row.owner.account, row.key
    waited_s, not_before = times.seconds_of(row), times.not_before(row)
    match row.kind:
        case Kind.EVENT:
            api.post_event_as(account, row.path, row.body, key=key, timeout_s=timeout_s)
            return None
        case Kind.SALE | Kind.CANCELLATION:
            return api.post_sale_as(
                account, row.path, row.body, key=key, timeout_s=timeout_s, waited_s=waited_s, not_before=not_before
            )
        case Kind.MOVEMENT | Kind.REVERSAL:
            return api.post_movement_as(
                account, row.path, row.body, key=key, timeout_s=timeout_s, waited_s=waited_s, not_before=not_before
            )
