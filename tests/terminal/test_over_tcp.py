"""Real sockets: what other programs send, limits, and that nothing confirmed is lost with a connection."""

import logging
import socket
import ssl
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from decimal import Decimal

import pytest

from almoxarife.clients.terminal.line_reader import HIDE, SHOW
from almoxarife.clients.terminal.server import SocketChannel, TerminalServer, bind, find_limited_address
from almoxarife.clients.terminal.session import Session
from almoxarife.wire.accounts import Role
from tests.programs import PATIENCE_S, wait_for
from tests.terminal.caller import Caller
from tests.terminal.conftest import LUCAS, MARIA, PASSWORD, Account

CONFIRM, LEAVE = "Confirma a venda? (s/n): ", "Sair? (s/n): "


@contextmanager
def serving(terminal, **how):
    listener = bind("127.0.0.1", 0)

    def open_session(number, _peer):
        return Session(
            number, terminal.server.client(), outbox=terminal.outbox, sender=terminal.sender, status=terminal.status
        )

    server = TerminalServer(listener, open_session, **how)
    server.start()
    server.port = listener.getsockname()[1]
    try:
        yield server
    finally:
        server.close()


@pytest.fixture
def port(terminal):
    with serving(terminal) as server:
        yield server.port


@pytest.fixture
def caller(port):
    with Caller(port) as caller:
        yield caller


def amounts(server):
    return [sale.amount for _, _, sale in server.sales]


def test_a_seller_sells_and_leaves(caller, server):
    screen = caller.log_in(MARIA, PASSWORD)
    assert "Boas-vindas, Maria das Dores!\r\nLojas:\r\n 1  Max Atacado Centro\r\n" in screen
    caller.read_until("meu total): ")
    caller.answer("1", "Valor da venda: ")
    assert "Loja: Max Atacado Centro\r\nValor: R$ 19,90\r\n" in caller.answer("19.90", CONFIRM)
    assert "Venda registrada" in caller.answer("s", LEAVE)
    caller.type("s")
    assert caller.read_to_the_end() == "Até logo!\r\n"
    assert amounts(server) == [Decimal("19.90")]


def test_all_lines_at_once_are_answered_one_by_one(caller, server):
    caller.send(f"{MARIA}\n{PASSWORD}\n1\n10,00\ns\nn\n2\n20,00\nS\nS\n".encode())

    assert caller.read_to_the_end().count("Venda registrada") == 2
    assert amounts(server) == [10, 20]


def test_nothing_is_wider_than_eighty_columns(caller, server, monkeypatch):
    server.accounts[MARIA].name = f"{'João ' * 11}Fim"
    monkeypatch.setattr("tests.terminal.conftest.SHOPS", ("Loja " * 19 + "Fim", "商" * 100))
    screen = caller.log_in(MARIA, PASSWORD) + caller.read_until("meu total): ")

    lines = screen.split("\r\n")
    assert max(map(len, lines)) <= 80
    assert max(sum(1 + (sign == "商") for sign in line) for line in lines) <= 80
    assert screen.count("商") == 100


def test_half_a_line_is_no_answer(port, server):
    with Caller(port) as caller:
        caller.log_in(MARIA, PASSWORD)
        caller.answer("1", "Valor da venda: ")
        caller.answer("10,00", CONFIRM)
        caller.send(b"s")
    with Caller(port) as caller:
        assert "Última venda" not in caller.log_in(MARIA, PASSWORD)
    assert not server.sales


def test_a_sale_that_was_confirmed_is_recorded_though_the_connection_is_gone(port, server):
    with Caller(port) as caller:
        caller.log_in(MARIA, PASSWORD)
        caller.answer("1", "Valor da venda: ")
        caller.answer("10,00", CONFIRM)
        caller.type("s")
    wait_for("the sale", lambda: server.sales)

    with Caller(port) as caller:
        assert "Última venda daqui: Venda R$ 10,00" in caller.log_in(MARIA, PASSWORD)
    assert amounts(server) == [10]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b"ol\xe1\n", "não está em UTF-8"),
        (b"\xff\xfe\n", "não está em UTF-8"),
        (b"1" * 1025 + b"\n", "mais de 1024 bytes"),
        (b"x" * 500_000 + b"\r\n", "mais de 1024 bytes"),
        (b"\x1b[A\r\n", "teclas que não valem"),
    ],
)
def test_a_line_that_cannot_be_used_is_said_to_be_so_and_asked_again(caller, server, bad, said):
    caller.log_in(MARIA, PASSWORD)
    caller.read_until("total): ")
    caller.answer("1", "Valor da venda: ")
    caller.send(bad)
    assert said in caller.read_until("Valor da venda: ")
    caller.answer("10,00", CONFIRM)
    caller.answer("s", LEAVE)

    assert amounts(server) == [10]


def test_bytes_without_end_are_not_listened_to_for_ever(caller):
    caller.read_until("usuário: ")
    with pytest.raises((ConnectionError, TimeoutError)):
        caller.send(b"x" * 64 * 1024 * 1024)


def test_a_telnet_hides_the_password(port):
    with Caller(port) as caller:
        caller.send(b"\xff\xfd\x03\xff\xfb\x18")
        caller.read_until("usuário: ")
        caller.type(MARIA)
        until = time.monotonic() + 60
        while HIDE not in caller.transcript and time.monotonic() < until:
            caller.transcript += caller.socket.recv(4096)
        assert caller.transcript.endswith(b"Senha: " + HIDE)
        assert b"\xff\xfc\x03\xff\xfe\x18" in caller.transcript
        caller.send(b"\xff\xfd\x01" + PASSWORD.encode() + b"\r\n")
        while SHOW not in caller.transcript and time.monotonic() < until:
            caller.transcript += caller.socket.recv(4096)
        assert SHOW + b"\r\n" in caller.transcript


def test_whoever_types_nothing_for_long_is_told_and_let_go(terminal, server):
    with serving(terminal, idle_s=1.5) as serving_now, Caller(serving_now.port) as caller:
        caller.read_until("usuário: ")
        caller.send(b"2")

        assert "sem uso" in caller.read_to_the_end()


def test_dripping_bytes_are_no_use_of_it(terminal):
    with serving(terminal, idle_s=0.5) as serving_now, Caller(serving_now.port) as caller:
        over = threading.Event()

        def drip():
            while not over.wait(0.05):
                try:
                    caller.send(b"x")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert "sem uso" in caller.read_to_the_end()
        finally:
            over.set()
            dripping.join()


def test_one_too_many_is_told_and_there_is_room_when_somebody_leaves(terminal):
    with serving(terminal, max_sessions=3) as serving_now, ExitStack() as stack:
        first, *_ = [stack.enter_context(Caller(serving_now.port)) for _ in range(3)]
        first.read_until("usuário: ")
        with Caller(serving_now.port) as fourth:
            assert "Terminal cheio" in fourth.read_to_the_end()
        first.socket.close()

        wait_for("room", lambda: "Terminal" not in _first_word(serving_now.port))


def test_one_address_has_its_share_and_leaves_room_for_others(terminal, monkeypatch):
    monkeypatch.setattr("almoxarife.clients.terminal.server._canonical", lambda a: a.replace("127.0.0.", "10.0.0."))
    with serving(terminal, max_from_address=2) as serving_now, ExitStack() as stack:
        crowd = ("127.0.0.7", 0)
        first, _ = [stack.enter_context(Caller(serving_now.port, source=crowd)) for _ in range(2)]
        first.read_until("usuário: ")
        with Caller(serving_now.port, source=crowd) as third:
            assert "sessões demais abertas no seu endereço" in third.read_to_the_end()
        with Caller(serving_now.port, source=("127.0.0.8", 0)) as other:
            other.read_until("usuário: ")
        first.socket.close()

        wait_for("room", lambda: "Almoxarife" in _first_word(serving_now.port, source=crowd))


def test_whose_sessions_are_limited_together():
    assert [find_limited_address(peer) for peer in ("127.0.0.1", "::1")] == [None, None]
    assert find_limited_address("192.168.0.7") == "192.168.0.7"
    one, same, other = map(find_limited_address, ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"))
    assert one == same != other


def _first_word(port, source=None):
    with Caller(port, source=source) as caller:
        return caller.read_until(" ")


def test_five_hundred_sessions_of_which_four_hundred_are_silent(port, server):
    """Generous: starved, the hundred would wait for the silent ones' ten minutes."""
    with ExitStack() as stack:
        silent = [stack.enter_context(Caller(port)) for _ in range(400)]
        for caller in silent[::40]:
            caller.read_until("usuário: ")
        others = [stack.enter_context(Caller(port)) for _ in range(100)]
        longest_s = 0.0
        for number, caller in enumerate(others):
            server.accounts[f"vendedor{number}"] = Account(f"u{number}", f"Vendedor {number}", Role.SELLER)
            caller.log_in(f"vendedor{number}", PASSWORD)
            caller.read_until("total): ")
        for line, until in (("1", "Valor da venda: "), ("10,00", CONFIRM), ("s", LEAVE), ("n", "total): ")):
            began = time.monotonic()
            for caller in others:
                caller.type(line)
            for caller in others:
                caller.read_until(until)
            longest_s = max(longest_s, time.monotonic() - began)
    print(f"\nthe slowest of 4 rounds of 100 answers: {longest_s:.2f} s")
    assert amounts(server) == [10] * 100
    assert longest_s < 120


def test_closing_the_terminal_says_so_and_loses_nothing(terminal, server):
    server.is_away = False
    with serving(terminal) as serving_now:
        caller = Caller(serving_now.port)
        caller.log_in(MARIA, PASSWORD)
        server.is_away = True
        caller.send(b"1\n10,00\ns\n")
        caller.read_until("1 aguardando envio")
        caller.read_until(LEAVE)
    assert "O terminal está sendo fechado." in caller.read_to_the_end()
    caller.socket.close()
    assert len(terminal.outbox.waiting()) == 1


def test_closing_the_terminal_says_so_where_reading_fails_instead_of_ending(terminal, monkeypatch):
    """As on Windows."""
    receive = SocketChannel._receive

    def receive_on_windows(channel, deadline_s):
        data = receive(channel, deadline_s)
        if not data:
            raise OSError(10058, "WSAESHUTDOWN")
        return data

    monkeypatch.setattr(SocketChannel, "_receive", receive_on_windows)
    with serving(terminal) as serving_now:
        caller = Caller(serving_now.port)
        caller.read_until("usuário: ")
    assert "O terminal está sendo fechado." in caller.read_to_the_end()
    caller.socket.close()


def test_closing_the_terminal_says_so_where_no_shutdown_wakes_who_reads(terminal, monkeypatch):
    """As on Windows."""
    shut_down = socket.socket.shutdown

    def shut_down_on_windows(connection, how):
        if how != socket.SHUT_RD:
            shut_down(connection, how)

    monkeypatch.setattr("almoxarife.clients.terminal.server._LOOK_S", 0.05)
    monkeypatch.setattr("almoxarife.clients.terminal.server.STOP_S", PATIENCE_S)
    monkeypatch.setattr(socket.socket, "shutdown", shut_down_on_windows)
    with serving(terminal) as serving_now:
        caller = Caller(serving_now.port)
        caller.read_until("usuário: ")
    assert "O terminal está sendo fechado." in caller.read_to_the_end()
    caller.socket.close()


def test_what_is_typed_is_in_no_log(port, caplog):
    caplog.set_level(logging.DEBUG)
    with Caller(port) as caller:
        caller.log_in(LUCAS, "senha-errada", until="não conferem")
        caller.log_in(LUCAS, PASSWORD)
        caller.answer("2", LEAVE)
        caller.type("s")
        caller.read_to_the_end()
    wait_for("the session's end", lambda: "terminal_session_closed" in caplog.text)

    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert "'session': 1" in logged
    assert "'person': 'u2'" in logged
    assert LUCAS not in logged
    assert "senha-errada" not in logged
    assert PASSWORD not in logged


def test_with_tls_nobody_without_it_gets_a_word(terminal, tmp_path):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(cert, key)
    with serving(terminal, tls=ours) as serving_now, ExitStack() as stack:
        with Caller(serving_now.port, tls=ssl.create_default_context(cafile=str(cert))) as caller:
            assert "Boas-vindas" in caller.log_in(MARIA, PASSWORD)
            caller.type("1", "10,00", "s", "s")
            assert caller.read_to_the_end().endswith("Até logo!\r\n")
        with Caller(serving_now.port) as caller:
            caller.type(MARIA)
            with suppress(ConnectionResetError):
                assert b"CPF" not in caller.socket.recv(4096)
        last = stack.enter_context(Caller(serving_now.port, tls=ssl.create_default_context(cafile=str(cert))))
        last.read_until("usuário: ")
        serving_now.close()
        with suppress(OSError):
            last.read_to_the_end()


# --- cut off right after "s", and back at once -------------------------------------------------


@contextmanager
def confirming(port, terminal, monkeypatch):
    """Maria hangs up with a sale confirmed, whose session gets no further until the event is set."""
    put, may_go_on = terminal.outbox.put, threading.Event()

    def put_late(*what, **how):
        assert may_go_on.wait(60)
        return put(*what, **how)

    monkeypatch.setattr(terminal.outbox, "put", put_late)
    with Caller(port) as caller:
        caller.log_in(MARIA, PASSWORD)
        caller.answer("1", "Valor da venda: ")
        caller.answer("10,00", CONFIRM)
        caller.type("s")
    try:
        yield may_go_on
    finally:
        may_go_on.set()


def test_whoever_comes_again_waits_for_what_they_confirmed_before(port, server, terminal, monkeypatch):
    with confirming(port, terminal, monkeypatch) as may_go_on:
        take = terminal.sender.open_sessions.open

        def take_after_a_look(account, has_hung_up):
            may_go_on.set()
            return take(account, has_hung_up)

        monkeypatch.setattr(terminal.sender.open_sessions, "open", take_after_a_look)
        with Caller(port) as caller:
            assert "Última venda daqui: Venda R$ 10,00" in caller.log_in(MARIA, PASSWORD)

    assert amounts(server) == [10]


def test_what_was_not_told_to_whoever_came_again_is_not_recorded(port, server, terminal, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    monkeypatch.setattr("almoxarife.clients.terminal.open_sessions.HUNG_UP_TIMEOUT_S", 0.0)
    with confirming(port, terminal, monkeypatch) as may_go_on, Caller(port) as caller:
        assert "Última venda" not in caller.log_in(MARIA, PASSWORD)
        may_go_on.set()
        wait_for("the older session's end", lambda: "terminal_session_closed" in caplog.text)
        assert not server.sales
        caller.read_until("total): ")
        caller.answer("1", "Valor da venda: ")
        caller.answer("10,00", CONFIRM)
        caller.answer("s", LEAVE)

    assert amounts(server) == [10], "typed anew, and once"
