"""*Dia do usuário*, by keys: whose day, which day, and the file of it."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import requests

from almoxarife.brazil import SAO_PAULO, format_date
from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Credentials, Registration
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.stock import MovementIn
from tests.gui.conftest import Open
from tests.gui.desk import Api
from tests.gui.steps import register_admin
from tests.gui.test_import import save_as

TODAY = datetime.now(ZoneInfo(SAO_PAULO)).date()


def test_a_day_is_chosen_seen_and_kept_as_the_server_told_it(open_window: Open, api: Api, tmp_path: Path) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    ApiClient(api.url).register(Registration(username="ana", password="1234"))
    cadastro.key("F7")
    cadastro.shows(f"admin · {days_name()}, {format_date(TODAY)} · 2 eventos")
    cadastro.shows("Login realizado com sucesso | ✓ Sucesso")
    cadastro.focus_is("Usuário")
    cadastro.type("ninguem")
    cadastro.key("Return")
    cadastro.shows("✕ Usuário não encontrado.")
    cadastro.shows_no_more("Login realizado")
    cadastro.focus_is("Usuário")
    cadastro.type("ana")
    cadastro.key("Return")
    cadastro.shows(f"ana · {days_name()}, {format_date(TODAY)} · 1 evento")
    cadastro.shows("Novo usuário cadastrado | ✓ Sucesso")

    cadastro.key("ctrl+e")
    file = save_as(cadastro, tmp_path / "dia.json", title="Exportar o dia")
    cadastro.shows(f"✓ Salvo em {file}")
    assert file.read_bytes() == raw_day(api, "ana")


def test_today_and_every_time_are_those_of_the_server(
    open_window: Open, stopped_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = ZoneInfo("Pacific/Kiritimati")  # seventeen hours ahead of São Paulo
    monkeypatch.setenv("ALMOXARIFE_TIMEZONE", zone.key)
    stopped_api.start()
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    admin = stopped_api.client()
    bolts = admin.create_product(ProductIn(nome="Parafuso 10mm"), key="parafuso").id
    movement = admin.record_movement(MovementIn(produto_id=bolts, quantidade=Decimal(7)), key="entrada")
    before = datetime.now(zone).date()

    cadastro.key("F7")
    cadastro.shows("Login realizado com sucesso | ✓ Sucesso")
    assert any(format_date(day) in cadastro.text for day in (before, datetime.now(zone).date()))
    monitor = open_window("monitor")
    monitor.log_in()
    monitor.shows("+7 | Parafuso 10mm")
    monitor.shows(f"{movement.recorded_at.astimezone(zone):%H:%M:%S}")


def raw_day(api: Api, name: str) -> bytes:
    token = ApiClient(api.url).login(Credentials(username="admin", password="1234")).token
    url = f"{api.url}/usuarios/{name}/historico?dia={TODAY.isoformat()}"
    return requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10).content


def days_name() -> str:
    return ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo")[
        TODAY.weekday()
    ]


def test_whoever_is_no_gerente_sees_the_own_day_only(open_window: Open, api: Api) -> None:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    ApiClient(api.url).register(Registration(username="ana", password="1234"))
    cadastro = open_window("cadastro")
    cadastro.log_in("ana")
    cadastro.key("F7")
    cadastro.shows("ana · ")
    cadastro.shows("Login realizado com sucesso | ✓ Sucesso")
    cadastro.focus_is("Dia")
    cadastro.key("Down")
    cadastro.shows(f"{format_date(TODAY - timedelta(days=1))} · nenhum evento")
    cadastro.key("Up", "Up")
    cadastro.shows(f"{format_date(TODAY)} · 2 eventos")
    cadastro.key("ctrl+a")
    cadastro.type("31/02/2026")
    cadastro.key("Return")
    cadastro.shows("✕ Este dia não existe no calendário.")
    cadastro.focus_is("Dia")
    assert "Usuário" not in cadastro.tab_to("Dia")
    cadastro.key("Escape")
    cadastro.shows("Registrar entrada")
