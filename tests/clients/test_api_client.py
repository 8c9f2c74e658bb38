"""The client against a real HTTP server of a few lines: what it sends, and what it makes of any answer."""

import threading
from datetime import date
from decimal import Decimal

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import FOREIGN_RESPONSE, NO_RESPONSE, ApiError
from almoxarife.wire.accounts import AccountState, Credentials, PasswordChange, Registration, UserChange
from almoxarife.wire.catalog import ProductChange, ProductIn
from almoxarife.wire.stock import MovementIn, ReversalIn
from almoxarife.wire.times import to_iso
from tests.clients.conftest import Reply, Seen, TinyServer, problem
from tests.clients.things import NOON

PRODUCT = {"id": "p1", "nome": "Açúcar", "unidade": "KG", "saldo": 2.5, "ativo": True, "versao": 3, "preco": "4.99"}
MOVEMENT = {
    "id": "m1", "seq": 7, "produto_id": "p1", "nome_produto": "Açúcar", "quantidade": 2.5, "variacao": 2.5,
    "saldo": 5, "tipo": "entrada", "loja_id": "l1", "registrado_por": "ana", "novidade": "campo futuro",
    "timestamp": "2026-11-20T14:03:02.120Z", "ocorrido_em": "2026-11-20T14:03:02.120Z",
}  # fmt: skip
PERSON = {
    "id": "u1", "username": "ana", "papel": "vendedor", "estado": "ativo", "ativo": True, "lojas": [],
    "criado_em": "2026-11-20T14:03:02.120Z",
}  # fmt: skip
LOGIN = {
    "mensagem": "ok", "token": "segredo-1", "expira_em": "2026-11-21T02:03:02.120Z",
    "usuario": {"id": "u1", "username": "ana", "papel": "estoquista", "lojas": ["l1"],
                "criado_em": "2026-11-20T14:03:02.120Z"},
}  # fmt: skip
SUMMARY = {"entradas": 2, "quantidade": 5, "pessoas": 1, "por_hora": [0] * 24}
ANAS_ACCOUNT = "u1 2026-11-20T14:03:02.120000+00:00"
ANA = Credentials(username="ana", password="1234")


def log_in(client: ApiClient, server: TinyServer, token: str = "segredo-1") -> None:
    server.next = Reply(200, {**LOGIN, "token": token})
    client.login(ANA)
    server.seen.clear()


HEALTH = {"nome": "almoxarife", "versao": "1", "estado": "ok", "banco": "sqlite", "instancia": "x"}
ACCOUNT = {"mensagem": "ok", "id": "u1", "username": "ana", "papel": "estoquista", "estado": "ativo"}
SUGAR = ProductIn(nome="Açúcar")
TWO_AND_A_HALF = MovementIn(produto_id="p1", quantidade=Decimal("2.5"))
MISTAKE = ReversalIn(motivo="engano")

ROUTES = {
    "GET /saude": (lambda c: c.health(), 200, HEALTH),
    "POST /registrar_usuario_app": (lambda c: c.register(Registration(username="ana", password="1")), 201, ACCOUNT),
    "POST /logout": (lambda c: c.logout(), 204, None),
    "POST /conta/senha": (lambda c: c.change_password(PasswordChange(senha_atual="a", senha_nova="b")), 204, None),
    "POST /historico/eventos": (
        lambda c: c.post_event_as(ANAS_ACCOUNT, "/historico/eventos", b"{}", key="k"),
        204,
        None,
    ),
    "GET /usuarios?estado=pendente": (lambda c: c.users(AccountState.PENDING), 200, [PERSON]),
    "PATCH /usuarios/u1": (lambda c: c.change_user("u1", UserChange(ativo=False)), 200, PERSON),
    "POST /usuarios/u1/senha": (lambda c: c.reset_password("u1"), 200, {"senha_temporaria": "x"}),
    "GET /usuarios/jo%C3%A3o%20%25%3F/historico?dia=2026-11-20": (
        lambda c: c.user_day("joão %?", date(2026, 11, 20)),
        200,
        {"nom_user": "JOÃO %?", "log_history": []},
    ),
    "GET /lojas": (lambda c: c.shops(), 200, [{"id": "l1", "nome": "Matriz"}]),
    "GET /produtos?busca=a+b&loja=l1&inativos=1": (
        lambda c: c.products(search="a b", shop_id="l1", with_inactive=True),
        200,
        [PRODUCT],
    ),
    "POST /produtos": (lambda c: c.create_product(SUGAR, key="k"), 201, PRODUCT),
    "PUT /produtos/p1": (lambda c: c.change_product("p1", ProductChange(nome="Açúcar"), version=3), 200, PRODUCT),
    "GET /produtos/p1/movimentacoes": (lambda c: c.product_movements("p1"), 200, [MOVEMENT]),
    "GET /inventario?depois=5&limite=500": (lambda c: c.movements(after=5, limit=500), 200, [MOVEMENT]),
    "GET /inventario?ultimos=200": (lambda c: c.movements(newest=200), 200, []),
    "POST /inventario": (lambda c: c.record_movement(TWO_AND_A_HALF, key="k"), 201, MOVEMENT),
    "POST /inventario/m%2F1/estorno": (lambda c: c.reverse("m/1", MISTAKE, key="k"), 201, MOVEMENT),
    "GET /inventario/resumo": (lambda c: c.summary(), 200, SUMMARY),
}


@pytest.mark.parametrize("line", ROUTES)
def test_each_method_asks_its_route_with_the_token(client, server, line):
    call, status, body = ROUTES[line]
    log_in(client, server)
    server.next = Reply(status, body)

    call(client)

    (seen,) = server.seen
    assert f"{seen.method} {seen.path}" == line
    is_public = line.split()[1] in {"/saude", "/registrar_usuario_app"}
    assert is_public or seen.headers["Authorization"] == "Bearer segredo-1"


def test_a_day_keeps_the_very_bytes_of_the_answer(client, server):
    log_in(client, server)
    content = b'{"nom_user":  "ANA", "log_history": [], "novo": 1.0}\n'
    server.next = Reply(200, content)

    answer = client.user_day("ana", date(2026, 11, 20))

    assert answer.content == content
    assert answer.day.name == "ANA"


def test_a_movement_goes_out_as_numbers_with_its_key(client, server):
    log_in(client, server)
    server.next = Reply(201, MOVEMENT)

    movement = client.record_movement(MovementIn(produto_id="p1", quantidade=Decimal("2.5")), key="chave-1")

    (seen,) = server.seen
    assert seen.json == {"tipo": "entrada", "produto_id": "p1", "quantidade": 2.5}
    assert seen.headers["Idempotency-Key"] == "chave-1"
    assert (movement.seq, movement.balance) == (7, Decimal(5))


def test_a_change_names_the_version_it_is_made_on(client, server):
    log_in(client, server)
    server.next = Reply(200, PRODUCT)

    client.change_product("p1", ProductChange(nome="Açúcar"), version=3)

    assert server.seen[0].headers["If-Match"] == '"3"'


def test_nothing_new_is_told_from_an_empty_list(client, server):
    server.next = Reply(200, [PRODUCT], {"ETag": '"v1"'})
    first = client.products()
    server.next = Reply(304, None, {"ETag": '"v1"'})
    second = client.products(etag=first.etag)

    assert [p.name for p in first.items] == ["Açúcar"]
    assert server.seen[1].headers["If-None-Match"] == '"v1"'
    assert (second.items, second.etag) == (None, '"v1"')


def test_a_refusal_carries_all_that_the_server_said(client, server):
    server.next = problem(
        409,
        "produto-existente",
        "Já existe.",
        existente="p3",
        requisicao="r1",
        erros=[{"campo": "nome", "mensagem": "Outro."}],
    )

    with pytest.raises(ApiError) as caught:
        client.create_product(ProductIn(nome="Açúcar"), key="k")

    error = caught.value
    assert (error.status, error.code, error.message, error.existing) == (409, "produto-existente", "Já existe.", "p3")
    assert [(each.field, each.message) for each in error.errors] == [("nome", "Outro.")]
    assert error.request_id == "r1"
    assert not error.is_connection_fault
    assert not error.is_worth_repeating


def test_a_503_is_asked_once_and_says_when_to_ask_again(client, server):
    server.next = problem(503, "gravacao-falhou", "Tente de novo.", retry_after="7")

    with pytest.raises(ApiError) as caught:
        client.summary()

    assert len(server.seen) == 1
    assert (caught.value.is_connection_fault, caught.value.retry_after_s) == (True, 7.0)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>Aceite os termos da rede</html>", content_type="text/html"),
        Reply(200, {"pagina": 1}),
        Reply(200, [{"id": "p1"}]),
        Reply(200, b"[1, 2"),
        Reply(200, b"[" * 100_000),
        Reply(404, b"<html>nada aqui</html>", content_type="text/html"),
        Reply(401, {"erro": "outro programa"}),
        Reply(500, b"\xff\xfe", content_type="application/problem+json"),
        Reply(302, b"", {"Location": "http://127.0.0.1:9/"}),
    ],
    ids=["html", "object", "wrong items", "cut", "nested", "404", "401", "bytes", "redirect"],
)
def test_an_answer_that_is_not_ours_is_said_to_be_none(client, server, reply):
    log_in(client, server)
    server.next = reply

    with pytest.raises(ApiError, match="não é o servidor do Almoxarife") as caught:
        client.products()

    assert caught.value.code == FOREIGN_RESPONSE
    assert caught.value.is_connection_fault
    assert client.is_logged_in, "a stranger's answer must not end the session"


def test_a_redirect_is_not_followed_with_the_token(client, server):
    log_in(client, server)
    server.next = lambda seen: Reply(307, None, {"Location": f"{server.url}/para-ca"})

    with pytest.raises(ApiError):
        client.products()

    assert [seen.path for seen in server.seen] == ["/produtos"]


def test_a_gateway_without_its_server_is_a_fault_of_the_connection(client, server):
    server.next = Reply(502, b"<html>Bad Gateway</html>", content_type="text/html")

    with pytest.raises(ApiError) as caught:
        client.products()

    assert (caught.value.status, caught.value.is_connection_fault) == (502, True)


def test_another_program_on_the_port_is_found_out(client, server):
    server.next = Reply(200, {"nome": "outro", "versao": "1", "estado": "ok", "banco": "x", "instancia": "x"})

    with pytest.raises(ApiError, match="não é o servidor do Almoxarife"):
        client.health()


def test_without_a_server_every_call_is_a_connection_fault(server):
    server.close()
    client = ApiClient(server.url)

    with pytest.raises(ApiError, match="Servidor fora do ar") as caught:
        client.products()

    assert (caught.value.status, caught.value.code, caught.value.is_connection_fault) == (None, NO_RESPONSE, True)


def test_a_server_that_hangs_is_given_up(server):
    let_go = threading.Event()
    client = ApiClient(server.url)
    log_in(client, server)
    server.next = Reply(204, hangs_on=let_go)

    with pytest.raises(ApiError, match="demorou demais") as caught:
        client.post_event_as(ANAS_ACCOUNT, "/historico/eventos", b"{}", key="k", timeout_s=(0.2, 0.2))

    let_go.set()
    client.close()
    assert caught.value.is_connection_fault


def test_what_waited_goes_out_as_it_was_and_under_its_persons_token_only(client, server):
    log_in(client, server)
    server.next = Reply(201, MOVEMENT)
    client.post_movement_as(ANAS_ACCOUNT, "/inventario", b'{"x": 1 }', key="chave", waited_s=60, not_before=NOON)
    assert client.is_logged_in_as(ANAS_ACCOUNT)
    for nobody in (client, ApiClient(server.url)):
        assert not nobody.is_logged_in_as("u1 2027-01-02T00:00:00+00:00")
        with pytest.raises(ApiError) as caught:
            nobody.post_movement_as("u1 2027-01-02T00:00:00+00:00", "/inventario", b"{}", key="outra")
        assert caught.value.is_session_over

    (seen,) = server.seen
    assert (seen.body, seen.headers["Idempotency-Key"]) == (b'{"x": 1 }', "chave")
    assert seen.headers["X-Almoxarife-Waited"] == "60"
    assert seen.headers["X-Almoxarife-Not-Before"] == to_iso(NOON)
    assert client.is_logged_in, "a person who is here is not thrown out for another one's rows"


@pytest.mark.parametrize("stranger", [Reply(200, {}), Reply(200, b"<html>", content_type="text/html")])
def test_an_answer_that_is_not_ours_settles_nothing(client, server, stranger):
    log_in(client, server)
    server.next = stranger

    for post in (client.post_movement_as, client.post_event_as):
        with pytest.raises(ApiError) as caught:
            post(ANAS_ACCOUNT, "/inventario", b"{}", key="k")
        assert caught.value.is_worth_repeating


def test_an_answer_that_breaks_off_is_a_fault_of_the_connection(client, server):
    server.next = Reply(200, [PRODUCT], breaks_off=True)

    with pytest.raises(ApiError) as caught:
        client.products()

    assert caught.value.code == NO_RESPONSE


def test_a_401_ends_the_session_but_not_the_one_after_it(client, server):
    log_in(client, server, "segredo-1")

    def answers_late(seen: Seen) -> Reply:
        if seen.path == "/login":
            return Reply(200, {**LOGIN, "token": "segredo-2"})
        if seen.headers["Authorization"] == "Bearer segredo-1":
            client.login(ANA)  # meanwhile, in another thread of the program
        return problem(401, "sessao-invalida", "Sua sessão terminou. Entre de novo.")

    server.next = answers_late
    with pytest.raises(ApiError) as caught:
        client.products()
    assert caught.value.is_session_over
    assert client.is_logged_in

    with pytest.raises(ApiError):
        client.products()
    assert not client.is_logged_in


def test_after_a_logout_the_token_is_forgotten_even_when_the_server_is_gone(client, server):
    log_in(client, server)
    server.next = problem(503, "indisponivel", "Agora não.")

    with pytest.raises(ApiError):
        client.logout()

    assert not client.is_logged_in


def test_the_environment_lends_loopback_neither_a_proxy_nor_a_password(server, tmp_path, monkeypatch):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login outro password segredo\n", encoding="utf-8")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    client = ApiClient(server.url)
    log_in(client, server)
    server.next = Reply(200, [])

    client.products()

    client.close()
    assert server.seen[0].headers["Authorization"] == "Bearer segredo-1"


def test_the_token_is_in_no_text_of_the_client(client, server):
    log_in(client, server)

    assert "segredo" not in f"{client!r} {vars(client)['_transport']!r}"
