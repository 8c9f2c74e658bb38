"""``/produtos/importar`` and ``/produtos/importacoes``: imports lists of products, cancels and undoes imports."""

from collections.abc import Sequence
from functools import partial

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from almoxarife.server.context import current, reading
from almoxarife.server.http.access import admit, current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.requests import parse, parse_id, parse_query, parse_rows, parse_shop
from almoxarife.server.http.responses import respond, respond_nothing
from almoxarife.server.identity import Authenticator
from almoxarife.server.ids import IdKind
from almoxarife.server.importing import batches, store
from almoxarife.server.importing.batches import ImportsUnderWay, LongImports, release_memory
from almoxarife.server.importing.rows import CheckCancelled, CheckedList, ImportRequest, Row, read_rows
from almoxarife.server.settings import Settings
from almoxarife.server.store import idempotency
from almoxarife.server.store.database import Database
from almoxarife.server.store.idempotency import GivenKey
from almoxarife.wire.accounts import Role
from almoxarife.wire.catalog import (
    MAX_IMPORT_ROWS,
    ImportCancellation,
    ImportQuery,
    ImportReport,
    ImportRow,
    PartlyUndone,
    PastImport,
)

bp = Blueprint("importing", __name__)


@bp.post("/produtos/importar")
@describe(
    "Cadastra e altera muitos produtos de uma vez, com o saldo com que a loja começa.",
    body=list[ImportRow],
    query=ImportQuery,
    responses={200: ImportReport},
    problems=(404, 409),
    once=True,
)
@requires(Role.STOCK_CLERK)
def import_products() -> ResponseReturnValue:
    query = parse_query(ImportQuery)
    values, given_key = parse_rows(MAX_IMPORT_ROWS)
    database, identity, slot = current(Database), current_identity(), current(LongImports).slot(len(values))
    if query.simulate:
        with slot:
            report, is_replay = _check(values, query).report(written=False), False
    else:
        watch = current(ImportsUnderWay).watch(identity.user_id, given_key)
        with idempotency.running(database, identity.user_id, given_key), watch as check_cancelled, slot:
            # Without a name for the request: its rows are freed before the slot lets Python look for garbage again.
            report, is_replay = batches.write(database, _make_request(values, query, given_key, check_cancelled))
    headers = {"Idempotent-Replayed": "true"} if is_replay else {}
    response = Response(report, 200, headers, content_type="application/json")
    response.call_on_close(release_memory)
    return response


def _make_request(
    values: list[object], query: ImportQuery, given_key: GivenKey | None, check_cancelled: CheckCancelled
) -> ImportRequest:
    check_cancelled()
    product_list = _check(values, query)
    check_cancelled()
    require_rights = partial(_require_rights, product_list.shop_id)
    return ImportRequest(product_list, query.partial, current_identity(), given_key, check_cancelled, require_rights)


def _check(values: list[object], query: ImportQuery) -> CheckedList:
    rows = read_rows(values)
    shop_id = _choose_shop(rows, query)
    with reading() as session:
        return CheckedList.check(session, rows, shop_id, adjusts=query.adjust)


def _require_rights(shop_id: int | None) -> None:
    identity = admit(request.environ, current(Authenticator), Role.STOCK_CLERK)
    if shop_id is not None:
        identity.choose_shop(shop_id)


def _choose_shop(rows: Sequence[Row], query: ImportQuery) -> int | None:
    """The shop of the quantities; None where no row has a quantity."""
    identity, shop_id = current_identity(), parse_shop(query.shop_id)
    if shop_id is None and all(row.counted is None for row in rows):
        return None
    return identity.choose_shop(shop_id or identity.usual_shop_id)


@bp.get("/produtos/importacoes")
@describe("As últimas importações, das mais novas às mais antigas.", responses={200: list[PastImport]})
@requires(Role.STOCK_CLERK)
def list_imports() -> ResponseReturnValue:
    with reading() as session:
        return respond(store.list_imports(session, current_identity()))


@bp.post("/produtos/importacoes/cancelar")
@describe(
    "Cancela a importação em andamento que tem esta chave; a resposta dela diz se ainda deu tempo (409) ou não (200).",
    body=ImportCancellation,
    responses={204: None},
    problems=(404,),
)
@requires(Role.STOCK_CLERK)
def cancel_import() -> ResponseReturnValue:
    current(ImportsUnderWay).cancel(current(Database), current_identity().user_id, parse(ImportCancellation).key)
    return respond_nothing()


@bp.post("/produtos/importacoes/<import_id>/desfazer")
@describe(
    "Desfaz uma importação inteira, saldos e produtos. 200 quando, de uma lista longa, ficou o que alguém vendeu ou"
    " alterou enquanto ela era desfeita.",
    responses={204: None, 200: PartlyUndone},
    problems=(404, 409),
)
@requires(Role.STOCK_CLERK)
def undo_import(import_id: str) -> ResponseReturnValue:
    number = parse_id(IdKind.IMPORT, import_id)
    with reading() as session:
        lines = store.count_lines(session, number)
    with current(LongImports).slot(lines):
        zone = current(Settings).timezone
        left = batches.undo(current(Database), number, rows=lines, zone=zone, by=current_identity())
    return respond(PartlyUndone.of(left)) if left else respond_nothing()
