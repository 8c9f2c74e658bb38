"""``/situacao``: the state of the server, its backups, audit trail and disk, for administradores."""

import shutil
from datetime import UTC, datetime
from threading import Lock

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.build import name_build
from almoxarife.server.audit import service as audit
from almoxarife.server.clock import ClockJumpWatch
from almoxarife.server.context import current, find_current, reading
from almoxarife.server.errors import ServerBusy
from almoxarife.server.http.access import requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.responses import respond
from almoxarife.server.logs.service import LogQueue
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep.nightly import Nightly
from almoxarife.wire.accounts import Role
from almoxarife.wire.health import Backup, Situation, TrailCheck

bp = Blueprint("situation", __name__)


class TrailChecks:
    """Runs checks of the audit trail, one at a time: each reads all of it."""

    def __init__(self) -> None:
        self.started_at = datetime.now(UTC)
        self.last: TrailCheck | None = None
        self._lock = Lock()

    def run(self) -> TrailCheck:
        """Raises ServerBusy while another one runs."""
        if not self._lock.acquire(blocking=False):
            raise ServerBusy("A trilha já está sendo conferida. Espere terminar.", retry_after=10)
        try:
            with reading() as session:
                verdict = audit.verify_trail(session)
        finally:
            self._lock.release()
        self.last = TrailCheck(
            conferida_em=datetime.now(UTC),
            cabeca=str(verdict.head),
            registros=verdict.head.id,
            falha=verdict.fault.sentence if verdict.fault else None,
        )
        return self.last


@bp.get("/situacao")
@describe("Como está o servidor: versão, cópias, trilha de auditoria, disco.", responses={200: Situation})
@requires(Role.ADMIN)
def show_situation() -> ResponseReturnValue:
    settings, nightly, clock = current(Settings), find_current(Nightly), find_current(ClockJumpWatch)
    database, checks = current(Database), current(TrailChecks)
    with reading() as session:
        head = audit.find_head(session)
    try:
        disk = shutil.disk_usage(settings.data_dir)
    except OSError:  # the folder may be missing just now
        disk = None
    return respond(
        Situation(
            versao=name_build(),
            banco=database.dialect,
            grava=database.probe(),
            no_ar_desde=checks.started_at,
            copias_guardadas=settings.backups if nightly else 0,
            copias=[
                Backup(arquivo=backup.path.name, feita_em=backup.made_at, bytes=backup.size)
                for backup in (nightly.list_backups() if nightly else [])
            ],
            copia_falhou=nightly.has_failed if nightly else False,
            cabeca_da_trilha=str(head) if head.id else None,
            ultima_conferencia=checks.last,
            disco_livre_bytes=disk and disk.free,
            disco_bytes=disk and disk.total,
            registros_perdidos=current(LogQueue).dropped,
            relogio_saltou_s=clock.jumped_s if clock else 0,
        )
    )


@bp.post("/situacao/conferencia")
@describe("Confere a trilha de auditoria inteira, agora.", responses={200: TrailCheck})
@requires(Role.ADMIN)
def check_trail() -> ResponseReturnValue:
    return respond(current(TrailChecks).run())
