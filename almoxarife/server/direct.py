"""Views that need nothing of Flask, and are called before it.

Flask's share of a request, its contexts, proxies and objects, is twice what an entry costs
without it. A view marked ``@direct`` is told everything by its ``Ask`` and returns an
``Answer``. It stands among the routes like any other: Flask knows its address, and calls
none of them. Who asks, what went wrong and the line in the log are settled by the same
functions as everywhere.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Flask

from almoxarife.server import problems
from almoxarife.server.access import IDENTITY, RULE, Authenticator, HostCheck, Identity, admit, required_role
from almoxarife.server.database import Database
from almoxarife.server.messages import Answer, Environ
from almoxarife.server.settings import Settings
from almoxarife.wire.accounts import Role


class Ask(NamedTuple):
    environ: Environ
    identity: Identity
    database: Database
    settings: Settings


View = Callable[[Ask], Answer]


def direct(role: Role) -> Callable[[View], Any]:
    """Let in whoever has ``role`` or a higher one, before Flask. For addresses without parameters."""

    def decorate(view: View) -> View:
        view.required_role = role  # type: ignore[attr-defined]
        view.is_direct = True  # type: ignore[attr-defined]
        return view

    return decorate


class DirectViews:
    """The direct views of an application, by method and path."""

    def __init__(self, app: Flask, host_check: HostCheck) -> None:
        extensions: dict[str, Any] = app.extensions
        self._authenticator: Authenticator = extensions["authenticator"]
        self._database: Database = extensions["database"]
        self._settings: Settings = extensions["settings"]
        self._host_check = host_check
        self._views: dict[tuple[str, str], tuple[View, Role]] = {}
        for rule in app.url_map.iter_rules():
            view: Any = app.view_functions[rule.endpoint]
            role = required_role(view)
            if getattr(view, "is_direct", False) and role is not None:
                # OPTIONS is Flask's own answer.
                self._views |= {(method, rule.rule): (view, role) for method in (rule.methods or set()) - {"OPTIONS"}}

    def find_answer(self, environ: Environ) -> Answer | None:
        """None for what is no direct view's."""
        path = environ["PATH_INFO"]
        found = self._views.get((environ["REQUEST_METHOD"], path))
        if found is None:
            return None
        view, role = found
        environ[RULE] = path
        try:
            self._host_check.verify(environ.get("HTTP_HOST", ""))
            identity = environ[IDENTITY] = admit(environ, self._authenticator, role)
            return view(Ask(environ, identity, self._database, self._settings))
        except Exception as error:  # noqa: BLE001  # Flask would turn it into the same answer
            return problems.explain(error, environ)
