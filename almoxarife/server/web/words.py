"""Formats numbers, money, times and roles for pages."""

from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from flask import Flask, request

from almoxarife import brazil
from almoxarife.build import name_build
from almoxarife.server.context import current
from almoxarife.server.settings import Settings
from almoxarife.server.web import assets, pages, themes
from almoxarife.wire.accounts import AccountState
from almoxarife.wire.stock import KIND_NAMES, Movement

_MAX_INTEGER = 2**63
"""More, orjson does not write. No quantity is so large, and the routes say so."""
STATES = {
    AccountState.PENDING: "aguarda aprovação",
    AccountState.ACTIVE: "ativa",
    AccountState.INACTIVE: "desativada",
}


def install(app: Flask) -> None:
    app.jinja_env.filters |= {
        "numero": brazil.format_number,
        "reais": brazil.format_money,
        "momento": moment,
        "hora": lambda when: brazil.format_time(when, current(Settings).timezone),
        "dia": brazil.format_date,
        "dia_do_momento": lambda when: brazil.format_date(when.astimezone(current(Settings).timezone).date()),
        "variacao": signed,
        "tipo": KIND_NAMES.__getitem__,
        "estado": STATES.__getitem__,
        "codigo": product_code,
        "tamanho": size,
    }
    app.jinja_env.globals |= {
        "asset": assets.address,
        "themes": themes.LABELS,
        "csrf_token": pages.csrf_token,
        "typed": pages.typed,
        "build": name_build,
        "is_up": is_up,
        "this_page": url_of_this_page,
        "sections": lambda: [section() for section in pages.PROFILE_SECTIONS],
    }
    app.context_processor(lambda: {"theme": themes.current_theme(), "here": address_of_this_page()})
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def moment(when: datetime) -> str:
    return brazil.format_datetime(when, current(Settings).timezone)


def product_code(product_id: str) -> str:
    """As the desktop shows it: "P00012" for p12."""
    return f"P{product_id[1:]:0>5}"


def size(number: int) -> str:
    """Bytes in readable units."""
    shown, unit = Decimal(number), "bytes"
    for larger in ("KB", "MB", "GB", "TB"):
        if shown >= 1000:
            shown, unit = shown / 1000, larger
    rounded = round(shown, 1) if shown < 10 and unit != "bytes" else round(shown)
    return f"{brazil.format_number(rounded)} {unit}"


def url_of_this_page(**query: str) -> str:
    return f"{request.path}?{urlencode({name: value for name, value in query.items() if value})}"


def address_of_this_page() -> str:
    """The URL to return to: of a sent form, the page without the typed values."""
    return request.full_path.rstrip("?") if request.method == "GET" else request.path


def json_number(value: Decimal) -> int | float:
    """As the wire has quantities: an integer when whole, unless it is one of many digits, such as a scanned code."""
    return int(value) if value == value.to_integral_value() and abs(value) < _MAX_INTEGER else float(value)


def signed(effect: Decimal) -> str:
    number = brazil.format_number(effect)
    return f"+{number}" if effect >= 0 else number


def is_up(movement: Movement) -> bool:
    return movement.effect >= 0
