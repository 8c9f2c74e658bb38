"""People in words, and what is asked for so that one becomes what was chosen."""

from datetime import UTC, datetime

import pytest

from almoxarife.clients.desktop.cadastro.users import words as users
from almoxarife.clients.desktop.cadastro.users.words import Offer
from almoxarife.wire.accounts import AccountState, Role, TemporaryPassword, User

SHOPS = {"l1": "Matriz", "l2": "Centro"}
REGISTERED = datetime(2026, 11, 20, 15, 4, tzinfo=UTC)


def person(name="ana", *, role=Role.STOCK_CLERK, state=AccountState.ACTIVE, shops=("l1",), seen=None, temporary=False):
    return User(
        id=f"u-{name}", username=name, papel=role, estado=state, ativo=state is AccountState.ACTIVE, lojas=list(shops),
        criado_em=REGISTERED, ultimo_acesso=seen, trocar_senha=temporary,
    )  # fmt: skip


def sent(change):
    return change and change.model_dump(by_alias=True, exclude_unset=True, mode="json")


def test_who_waits_comes_first_and_who_is_gone_last():
    crowd = [
        person("Zeca"),
        person("ana"),
        person("gone", state=AccountState.INACTIVE),
        person("new", state=AccountState.PENDING),
        person("Bruno"),
        person("Águeda"),
    ]

    assert [p.username for p in users.in_order(crowd)] == ["new", "Águeda", "ana", "Bruno", "Zeca", "gone"]


def test_a_row_says_everything_in_words():
    row = users.row_of(person(shops=("l1", "l2"), seen=REGISTERED), SHOPS)
    assert row.cells == ("ana", "● ativo", "Estoquista", "Centro, Matriz", "20/11/2026 12:04")
    waiting = users.row_of(person(state=AccountState.PENDING, shops=()), SHOPS)
    assert waiting.cells == ("ana", "◔ espera aprovação", "Estoquista", "nenhuma", "nunca")
    assert users.row_of(person(role=Role.ADMIN), SHOPS).cells[3] == "todas"
    assert users.row_of(person(shops=("l1", "l9")), SHOPS).cells[3] == "l9, Matriz"
    tags = [users.row_of(person(state=state), SHOPS).tags for state in AccountState]
    assert tags == [("pending",), (), ("inactive",)]


def test_of_many_shops_the_first_are_named():
    shops = {f"l{n}": f"Loja {n:02}" for n in range(1, 21)}

    assert users.name_shops(list(shops)[:12], shops) == ", ".join(list(shops.values())[:12])
    assert users.name_shops(shops, shops).endswith("Loja 11, Loja 12 e mais 8")
    assert users.name_shops([], shops) == "nenhuma"


@pytest.mark.parametrize(
    ("waiting", "words"),
    [(0, "Usuários  1"), (1, "Usuários  2 · 1 espera aprovação"), (2, "Usuários  3 · 2 esperam aprovação")],
)
def test_the_title_counts_who_waits(waiting, words):
    crowd = [person(), *(person(f"n{n}", state=AccountState.PENDING) for n in range(waiting))]

    assert users.counted(crowd) == words


def test_a_temporary_password_is_said():
    assert users.about(person()) == "● ativo · cadastro em 20/11/2026 12:04"
    assert users.about(person(temporary=True)).endswith(" · vai trocar a senha ao entrar")
    given = TemporaryPassword(senha_temporaria="abc", expira_em=REGISTERED)
    assert "só aparece agora. Vale até 20/11/2026 12:04. Ao entrar" in users.tell_password(person(), given)
    of_before = TemporaryPassword(senha_temporaria="abc")
    assert "só aparece agora. Ao entrar" in users.tell_password(person(), of_before)


@pytest.mark.parametrize(
    ("state", "offer"),
    [
        (AccountState.PENDING, Offer("Aprovar", "Recusar")),
        (AccountState.ACTIVE, Offer("Salvar", "Desativar", has_password=True)),
        (AccountState.INACTIVE, Offer("Reativar")),
    ],
)
def test_what_can_be_done_follows_the_state_and_spares_oneself(state, offer):
    assert users.offer_for(person(state=state), "u-carla") == offer
    assert users.offer_for(person(state=state), "u-ana") == Offer()


def test_only_what_changed_is_asked_for():
    ana = person(shops=("l1",))
    assert users.change_of(ana, Role.STOCK_CLERK, {"l1"}) is None
    assert sent(users.change_of(ana, Role.MANAGER, {"l1"})) == {"papel": "gerente"}
    assert sent(users.change_of(ana, Role.STOCK_CLERK, {"l2", "l1"})) == {"lojas": ["l1", "l2"]}
    assert sent(users.change_of(ana, Role.ADMIN, set())) == {"papel": "administrador"}


@pytest.mark.parametrize("state", [AccountState.PENDING, AccountState.INACTIVE])
def test_whoever_is_let_in_gets_role_and_shops_with_it(state):
    ana = person(state=state)

    change = users.change_of(ana, Role.STOCK_CLERK, {"l1"})
    assert sent(change) == {"estado": "ativo", "papel": "estoquista", "lojas": ["l1"]}
    assert sent(users.change_of(ana, Role.ADMIN, {"l1"})) == {"estado": "ativo", "papel": "administrador"}
    assert sent(users.removal()) == {"estado": "inativo"}


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (AccountState.PENDING, AccountState.ACTIVE, "ana já pode entrar."),
        (AccountState.INACTIVE, AccountState.ACTIVE, "ana pode entrar de novo."),
        (AccountState.PENDING, AccountState.INACTIVE, "O pedido de ana foi recusado."),
        (AccountState.ACTIVE, AccountState.INACTIVE, "ana não entra mais. O que registrou continua no histórico."),
        (AccountState.ACTIVE, AccountState.ACTIVE, "Salvo: o que mudou para ana já vale."),
    ],
)
def test_what_was_done_is_said(before, after, sentence):
    assert users.outcome(person(state=before), person(state=after)) == sentence


def test_every_button_that_may_hurt_has_its_question():
    for state in AccountState:
        offer = users.offer_for(person(state=state), "u-carla")
        if offer.other:
            assert users.ask_removal(person(state=state)).endswith(("?", "computadores."))
    assert "deixa de valer" in users.ask_password(person())


def test_every_role_has_a_name_and_says_what_it_may():
    assert set(users.ROLE) == set(users.MAY) == set(Role)
    assert set(users.STATE) == set(AccountState)
