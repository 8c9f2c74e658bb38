"""Bearer tokens: signed, valid for 12 hours, and revoked with their login session or their person.

A token holds the ids of user and login session and the user's generation. Its signature is checked
once; then a bounded cache answers until anybody's rights or sessions change.

For a token that this process has issued or seen, elapsed time counts, so that setting the system's clock
neither ends nor lengthens a session.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import NamedTuple

from itsdangerous import BadData, URLSafeTimedSerializer
from itsdangerous.encoding import base64_decode, base64_encode
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from almoxarife.server.accounts.models import LoginSession, User
from almoxarife.server.clock import SteadyClock
from almoxarife.server.identity import Authenticator, Identity
from almoxarife.server.store.database import Database
from almoxarife.server.stores import service as stores
from almoxarife.wire.accounts import AccountState, Role

LIFETIME = timedelta(hours=12)
SESSIONS_KEPT = 50
"""The newest sessions of a person, which are never deleted for their age."""
MAX_TOKEN_LENGTH = 512
CACHED = 10_000
AHEAD_S = 300
"""How far in the future a token may be signed: the clock may have been set back since, or another server's differ."""


class Token(NamedTuple):
    text: str
    expires_at: datetime


@dataclass(slots=True)
class _Verified:
    identity: Identity
    ends_s: float
    versions: tuple[int, ...]
    seen_at: object = None
    """What ``Versions.now()`` returned at the last comparison; the same object again means that nothing has changed."""


class Tokens(Authenticator):
    """Issues and verifies tokens. ``keys`` come oldest first; the last one signs."""

    def __init__(self, keys: list[bytes], database: Database, clock: SteadyClock) -> None:
        self._serializer = URLSafeTimedSerializer(
            list(keys), salt="almoxarife.token", signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"}
        )
        self._database = database
        self._versions = database.versions
        self._clock = clock
        self._cache: dict[str, _Verified] = {}
        self._ends_s: dict[int, float] = {}
        """When each known session expires, in elapsed time, by session id."""

    def issue(self, user: User, session_id: int) -> Token:
        text = self._serializer.dumps([user.id, session_id, user.generation])
        self._remember(session_id, LIFETIME.total_seconds())
        return Token(text=str(text), expires_at=datetime.now(UTC) + LIFETIME)

    def identify(self, token: str) -> Identity | None:
        """The person behind ``token``; None when it is bad, expired or revoked."""
        # Versions before data: after a change in between, the cached entry counts as stale.
        now = self._versions.now()
        known = self._cache.get(token)
        if known is not None and known.seen_at is now and self._clock.elapsed_s() < known.ends_s:
            return known.identity
        versions = (now.get("people", 0), now.get("sessions", 0))
        if known is not None and known.versions == versions and self._clock.elapsed_s() < known.ends_s:
            known.seen_at = now
            return known.identity
        claims = self._read(token)
        if claims is None:
            return None
        user_id, session_id, generation, signed_at = claims
        ends_s = self._find_end_s(session_id, signed_at)
        if ends_s is None or self._clock.elapsed_s() >= ends_s:
            return None
        with self._database.reading() as session:
            identity = _find_identity(session, user_id, session_id, generation)
        if identity is None:
            return None
        if len(self._cache) >= CACHED:
            self._cache.clear()
        self._cache[token] = _Verified(identity, ends_s, versions)
        return identity

    def is_ours(self, token: str) -> bool:
        known = self._cache.get(token)
        if known is not None:
            return self._clock.elapsed_s() < known.ends_s
        claims = self._read(token)
        ends_s = None if claims is None else self._find_end_s(claims[1], claims[3])
        return ends_s is not None and self._clock.elapsed_s() < ends_s

    def _find_end_s(self, session_id: int, signed_at: datetime) -> float | None:
        """When the session expires, in elapsed time; None for a token signed too long ago or in the future."""
        known = self._ends_s.get(session_id)
        if known is not None:
            return known
        age_s = (datetime.now(UTC) - signed_at).total_seconds()
        if not -AHEAD_S <= age_s < LIFETIME.total_seconds():
            return None
        return self._remember(session_id, LIFETIME.total_seconds() - max(0.0, age_s))

    def _remember(self, session_id: int, left_s: float) -> float:
        if len(self._ends_s) >= CACHED:
            self._ends_s.clear()  # for a session that is seen again, the system's clock decides
        ends_s = self._ends_s[session_id] = self._clock.elapsed_s() + left_s
        return ends_s

    def _read(self, token: str) -> tuple[int, int, int, datetime] | None:
        if len(token) > MAX_TOKEN_LENGTH:
            return None
        try:
            claims, signed_at = self._serializer.loads(token, return_timestamp=True)
            # The last character of base64 has unused bits: without this check, other texts would verify as the token.
            if any(base64_encode(base64_decode(part)).decode() != part for part in token.split(".")):
                return None
            user_id, session_id, generation = claims
        except (BadData, ValueError, TypeError, UnicodeError):
            return None
        return user_id, session_id, generation, signed_at


def _find_identity(session: Session, user_id: int, session_id: int, generation: int) -> Identity | None:
    login = session.get(LoginSession, session_id)
    user = session.get(User, user_id)
    if login is None or login.user_id != user_id or login.ended_at is not None:
        return None
    if user is None or user.generation != generation or user.state != AccountState.ACTIVE:
        return None
    return make_identity(session, user, session_id)


def make_identity(session: Session, user: User, session_id: int) -> Identity:
    role = Role(user.role)
    shops = stores.list_shops(session) if role is Role.ADMIN else user.shops
    return Identity(
        user_id=user.id,
        username=user.username,
        role=role,
        shop_ids=tuple(shop.id for shop in shops),
        session_id=session_id,
        must_change_password=user.must_change_password,
        is_password_weak=user.is_password_weak,
        usual_shop_id=user.usual_shop_id if role is Role.ADMIN else None,
    )


def end_other_sessions(session: Session, user_id: int, kept_session_id: int) -> None:
    """Revoke every token of a person but the one they are using."""
    now = datetime.now(UTC)
    for login in session.scalars(
        select(LoginSession).where(
            LoginSession.user_id == user_id, LoginSession.id != kept_session_id, LoginSession.ended_at.is_(None)
        )
    ):
        login.ended_at = now
    session.flush()


def forget_old_sessions(session: Session, user_id: int, *, before: datetime) -> None:
    """Delete a person's expired sessions, except the newest ones: the clock may be ahead by mistake."""
    mine = LoginSession.user_id == user_id
    last = select(LoginSession.id).where(mine).order_by(LoginSession.id.desc()).offset(SESSIONS_KEPT).limit(1)
    oldest_kept = session.scalar(last)
    if oldest_kept is not None:
        over = LoginSession.created_at < before
        session.execute(delete(LoginSession).where(mine, over, LoginSession.id <= oldest_kept))
