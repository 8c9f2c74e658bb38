"""Repairs before the server takes requests: triggers, sealing, totals, unfinished imports, recorded settings.

And one thing right after the start, for which nobody waits: the zone for views of older programs.
"""

from contextlib import suppress
from pathlib import Path

from almoxarife.server.accounts.cpf import CpfKey
from almoxarife.server.accounts.reports import has_cpfs
from almoxarife.server.audit import sealing, settings_in_force
from almoxarife.server.bulk import service as bulk
from almoxarife.server.catalog.service import list_shared_codes
from almoxarife.server.data_directory import secret_keys
from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.errors import StartupError, StoreUnavailable, WriteFailed, reason_of
from almoxarife.server.importing.batches import hide_left_over, take_back_unfinished
from almoxarife.server.operations.typed_commands import as_typed_here
from almoxarife.server.settings import Settings
from almoxarife.server.store.database import Database
from almoxarife.server.upkeep import sales_totals
from almoxarife.server.upkeep.preparation import path_or_url_of

MAX_ASKED = 20
"""How many pairs of products with the same barcode a start prints; ``check`` prints all."""


def repair(settings: Settings, database: Database) -> None:
    """Run all repairs. Raises StartupError."""
    try:
        _require_cpf_key(settings, database)
        for sentence in sealing.repair_and_seal(database, ServiceKeys.of(settings).list_hashes()):
            print(as_typed_here(sentence), flush=True)
        sales_totals.rebuild_for_zone(database, settings.timezone)
        take_back_unfinished(database)
        hide_left_over(database)
        with database.reading() as session:
            for shared in list_shared_codes(session)[:MAX_ASKED]:
                print(f"Decida: {shared.sentence}", flush=True)
        _record_settings(settings, database)
    except (WriteFailed, StoreUnavailable) as error:
        raise StartupError(
            f"O servidor não consegue gravar no banco de dados ({reason_of(error)}). "
            "Confira o disco e o banco, e inicie de novo."
        ) from error


def tell_views_the_zone(settings: Settings, database: Database) -> None:
    """Write the zone's offsets for the views of older programs in SQLite, once the server answers: it takes 7 ms.

    A failed write must not stop the server.
    """
    if not isinstance(path_or_url_of(settings), Path):
        return
    with suppress(WriteFailed, StoreUnavailable):
        with database.reading() as session:
            if bulk.is_offset_known(session, settings.timezone):
                return
        with database.transaction() as session:
            bulk.renew_offsets(session, settings.timezone)


def _require_cpf_key(settings: Settings, database: Database) -> None:
    """Raises StartupError if the key has changed: nobody would be found by CPF, and people could register twice."""
    mark = CpfKey(secret_keys.cpf_key(settings)).mark
    with database.reading() as session:
        known = settings_in_force.find_cpf_mark(session)
        is_in_use = has_cpfs(session)
    if known == mark:
        return
    if known is not None and is_in_use:
        path = settings.cpf_key_file or settings.data_dir / secret_keys.CPF_KEY
        raise StartupError(
            f"A chave dos CPFs em {path} não é a desta loja: com ela ninguém é achado pelo CPF. Ponha de volta a chave "
            "certa, da pasta de dados anterior ou de outro servidor da loja. Se ela se perdeu, aceite esta com: "
            "almoxarife keys accept-cpf-key (cada um entra então pelo nome de usuário)."
        )
    with database.transaction() as session:
        settings_in_force.keep_cpf_mark(session, mark)


def _record_settings(settings: Settings, database: Database) -> None:
    """Record changed settings before they take effect; without changes nothing is written."""
    with database.reading() as session:
        if not settings_in_force.list_changes(session, settings):
            return
    with database.transaction() as session:
        settings_in_force.record_changes(session, settings)
