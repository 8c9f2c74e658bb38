"""What the login panel says of a server that does not answer."""

import pytest

from almoxarife.clients.api.errors import NO_RESPONSE, ApiError
from almoxarife.clients.desktop.frame.server_line import COMING_UP_S, describe_silence

AWAY = ApiError("Servidor fora do ar.", code=NO_RESPONSE)
URL = "http://127.0.0.1:5000"


@pytest.mark.parametrize(
    ("error", "waited_s", "said"),
    [
        (AWAY, COMING_UP_S - 0.1, ("Quiet", "◌ Procurando o servidor…")),
        (AWAY, COMING_UP_S, ("Bad", "✕ Servidor fora do ar · 127.0.0.1:5000")),
        (ApiError("Isto não é um Almoxarife.", code="outro-programa"), 0.0, ("Bad", "✕ Isto não é um Almoxarife.")),
    ],
    ids=["coming up", "away", "another program"],
)
def test_a_server_has_a_while_to_come_up_before_it_is_called_away(
    error: ApiError, waited_s: float, said: tuple[str, str]
) -> None:
    assert describe_silence(error, waited_s, URL) == said
