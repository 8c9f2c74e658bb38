"""How old the last good copy is, as the foot of each window says it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from almoxarife.clients.desktop.frame.status_bar import say_backup
from almoxarife.wire.health import Health

NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def health(made: str | None, failed: bool | None) -> Health:
    body = {"nome": "almoxarife", "versao": "1", "estado": "ok", "banco": "sqlite", "instancia": "x"}
    return Health.model_validate({**body, "ultima_copia": made, "copia_falhou": failed})


@pytest.mark.parametrize(
    ("made", "failed", "said"),
    [
        ("2026-11-20T06:00:00Z", False, ("Cópia: hoje", "Quiet")),
        ("2026-11-20T02:59:00Z", False, ("Cópia: ontem", "Quiet")),
        ("2026-11-20T03:00:00Z", False, ("Cópia: hoje", "Quiet")),
        ("2026-11-18T15:00:00Z", False, ("Cópia: há 2 dias", "Quiet")),
        ("2026-11-18T14:59:00Z", False, ("Cópia: há 2 dias", "Warn")),
        ("2026-11-08T15:00:00Z", False, ("Cópia: há 12 dias", "Warn")),
        ("2026-11-20T06:00:00Z", True, ("Cópia: hoje", "Warn")),
        ("2026-12-20T06:00:00Z", False, ("Cópia: hoje", "Quiet")),
        (None, False, ("Sem cópia ainda", "Quiet")),
        (None, True, ("Sem cópia: falhou", "Warn")),
        (None, None, ("", "Quiet")),
    ],
)
def test_the_age_of_the_last_copy(made: str | None, failed: bool | None, said: tuple[str, str]) -> None:
    assert say_backup(health(made, failed), NOON, SAO_PAULO) == said
