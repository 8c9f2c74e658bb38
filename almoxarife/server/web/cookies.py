"""The login of a browser: an ordinary token in a signed cookie that scripts cannot read.

The cookie is useless when its token is revoked: by logging out, a new password, or deactivating the person.
"""

import hashlib
from functools import lru_cache
from typing import cast

from flask import Flask, Response, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.http import parse_cookie

from almoxarife.server.context import current
from almoxarife.server.http.access import is_encrypted
from almoxarife.server.http.middleware import FindPageToken
from almoxarife.server.identity import Authenticator
from almoxarife.server.settings import Settings

NAME = "almoxarife"
MAX_COOKIES_LENGTH = 4096
"""Characters of a ``Cookie`` header that is read."""
_TOKEN = "_user_id"  # noqa: S105  # Flask-Login's own key


class Visitor(UserMixin):  # type: ignore[misc]
    """The person whose token was valid when this request began, for Flask-Login."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_id(self) -> str:
        return self.token


class _Cookie(SecureCookieSessionInterface):
    """Flask's session cookie; not set for browsers that need none."""

    def __init__(self, app: Flask) -> None:
        self._serializer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        return self._serializer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if "HTTP_COOKIE" in request.environ or session.modified:
            super().save_session(app, session, response)

    def get_cookie_secure(self, app: Flask) -> bool:
        return is_encrypted(request.environ, current(Settings))

    def find_token(self, cookies: str) -> str | None:
        """The token in a ``Cookie`` header; it may be revoked."""
        text = parse_cookie(cookies).get(NAME) if len(cookies) <= MAX_COOKIES_LENGTH else None
        if text is None or self._serializer is None:
            return None
        try:
            token = self._serializer.loads(text).get(_TOKEN)
        except (BadSignature, AttributeError):
            return None
        return token if isinstance(token, str) else None


def install(app: Flask, keys: list[bytes]) -> None:
    """``keys`` as for tokens: oldest first, the last one signs."""
    *older, app.secret_key = [hashlib.sha256(b"almoxarife.pages" + key).hexdigest() for key in keys]
    app.config.update(
        SECRET_KEY_FALLBACKS=older,
        SESSION_COOKIE_NAME=NAME,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    cookie = _Cookie(app)
    app.session_interface = cookie
    manager = LoginManager()
    # Not in templates: a page that says why the database does not answer must not ask it.
    manager.init_app(app, add_context_processor=False)
    # Not bound to an address, like tokens: a phone changes its address.
    manager.session_protection = None
    manager.user_loader(lambda token: Visitor(token) if current(Authenticator).identify(token) else None)
    app.extensions[__name__] = lru_cache(maxsize=1000)(cookie.find_token)


def find_page_token(app: Flask) -> FindPageToken | None:
    """The function that finds the token in a Cookie header, for the middleware; None without pages."""
    return cast("FindPageToken | None", app.extensions.get(__name__))


def current_token() -> str | None:
    """The token of the person logged in at this browser."""
    return cast("Visitor", current_user).token if current_user.is_authenticated else None


def remember(token: str) -> None:
    """Log in, in a new session: nothing in the cookie from before is kept."""
    session.clear()
    login_user(Visitor(token))


def forget() -> None:
    logout_user()
    session.clear()
