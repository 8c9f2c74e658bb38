"""A shop's API as a careful person would write it with FastAPI and SQLAlchemy on SQLite.

It does what Almoxarife does for the operations that are compared: a token on every
request, and for an entry the idempotency key, the guarded balance, the movement and the
audit entry in one durable transaction (WAL, ``synchronous=FULL``). Tuned where that is
known to pay: Core instead of the ORM, statements built once, no refresh, orjson, tokens
remembered. The endpoints are coroutines that use the database in place: handing each
statement to a thread costs more than it brings while one writer holds the file.
"""

import hashlib
import hmac
import os
import secrets
import time
from contextlib import asynccontextmanager
from typing import Annotated, Any

import orjson
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Response
from fastapi.concurrency import run_in_threadpool
from itsdangerous import BadData, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import bindparam, create_engine, event, func, insert, select, update

from benchmarks.peers.fastapi_tables import (
    audit_entries,
    balances,
    idempotency_keys,
    metadata,
    movements,
    products,
    sale_items,
    sales,
    users,
)

TOKEN_AGE_S = 12 * 3600
MAX_TOKENS = 10_000
SCALE = 10_000

engine = create_engine(f"sqlite:///{os.environ.get('SHOP_DATABASE', 'shop.db')}")


@event.listens_for(engine, "connect")
def _make_durable(connection: Any, _: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=wal", "synchronous=full", "foreign_keys=on", "cache_size=-16384"):
        connection.execute(f"PRAGMA {pragma}").fetchall()


write_engine = engine.execution_options(is_write=True)


@event.listens_for(engine, "begin")
def _begin(connection: Any) -> None:
    is_write = connection.get_execution_options().get("is_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


_FIND_USER = select(users).where(users.c.username == bindparam("username"))
_FIND_KEY = select(idempotency_keys.c.fingerprint, idempotency_keys.c.row_id).where(
    idempotency_keys.c.user_id == bindparam("user"), idempotency_keys.c.key == bindparam("given")
)
_CHANGE_BALANCE = (
    update(balances)
    .where(balances.c.product_id == bindparam("product"), balances.c.quantity + bindparam("change") >= 0)
    .values(quantity=balances.c.quantity + bindparam("change"))
    .returning(balances.c.quantity)
)
_ADD_MOVEMENT = insert(movements).returning(movements.c.seq)
_ADD_AUDIT, _ADD_KEY = insert(audit_entries).inline(), insert(idempotency_keys).inline()
_MOVEMENTS = select(
    movements.c.seq,
    movements.c.product_id,
    products.c.name,
    movements.c.kind,
    movements.c.quantity,
    movements.c.effect,
    movements.c.balance_after,
    users.c.username,
    movements.c.recorded_at,
).select_from(movements.join(products).join(users, users.c.id == movements.c.recorded_by))
_MOVEMENT = _MOVEMENTS.where(movements.c.seq == bindparam("seq"))
_AFTER = _MOVEMENTS.where(movements.c.seq > bindparam("after")).order_by(movements.c.seq).limit(bindparam("most"))
_NEWEST = _MOVEMENTS.order_by(movements.c.seq.desc()).limit(1)
_TAKE = (
    update(balances)
    .where(balances.c.product_id == bindparam("product"))
    .values(quantity=balances.c.quantity + bindparam("change"))
    .returning(balances.c.quantity)
)
_SOLD = select(products.c.id, products.c.name, products.c.price).where(
    products.c.id.in_(bindparam("numbers", expanding=True))
)
_ADD_SALE, _ADD_ITEMS = insert(sales).returning(sales.c.seq), insert(sale_items).inline()
_SALE = (
    select(sales.c.seq, sales.c.amount, sales.c.occurred_at, users.c.username)
    .select_from(sales.join(users))
    .where(sales.c.seq == bindparam("seq"))
)
_ITEMS = (
    select(products.c.name, sale_items.c.quantity, sale_items.c.price, sale_items.c.subtotal)
    .select_from(sale_items.join(products))
    .where(sale_items.c.sale_seq == bindparam("seq"))
    .order_by(sale_items.c.line)
)
_RANKING = (
    select(users.c.id, users.c.username, func.sum(sales.c.amount).label("total"), func.count().label("sales"))
    .select_from(sales.join(users))
    .where(sales.c.occurred_at >= bindparam("since"), sales.c.occurred_at < bindparam("before"))
    .where(sales.c.is_cancelled == 0)
    .group_by(users.c.id)
    .order_by(func.sum(sales.c.amount).desc())
)
_PRODUCTS = (
    select(products.c.id, products.c.name, products.c.barcode, products.c.price, balances.c.quantity)
    .select_from(products.join(balances))
    .order_by(products.c.id)
)

_signer = URLSafeTimedSerializer(os.environ.get("SHOP_KEY") or secrets.token_hex(32))
_tokens: dict[str, tuple[int, float]] = {}


@asynccontextmanager
async def _lifespan(_: FastAPI) -> Any:
    metadata.create_all(write_engine)
    yield


app = FastAPI(lifespan=_lifespan, openapi_url=None)


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    username: str = Field(min_length=1, max_length=60)
    password: str = Field(min_length=4, max_length=128)


class MovementIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    product_id: int = Field(gt=0)
    quantity: int = Field(gt=0, le=10**9)


class ItemIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    product_id: int = Field(gt=0)
    quantity: int = Field(gt=0, le=10**9)


class SaleIn(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    items: list[ItemIn] = Field(min_length=1, max_length=500)


async def identify(authorization: Annotated[str, Header()] = "") -> int:
    """The user behind a token, verified once and then remembered until it expires."""
    token = authorization.removeprefix("Bearer ")
    known = _tokens.get(token)
    if known is None:
        try:
            user, issued = _signer.loads(token, max_age=TOKEN_AGE_S, return_timestamp=True)
        except BadData:
            raise HTTPException(401) from None
        if len(_tokens) >= MAX_TOKENS:
            _tokens.clear()
        known = _tokens[token] = (user, issued.timestamp() + TOKEN_AGE_S)
    if known[1] < time.time():
        raise HTTPException(401)
    return known[0]


User = Annotated[int, Depends(identify)]


def hash_password(password: str, salt: bytes) -> bytes:
    """As costly as Almoxarife's: scrypt, N=32768, r=8, p=1."""
    return hashlib.scrypt(password.encode(), salt=salt, n=32768, r=8, p=1, maxmem=2**26)


@app.get("/health")
async def health() -> Response:
    return _json({"state": "ok"})


@app.post("/login")
async def log_in(asked: Credentials) -> Response:
    with engine.connect() as db:
        user = db.execute(_FIND_USER, {"username": asked.username}).one_or_none()
    salt = user.salt if user else bytes(16)
    found = await run_in_threadpool(hash_password, asked.password, salt)
    if user is None or not hmac.compare_digest(found, user.password_hash):
        raise HTTPException(401)
    with write_engine.begin() as db:
        _audit(db, "auth:user:logged_in", user.id, None, time.time_ns() // 1000)
    return _json({"token": _signer.dumps(user.id)})


@app.get("/products")
async def list_products(user: User) -> Response:
    with engine.connect() as db:
        rows = db.execute(_PRODUCTS).all()
    return _json(
        [
            {"id": number, "name": name, "barcode": barcode, "price": price / 100, "balance": quantity / SCALE}
            for number, name, barcode, price, quantity in rows
        ]
    )


@app.get("/movements")
async def list_movements(
    user: User, after: Annotated[int | None, Query(ge=0)] = None, limit: Annotated[int, Query(ge=1, le=500)] = 500
) -> Response:
    """Newer than ``after``, oldest first; the newest alone without it."""
    with engine.connect() as db:
        rows = db.execute(_NEWEST if after is None else _AFTER, {"after": after, "most": limit}).all()
    return _json([_movement(row) for row in rows])


@app.post("/movements")
async def record_movement(
    asked: MovementIn, user: User, idempotency_key: Annotated[str, Header(min_length=1, max_length=255)]
) -> Response:
    fingerprint = hashlib.sha256(asked.model_dump_json().encode()).digest()
    change, now = asked.quantity * SCALE, time.time_ns() // 1000
    with write_engine.begin() as db:
        known = db.execute(_FIND_KEY, {"user": user, "given": idempotency_key}).one_or_none()
        if known is not None and known.fingerprint != fingerprint:
            raise HTTPException(422)
        if known is not None:
            return _json(_movement(db.execute(_MOVEMENT, {"seq": known.row_id}).one()), 201)
        balance = db.execute(_CHANGE_BALANCE, {"product": asked.product_id, "change": change}).scalar_one_or_none()
        if balance is None:
            raise HTTPException(409)
        row = {"product_id": asked.product_id, "kind": "entry", "quantity": change, "effect": change}
        row |= {"balance_after": balance, "recorded_by": user, "recorded_at": now}
        seq = db.execute(_ADD_MOVEMENT, row).scalar_one()
        db.execute(_ADD_KEY, {"user_id": user, "key": idempotency_key, "fingerprint": fingerprint, "row_id": seq})
        _audit(db, "stock:movement:recorded", user, f"m{seq}", now)
        found = db.execute(_MOVEMENT, {"seq": seq}).one()
    return _json(_movement(found), 201)


@app.post("/sales")
async def sell(
    asked: SaleIn, user: User, idempotency_key: Annotated[str, Header(min_length=1, max_length=255)]
) -> Response:
    """Never refused for lack of stock, as ours."""
    fingerprint = hashlib.sha256(asked.model_dump_json().encode()).digest()
    now = time.time_ns() // 1000
    with write_engine.begin() as db:
        known = db.execute(_FIND_KEY, {"user": user, "given": idempotency_key}).one_or_none()
        if known is not None and known.fingerprint != fingerprint:
            raise HTTPException(422)
        if known is not None:
            return _json(_sale(db, known.row_id), 201)
        prices = {row.id: row.price for row in db.execute(_SOLD, {"numbers": [i.product_id for i in asked.items]})}
        if any(item.product_id not in prices for item in asked.items):
            raise HTTPException(404)
        amount = sum(prices[item.product_id] * item.quantity for item in asked.items)
        row = {"seller_id": user, "amount": amount, "occurred_at": now, "is_cancelled": 0}
        seq = db.execute(_ADD_SALE, row).scalar_one()
        rows = []
        for line, item in enumerate(asked.items, start=1):
            quantity, price = item.quantity * SCALE, prices[item.product_id]
            balance = db.execute(_TAKE, {"product": item.product_id, "change": -quantity}).scalar_one()
            moved = {"product_id": item.product_id, "kind": "sale", "quantity": quantity, "effect": -quantity}
            moved |= {"balance_after": balance, "recorded_by": user, "recorded_at": now}
            movement = db.execute(_ADD_MOVEMENT, moved).scalar_one()
            _audit(db, "stock:movement:recorded", user, f"m{movement}", now)
            found = {"sale_seq": seq, "line": line, "product_id": item.product_id, "quantity": quantity}
            rows.append(found | {"price": price, "subtotal": price * item.quantity, "movement_seq": movement})
        db.execute(_ADD_ITEMS, rows)
        db.execute(_ADD_KEY, {"user_id": user, "key": idempotency_key, "fingerprint": fingerprint, "row_id": seq})
        _audit(db, "sales:sale:recorded", user, f"v{seq}", now)
        answer = _sale(db, seq)
    return _json(answer, 201)


@app.get("/sales/ranking")
async def rank_sellers(user: User, since: int, before: int) -> Response:
    with engine.connect() as db:
        rows = db.execute(_RANKING, {"since": since, "before": before}).all()
    return _json([{"id": row.id, "name": row.username, "total": row.total, "sales": row.sales} for row in rows])


def _sale(db: Any, seq: int) -> dict[str, object]:
    found = db.execute(_SALE, {"seq": seq}).one()
    items = [
        {"product_name": name, "quantity": quantity / SCALE, "price": price / 100, "subtotal": subtotal / 100}
        for name, quantity, price, subtotal in db.execute(_ITEMS, {"seq": seq})
    ]
    return {
        "seq": seq,
        "amount": found.amount / 100,
        "sold_by": found.username,
        "occurred_at": found.occurred_at,
        "items": items,
    }


def _audit(db: Any, tag: str, actor: int, subject: str | None, now: int) -> None:
    db.execute(_ADD_AUDIT, {"recorded_at": now, "tag": tag, "actor_id": actor, "subject": subject})


def _movement(row: Any) -> dict[str, object]:
    seq, product, name, kind, quantity, effect, balance, username, recorded_at = row
    return {
        "seq": seq,
        "product_id": product,
        "product_name": name,
        "kind": kind,
        "quantity": quantity / SCALE,
        "effect": effect / SCALE,
        "balance": balance / SCALE,
        "recorded_by": username,
        "recorded_at": recorded_at,
    }


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
