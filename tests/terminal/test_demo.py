"""The chain of the demonstration, asked over a real socket: every sum that must come out, and every wrong answer."""

from contextlib import ExitStack
from decimal import Decimal

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Credentials
from tests.gui.desk import Api
from tests.server.processes import almoxarife
from tests.terminal.caller import Caller
from tests.terminal.processes import TerminalProcess

pytestmark = pytest.mark.slow

LUCAS, PEDRO = "56789012345", "345.678.901-23"
OPTION, LEAVE = "Número da opção (D: dias): ", "Sair? (s/n): "


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rede")
    with ExitStack() as stack:
        api = Api(stack, folder / "dados")
        api.data.mkdir()
        assert almoxarife("demo", data=api.data).returncode == 0
        api.start()
        terminal = TerminalProcess(stack, folder, api.url, data=api.data)
        terminal.start()
        terminal.url = api.url
        yield terminal


@pytest.fixture
def lucas(place):
    with Caller(place.port) as caller:
        assert "Boas-vindas, Lucas Matos de Abreu!" in caller.log_in(LUCAS, "1234", until=OPTION)
        yield caller


def again(caller):
    assert "Boas-vindas, Lucas Matos de Abreu!" in caller.answer("n", OPTION)


SELLERS = ["João de Alencar", "Maria das Dores", "Pedro Solto Aguiar", "Ana Milena da Silva"]
SHOPS = ["Max Atacado Centro", "Max Atacado Sul", "Atakadão Norte", "Atakadão Leste"]
SHOPS += ["Lojas Martins 1", "Lojas Martins 2"]
CHAINS = ["MAX ATACADO", "ATAKADAO", "LOJAS MARTINS"]


def listed(names):
    return "".join(f" {number}  {name}\r\n" for number, name in enumerate(names, 1))


def test_the_total_of_each_seller(lucas):
    for number, total in enumerate((330, 250, 530, 560), 1):
        assert listed(SELLERS) in lucas.answer("1", "Número do vendedor: ")
        for wrong in ("x", "0", "5", "", "1.0"):
            assert "Digite um número de 1 a 4." in lucas.answer(wrong, "Número do vendedor: ")
        said = lucas.answer(str(number), LEAVE)
        assert f"Total de {SELLERS[number - 1]} de todo o período: R$ {total},00 (" in said
        again(lucas)


def test_the_total_of_each_shop(lucas):
    # The shop that every database has from the start has sold nothing.
    for name, total in zip(SHOPS, (100, 340, 150, 530, 210, 340), strict=True):
        shown = lucas.answer("5", "Número da loja: ")
        names = [line.split("  ", 1)[1] for line in shown.split("\r\n") if "  " in line]
        assert [name for name in names if name in SHOPS] == SHOPS
        assert f"Total de {name} de todo o período: R$ {total},00 (" in lucas.answer(str(names.index(name) + 1), LEAVE)
        again(lucas)


def test_a_manager_is_told_the_best_shop_and_the_best_seller(lucas):
    assert "Melhor loja de todo o período: Atakadão Leste, R$ 530,00 (2 vendas)." in lucas.answer("2", LEAVE)
    again(lucas)
    assert "Melhor vendedor de todo o período: Ana Milena da Silva, R$ 560,00 (3 vendas)." in lucas.answer("3", LEAVE)


@pytest.mark.parametrize(
    ("chain", "first", "last", "total"),
    [
        *((1, "", "", 440), (2, "", "", 680), (3, "", "", 550)),
        (1, "17012023", "17/01/2023", 100),
        (3, "01/03/2023", "31032023", 340),
        (2, "01012024", "31122024", 0),
    ],
)
def test_the_total_of_a_chain_between_two_days(lucas, chain, first, last, total):
    assert listed(CHAINS) in lucas.answer("4", "Número da rede: ")
    lucas.answer(str(chain), "sempre): ")
    assert "não existe" in lucas.answer("31022023", "sempre): ")
    lucas.answer(first, "até hoje): ")
    if first:
        assert "não pode vir antes" in lucas.answer("01/01/2023", "até hoje): ")
    assert f": R$ {total},00 (" in lucas.answer(last, LEAVE)


def test_a_seller_sells_after_every_wrong_answer_and_the_server_has_it_once(place):
    with Caller(place.port) as caller:
        caller.log_in(PEDRO, "1234", until="total): ")
        for wrong in ("abc", "0", "99", "", "-1"):
            assert "Digite um número" in caller.answer(wrong, "total): ")
        caller.answer("2", "Valor da venda: ")
        for wrong in ("abc", "10.5", "-1", "0", "", "1.234", "10,5"):
            caller.answer(wrong, "Valor da venda: ")
        caller.answer("1.234,56", "venda? (s/n): ")
        assert "não foi registrada" in caller.answer("sim", "total): ")
        caller.answer("2", "Valor da venda: ")
        caller.answer("1234,56", "venda? (s/n): ")
        assert "Venda registrada: R$ 1.234,56" in caller.answer("S", LEAVE)
        caller.type("s")
        assert caller.read_to_the_end() == "Até logo!\r\n"
    client = ApiClient(place.url)
    client.login(Credentials(username="34567890123", password="1234"))
    assert [sale.amount for sale in client.sales()].count(Decimal("1234.56")) == 1
    assert len(client.sales()) == 3
