"""``@page`` registers a page: a function with a template and, for the panel, an entry in the menu.

A page declares which role may see it. A form is accepted only with its CSRF token. If that is missing or old, or after
a server error, the page is shown again with the typed values, unless another person has typed them. A person who is not
logged in returns to the page, with their typed values, after the login.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import cast
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from almoxarife.server.context import current
from almoxarife.server.errors import NotAllowed, PasswordChangeRequired
from almoxarife.server.http.access import IDENTITY, ORIGIN, PROBLEM, authenticate
from almoxarife.server.identity import Authenticator, Identity
from almoxarife.server.web import visitors
from almoxarife.wire.accounts import Role
from almoxarife.wire.codes.scanned import NO_REASON, looks_scanned
from almoxarife.wire.problem import FieldError, Problem

View = Callable[..., ResponseReturnValue]

_PASSWORDS = ("psw", "senha")
NEVER_IN_URLS = (*_PASSWORDS, "csrf_token", "chave")
"""Prefixes of fields whose values must never be in a URL."""
RESTORED_FIELD = "de-volta"
"""The field of a form that must only be shown again with its values, not handled."""
MAX_URL_LENGTH = 2000
OWNER_FIELD = "quem"
"""The field of a form or URL with the id of the person who filled it in: another person may have logged in since."""
ANOTHER_PERSONS_FORM = "Esta página foi preenchida por outra pessoa, e só ela pode continuar. Aqui você começa do zero."
OLD_FORM = "Esta página ficou aberta tempo demais. Confira o que está preenchido e envie de novo."

bp = Blueprint("pages", __name__, template_folder="templates")


@dataclass(frozen=True)
class Entry:
    """An entry of the panel's menu."""

    path: str
    label: str
    who: Role
    icon: str
    module: str


MENU: list[Entry] = []
"""In the order of the modules in ``application``."""

COUNTS: dict[str, Callable[[], int]] = {}
"""Functions that count new items for an entry of the menu, by its path."""

PROFILE_SECTIONS: list[Callable[[], Markup]] = []
"""Further sections of the profile page; each is rendered for the ``visitor``."""


def arrange_menu(modules: list[str]) -> None:
    """Sort the menu by the order of these modules."""
    MENU.sort(key=lambda entry: modules.index(entry.module))


def page(
    path: str,
    *,
    who: Role | None = None,
    takes_form: bool = False,
    menu: str | None = None,
    icon: str = "",
    even_with_temporary_password: bool = False,
    max_bytes: int | None = None,
) -> Callable[[View], View]:
    """Show ``view`` at ``path`` to people with the role ``who``, None for everybody. ``menu``: its label there.

    ``max_bytes``: the largest form, if it may be larger than those of other pages.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def shown(**parts: str) -> ResponseReturnValue:
            refusal = _admit(who, even_with_temporary_password=even_with_temporary_password, max_bytes=max_bytes)
            if refusal is not None:
                return refusal
            return view(**parts)

        shown.required_role = who  # type: ignore[attr-defined]  # as http/access reads it
        bp.add_url_rule(path, view.__name__, shown, methods=["GET", "POST"] if takes_form else ["GET"])
        if menu is not None and who is not None:
            MENU.append(Entry(path, menu, who, icon, view.__module__))
        return shown

    return decorate


def _admit(who: Role | None, *, even_with_temporary_password: bool, max_bytes: int | None) -> Response | None:
    """The response for a person who may not see a page; None for one who may."""
    identity = identify_visitor()
    if who is None:
        return None
    if identity is None:
        return redirect_to_login()
    environ = {**request.environ, "HTTP_AUTHORIZATION": f"Bearer {visitors.current_token()}"}
    try:
        authenticate(environ, current(Authenticator), who, even_with_temporary_password=even_with_temporary_password)
    except PasswordChangeRequired:
        return go_to("/profile/senha", next=_here())
    except NotAllowed as error:
        return show_refusal(403, str(error), error.slug)
    if max_bytes is not None:
        request.max_content_length = request.max_form_memory_size = max_bytes
    # Also for forms: keys belong to a person, so a form that another person has sent would be recorded again.
    if typed(OWNER_FIELD, str(identity.user_id)) != str(identity.user_id):
        tell(ANOTHER_PERSONS_FORM)
        return go_to(request.path)
    return None


def redirect_to_login() -> Response:
    """Redirect to the login page, and back afterwards."""
    return go_to("/login", next=_here())


def identify_visitor() -> Identity | None:
    """The person logged in at this browser, whatever their role; None for nobody."""
    token = visitors.current_token()
    identity = current(Authenticator).identify(token) if token is not None else None
    if identity is not None:
        identity = request.environ[IDENTITY] = identity._replace(origin=request.environ[ORIGIN])
    g.visitor = identity
    return identity


def visitor() -> Identity:
    """The person who sees this page, on pages that require a login."""
    identity: Identity = g.visitor
    return identity


def find_visitor() -> Identity | None:
    return cast("Identity | None", g.get("visitor"))


def _here() -> str:
    """The URL of this page with the typed values, except those that must not be in a URL."""
    typed = request.form if request.method == "POST" else request.args
    fields = [(name, value) for name, value in typed.items(multi=True) if value and not name.startswith(NEVER_IN_URLS)]
    address = f"{request.path}?{urlencode(fields)}" if fields else request.path
    return address if len(address) <= MAX_URL_LENGTH else request.path


# --- forms ----------------------------------------------------------------------------


def csrf_token() -> str:
    """The CSRF token for a form of this page. flask_wtf is slow to import, so it is imported by the first page."""
    from flask_wtf.csrf import generate_csrf

    return str(generate_csrf())


def is_sent() -> bool:
    """Whether the page's form was sent with a valid token; otherwise the page is shown again with the typed values."""
    if request.method != "POST" or RESTORED_FIELD in request.form:
        return False
    from flask_wtf.csrf import validate_csrf
    from wtforms.validators import ValidationError

    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError:
        g.notice = OLD_FORM
        return False
    return True


def typed(name: str, default: str = "") -> str:
    """The value of a field, from the form or from the URL."""
    return str(request.form.get(name, request.args.get(name, default)))


def form_key() -> str:
    """The idempotency key of this form, so that it is recorded once even if it is sent twice."""
    return typed("chave") or new_key()


def new_key() -> str:
    return str(uuid4())


def next_key(problem: Problem | None) -> str:
    """The key for the form that is shown; after ``chave-reutilizada`` it needs a new one."""
    return new_key() if problem is not None and problem.code == "chave-reutilizada" else form_key()


def go_to(path: str, **query: str) -> Response:
    """Redirect to ``path`` of our own."""
    kept = {name: value for name, value in query.items() if value}
    return make_response(redirect(f"{path}?{urlencode(kept)}" if kept else path))


def own_path(text: str, default: str) -> str:
    """``text`` if it is a path on this server that no browser takes for another host, else ``default``."""
    parts = urlsplit(text) if text.isprintable() and "\\" not in text else None
    if parts is None or parts.scheme or parts.netloc or not text.startswith("/") or text.startswith("//"):
        return default
    return text


def tell(sentence: str) -> None:
    """Show a sentence at the top of the next page."""
    flash(sentence)


def find_fault(errors: Mapping[str, str], sentence: str = "Confira os campos marcados.") -> Problem:
    """A problem that the page itself has found in its form, like one of a route. ``errors`` is by field."""
    return Problem(
        type="about:blank",
        title=sentence,
        status=400,
        detail=sentence,
        mensagem=sentence,
        codigo="pedido-invalido",
        erros=[FieldError(campo=name, mensagem=message) for name, message in errors.items()],
    )


def find_scanned_reason() -> Problem | None:
    """The problem if a barcode was scanned into the reason (a scanner also sends Enter)."""
    return find_fault({"motivo": NO_REASON}) if looks_scanned(typed("motivo")) else None


# --- showing --------------------------------------------------------------------------


def render(template: str, *, status: int = 200, problem: Problem | None = None, **shown: object) -> Response:
    """Render a template with what every page has: the menu, the visitor and the problem by field."""
    if problem is not None and status == 200:
        status = problem.status
    if g.get("notice") and status == 200:
        status = 400
    by_field: Mapping[str, str] = {error.field: error.message for error in (problem.errors or [])} if problem else {}
    identity = find_visitor()
    menu = [entry for entry in MENU if identity is not None and identity.may(entry.who)]
    body = render_template(
        template,
        visitor=identity,
        menu=menu,
        counts={entry.path: COUNTS[entry.path]() for entry in menu if entry.path in COUNTS and status < 500},
        problem=problem,
        errors=by_field,
        notice=g.get("notice"),
        **shown,
    )
    return Response(body, status, content_type="text/html; charset=utf-8")


def show_refusal(status: int, sentence: str, code: str) -> Response:
    """A page that shows only why the request was refused; after a fault it leads back to what was typed."""
    request.environ[PROBLEM] = code
    kept = _list_restorable_fields() if status >= 500 and request.method == "POST" else None
    return render("refused.html", status=status, sentence=sentence, code=status, kept=kept)


def _list_restorable_fields() -> list[tuple[str, str]] | None:
    """The fields of the form, without passwords but with its key, so that it is not recorded twice.

    None for a form that cannot be read, or is too long for a person who has not been identified.
    """
    left_out = (*_PASSWORDS, "csrf_token", RESTORED_FIELD)
    with suppress(HTTPException):
        return [(name, value) for name, value in request.form.items(multi=True) if not name.startswith(left_out)]
    return None
