"""Secrets that a sentence says in words, and sentences about a password that say none."""

import pytest

from almoxarife.server.logs.redaction.redact import REMOVED, redact_text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a senha é gato preto", f"a senha é {REMOVED}"),
        ("A SENHA É GATO PRETO", f"A SENHA É {REMOVED}"),
        ("a senha do wifi é gato preto, loja 3", f"a senha do wifi é {REMOVED}, loja 3"),
        ("a senha da Ana é flor do campo. Não conte.", f"a senha da Ana é {REMOVED}. Não conte."),
        ("a senha é gato preto e o usuário é ana", f"a senha é {REMOVED} e o usuário é ana"),
        ("minha senha é flamengo", f"minha senha é {REMOVED}"),
        ("a senha nova eh gato preto", f"a senha nova eh {REMOVED}"),
        ("a senha do caixa 2 agora é abelha", f"a senha do caixa 2 agora é {REMOVED}"),
        ("a senha da loja virou girassol", f"a senha da loja virou {REMOVED}"),
        ("a senha foi trocada para girassol", f"a senha foi trocada para {REMOVED}"),
        ("a senha mudou pra girassol amarelo", f"a senha mudou pra {REMOVED}"),
        ("mudei a senha do wifi para girassol", f"mudei a senha do wifi para {REMOVED}"),
        ("troquei minha senha p/ girassol", f"troquei minha senha p/ {REMOVED}"),
        ("the wifi password is blue horse", f"the wifi password is {REMOVED}"),
        ("la contraseña es gato negro", f"la contraseña es {REMOVED}"),
        ("o PIN é quatro oito dois nove", f"o PIN é {REMOVED}"),
        ("senha do banco quatro oito dois meia", f"senha do banco {REMOVED}"),
        ("chave pix ana@loja.com", f"chave pix {REMOVED}"),
        ("chave pix celular +55 11 98765-4321", f"chave pix celular {REMOVED}"),
        ("a chave Pix é 123e4567-e12b-12d1-a456-426655440000", f"a chave Pix é {REMOVED}"),
        ("00020126360014Br.Gov.Bcb.Pix0114+55119876543215204", f"00020126360014Br.Gov.Bcb.Pix0114{REMOVED}5204"),
    ],
)
def test_a_secret_in_words_is_removed(text: str, left: str) -> None:
    assert redact_text(text) == left


@pytest.mark.parametrize(
    "text",
    [
        *(f"a senha é {word}" for word in (
            "obrigatória", "inválida", "muito fraca", "a mesma de antes", "do gerente", "case sensitive", "pessoal",
            "enviada por e-mail", "só sua", "pedida duas vezes", "igual ao login", "para abrir o caixa", "vazia",
            "um número de 4 dígitos", "composta de letras", "lida do arquivo", "sensível a maiúsculas", "alfabética",
            "12 caracteres no mínimo", "essa mesmo", "de quem vende",
        )),
        "a senha ficou exposta",
        "a senha virou assunto da reunião",
        "senha alterada para funcionário 12",
        "a senha é texto puro",
        "password is about to expire",
        "password is equal to the previous one",
        "o passe é mensal",
        "Informe a senha e clique em Entrar",
        "senha e e-mail obrigatórios",
        "alterar senha para todos os usuários",
        "trocar a senha para continuar",
        "senha alterada para o usuário ana",
        "o segredo do sucesso é trabalho",
        "la contraseña es obligatoria",
        *(f"the password is {word}" for word in ("required", "too short", "not valid", "stored as a hash", "expired")),
        "chave pix não cadastrada",
        "o PIN é um dos três",
        "Conector celular 5 pin 890",
        "Conector bateria tablet 3 pin 1290",
    ],
)  # fmt: skip
def test_what_is_said_about_a_password_stays(text: str) -> None:
    assert redact_text(text) == text


@pytest.mark.parametrize(
    "text", ["Conector do celular 5 pin 4829", "Base celular 3 pin 4829", "celular da Ana pin 4829", "loja 5 pin 4829"]
)
def test_a_pin_of_a_device_is_removed(text: str) -> None:
    assert "4829" not in redact_text(text)
