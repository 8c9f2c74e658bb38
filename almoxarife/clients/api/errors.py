"""``ApiError``, the only exception of the API client. Its message is a Portuguese sentence to show."""

from almoxarife.wire.problem import FieldError

NO_RESPONSE = "sem-resposta"
FOREIGN_RESPONSE = "resposta-desconhecida"
OWN_FAULT = "falha-do-programa"

_MUST_CHANGE_PASSWORD = "troca-de-senha-obrigatoria"  # noqa: S105  # a slug
_AWAY = frozenset({502, 503, 504})
_LATER = frozenset({408, 425, 429})


class ApiError(Exception):
    """The server refused the request, or no Almoxarife server answered (``status`` is None)."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str = NO_RESPONSE,
        errors: list[FieldError] | None = None,
        retry_after_s: float | None = None,
        existing: str | None = None,
        request_id: str | None = None,
        was_never_sent: bool = False,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code
        self.errors = errors or []
        self.retry_after_s = retry_after_s
        self.existing = existing
        self.request_id = request_id
        self.was_never_sent = was_never_sent
        """No connection was made, so the request certainly had no effect."""

    @property
    def is_connection_fault(self) -> bool:
        """Whether the server is unreachable: no response, or a proxy says that it is away."""
        return self.status is None or self.status in _AWAY

    @property
    def is_worth_repeating(self) -> bool:
        """Whether the same request may succeed later; any other refusal is final."""
        is_later = self.status in _LATER or self.code == _MUST_CHANGE_PASSWORD
        return self.is_connection_fault or is_later or (self.status or 0) >= 500

    @property
    def is_session_over(self) -> bool:
        return self.status == 401


def password_needed() -> ApiError:
    """The error for a queued request whose owner is not logged in."""
    return ApiError("Entre de novo para enviar o que espera.", status=401, code="sem-senha")
