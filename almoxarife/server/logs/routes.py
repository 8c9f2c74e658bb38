"""``/log``: other programs write here, gerentes look; ``/ping``."""

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from almoxarife.build import name_build
from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.context import current, find_current, transaction
from almoxarife.server.http.access import anyone, current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.programs import current_caller, for_programs
from almoxarife.server.http.requests import QUICK, parse_one_or_many, parse_query
from almoxarife.server.http.responses import link_next, respond, respond_models, send_file, send_lines
from almoxarife.server.identity import Purpose
from almoxarife.server.logs import export as exporting
from almoxarife.server.logs import ingestion
from almoxarife.server.logs.entries import EntryFilter, EntryStore
from almoxarife.server.logs.errors import LogEntryNotFound
from almoxarife.server.logs.gateway.receiver import GatewayReceiver
from almoxarife.server.logs.queries import count_intervals, find_id, list_newest_of_programs, to_filter
from almoxarife.server.logs.queue import LONG, LogQueue
from almoxarife.server.settings import Settings
from almoxarife.server.store.columns import from_micros
from almoxarife.tables import XLSX
from almoxarife.wire.accounts import Role
from almoxarife.wire.health import LogHealth
from almoxarife.wire.programs.logs import (
    MAX_ENTRIES,
    LogCount,
    LogCountQuery,
    LogEntry,
    LogExportQuery,
    Logged,
    LogIn,
    LogKeeping,
    LogQuery,
    LogTableQuery,
    LogValue,
    LogValuesQuery,
    NewestEntries,
    Pong,
    read_columns,
)

bp = Blueprint("logs", __name__)
reading_bp = Blueprint("log_reading", __name__)
"""Not part of the log service that runs alone: it knows no people, so it cannot say who may read."""
standalone_bp = Blueprint("log_alone", __name__)
"""Routes of the log service that runs alone, for programs that may write."""

NEWEST = 10


@bp.post("/log")
@describe(
    "Registra o que um programa fez: um objeto, ou uma lista com um resultado para cada item.",
    body=LogIn | list[LogIn],
    responses={200: Logged | list[Logged]},
)
@for_programs(Purpose.LOG)
def write() -> ResponseReturnValue:
    # Not ``request.content_length``, which is None for chunks: the intake thread has counted these, too.
    length = request.headers.get("Content-Length", 0, type=int)
    if length <= QUICK:
        return _write()
    queue = current(LogQueue)
    with (queue.long_texts if length > LONG else queue.medium_texts).hold():
        return _write()


def _write() -> Response:
    value, repeated = parse_one_or_many(MAX_ENTRIES)
    store, key = current(LogQueue).store, current_caller().key
    zone = (key and key.zone) or current(Settings).timezone
    if isinstance(value, list):
        return respond(ingestion.store_many(store, value, zone, refused=repeated))
    return respond(ingestion.store_one(store, value, zone))


@bp.post("/ping")
@describe("Se o servidor responde.", responses={200: Pong})
@anyone
def ping() -> ResponseReturnValue:
    return respond(Pong(status="success"))


@standalone_bp.get("/saude")
@describe("Se o serviço de registros está no ar, e o que se perdeu.", responses={200: LogHealth})
@anyone
def show_health() -> ResponseReturnValue:
    receiver = find_current(GatewayReceiver)
    return respond(
        LogHealth(
            nome="almoxarife-registros",
            versao=name_build(),
            estado="ok",
            registros_perdidos=current(LogQueue).dropped,
            registros_perdidos_da_entrada=receiver.missing if receiver else None,
        )
    )


@bp.get("/log/recentes")
@standalone_bp.get("/", endpoint="show_newest_at_the_root")
@standalone_bp.get("/log", endpoint="show_newest_too")
@describe("Os dez registros mais novos, para programas mais antigos.", responses={200: NewestEntries})
@for_programs(Purpose.LOG)
def show_newest() -> ResponseReturnValue:
    current(LogQueue).flush()  # the entry of a call that has just been answered is there
    found = list_newest_of_programs(current(LogQueue).store, NEWEST)
    return respond({"log": [stored.to_old_wire() for stored in found]})


@reading_bp.get("/log")
@describe("Procura nos registros, dos mais novos aos mais antigos.", query=LogQuery, responses={200: list[LogEntry]})
@requires(Role.MANAGER)
def search() -> ResponseReturnValue:
    chosen = to_filter(parse_query(LogQuery), current(Settings).timezone)
    current(LogQueue).flush()
    found = current(LogQueue).store.search(chosen)
    response = respond([stored.to_wire() for stored in found])
    return link_next(response, found, chosen.limit, lambda stored: stored.id)


@reading_bp.get("/log/contagem")
@describe("Quantos registros por hora, dia ou mês.", query=LogCountQuery, responses={200: list[LogCount]})
@requires(Role.MANAGER)
def count() -> ResponseReturnValue:
    query = parse_query(LogCountQuery)
    zone = current(Settings).timezone
    current(LogQueue).flush()
    quarters = current(LogQueue).store.count(to_filter(query, zone))
    return respond_models(count_intervals(quarters, query.interval, zone))


@reading_bp.get("/log/valores")
@describe("Os valores mais comuns de um campo.", query=LogValuesQuery, responses={200: list[LogValue]})
@requires(Role.MANAGER)
def list_values() -> ResponseReturnValue:
    query = parse_query(LogValuesQuery)
    chosen = to_filter(query, current(Settings).timezone)
    current(LogQueue).flush()
    found = current(LogQueue).store.list_common(chosen, query.field, query.limit)
    return respond_models(LogValue(valor=value, entradas=number) for value, number in found)


@reading_bp.get("/log/guarda")
@describe("Por quanto tempo os registros ficam, e quanto ocupam.", responses={200: LogKeeping})
@requires(Role.MANAGER)
def show_keeping() -> ResponseReturnValue:
    settings = current(Settings)
    used, oldest = current(LogQueue).store.measure()
    return respond(
        LogKeeping(
            dias=settings.log_days,
            megabytes=settings.log_megabytes,
            bytes=used,
            mais_antigo=None if oldest is None else from_micros(oldest),
        )
    )


@reading_bp.get("/log/<log_id>")
@describe("Um registro.", responses={200: LogEntry}, problems=(404,))
@requires(Role.MANAGER)
def show_entry(log_id: str) -> ResponseReturnValue:
    number = find_id(log_id)
    if number is None:
        raise LogEntryNotFound
    found = current(LogQueue).store.search(EntryFilter(older_than=number + 1, limit=1))
    if not found or found[0].id != number:
        raise LogEntryNotFound
    return respond(found[0].to_wire())


@reading_bp.get("/log/exportar")
@describe(
    "Os registros com os nomes do Elastic Common Schema, um por linha.",
    query=LogExportQuery,
    responses={200: "application/x-ndjson"},
)
@requires(Role.MANAGER)
def export() -> Response:
    chosen = to_filter(parse_query(LogExportQuery), current(Settings).timezone)
    return send_lines(exporting.stream_ecs(_begin_export(), chosen))


@reading_bp.get("/log/exportar/ndjson")
@describe("Os registros como são, um por linha.", query=LogExportQuery, responses={200: "application/x-ndjson"})
@requires(Role.MANAGER)
def export_lines() -> Response:
    chosen = to_filter(parse_query(LogExportQuery), current(Settings).timezone)
    return send_file(
        exporting.stream_lines(_begin_export(), chosen), name="registros.ndjson", kind="application/x-ndjson"
    )


@reading_bp.get("/log/exportar/csv")
@describe("Os registros como tabela, com as colunas pedidas.", query=LogTableQuery, responses={200: "text/csv"})
@requires(Role.MANAGER)
def export_csv() -> Response:
    query, zone = parse_query(LogTableQuery), current(Settings).timezone
    chosen = to_filter(query, zone)
    pieces = exporting.stream_csv(_begin_export(), chosen, read_columns(query.columns), zone)
    return send_file(pieces, name="registros.csv", kind="text/csv; charset=utf-8")


@reading_bp.get("/log/exportar/xlsx")
@describe("Os registros como planilha, com as colunas pedidas.", query=LogTableQuery, responses={200: XLSX})
@requires(Role.MANAGER)
def export_xlsx() -> Response:
    query, zone = parse_query(LogTableQuery), current(Settings).timezone
    chosen = to_filter(query, zone)
    pieces = exporting.stream_xlsx(_begin_export(), chosen, read_columns(query.columns), zone)
    return send_file(pieces, name="registros.xlsx", kind=XLSX)


def _begin_export() -> EntryStore:
    """The store with all entries up to now. Records ``logs:entries:exported``."""
    current(LogQueue).flush()
    with transaction() as session:
        audit.record(session, Tag.LOGS_EXPORTED, by=current_identity())
    return current(LogQueue).store
