"""A sale in which a hand types between what a scanner reads."""

import signal
import time
from decimal import Decimal

import pytest

from tests.gui.desk import Api, Window
from tests.gui.test_layout import hidden, settle
from tests.gui.test_scanner import scan
from tests.gui.test_till import GTIN, OTHER, PRICE, QUANTITY, cadastro, reais, sold

__all__ = ["cadastro"]


@pytest.mark.timed
def test_a_sale_by_scanner_and_keys(cadastro: Window, api: Api) -> None:
    cadastro.type("3*")
    cadastro.shows("3 ×")
    scan(cadastro, GTIN)
    cadastro.shows(f"1 | Cafe | 3 UN | {reais('19,90')} | {reais('59,70')}")
    cadastro.shows_no_more("3 ×")
    cadastro.key("ctrl+t")
    cadastro.focus_is("Desconto  Ctrl+T")
    cadastro.type("10%")
    cadastro.shows("[10%]")
    time.sleep(0.2)  # a hand is slower than a scanner
    scan(cadastro, OTHER)
    cadastro.shows(f"2 | Acucar | 1 UN | {reais('5,49')} | {reais('5,49')}")
    cadastro.shows("[10%]")
    cadastro.focus_is("Produto")
    cadastro.type("que")
    cadastro.key("Return")
    cadastro.focus_is(QUANTITY)
    cadastro.type("0,355")
    cadastro.key("Return")
    cadastro.shows(f"3 | Queijo | 0,355 KG | {reais('40,00')} | {reais('14,20')}")
    cadastro.type("sac")
    cadastro.key("Return")
    cadastro.focus_is(PRICE)
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Informe o preço de Sacola.")
    cadastro.type("0,10")
    cadastro.key("Return")
    cadastro.shows(reais("71,54"))  # 79,49 less 7,95
    cadastro.key("ctrl+b")
    cadastro.type("100")
    cadastro.shows(f"Troco  {reais('28,46')}")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ registrada no servidor")
    cadastro.shows(f"Troco  {reais('28,46')}")
    assert sold(api) == [Decimal("71.54")]
    coffee = next(product for product in api.client().products().items or [] if product.name == "Cafe")
    assert coffee.balance == -3

    cadastro.key("ctrl+k")
    cadastro.focus_is(f"Por que cancelar a venda de {reais('71,54')}?")
    cadastro.key("Return")
    cadastro.shows("✕ Informe o motivo.")
    cadastro.type("engano")
    cadastro.key("Return")
    cadastro.shows("✓ cancelada no servidor")
    cadastro.shows_no_more("Troco")
    assert sold(api) == []
    cadastro.focus_is("Produto")

    cadastro.key("ctrl+g")
    cadastro.focus_is("Valor sem itens (R$)  Ctrl+G")
    cadastro.type("5")
    cadastro.key("ctrl+Return")
    cadastro.shows(f"Venda {reais('5,00')}")
    cadastro.shows("✓ registrada no servidor")
    cadastro.key("shift+F12")
    cadastro.shows("✓ Confere: o servidor tem o que este computador enviou.")
    for line in (f"2   {reais('76,54')}", f"1   {reais('71,54')}", f"1   {reais('5,00')}", "NÃO É DOCUMENTO FISCAL"):
        cadastro.shows(line)
    settle(cadastro, hidden)
    api.signal(signal.SIGKILL)
    cadastro.key("F5")
    cadastro.shows("O fechamento confere com o servidor: tente de novo (F5).")
