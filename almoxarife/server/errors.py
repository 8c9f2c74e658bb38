"""What can go wrong, in business terms, as one tree of families.

Services raise the leaves. A family knows the status that a request ends with, a leaf its slug and
its sentence: Portuguese, saying what to do, holding nothing internal; people read it as it stands.
A family itself is never raised.
"""

from typing import ClassVar

from almoxarife.wire.problem import FieldError


class AlmoxarifeError(Exception):
    """The root; ``message`` is the sentence a person reads."""

    message: ClassVar[str] = "Algo deu errado."
    constant: ClassVar[str | None] = None
    """English, where older programs compare it: their ``detail``, and the cause in the log."""

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or self.message)
        self.details = details


class StartupError(AlmoxarifeError):
    """The server cannot start; its sentence is printed and the exit code is 2."""


class RequestFailed(AlmoxarifeError):
    """A request ends with it."""

    status: ClassVar[int]
    slug: ClassVar[str]
    """``codigo`` on the wire, where programs compare it."""
    field: ClassVar[str] = "corpo"
    """What is wrong in the request, where the error itself does not say."""
    challenge: ClassVar[str | None] = None
    """What the bearer's token lacks, in the words of RFC 6750."""


# --- families -----------------------------------------------------------------------


class Invalid(RequestFailed):
    """The request must be written otherwise."""

    status = 400


class NotAuthenticated(RequestFailed):
    """Nobody knows who asks."""

    status = 401


class NotAllowed(RequestFailed):
    """Who asks is known, or need not be, and may not."""

    status = 403


class NotFound(RequestFailed):
    status = 404


class Conflict(RequestFailed):
    """What is there stands against it."""

    status = 409


class TooOften(RequestFailed):
    """After a wait it may be asked again."""

    status = 429


class Unavailable(RequestFailed):
    """Nothing is wrong with the request; the same may be sent again soon."""

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


class TooManyFailures(TooOften):
    slug = "muitas-tentativas"
    message = "Muitas tentativas de entrada. Aguarde um pouco e tente de novo."


class LoginsBusy(Unavailable):
    slug = "entradas-ocupadas"
    message = "Muitas pessoas estão entrando ao mesmo tempo. Tente de novo em alguns segundos."


class TooManyRegistrations(TooOften):
    slug = "muitos-cadastros"
    message = "Muitas contas novas foram pedidas daqui. Aguarde um pouco ou fale com um administrador."


class TooManyPending(Unavailable):
    slug = "muitas-contas-pendentes"
    message = "Há contas demais à espera de aprovação. Peça a um administrador que as aprove ou recuse."


class RegistrationClosed(NotAllowed):
    slug = "cadastro-fechado"
    message = "O cadastro de novas contas está fechado. Peça a um administrador."


class WrongSetupCode(NotAllowed):
    slug = "codigo-incorreto"
    message = "O código não confere. Ele aparece na janela do servidor."


# --- the business -------------------------------------------------------------------


class UsernameTaken(Conflict):
    slug = "usuario-existente"
    message = "Este nome de usuário já existe."


class CpfTaken(Conflict):
    slug = "cpf-cadastrado"
    message = "Já existe uma conta com este CPF. Entre com ele e a sua senha."


class EmailTaken(Conflict):
    slug = "email-existente"
    message = "Este e-mail já é de outra pessoa."


class PhoneTaken(Conflict):
    slug = "telefone-existente"
    message = "Este telefone já é de outra pessoa."


class ListNotFound(NotFound):
    slug = "lista-desconhecida"
    message = "Esta lista não está mais no servidor. Confira em Minha conta o que foi cadastrado, ou envie-a de novo."


class ViewNotFound(NotFound):
    slug = "visao-desconhecida"
    message = "Esta visão não existe mais. Atualize a página."


class TooManyViews(Conflict):
    slug = "muitas-visoes"
    message = "Há visões guardadas demais. Apague uma que ninguém usa."


class ListUnderWay(Conflict):
    slug = "lista-em-andamento"
    message = "Esta lista já está sendo cadastrada, ou ainda não foi. Atualize a página."


class PasswordsGone(Conflict):
    slug = "senhas-ja-entregues"
    message = "Os logins e as senhas desta lista já foram baixados. Quem perdeu a senha ganha outra em Pessoas."


class WeakPassword(Invalid):
    slug = "senha-fraca"
    field = "password"
    message = "Escolha uma senha mais forte."


class LastAdministrator(Conflict):
    slug = "ultimo-administrador"
    message = "É preciso haver pelo menos um administrador ativo."


class PersonNotFound(NotFound):
    slug = "usuario-desconhecido"
    message = "Usuário não encontrado."


class DirectoryPersonNotFound(NotFound):
    slug = "pessoa-desconhecida"
    constant = "User not found"
    message = "Usuário não encontrado."


class IdTaken(Invalid):
    slug = "id-em-uso"
    field = "id"
    constant = "User with this ID already exists"
    message = "Este id já está em uso."


class EventNotFound(NotFound):
    slug = "evento-desconhecido"
    message = "Evento não encontrado."


class MessageNotFound(NotFound):
    slug = "recado-desconhecido"
    message = "Recado não encontrado na sua caixa."


class RecipientNotFound(NotFound):
    slug = "destinatario-desconhecido"
    message = "Ninguém ativo tem este nome de usuário. Confira para quem é o recado."


class ShopNotFound(NotFound):
    slug = "loja-desconhecida"
    message = "Loja não encontrada."


class ShopExists(Conflict):
    slug = "loja-existente"
    message = "Já existe uma loja com este nome ou CNPJ."


class ShopInactive(Conflict):
    slug = "loja-desativada"
    message = "Esta loja está desativada. Fale com um administrador."


class ChainNotFound(NotFound):
    slug = "rede-desconhecida"
    message = "Rede não encontrada."


class ChainExists(Conflict):
    slug = "rede-existente"
    message = "Já existe uma rede com este nome."


class ShopRequired(Invalid):
    slug = "loja-obrigatoria"
    field = "loja_id"
    message = "Informe a loja: sua conta tem mais de uma."


class ProductNotFound(NotFound):
    slug = "produto-desconhecido"
    message = "Produto não encontrado."


class ProductExists(Conflict):
    slug = "produto-existente"
    message = "Já existe um produto com este nome ou código de barras."


class ProductInactive(Conflict):
    slug = "produto-inativo"
    message = "Este produto está desativado."


class ImportNotFound(NotFound):
    slug = "importacao-desconhecida"
    message = "Importação não encontrada."


class ImportUndone(Conflict):
    slug = "importacao-desfeita"
    message = "Esta importação já foi desfeita."


class ImportInUse(Conflict):
    """What it has made is in use: taking it back as one would take other people's work along."""

    slug = "importacao-em-uso"
    message = "Os produtos desta importação já foram alterados ou movimentados. Corrija um por um."


class UnitExists(Conflict):
    slug = "unidade-existente"
    message = "Já existe uma unidade com esta sigla."


class UnitNotFound(NotFound):
    slug = "unidade-desconhecida"
    message = "Unidade não encontrada."


class UnitKept(Conflict):
    slug = "unidade-fixa"
    message = "Esta unidade é de todas as lojas e não pode ser retirada."


class UnitInUse(Conflict):
    slug = "unidade-em-uso"
    message = "O saldo tem casas decimais. Ajuste-o para um número inteiro antes de mudar a unidade."


class InsufficientStock(Conflict):
    slug = "estoque-insuficiente"
    message = "O saldo não é suficiente."


class BalanceOutOfRange(Conflict):
    slug = "saldo-fora-do-limite"
    message = "O saldo passaria do limite de 99.999.999.999."


class MovementNotFound(NotFound):
    slug = "movimentacao-desconhecida"
    message = "Movimentação não encontrada."


class AlreadyReversed(Conflict):
    slug = "ja-estornada"
    message = "Esta movimentação já foi estornada."


class NotReversible(Conflict):
    slug = "estorno-de-estorno"
    message = "Um estorno não pode ser estornado. Registre uma nova movimentação."


class MovementOfSale(Conflict):
    slug = "movimentacao-de-venda"
    message = "Esta movimentação é de uma venda. Cancele a venda: o estoque volta com ela."


class ReversalNotAllowed(NotAllowed):
    slug = "estorno-nao-permitido"
    challenge = "insufficient_scope"
    message = "Só um gerente pode estornar movimentações de outra pessoa ou de outro dia."


class SaleNotFound(NotFound):
    slug = "venda-desconhecida"
    message = "Venda não encontrada."


class AlreadyCancelled(Conflict):
    slug = "venda-ja-cancelada"
    message = "Esta venda já foi cancelada."


class CancellationNotAllowed(NotAllowed):
    slug = "cancelamento-nao-permitido"
    challenge = "insufficient_scope"
    message = "Só um gerente pode cancelar uma venda de outro dia."


class NotYourSales(NotAllowed):
    slug = "vendas-de-outra-pessoa"
    challenge = "insufficient_scope"
    message = "Você vê só as suas vendas. Para ver as de outra pessoa, fale com um gerente."


# --- the store ----------------------------------------------------------------------


class WriteFailed(Unavailable):
    """Not acknowledged, outcome unknown: retry with the same idempotency key."""

    slug = "gravacao-indisponivel"
    message = "Não foi possível gravar agora. Nada foi confirmado; tente de novo."


class StoreUnavailable(Unavailable):
    slug = "banco-indisponivel"
    message = "O banco de dados não responde agora. Tente de novo em alguns segundos."


def bad_fields(field_errors: list[FieldError]) -> BadRequest:
    """All of them are told; the sentence names the first."""
    first = field_errors[0]
    sentence = first.message if first.field == "corpo" else f"{first.field}: {first.message}"
    return BadRequest(sentence, errors=field_errors)
