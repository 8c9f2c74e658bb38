"""Light or dark theme or the device's, chosen at the foot of every page and stored in a cookie for a year."""

from enum import StrEnum

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from almoxarife.server.context import current
from almoxarife.server.http.access import is_encrypted
from almoxarife.server.settings import Settings
from almoxarife.server.web.pages import own_path, page, typed

COOKIE = "tema"
YEAR_S = 365 * 24 * 60 * 60


class Theme(StrEnum):
    LIGHT = "claro"
    DARK = "escuro"
    DEVICE = "aparelho"

    @property
    def dark_for(self) -> str:
        """The media query for which pages are dark, never print; empty for none."""
        device = "screen and (prefers-color-scheme: dark)"
        return {Theme.LIGHT: "", Theme.DARK: "screen", Theme.DEVICE: device}[self]

    @property
    def scheme(self) -> str:
        """The CSS ``color-scheme``, for what the browser draws itself, such as scroll bars."""
        return {Theme.LIGHT: "light", Theme.DARK: "dark", Theme.DEVICE: "light dark"}[self]


LABELS = [(Theme.LIGHT.value, "Claro"), (Theme.DARK.value, "Escuro"), (Theme.DEVICE.value, "Como o aparelho")]


def current_theme() -> Theme:
    """The theme that this browser has chosen."""
    chosen = request.cookies.get(COOKIE, "")
    return Theme(chosen) if chosen in set(Theme) else Theme.DEVICE


@page("/tema/<name>")
def choose_theme(name: str) -> ResponseReturnValue:
    """By a link (GET): it changes only how this browser shows pages."""
    if name not in set(Theme):
        raise NotFound
    response = redirect(own_path(typed("next"), "/"))
    secure = is_encrypted(request.environ, current(Settings))
    response.set_cookie(COOKIE, name, max_age=YEAR_S, httponly=True, samesite="Lax", secure=secure)
    return response
