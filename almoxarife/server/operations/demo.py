"""Demo data: three chains, six shops, five people and nine sales.

CPFs and CNPJs have wrong check digits, so they are nobody's.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from almoxarife.server.accounts import passwords
from almoxarife.server.accounts import service as accounts
from almoxarife.server.accounts.cpf import CpfKey, suggest_usernames
from almoxarife.server.accounts.models import User
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.errors import AlmoxarifeError, StartupError
from almoxarife.server.identity import NOWHERE, Identity
from almoxarife.server.ids import IdKind
from almoxarife.server.sales import service as sales
from almoxarife.server.sales.service import SaleEntry
from almoxarife.server.store.sessions import mark_changed
from almoxarife.server.stores import service as stores
from almoxarife.wire.accounts import AccountState, Role
from almoxarife.wire.sales import SaleIn

CHAINS = {
    "MAX ATACADO": {"Max Atacado Centro": "12345678000101", "Max Atacado Sul": "23456789000102"},
    "ATAKADAO": {"Atakadão Norte": "34567890000103", "Atakadão Leste": "45678901000104"},
    "LOJAS MARTINS": {"Lojas Martins 1": "56789010000105", "Lojas Martins 2": "67890101000106"},
}


class _Person(NamedTuple):
    full_name: str
    cpf: str
    birth_year: int
    role: Role = Role.SELLER


JOAO, MARIA, PEDRO, ANA, LUCAS = PEOPLE = (
    _Person("João de Alencar", "12345678901", 1990),
    _Person("Maria das Dores", "23456789012", 1995),
    _Person("Pedro Solto Aguiar", "34567890123", 1992),
    _Person("Ana Milena da Silva", "45678901234", 1993),
    _Person("Lucas Matos de Abreu", "56789012345", 1988, Role.MANAGER),
)
SALES = (
    (MARIA, "2023-01-17", "Max Atacado Centro", 100),
    (MARIA, "2023-02-10", "Max Atacado Sul", 150),
    (PEDRO, "2023-01-17", "Atakadão Leste", 250),
    (PEDRO, "2023-02-10", "Atakadão Leste", 280),
    (JOAO, "2023-03-05", "Lojas Martins 2", 120),
    (JOAO, "2023-04-20", "Lojas Martins 1", 210),
    (ANA, "2023-05-10", "Atakadão Norte", 150),
    (ANA, "2023-05-15", "Max Atacado Sul", 190),
    (ANA, "2023-03-01", "Lojas Martins 2", 220),
)


class Loaded(NamedTuple):
    full_name: str
    username: str
    cpf: str
    role: Role


def load(
    session: Session, *, cpf_key: CpfKey, zone: ZoneInfo, hash_password: Callable[[str], tuple[str, bool]]
) -> list[Loaded]:
    """Create the demo data in one transaction. Raises StartupError if the database has been used already.

    ``hash_password`` returns, for a user name, a hash and whether the password is weak; it may raise WeakPassword.
    """
    shops = stores.list_shops(session)
    if accounts.list_users(session, None, after=0, limit=1) or len(shops) > 1 or stores.list_chains(session, None):
        raise StartupError("A demonstração é para um banco de dados vazio, e este já tem dados. Use outra pasta.")
    shop_ids = _make_shops(session)
    people = {person: _make_person(session, person, cpf_key, hash_password) for person in PEOPLE}
    session.flush()
    _sell(session, people, shop_ids, zone)
    mark_changed(session, "people", "products", "chains")
    return [Loaded(person.full_name, user.username, person.cpf, person.role) for person, user in people.items()]


def _make_shops(session: Session) -> dict[str, int]:
    """The shop that every database begins with becomes the first of them."""
    shop_ids: dict[str, int] = {}
    for chain_name, shops in CHAINS.items():
        chain = stores.create_chain(session, chain_name)
        for name, cnpj in shops.items():
            if shop_ids:
                shop = stores.create_shop(session, name, cnpj=cnpj, chain_id=chain.id)
            else:
                shop = stores.rename_first_shop(session, name, cnpj=cnpj, chain_id=chain.id)
            shop_ids[name] = shop.id
    return shop_ids


def _make_person(
    session: Session, person: _Person, cpf_key: CpfKey, hash_password: Callable[[str], tuple[str, bool]]
) -> User:
    username = next(suggest_usernames(person.full_name))
    password_hash, is_weak = hash_password(username)
    user = User(
        username=username,
        username_folded=accounts.fold_username(username),
        password_hash=password_hash,
        is_password_weak=is_weak,
        role=person.role,
        state=AccountState.ACTIVE,
        created_at=datetime.now(UTC),
        shops=stores.list_shops(session),
        usual_shop_id=stores.DEFAULT_SHOP_ID,
        full_name=person.full_name,
        birth_year=person.birth_year,
    )
    user.cpf_hash, user.cpf_mask = cpf_key.hide(person.cpf)
    session.add(user)
    session.flush()
    audit.record(session, Tag.USER_REGISTERED, subject=IdKind.USER.to_wire(user.id), cause="almoxarife demo")
    return user


def _sell(session: Session, people: dict[_Person, User], shop_ids: dict[str, int], zone: ZoneInfo) -> None:
    entries = [
        SaleEntry(
            SaleIn(valor=Decimal(reais), ocorrido_em=datetime.fromisoformat(f"{day}T12:00:00")),
            product_ids=(),
            shop_id=shop_ids[shop],
            zone=zone,
            by=_identify(people[seller], tuple(shop_ids.values())),
        )
        for seller, day, shop, reais in SALES
    ]
    for outcome in sales.record(session, entries):
        if isinstance(outcome, AlmoxarifeError):
            raise outcome


def _identify(user: User, shop_ids: tuple[int, ...]) -> Identity:
    return Identity(user.id, user.username, Role(user.role), shop_ids, session_id=0, origin=NOWHERE)


def hash_for(password: str, *, is_local: bool) -> Callable[[str], tuple[str, bool]]:
    """``hash_password`` for ``load``, with one password for all people."""

    def hash_password(username: str) -> tuple[str, bool]:
        is_weak = passwords.check_strength(password, username, is_local=is_local, field="--senha")
        return passwords.hash_password(password), is_weak

    return hash_password
