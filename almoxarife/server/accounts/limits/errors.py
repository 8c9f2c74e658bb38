"""Errors of the limits for logins and registrations."""

from almoxarife.server.errors import NotAllowed, TooOften, Unavailable


class TooManyFailures(TooOften):
    slug = "muitas-tentativas"
    message = "Muitas tentativas de entrada. Aguarde um pouco e tente de novo."


class LoginsBusy(Unavailable):
    slug = "entradas-ocupadas"
    message = "Muitas pessoas estão entrando ao mesmo tempo. Tente de novo em alguns segundos."


class TooManyRegistrations(TooOften):
    slug = "muitos-cadastros"
    message = "Muitas contas novas foram pedidas daqui. Aguarde um pouco ou fale com um administrador."


class TemporaryPasswordOver(NotAllowed):
    slug = "senha-temporaria-vencida"
    message = "Esta senha temporária venceu. Peça outra a um administrador."
