"""How pages write numbers, money, moments and roles."""

from datetime import datetime
from decimal import Decimal

from flask import Flask
from flask_wtf.csrf import generate_csrf

from almoxarife import brazil
from almoxarife.build import name_build
from almoxarife.server.context import current
from almoxarife.server.settings import Settings
from almoxarife.server.web import assets, pages
from almoxarife.wire.accounts import AccountState
from almoxarife.wire.stock import Movement, MovementKind

KINDS = {
    MovementKind.ENTRY: "entrada",
    MovementKind.EXIT: "saída",
    MovementKind.ADJUSTMENT: "ajuste",
    MovementKind.REVERSAL: "estorno",
    MovementKind.SALE: "venda",
    MovementKind.TRANSFER_OUT: "transferência (saída)",
    MovementKind.TRANSFER_IN: "transferência (entrada)",
}
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
        "variacao": signed,
        "tipo": KINDS.__getitem__,
        "estado": STATES.__getitem__,
    }
    app.jinja_env.globals |= {
        "asset": assets.address,
        "csrf_token": generate_csrf,
        "typed": pages.typed,
        "build": name_build,
        "is_up": is_up,
        "sections": lambda: [section() for section in pages.PROFILE_SECTIONS],
    }
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True


def moment(when: datetime) -> str:
    return brazil.format_datetime(when, current(Settings).timezone)


def signed(effect: Decimal) -> str:
    return f"+{brazil.format_number(effect)}" if effect >= 0 else f"−{brazil.format_number(-effect)}"


def is_up(movement: Movement) -> bool:
    return movement.effect >= 0
