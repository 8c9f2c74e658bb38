"""The shop under test and the people in it.

**Ana** keeps the stock of Loja Centro, **Bruno** manages it, **Carla** administers the chain, **Davi** keeps
the stock of another shop and must see nothing of Centro. **Vera** sells in Centro: she may look and not touch.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask
from werkzeug.test import TestResponse

from almoxarife.server.accounts import passwords
from almoxarife.server.accounts.models import LoginSession, User
from almoxarife.server.accounts.service import fold_username
from almoxarife.server.accounts.tokens import LIFETIME, Tokens
from almoxarife.server.app import create_app
from almoxarife.server.audit import sealing
from almoxarife.server.audit.checking import check
from almoxarife.server.context import Run, Services
from almoxarife.server.logs.service import FILE, LogQueue, SqliteLogStore
from almoxarife.server.logs.storage.postgres import PostgresLogStore
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import Database, is_server
from almoxarife.server.store.sessions import raw
from almoxarife.server.stores import service as stores
from almoxarife.server.upkeep import migrations
from almoxarife.wire.accounts import AccountState, Role
from tests.databases import Onlooker, Place
from tests.log_capture import write_line

T = TypeVar("T")

HOME = "127.0.0.1"
LAN = "192.168.0.20"
LAN_SERVER = {"ALMOXARIFE_HOST": "0.0.0.0"}
KEYS = [b"a key of the tests, never used elsewhere"]

MATRIZ, CENTRO, NORTE = "l1", "l2", "l3"
PEOPLE = {
    "Carla": (Role.ADMIN, [MATRIZ]),
    "Bruno": (Role.MANAGER, [CENTRO]),
    "Ana": (Role.STOCK_CLERK, [CENTRO]),
    "Vera": (Role.SELLER, [CENTRO]),
    "Davi": (Role.STOCK_CLERK, [NORTE]),
}
PASSWORDS = {name: f"{name.lower()}-sabe-esta-frase" for name in PEOPLE}

BUSINESS_TABLES = (
    "shops",
    "chains",
    "users",
    "directory_people",
    "user_shops",
    "products",
    "product_codes",
    "units",
    "product_imports",
    "balances",
    "movements",
    "idempotency_keys",
    "calendar_events",
    "messages",
    "sales",
    "sale_items",
    "sale_cancellations",
    "sale_sums",
    "log_views",
)
_ALL_IN_ONE_ANSWER = "SELECT " + ", ".join(
    f"ARRAY(SELECT row::text FROM {table} AS row ORDER BY 1)" for table in BUSINESS_TABLES
)
"""A server is asked once instead of twenty times; it writes down what Python would compare value by value."""


def make_database(place: Place, *, with_cast: bool) -> Place:
    """A migrated database with the shops and, if wanted, the cast in it."""
    migrations.migrate(place)
    return make_cast(place) if with_cast else place


def make_cast(place: Place) -> Place:
    database = Database.open(place)
    hashes = {name: passwords.hash_password(password) for name, password in PASSWORDS.items()}
    with database.transaction() as session:
        for name in ("Loja Centro", "Loja Norte"):
            stores.create_shop(session, name)
        for name, (role, shop_ids) in PEOPLE.items():
            session.add(
                User(
                    username=name,
                    username_folded=fold_username(name),
                    password_hash=hashes[name],
                    role=role,
                    state=AccountState.ACTIVE,
                    created_at=datetime.now(UTC),
                    shops=[stores.get_shop(session, int(shop_id[1:])) for shop_id in shop_ids],
                )
            )
        session.flush()
        for number in range(1, len(PEOPLE) + 1):
            session.add(LoginSession(user_id=number, created_at=datetime.now(UTC)))
        raw(session).execute("UPDATE audit_tally SET seal = NULL")  # as if all had been there before an upgrade
    sealing.repair_and_seal(database, {})
    database.close()
    return place


@dataclass
class Server:
    """An application on an open database, asked in process as from any address under any name."""

    app: Flask
    database: Database
    place: Place
    folder: Path
    """The data directory."""
    onlooker: Onlooker

    def ask(
        self,
        method: str,
        path: str,
        *,
        peer: str = HOME,
        host: str = "localhost:5000",
        environ: dict[str, Any] | None = None,
        buffered: bool = True,
        **options: Any,
    ) -> TestResponse:
        overrides = {"REMOTE_ADDR": peer, "HTTP_HOST": host, **(environ or {})}
        return self.app.test_client().open(
            path, method=method, environ_overrides=overrides, buffered=buffered, **options
        )

    def register(self, username: object, password: object, **how: Any) -> TestResponse:
        body = {"username": username, "password": password, **how.pop("more", {})}
        return self.ask("POST", "/registrar_usuario_app", json=body, **how)

    def log_in(self, username: object, password: object, **how: Any) -> TestResponse:
        return self.ask("POST", "/login", json={"username": username, "password": password}, **how)

    def business(self) -> object:
        """What is in the tables that a refused request must not change, to be compared."""
        if is_server(self.place):
            return self.onlooker.rows(_ALL_IN_ONE_ANSWER, is_repeated=True)
        return {table: self.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in BUSINESS_TABLES}

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """What another connection sees: what is committed."""
        return self.onlooker.rows(sql, *parameters)

    def wrong_balances(self) -> list[tuple[Any, ...]]:
        """(shop, product) of each balance that is not the sum of its movements."""
        return self.rows(
            "SELECT shop_id, product_id FROM (SELECT shop_id, product_id, quantity FROM balances"
            " UNION ALL SELECT shop_id, product_id, -effect FROM movements) AS both_sides"
            " GROUP BY shop_id, product_id HAVING sum(quantity) != 0"
        )

    def assert_all_agrees(self) -> None:
        """Balances with movements, and everything that ``almoxarife check`` compares."""
        with self.database.reading() as session:
            assert (self.wrong_balances(), [*check(session)]) == ([], [])

    def audited(self) -> list[tuple[Any, ...]]:
        """(tag, outcome, actor, subject) of every audit entry, oldest first."""
        return self.rows("SELECT tag, outcome, actor_id, subject FROM audit_entries ORDER BY id")

    def person(self, name: str) -> "Person":
        ((number,),) = self.rows("SELECT id FROM users WHERE username = ?", name)
        return Person(self, name, number)


@dataclass
class Person:
    """Somebody of the cast with a token; each verb is one request and returns its answer."""

    server: Server
    name: str
    number: int
    _session: tuple[str, datetime] | None = None

    @property
    def id(self) -> str:
        return f"u{self.number}"

    @property
    def token(self) -> str:
        """A valid one, whatever time a test has travelled to."""
        now = datetime.now(UTC)
        if self._session is None or not timedelta() <= now - self._session[1] < LIFETIME:
            self._session = (self._find_session() or self.open_session(), now)
        return self._session[0]

    def open_session(self) -> str:
        """One more token, without the cost of a password."""
        with self.server.database.transaction() as session:
            login = LoginSession(user_id=self.number, created_at=datetime.now(UTC))
            session.add(login)
            session.flush()
            user = session.get_one(User, self.number)
        return self._sign(user, login.id)

    def _find_session(self) -> str | None:
        """A token of a session that is open already: nothing has to be written for it."""
        found = self.server.rows(
            "SELECT u.generation, s.id FROM users u JOIN login_sessions s ON s.user_id = u.id"
            " WHERE u.id = ? AND s.ended_at IS NULL ORDER BY s.id LIMIT 1",
            self.number,
        )
        return self._sign(User(id=self.number, generation=found[0][0]), found[0][1]) if found else None

    def _sign(self, user: User, session_id: int) -> str:
        return Services.of(self.server.app).get(Tokens).issue(user, session_id).text

    def ask(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, token: str | None = None, **how: Any
    ) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token if token is None else token}", **(headers or {})}
        return self.server.ask(method, path, headers=headers, **how)

    def get(self, path: str, **how: Any) -> TestResponse:
        return self.ask("GET", path, **how)

    def post(self, path: str, body: object = None, *, key: str | None = None, **how: Any) -> TestResponse:
        headers = {**how.pop("headers", {}), **({"Idempotency-Key": key} if key is not None else {})}
        return self.ask("POST", path, json=body, headers=headers, **how)

    def patch(self, path: str, body: object) -> TestResponse:
        return self.ask("PATCH", path, json=body)

    def add(self, name: str, *, key: str | None = None, **fields: object) -> TestResponse:
        return self.post("/produtos", {"nome": name, **fields}, key=key)

    def change(self, product_id: str, version: str | None, **fields: object) -> TestResponse:
        headers = {} if version is None else {"If-Match": version}
        return self.ask("PUT", f"/produtos/{product_id}", json=fields, headers=headers)

    def receive(self, product_id: str, quantity: object, *, key: str | None = None, **more: object) -> TestResponse:
        return self.post("/inventario", {"produto_id": product_id, "quantidade": quantity, **more}, key=key)

    def issue(self, product_id: str, quantity: object, **more: Any) -> TestResponse:
        return self.receive(product_id, quantity, **{"tipo": "saida", "motivo": "uso no balcão", **more})

    def adjust(self, product_id: str, quantity: object, **more: Any) -> TestResponse:
        return self.receive(product_id, quantity, **{"tipo": "ajuste", "motivo": "contagem", **more})

    def reverse(self, movement: TestResponse, *, reason: str = "engano", key: str | None = None) -> TestResponse:
        return self.post(f"/inventario/{movement.json['id']}/estorno", {"motivo": reason}, key=key)

    def sell(
        self, *items: tuple[str, object] | tuple[str, object, str], key: str | None = None, **more: object
    ) -> TestResponse:
        """Lines of a product, a quantity and perhaps a price; or an amount alone (``valor=``)."""
        lines = [dict(zip(("produto_id", "quantidade", "preco"), item, strict=False)) for item in items]
        return self.post("/vendas", {**({"itens": lines} if lines else {}), **more}, key=key)

    def cancel(self, sale: TestResponse | str, *, reason: str = "desistiu", key: str | None = None) -> TestResponse:
        sale_id = sale if isinstance(sale, str) else sale.json["id"]
        return self.post(f"/vendas/{sale_id}/cancelamento", {"motivo": reason}, key=key)

    def product(self, product_id: str, query: str = "") -> dict[str, Any]:
        (found,) = [row for row in self.get(f"/produtos{query}").json if row["id"] == product_id]
        return found

    def balance(self, product_id: str) -> float:
        balance: float = self.product(product_id)["saldo"]
        return balance

    def balances(self) -> dict[str, float]:
        """Of all products that this person sees, by name."""
        return {row["nome"]: row["saldo"] for row in self.get("/produtos").json}

    def movements(self, query: str = "") -> list[float]:
        """The signed effects of what this person sees, in the order of the answer."""
        return [row["variacao"] for row in self.get(f"/inventario{query}").json]


def at_once(works: list[Callable[[], T]]) -> list[T]:
    """Run every work in a thread of its own, all released together; what they returned."""
    results: dict[int, T] = {}
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def run(place: int, work: Callable[[], T]) -> None:
        try:
            barrier.wait(30)
            results[place] = work()
        except BaseException as error:  # noqa: BLE001  # shown by the assertion below
            errors.append(error)

    threads = [threading.Thread(target=run, args=item, daemon=True) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors, errors
    return [results[place] for place in range(len(works))]


@contextmanager
def open_server(
    place: Place, folder: Path, variables: dict[str, str] | None = None, *, setup_code: str | None = None
) -> Iterator[Server]:
    """The application on the database at ``place``, under ``ALMOXARIFE_*`` variables."""
    settings = Settings.from_mapping({"ALMOXARIFE_DATA_DIR": str(folder), **(variables or {})})
    database = Database.open(place, read_url=settings.read_url)
    run = Run(instance="teste", setup_code=setup_code)
    logs = LogQueue(PostgresLogStore(place) if isinstance(place, str) else SqliteLogStore(folder / FILE))
    onlooker = Onlooker(place)
    try:
        app = create_app(settings, database, keys=KEYS, run=run, logs=logs, write_line=write_line)
        yield Server(app, database, place, folder, onlooker)
    finally:
        onlooker.close()
        logs.store.close()  # what no test has asked for need not be written
        database.close()


def assert_problem(response: TestResponse, status: int, code: str) -> dict[str, Any]:
    """The answer is problem details with every member the contract names; returns them."""
    assert response.content_type == "application/problem+json", response.data
    problem: dict[str, Any] = response.get_json(force=True)
    assert (response.status_code, problem["codigo"]) == (status, code), problem
    assert problem["status"] == status
    assert problem["type"] == f"urn:almoxarife:problema:{code}"
    assert problem["title"]
    assert problem["detail"] == problem["mensagem"] != ""
    assert problem["requisicao"] == response.headers["X-Request-Id"]
    if status == 400:
        assert problem["erros"]
        assert all(set(error) == {"campo", "mensagem"} for error in problem["erros"])
    return problem


def assert_refused(response: TestResponse, *fields: str) -> dict[str, Any]:
    """400, with an error for each of these fields and no other."""
    problem = assert_problem(response, 400, "pedido-invalido")
    assert [error["campo"] for error in problem["erros"]] == list(fields), problem
    return problem
