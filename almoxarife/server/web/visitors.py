"""Who is logged in at the browser, by Flask-Login: the person of the token in the pages' cookie."""

from typing import cast

from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user

from almoxarife.server.context import current
from almoxarife.server.identity import Authenticator


class _Visitor(UserMixin):  # type: ignore[misc]
    """The person whose token was valid when this request began."""

    def __init__(self, token: str) -> None:
        self.token = token

    def get_id(self) -> str:
        return self.token


def install(app: Flask) -> None:
    manager = LoginManager()
    # Not in templates: a page that says why the database does not answer must not ask it.
    manager.init_app(app, add_context_processor=False)
    # Not bound to an address, like tokens: a phone changes its address.
    manager.session_protection = None
    manager.user_loader(lambda token: _Visitor(token) if current(Authenticator).identify(token) else None)


def current_token() -> str | None:
    """The token of the person logged in at this browser."""
    return cast("_Visitor", current_user).token if current_user.is_authenticated else None


def remember(token: str) -> None:
    """Log in, in a new session: nothing in the cookie from before is kept."""
    session.clear()
    login_user(_Visitor(token))


def forget() -> None:
    logout_user()
    session.clear()
