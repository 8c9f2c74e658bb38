"""A server without a network: the few answers that the conversation asks for, from memory."""

import itertools
import uuid
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from almoxarife.clients.api.errors import ApiError, password_needed
from almoxarife.clients.queue.store import Outbox
from almoxarife.clients.terminal.conversation.dialogue import converse
from almoxarife.clients.terminal.sending import Sender
from almoxarife.clients.terminal.server_status import ServerStatus
from almoxarife.clients.terminal.session import Session
from almoxarife.wire.accounts import AccountState, LoggedIn, LoggedInUser, Registered, Role, Seller
from almoxarife.wire.health import Coordination
from almoxarife.wire.messages import UnreadMessages
from almoxarife.wire.sales import Ranked, Sale, SaleIn, SalesTotal, SoldBy
from almoxarife.wire.stores import Chain, Shop

URL = "http://127.0.0.1:5000"
MARIA, LUCAS = "23456789012", "56789012345"
NEW_CPF = "52998224725"
"""Its check digits are right."""
PASSWORD = "1234"
SHOPS = ("Max Atacado Centro", "Max Atacado Sul", "Atakadão Leste")


@dataclass
class Account:
    id: str
    name: str
    role: Role
    password: str = PASSWORD
    state: AccountState = AccountState.ACTIVE
    must_change: bool = False


@dataclass
class FakeServer:
    """What all clients of it see."""

    accounts: dict[str, Account] = field(default_factory=dict)
    sales: list[tuple[str, str, SaleIn]] = field(default_factory=list)
    """Key, account and sale, each key once."""
    is_away: bool = False
    swallows_answers: bool = False
    refuses: ApiError | None = None
    tokens: set[str] = field(default_factory=set)
    asked: list[tuple[object, ...]] = field(default_factory=list)
    urls: list[str] = field(default_factory=lambda: [URL])
    """The one in use, and those to go to when it loses an answer."""
    unread: int = 0
    coordination: Coordination | None = None

    def client(self):
        return FakeApi(self)


class FakeApi:
    addresses = main_url = URL

    @property
    def base_url(self):
        return self.server.urls[0]

    def __init__(self, server):
        self.server = server
        self.addresses = ",".join(server.urls)
        self.account = None
        self.token = None
        self.is_closed = False
        self.login_then_away = False

    def _reach(self):
        if self.server.is_away:
            raise ApiError("Servidor fora do ar.")

    def _enter(self):
        self._reach()
        if self.token not in self.server.tokens:
            raise password_needed()

    def is_logged_in_as(self, account):
        return self.token is not None and self.account == account

    def health(self):
        self._reach()

    def login(self, credentials):
        self._reach()
        account = self.server.accounts.get(credentials.username)
        if account is None or account.password != credentials.password:
            raise ApiError("CPF, usuário ou senha não conferem.", status=401, code="credenciais")
        if account.state is AccountState.PENDING:
            raise ApiError("Sua conta aguarda aprovação.", status=403, code="aprovacao-pendente")
        person = LoggedInUser(
            id=account.id,
            username=account.name.split()[0].lower(),
            papel=account.role,
            nome=account.name,
            lojas=[],
            criado_em=datetime(2026, 11, 1, tzinfo=UTC),
            trocar_senha=account.must_change,
        )
        self.token, self.account = str(uuid.uuid4()), person.account
        self.server.tokens.add(self.token)
        self.server.is_away = self.login_then_away
        ends = datetime.now(UTC) + timedelta(hours=12)
        return LoggedIn(mensagem="Bem-vindo!", token=self.token, expira_em=ends, usuario=person)

    def unread_messages(self):
        self._enter()
        return UnreadMessages(nao_lidas=self.server.unread)

    def coordination(self):
        self._enter()
        if self.server.coordination is None:
            raise ApiError("Não encontrado.", status=404, code="nao-encontrado")
        return self.server.coordination

    def logout(self):
        self._enter()
        self.server.tokens.discard(self.token)
        self.token = None

    def close(self):
        self.is_closed = True

    def register(self, asked):
        self._reach()
        if len(asked.password) < 4:
            raise ApiError("A senha deve ter ao menos 4 caracteres.", status=400, code="senha-fraca")
        if asked.cpf in self.server.accounts:
            raise ApiError("Este CPF já tem cadastro.", status=409, code="cpf-existe")
        state = AccountState.PENDING if asked.role == "gerente" else AccountState.ACTIVE
        role = Role(asked.role) if self.server.accounts else Role.ADMIN
        account = Account(f"u{len(self.server.accounts) + 1}", asked.full_name, role, asked.password, state)
        self.server.accounts[asked.cpf] = account
        waits = " Aguarde a aprovação de um administrador." if state is AccountState.PENDING else ""
        return Registered(
            mensagem=f"Conta criada.{waits}", id=account.id, username="x", papel=account.role, estado=state
        )

    def change_password(self, change):
        self._enter()
        account = next(account for account in self.server.accounts.values() if account.must_change)
        account.password, account.must_change = change.new, False

    def shops(self):
        self._enter()
        return [Shop(id=f"l{number}", nome=name) for number, name in enumerate(SHOPS, 1)]

    def chains(self):
        self._enter()
        return [Chain(id="r1", nome="MAX ATACADO", versao=1), Chain(id="r2", nome="ATAKADAO", versao=1)]

    def sellers(self):
        self._enter()
        sellers = [(key, found) for key, found in self.server.accounts.items() if found.role is Role.SELLER]
        return [Seller(id=found.id, nome=found.name, username=key, ativo=True) for key, found in sellers]

    def sales(self, *, newest):
        self._enter()
        own = [number for number, (_, account, _) in enumerate(self.server.sales, 1) if account == self.account]
        return [self._recorded(number) for number in own[-newest:]]

    def sales_total(self, **asked):
        self._enter()
        self.server.asked.append(tuple(sorted((name, value) for name, value in asked.items() if value is not None)))
        return SalesTotal(total="560.00", vendas=3)

    def best_shop(self, *, since=None, until=None):
        self._enter()
        self.server.asked.append(("best_shop", since and str(since), until and str(until)))
        return [Ranked(id="l3", nome="Atakadão Leste", total="530.00", vendas=2, lugar=1)]

    def best_seller(self, *, since=None, until=None):
        self._enter()
        return []

    def post_sale_as(self, account, path, body, *, key, timeout_s, waited_s=0, not_before=None):
        if self.account != account:
            raise password_needed()
        self._enter()
        if self.server.refuses is not None:
            raise self.server.refuses
        sale = SaleIn.model_validate_json(body)
        if key not in [known for known, _, _ in self.server.sales]:
            self.server.sales.append((key, account, sale))
        if len(self.server.urls) > 1:
            self.server.urls.pop(0)
            raise ApiError("Servidor fora do ar.")
        if self.server.swallows_answers:
            raise ApiError("O servidor demorou demais para responder.")
        return self._recorded(len(self.server.sales))

    def _recorded(self, number):
        _, account, sale = self.server.sales[number - 1]
        return Sale(
            id=f"v{number}",
            seq=number,
            loja_id=sale.shop_id,
            vendedor=SoldBy(id=account.split()[0], nome="Maria"),
            valor=sale.amount,
            desconto=Decimal(0),
            itens=[],
            registrada_em=datetime.now(UTC),
            ocorrido_em=datetime.now(UTC),
            estoque_negativo=False,
        )


class Typist:
    """Somebody at a terminal: types lines, and remembers what was on the screen."""

    def __init__(self, session):
        self.session = session
        self.conversation = converse(session)
        self.is_over = False
        self.screen = []
        self.seen = []
        self._show(next(self.conversation))

    def _show(self, question):
        self.question = question
        self.screen = [*question.lines, question.prompt]
        self.seen += self.screen

    def type(self, *lines):
        """What is on the screen after the last of them, as one text."""
        for line in lines:
            assert not self.is_over, f"the session is over, {line!r} is typed at nobody"
            try:
                self._show(self.conversation.send(line))
            except StopIteration as end:
                self.is_over = True
                self.screen = list(end.value)
                self.seen += self.screen
        return "\n".join(self.screen)

    @property
    def prompt(self):
        return self.question.prompt


@dataclass
class Terminal:
    """A terminal's process without its process."""

    server: FakeServer
    outbox: Outbox
    status: ServerStatus
    sender: Sender
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    def sit_down(self):
        return Typist(
            Session(
                next(self.numbers), self.server.client(), outbox=self.outbox, sender=self.sender, status=self.status
            )
        )

    def look(self):
        """What its thread does every second."""
        self.sender._look()


@pytest.fixture
def server():
    return FakeServer(
        {
            MARIA: Account("u1", "Maria das Dores", Role.SELLER),
            LUCAS: Account("u2", "Lucas Matos de Abreu", Role.MANAGER),
        }
    )


@pytest.fixture
def folder(tmp_path):
    return tmp_path


@pytest.fixture
def terminal(server, folder):
    with closing(Outbox(folder)) as outbox:
        status = ServerStatus(URL)
        probe = server.client()
        probe.addresses = f"{URL},http://10.0.0.6:5000"
        yield Terminal(server, outbox, status, Sender(outbox, status, probe))


@pytest.fixture
def typist(terminal):
    return terminal.sit_down()


@pytest.fixture
def maria(typist):
    typist.type(MARIA, PASSWORD)
    return typist


@pytest.fixture
def lucas(typist):
    typist.type(LUCAS, PASSWORD)
    return typist
