"""The terminal's process and the API's, as a seller and a manager meet them."""

import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack, closing

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.queue.store import Outbox
from almoxarife.wire.accounts import Credentials, Registration, Role, UserChange
from almoxarife.wire.sales import SaleIn
from tests.gui.desk import Api
from tests.programs import ROOT, wait_for
from tests.terminal.caller import Caller
from tests.terminal.processes import TerminalProcess

pytestmark = pytest.mark.slow

CPF, MANAGERS_CPF = "52998224725", "15350946056"
PASSWORD = "parafuso"
CONFIRM, LEAVE, TOTAL = "Confirma a venda? (s/n): ", "Sair? (s/n): ", "meu total): "


class Place:
    def __init__(self, stack, folder):
        self.api = Api(stack, folder / "dados")
        self.api.start()
        self.admin = ApiClient(self.api.url)
        self.admin.register(Registration(username="admin", password=PASSWORD))
        self.admin.login(Credentials(username="admin", password=PASSWORD))
        self.terminal = TerminalProcess(stack, folder, self.api.url, data=self.api.data)
        self.terminal.start()

    def call(self, source=None):
        return Caller(self.terminal.port, source=source and (source, 0))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with ExitStack() as stack:
        yield Place(stack, tmp_path_factory.mktemp("loja"))


@pytest.fixture(scope="module")
def seller(place):
    """Signed up at the terminal itself."""
    with place.call() as caller:
        caller.read_until("usuário: ")
        caller.answer(CPF, "Senha: ")
        caller.answer("qualquer", "primeiro acesso com este CPF? (s/n): ")
        caller.answer("s", "Nome completo: ")
        caller.answer("Maria das Dores", "nascimento (AAAA): ")
        caller.answer("1995", "Número da função: ")
        caller.answer("1", "desiste): ")
        caller.answer(PASSWORD, "Repita a senha: ")
        screen = caller.answer(PASSWORD, TOTAL)
    assert "Boas-vindas, Maria das Dores!" in screen
    assert "Coordenador: " in screen
    return CPF


def sell(caller, amount):
    caller.answer("1", "Valor da venda: ")
    caller.answer(amount, CONFIRM)
    return caller.answer("s", LEAVE)


def test_a_sale_is_recorded_and_counts_in_the_own_total(place, seller):
    with place.call() as caller:
        caller.log_in(seller, PASSWORD, until=TOTAL)
        before = len(place.admin.sales())
        assert "Venda registrada: R$ 19,90" in sell(caller, "19,90")
        (sale,) = place.admin.sales()[before:]
        assert (str(sale.amount), sale.sold_by.name) == ("19.90", "Maria das Dores")
        caller.answer("n", TOTAL)
        caller.answer("T", "desde sempre): ")
        caller.answer("", "até hoje): ")
        assert "Seu total de todo o período: R$ " in caller.answer("", TOTAL)


def test_a_manager_waits_for_approval_and_then_has_five_options(place, seller):
    with place.call() as caller:
        caller.read_until("usuário: ")
        for line, until in (
            *((MANAGERS_CPF, "Senha: "), ("x", "(s/n): "), ("S", "completo: "), ("Lucas Matos", "(AAAA): ")),
            *(("1988", "função: "), ("2", "desiste): "), (PASSWORD, "Repita a senha: ")),
        ):
            caller.answer(line, until)
        assert "aprovação de um administrador" in caller.answer(PASSWORD, "usuário: ")
    (waiting,) = [person for person in place.admin.users() if person.full_name == "Lucas Matos"]
    shops = [shop.id for shop in place.admin.shops()]
    place.admin.change_user(waiting.id, UserChange(ativo=True, papel=Role.MANAGER, lojas=shops))

    with place.call() as caller:
        assert "Boas-vindas, Lucas Matos!" in caller.log_in(MANAGERS_CPF, PASSWORD, until="Número da opção (D: dias): ")
        assert "1  Maria das Dores" in caller.answer("1", "Número do vendedor: ")
        assert "Total de Maria das Dores de todo o período: R$ " in caller.answer("1", LEAVE)
        caller.answer("n", "Número da opção (D: dias): ")
        assert "Melhor vendedor de todo o período: Maria das Dores" in caller.answer("3", LEAVE)
        caller.type("s")
        caller.read_to_the_end()


def test_a_seller_is_told_no_total_of_others(place, seller):
    shop = place.admin.shops()[0].id
    place.admin.sell(SaleIn(loja_id=shop, valor="1000.00"), key="venda-de-outra-pessoa")
    with place.call() as caller:
        caller.log_in(seller, PASSWORD, until=TOTAL)
        caller.answer("t", "desde sempre): ")
        caller.answer("", "até hoje): ")
        assert "Seu total de todo o período: R$ 19,90 (1 venda)." in caller.answer("", TOTAL)
        assert "Opções" not in caller.transcript.decode()


def test_wrong_passwords_count_where_the_caller_sits(place, seller):
    with place.call("127.0.0.7") as caller:
        for _ in range(5):
            caller.read_until("usuário: ")
            caller.answer(seller, "Senha: ")
            caller.answer("errada", "(s/n): ")
            caller.type("n")
        caller.read_until("usuário: ")
        caller.answer(seller, "Senha: ")
        assert "Muitas tentativas" in caller.answer(PASSWORD, "usuário: ")
    with place.call() as caller:
        caller.log_in(seller, PASSWORD, until=TOTAL)


def test_while_the_api_is_away_sales_wait_and_are_sent_by_themselves(place, seller):
    with place.call() as caller:
        caller.log_in(seller, PASSWORD, until=TOTAL)
        before = len(place.admin.sales())
        place.api.signal(signal.SIGKILL)
        screen = sell(caller, "1,01")
        assert "Venda gravada neste computador, 1 aguardando envio." in screen
        assert "registrada" not in screen
        caller.answer("n", TOTAL)
        assert "2 aguardando envio" in sell(caller, "2,02")
        place.api.start()
        wait_for("both sales", lambda: len(place.admin.sales()) == before + 2)
        screen = caller.answer("n", TOTAL)
        assert "2 vendas que esperavam foram enviadas." in screen
        assert "Venda registrada" in sell(caller, "3,03")
    assert [str(sale.amount) for sale in place.admin.sales()[before:]] == ["1.01", "2.02", "3.03"]


def test_nothing_that_was_typed_first_is_in_any_file(place, seller):
    place.terminal.process.send_signal(15)
    assert place.terminal.process.wait(60) == 0
    place.terminal.start()
    written = b"".join(file.read_bytes() for file in place.api.data.parent.rglob("*") if file.is_file())

    assert b"terminal_session_opened" in written
    assert PASSWORD.encode() not in written
    for cpf in (CPF, MANAGERS_CPF):
        assert cpf.encode() not in written
    with closing(Outbox(place.terminal.queue)) as outbox:
        assert not outbox.waiting()


@pytest.mark.skipif(shutil.which("nc") is None, reason="needs nc")
def test_nc_is_enough(place, seller):
    typed = f"{seller}\n{PASSWORD}\n1\n4,04\ns\ns\n"
    done = subprocess.run(
        ["nc", "127.0.0.1", str(place.terminal.port)], input=typed.encode(), capture_output=True, timeout=60
    )

    assert done.stdout.decode().endswith("Até logo!\r\n")
    assert "Venda registrada: R$ 4,04" in done.stdout.decode()


@pytest.mark.parametrize("with_server", [True, False])
def test_the_command_on_this_screen(place, seller, with_server):
    """With the address of a terminal server, and without."""
    arguments = [f"127.0.0.1:{place.terminal.port}"] if with_server else []
    typed = f"{seller}\n{PASSWORD}\n1\n5,05\ns\ns\n"
    env = {**place.terminal.env, "ALMOXARIFE_DATA_DIR": str(place.api.data), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, "-m", "almoxarife.server.operations.commands.main", "terminal", *arguments],
        input=typed.encode(),
        capture_output=True,
        env=env,
        cwd=ROOT,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr
    assert "Venda registrada: R$ 5,05" in done.stdout.decode()
    assert done.stdout.decode().endswith("Até logo!\n")
