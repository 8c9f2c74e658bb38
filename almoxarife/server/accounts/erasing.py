"""Erases a person: everything personal is deleted, and what they recorded stays.

The row of the person stays without personal data, because the ledger and the audit trail refer to its
id. A directory entry of another program that is linked to the account is deleted too.
"""

from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from almoxarife.server.accounts import service
from almoxarife.server.accounts.directory import service as directory
from almoxarife.server.accounts.models import LoginSession, User
from almoxarife.server.accounts.profiles import service as profiles
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import LastAdministrator
from almoxarife.server.identity import Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.logs.service import Traces
from almoxarife.server.store.sessions import mark_changed
from almoxarife.wire.accounts import AccountState, Role
from almoxarife.wire.fields import ERASED_PERSON

WITHOUT_A_TOKEN = (
    Tag.USER_REGISTERED,
    Tag.USERNAME_REFUSED,
    Tag.LOGIN_SUCCEEDED,
    Tag.LOGIN_FAILED,
    Tag.LOGIN_THROTTLED,
)
"""Requests without a token: the log does not know whose they were, the audit trail does."""


def erase(session: Session, user_id: int, *, by: Identity) -> None:
    """Make a person anonymous.

    Their movements stay, their tokens end, and the audit trail deletes their addresses.
    Raises UserNotFound and LastAdministrator; records ``accounts:user:erased``.
    """
    user = service.get_user(session, user_id)
    is_administrator = user.role == Role.ADMIN and user.state == AccountState.ACTIVE
    user.username = f"{ERASED_PERSON}{user.id}"
    user.username_folded = f"/removido/{user.id}"  # no name that people choose has a slash
    user.password_hash = user.last_login_at = None
    user.full_name = user.cpf_hash = user.cpf_mask = user.birth_year = None
    profiles.clear(user)
    user.is_password_weak = user.must_change_password = False
    user.role, user.state = Role.SELLER, AccountState.INACTIVE
    user.generation += 1
    user.erased_at = datetime.now(UTC)
    user.shops, user.usual_shop_id = [], None
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
    session.flush()
    if is_administrator and not service.has_administrator(session):
        raise LastAdministrator
    directory.remove_linked(session, user.id, by=by)
    audit.record(session, Tag.USER_ERASED, by=by, subject=IdKind.USER.to_wire(user.id))
    mark_changed(session, "people", "sessions")


def find_traces(session: Session, user_id: int) -> Traces:
    """What identifies a person's requests in the log."""
    return Traces(IdKind.USER.to_wire(user_id), audit.list_requests(session, user_id, WITHOUT_A_TOKEN))


def list_erased(session: Session, *, since: datetime | None) -> list[Traces]:
    """``find_traces`` of everybody who was erased, or with ``since`` of those who were erased from then on."""
    query = select(User.id).where(User.erased_at.is_not(None)).order_by(User.erased_at)
    if since is not None:
        query = query.where(User.erased_at >= since)
    return [find_traces(session, user_id) for user_id in session.scalars(query)]
