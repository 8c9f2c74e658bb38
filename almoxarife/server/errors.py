"""The exceptions of the server, in families by HTTP status.

Services raise leaves. A family has the status of the response; a leaf has its slug and its message, in Portuguese for
the person who reads it: it says what to do and nothing internal. Families are never raised.

The families and the errors that several features raise are here; those of one feature are in its ``errors.py``.
"""

from typing import ClassVar

from almoxarife.wire.problem import FieldError


class AlmoxarifeError(Exception):
    """The base class; ``message`` is the sentence that a person reads."""

    message: ClassVar[str] = "Algo deu errado."
    constant: ClassVar[str | None] = None
    """An English text that older programs compare: the ``detail`` of the response, and the cause in the log."""

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or self.message)
        self.details = details


def cause_of(error: BaseException) -> BaseException:
    """The database driver's exception behind one of ours and SQLAlchemy's, if there is one."""
    while isinstance(error, AlmoxarifeError) and error.__cause__ is not None:
        error = error.__cause__
    cause = getattr(error, "orig", None)
    return cause if isinstance(cause, BaseException) else error


def reason_of(error: BaseException) -> str:
    """Why a database failed, for the log and for a start, without statements, values or rows."""
    cause = cause_of(error)
    return " ".join(str(getattr(getattr(cause, "diag", None), "message_primary", None) or cause).split())


class StartupError(AlmoxarifeError):
    """The server cannot start; its sentence is printed and the exit code is 2."""


class RequestFailed(AlmoxarifeError):
    """Ends a request with an error response (``http/problems.py``)."""

    status: ClassVar[int]
    slug: ClassVar[str]
    """``codigo`` in the response, for programs."""
    field: ClassVar[str] = "corpo"
    """The field that is wrong, unless the exception says another one."""
    challenge: ClassVar[str | None] = None
    """The error code of RFC 6750 for ``WWW-Authenticate``."""


# --- families -----------------------------------------------------------------------


class Invalid(RequestFailed):
    """The request is malformed or has invalid values."""

    status = 400


class NotAuthenticated(RequestFailed):
    """The caller has not proven who they are."""

    status = 401


class NotAllowed(RequestFailed):
    """The caller is known, or need not be, and may not do this."""

    status = 403


class NotFound(RequestFailed):
    status = 404


class Conflict(RequestFailed):
    """The request does not fit the current data."""

    status = 409


class TooOften(RequestFailed):
    """Too many requests; allowed again after a wait."""

    status = 429


class Unavailable(RequestFailed):
    """The server cannot answer now; the same request may be sent again soon."""

    status = 503


# --- the request --------------------------------------------------------------------


class BadRequest(Invalid):
    slug = "pedido-invalido"
    message = "O pedido tem erros. Confira os campos."


class UnknownHost(Invalid):
    slug = "host-desconhecido"
    field = "Host"
    message = "Este servidor não atende por esse nome. Use o endereço informado por quem o instalou."


class IfMatchRequired(RequestFailed):
    status = 428
    slug = "versao-obrigatoria"
    message = "Informe a versão que está sendo alterada (If-Match)."


class StaleVersion(RequestFailed):
    status = 412
    slug = "versao-desatualizada"
    message = "Outra pessoa alterou este cadastro. Atualize a lista e tente de novo."


class KeyReused(RequestFailed):
    status = 422
    slug = "chave-reutilizada"
    message = "Esta chave de envio já foi usada para outro registro."


class KeyInProgress(Unavailable):
    slug = "chave-em-andamento"
    message = "Este registro ainda está sendo gravado. Aguarde alguns segundos."


class TooManyLists(Unavailable):
    slug = "muitas-listas"
    message = "Muitas listas completas estão sendo enviadas agora. Tente de novo em alguns segundos."


class ServerBusy(Unavailable):
    slug = "servidor-ocupado"
    message = "O servidor está ocupado. Tente de novo em alguns segundos."


# --- who is asking ------------------------------------------------------------------


class TokenRequired(NotAuthenticated):
    slug = "nao-autenticado"
    message = "Entre com seu usuário e senha."


class InvalidToken(NotAuthenticated):
    slug = "sessao-invalida"
    challenge = "invalid_token"
    message = "Sua sessão terminou. Entre de novo."
    unknown_key: ClassVar[str] = "Esta chave de serviço não existe ou foi revogada. Peça outra (keys create)."
    key_for_person: ClassVar[str] = "Aqui entra uma pessoa, com usuário e senha: chaves de serviço não valem."


class WrongCredentials(NotAuthenticated):
    slug = "credenciais-incorretas"
    message = "Usuário ou senha incorretos."


class WrongCurrentPassword(NotAllowed):
    slug = "senha-atual-incorreta"
    message = "A senha atual não confere."


class ApprovalPending(NotAllowed):
    slug = "aprovacao-pendente"
    message = "Sua conta aguarda a aprovação de um administrador."


class AccountInactive(NotAllowed):
    slug = "conta-desativada"
    message = "Esta conta está desativada. Fale com um administrador."


class WeakPasswordFromAfar(NotAllowed):
    slug = "senha-so-local"
    message = "Esta senha é fraca e só vale no computador do servidor. Troque-a nele para entrar daqui."


class PasswordChangeRequired(NotAllowed):
    slug = "troca-de-senha-obrigatoria"
    message = "Troque a senha temporária antes de continuar."


class InsufficientRole(NotAllowed):
    slug = "papel-insuficiente"
    challenge = "insufficient_scope"
    message = "Seu papel não permite esta ação. Fale com um administrador."


class KeyForOtherPurpose(NotAllowed):
    slug = "chave-para-outro-fim"
    challenge = "insufficient_scope"
    message = "Esta chave de serviço foi feita para outro fim. Peça uma feita para este (keys create … --para)."


class ShopNotVisible(NotAllowed):
    slug = "loja-nao-visivel"
    challenge = "insufficient_scope"
    message = "Você não tem acesso a esta loja."


class TooManyPending(Unavailable):
    slug = "muitas-contas-pendentes"
    message = "Há contas demais à espera de aprovação. Peça a um administrador que as aprove ou recuse."


class RegistrationClosed(NotAllowed):
    slug = "cadastro-fechado"
    message = "O cadastro de novas contas está fechado. Peça a um administrador."


class WrongSetupCode(NotAllowed):
    slug = "codigo-incorreto"
    message = "O código não confere. Ele aparece na janela do servidor."


# --- people, and what an id may fail to name ----------------------------------------


class UsernameTaken(Conflict):
    slug = "usuario-existente"
    message = "Este nome de usuário já existe."


class CpfTaken(Conflict):
    slug = "cpf-cadastrado"
    message = "Já existe uma conta com este CPF. Entre com ele e a sua senha."


class WeakPassword(Invalid):
    slug = "senha-fraca"
    field = "password"
    message = "Escolha uma senha mais forte."


class LastAdministrator(Conflict):
    slug = "ultimo-administrador"
    message = "É preciso haver pelo menos um administrador ativo."


class UserNotFound(NotFound):
    slug = "usuario-desconhecido"
    message = "Usuário não encontrado."


class EventNotFound(NotFound):
    slug = "evento-desconhecido"
    message = "Evento não encontrado."


class MessageNotFound(NotFound):
    slug = "recado-desconhecido"
    message = "Recado não encontrado na sua caixa."


class ShopNotFound(NotFound):
    slug = "loja-desconhecida"
    message = "Loja não encontrada."


class ChainNotFound(NotFound):
    slug = "rede-desconhecida"
    message = "Rede não encontrada."


class ShopRequired(Invalid):
    slug = "loja-obrigatoria"
    field = "loja_id"
    message = "Informe a loja: sua conta tem mais de uma."


class ProductNotFound(NotFound):
    slug = "produto-desconhecido"
    message = "Produto não encontrado."


class ImportNotFound(NotFound):
    slug = "importacao-desconhecida"
    message = "Importação não encontrada."


class MovementNotFound(NotFound):
    slug = "movimentacao-desconhecida"
    message = "Movimentação não encontrada."


class SaleNotFound(NotFound):
    slug = "venda-desconhecida"
    message = "Venda não encontrada."


# --- the store ----------------------------------------------------------------------


class WriteFailed(Unavailable):
    """It is unknown whether the write was made: send it again with the same idempotency key."""

    slug = "gravacao-indisponivel"
    message = "Não foi possível gravar agora. Nada foi confirmado; tente de novo."


class StoreUnavailable(Unavailable):
    slug = "banco-indisponivel"
    message = "O banco de dados não responde agora. Tente de novo em alguns segundos."


def bad_fields(field_errors: list[FieldError]) -> BadRequest:
    """A BadRequest that lists all errors; its message is about the first."""
    first = field_errors[0]
    sentence = first.message if first.field == "corpo" else f"{first.field}: {first.message}"
    return BadRequest(sentence, errors=field_errors)
