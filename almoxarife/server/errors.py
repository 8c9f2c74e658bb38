"""What can go wrong, in business terms, as one tree.

Services raise these; ``problems`` maps each leaf to a status and a slug. A sentence is
Portuguese, says what to do, and holds nothing internal: people read it as it stands.
"""

from typing import ClassVar

from almoxarife.wire.problem import FieldError


class AlmoxarifeError(Exception):
    """The root; ``message`` is the sentence a person reads."""

    message: ClassVar[str] = "Algo deu errado."
    field: ClassVar[str] = "corpo"
    """What is wrong in the request, where the error itself does not say."""
    constant: ClassVar[str | None] = None
    """English, where older programs compare it: their ``detail``, and the cause in the log."""

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or self.message)
        self.details = details


class StartupError(AlmoxarifeError):
    """The server cannot start; its sentence is printed and the exit code is 2."""


# --- the request --------------------------------------------------------------------


class BadRequest(AlmoxarifeError):
    message = "O pedido tem erros. Confira os campos."


class UnknownHost(AlmoxarifeError):
    field = "Host"
    message = "Este servidor não atende por esse nome. Use o endereço informado por quem o instalou."


class IfMatchRequired(AlmoxarifeError):
    message = "Informe a versão que está sendo alterada (If-Match)."


class StaleVersion(AlmoxarifeError):
    message = "Outra pessoa alterou este cadastro. Atualize a lista e tente de novo."


class KeyReused(AlmoxarifeError):
    message = "Esta chave de envio já foi usada para outro registro."


class KeyInProgress(AlmoxarifeError):
    message = "Este registro ainda está sendo gravado. Aguarde alguns segundos."


class TooManyLists(AlmoxarifeError):
    message = "Muitas listas completas estão sendo enviadas agora. Tente de novo em alguns segundos."


class ServerBusy(AlmoxarifeError):
    message = "O servidor está ocupado. Tente de novo em alguns segundos."


# --- who is asking ------------------------------------------------------------------


class NotAuthenticated(AlmoxarifeError):
    message = "Entre com seu usuário e senha."


class InvalidToken(AlmoxarifeError):
    message = "Sua sessão terminou. Entre de novo."


class WrongCredentials(AlmoxarifeError):
    message = "Usuário ou senha incorretos."


class WrongCurrentPassword(AlmoxarifeError):
    message = "A senha atual não confere."


class ApprovalPending(AlmoxarifeError):
    message = "Sua conta aguarda a aprovação de um administrador."


class AccountInactive(AlmoxarifeError):
    message = "Esta conta está desativada. Fale com um administrador."


class WeakPasswordFromAfar(AlmoxarifeError):
    message = "Esta senha é fraca e só vale no computador do servidor. Troque-a nele para entrar daqui."


class PasswordChangeRequired(AlmoxarifeError):
    message = "Troque a senha temporária antes de continuar."


class InsufficientRole(AlmoxarifeError):
    message = "Seu papel não permite esta ação. Fale com um administrador."


class KeyForOtherPurpose(AlmoxarifeError):
    message = "Esta chave de serviço foi feita para outro fim. Peça uma feita para este (keys create … --para)."


class ShopNotVisible(AlmoxarifeError):
    message = "Você não tem acesso a esta loja."


class TooManyFailures(AlmoxarifeError):
    message = "Muitas tentativas de entrada. Aguarde um pouco e tente de novo."


class LoginsBusy(AlmoxarifeError):
    message = "Muitas pessoas estão entrando ao mesmo tempo. Tente de novo em alguns segundos."


class TooManyRegistrations(AlmoxarifeError):
    message = "Muitas contas novas foram pedidas daqui. Aguarde um pouco ou fale com um administrador."


class TooManyPending(AlmoxarifeError):
    message = "Há contas demais à espera de aprovação. Peça a um administrador que as aprove ou recuse."


class RegistrationClosed(AlmoxarifeError):
    message = "O cadastro de novas contas está fechado. Peça a um administrador."


class WrongSetupCode(AlmoxarifeError):
    message = "O código não confere. Ele aparece na janela do servidor."


# --- the business -------------------------------------------------------------------


class UsernameTaken(AlmoxarifeError):
    message = "Este nome de usuário já existe."


class WeakPassword(AlmoxarifeError):
    field = "password"
    message = "Escolha uma senha mais forte."


class LastAdministrator(AlmoxarifeError):
    message = "É preciso haver pelo menos um administrador ativo."


class PersonNotFound(AlmoxarifeError):
    message = "Usuário não encontrado."


class DirectoryPersonNotFound(AlmoxarifeError):
    constant = "User not found"
    message = "Usuário não encontrado."


class IdTaken(AlmoxarifeError):
    field = "id"
    constant = "User with this ID already exists"
    message = "Este id já está em uso."


class EventNotFound(AlmoxarifeError):
    message = "Evento não encontrado."


class ShopNotFound(AlmoxarifeError):
    message = "Loja não encontrada."


class ShopExists(AlmoxarifeError):
    message = "Já existe uma loja com este nome."


class ShopRequired(AlmoxarifeError):
    field = "loja_id"
    message = "Informe a loja: sua conta tem mais de uma."


class ProductNotFound(AlmoxarifeError):
    message = "Produto não encontrado."


class ProductExists(AlmoxarifeError):
    message = "Já existe um produto com este nome ou código de barras."


class ProductInactive(AlmoxarifeError):
    message = "Este produto está desativado."


class UnitInUse(AlmoxarifeError):
    message = "O saldo tem casas decimais. Ajuste-o para um número inteiro antes de mudar a unidade."


class InsufficientStock(AlmoxarifeError):
    message = "O saldo não é suficiente."


class BalanceOutOfRange(AlmoxarifeError):
    message = "O saldo passaria do limite de 99.999.999.999."


class MovementNotFound(AlmoxarifeError):
    message = "Movimentação não encontrada."


class AlreadyReversed(AlmoxarifeError):
    message = "Esta movimentação já foi estornada."


class NotReversible(AlmoxarifeError):
    message = "Um estorno não pode ser estornado. Registre uma nova movimentação."


class ReversalNotAllowed(AlmoxarifeError):
    message = "Só um gerente pode estornar movimentações de outra pessoa ou de outro dia."


# --- the store ----------------------------------------------------------------------


class WriteFailed(AlmoxarifeError):
    """Not acknowledged, outcome unknown: retry with the same idempotency key."""

    message = "Não foi possível gravar agora. Nada foi confirmado; tente de novo."


class StoreUnavailable(AlmoxarifeError):
    message = "O banco de dados não responde agora. Tente de novo em alguns segundos."


def bad_fields(field_errors: list[FieldError]) -> BadRequest:
    """All of them are told; the sentence names the first."""
    first = field_errors[0]
    sentence = first.message if first.field == "corpo" else f"{first.field}: {first.message}"
    return BadRequest(sentence, errors=field_errors)
