"""The login of a browser: an ordinary token in a signed cookie that scripts cannot read.

The cookie is useless when its token is revoked: by logging out, a new password, or deactivating the person.
"""

import hashlib
from functools import lru_cache

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.http import parse_cookie

from almoxarife.server.context import current
from almoxarife.server.http.access import is_encrypted
from almoxarife.server.http.middleware import FindPageToken
from almoxarife.server.settings import Settings

NAME = "almoxarife"
MAX_COOKIES_LENGTH = 4096
"""Characters of a ``Cookie`` header that is read."""
_TOKEN = "_user_id"  # noqa: S105  # Flask-Login's own key


class _Cookie(SecureCookieSessionInterface):
    """Flask's session cookie; not set for browsers that need none."""

    def __init__(self, keys: list[bytes]) -> None:
        self.secrets = [hashlib.sha256(b"almoxarife.pages" + key).hexdigest() for key in keys]
        self._serializer = URLSafeTimedSerializer(
            self.secrets,
            salt=self.salt,
            serializer=self.serializer,
            signer_kwargs={"key_derivation": self.key_derivation, "digest_method": self.digest_method},
        )

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
        if text is None:
            return None
        try:
            token = self._serializer.loads(text).get(_TOKEN)
        except (BadSignature, AttributeError):
            return None
        return token if isinstance(token, str) else None


def install(pages: Flask, keys: list[bytes]) -> None:
    """``keys`` as for tokens: oldest first, the last one signs."""
    cookie = pages.session_interface = _Cookie(keys)
    pages.secret_key = cookie.secrets[-1]
    pages.config.update(SESSION_COOKIE_NAME=NAME, SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax")


def reader(keys: list[bytes]) -> FindPageToken:
    """The function that finds the token in a Cookie header, for the middleware."""
    return lru_cache(maxsize=1000)(_Cookie(keys).find_token)
