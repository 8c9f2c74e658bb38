"""What people type and write after the word for it goes, and what a shop sells, counts and measures stays."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from almoxarife.server.logs.redaction.redact import REMOVED, redact_text


@pytest.mark.parametrize(
    "text",
    [
        *("PIN 48 29", "pin 48-29", "pin 4 8 2 9", "PIN é 48 29", "o pin da Ana é 48.29", "PIN.4829", "PIN/4829"),
        *("PIN - 4829", "PIN [4829]", "PIN “4829”", "PIN da Ana Paula 4829", "pin ana 4829", "PIN caixa: 4829"),
        *("PIN passou a ser 4829", "trocou o pin de 48 29 para 12 34", "PINs 4829 e 5678", "troca de pin 4829/5678"),
        *("pin da maquininha Stone 123456", "PUK 12345678", "cvc 1 2 3", "pin=48 29", "PIN número 4829"),
        *("meuPIN4829", "novoPin4829", "meupin4829", "pinDaAna4829", "PINdaLoja4829", "PIN48-29", "PIN48.29"),
        *("PIN_48_29", "senhaAdmin123", "senha_do_wifi_2024", "TOKEN_482913", "meuToken482913", "chave4829"),
        *("minhaChave4829", "chaveDoCofre4829", "chaveNotebook4829", "OTP.482913", "senha[4829]", "seuPin4829: ok"),
        *("chave do alarme 4829", "chave de venda: 48291", "chave de venda 48291", "chave da loja 1234"),
        *("chave alarme 4829", "chave p/ cofre 48-29", "chave do depósito: 48 29", "chave de liberação: 48291"),
        *("chave da vitrine 4829", "chave do cofre: 4829 e 5678", "chave mestra 4829", "chave de estorno 48291"),
        *("código do portão 4829", "código do cadeado 482", "código 482913 do SMS", "código de verificação é 482.913"),
        *("código para o cofre 1234", "o código novo do cofre é 1234", "cofre código 1234", "seu código é 482-913"),
        *(
            "segredo do cofre 12-34-56",
            "combinação do cofre 12 34 56",
            "segredo de cadeado 4829",
            "senha 12 34",
            "senha padrão 1234",
        ),
        *("a senha do alarme mudou pra 4829", "a senha agora é 4829", "senha ana 4829", "senha antiga 1234 nova 5678"),
        *(
            "anotou num papel com senha 4829",
            "está no papel: senha 4829",
            "senha 4829 usuario: ana",
            "PIN do caixa 4829 total: R",
            "senha do usuario 4829 erro: x",
        ),
        *("pin 4829 caixa um", "login com a senha 4829 cx", "senha? 4829", "qual o pin do cofre? 4829", "senha! 4829"),
        *(
            "senha....4829",
            "senha ..... 4829",
            "SENHA ......: 4829",
            "PIN.: 4829",
            "pin->4829",
            "alterou pin 1234 > 5678",
        ),
        *("trocou a senha de 1234 p/ 5678", "trocou o pin (1234) por (5678)", "senha trocada p/ abc123"),
        *("senhas: 1234, 5678, 9012", "PINs da loja 1234, 5678", "senha do atendimento: 482913", "POS pin 4829"),
    ],
)
def test_no_digit_of_it_is_left(text: str) -> None:
    left = redact_text(text)

    assert re.search(r"\d", left) is None
    assert REMOVED in left
    assert redact_text(left) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Ana 2 pin 4477", f"Ana 2 pin {REMOVED}"),
        ("Maria Clara 12 PIN: 4477", f"Maria Clara 12 PIN: {REMOVED}"),
        ("operadora Bia 4 pin 2500, cabo 8 pin 300", f"operadora Bia 4 pin {REMOVED}, cabo 8 pin 300"),
        ("pin do caixa 3 4829", f"pin do caixa 3 {REMOVED}"),
        ("PIN caixa 3: 4829", f"PIN caixa 3: {REMOVED}"),
        ("chave do caixa 2 4829", f"chave do caixa 2 {REMOVED}"),
        ("senha do wifi loja2024", f"senha do wifi {REMOVED}"),
        ("Senha do Wi-Fi da loja loja2024, sinal bom", f"Senha do Wi-Fi da loja {REMOVED}, sinal bom"),
        ("chave de ativação XK29-1122", f"chave de ativação {REMOVED}"),
        ("token do pix abc123", f"token do pix {REMOVED}"),
        ("token do Mercado Pago APP123456", f"token do Mercado Pago {REMOVED}"),
        ("erro\\nPIN\\t4829\\nfim", f"erro\\nPIN\\t{REMOVED}\\nfim"),
        ("token do banco 482 913", f"token do banco {REMOVED}"),
        ("senha padrão admin123", f"senha padrão {REMOVED}"),
        ("senha nova: abc 123", f"senha nova: {REMOVED}"),
        ("senha nova é abc 123", f"senha nova é {REMOVED}"),
        ("psk=loja2024", f"psk={REMOVED}"),
        ("PIN de 4 dígitos 4829", f"PIN de 4 dígitos {REMOVED}"),
        ("senha de 6 números: 482913", f"senha de 6 números: {REMOVED}"),
        ("PIN (4 dígitos): 4829", f"PIN (4 dígitos): {REMOVED}"),
        ("usou a senha 4829 3 vezes", f"usou a senha {REMOVED} 3 vezes"),
        ("errou o pin 4829 5 tentativas", f"errou o pin {REMOVED} 5 tentativas"),
        ("senha 4829 caixa 3", f"senha {REMOVED} caixa 3"),
        ("pin 4829 dia 12", f"pin {REMOVED} dia 12"),
        ("loja Barra 2 pin 4829", f"loja Barra 2 pin {REMOVED}"),
        ("usuário Terra 3 pin 4829", f"usuário Terra 3 pin {REMOVED}"),
        ("senha->azul, ok", f"senha->{REMOVED}, ok"),
        ("Senha......: azul, ok", f"Senha......: {REMOVED}, ok"),
        ("senha do atendimento: azul", f"senha do atendimento: {REMOVED}"),
        ("Ana da Barra 3 pin 4829", f"Ana da Barra 3 pin {REMOVED}"),
        ("P I N 4829", f"P I N {REMOVED}"),
        ("o p.i.n: 4829", f"o p.i.n: {REMOVED}"),
        ("4829 (senha do cofre)", f"{REMOVED} (senha do cofre)"),
        ("anotado: 482913 (PIN), ok", f"anotado: {REMOVED} (PIN), ok"),
        ("senha 4829 kg", f"senha {REMOVED} kg"),
        ("senha 4829 ml, ok", f"senha {REMOVED} ml, ok"),
        ("papel de senha: azul", f"papel de senha: {REMOVED}"),
        ("pin 4829 recusado em 2026-11-20", f"pin {REMOVED} recusado em 2026-11-20"),
    ],
)
def test_what_stands_around_it_stays(text: str, left: str) -> None:
    assert redact_text(text) == left
    assert redact_text(left) == left


@pytest.mark.parametrize(
    "text",
    [
        *(
            "CI 8 pin 2500",
            "CI NE555 8 pin: 2500",
            "ci 16 pin 25 30",
            "Conector Molex 4 pin 2500",
            "Header 2x20 pin 254",
        ),
        *(
            "conector de 8 pin 2500",
            "Memória DDR3 240 pin 1333",
            "Relé 5 pin 4829",
            "Broche pin 2500",
            "Cooler 4 pin 1200",
        ),
        *("Pin de metal 1000", "pins de metal 2500", "Pin de lapela: 1300", "pin header 40", "Pin 3,5 x 20", "PIN10"),
        *("Chave de luva 10: 3", "Chave de luva 10 1200", "chave inglesa 12", 'chave inglesa 12" 2500'),
        *(
            "chave de fenda 3/16 x 4: 1200",
            "Chave de boca 12 13 1500",
            "chave phillips nº 2 1500",
            "chave do tipo Allen 10",
        ),
        *("Chave de pressão 1200", "Chave da torneira 12 1200", "Chave seletora 3 posições 1200", "chaveiro 4829"),
        *("pino 8 mm", "Pinos 48 29", "pincel 1234", "spin 2024", "campinas2024", "Chave boia 15A: 20", "chave 12"),
        *("Bobina de senha 1000", "Segredo de fechadura 1200", "Cadeado segredo 45mm", "max_tokens=1500"),
        *(
            "senha deve ter 8 caracteres",
            "senha trocada em 28/11/2026",
            "senha incorreta: 3 de 5",
            "senha inválida (401)",
        ),
        *("senha recusada pedido 4829", "senha recusada na venda 4829", "a senha do usuário ana2024 foi trocada"),
        *("PIN bloqueado por 3600 s", "token expirado em 3600 s", "token inválido 401", "codigo de login negado 403"),
        *(
            "código do produto: 4829",
            "código da peça 48-29",
            "seu código de barras é 78910003",
            "combinação de cores 12 34",
        ),
        *("chave da NF 35261111111111111111550010000000011000000019", "telefone 4829 1234", "quantidade 48.29"),
        *("Fan 4 pin 2990", "Switch 3 pin: 990", "Pin Magnético 490", "impressora de senha 1200", "Reator 2 pin 1490"),
        *(
            "senha de atendimento 045",
            "Access denied (using password: YES)",
            "senha=null, user=ana",
            "PIN pad 0800 em COM3",
        ),
        *("senha alterada pelo usuário 1234", "Painel de senha 0045", "GPIO pin 1200"),
        *("erro de senha na linha 4829", "senha recusada? sim", "senha errada. linha 4829", "Sensores 3 pin 1290"),
        *("Conectores 4 pins: 1200", "Transistores 3 pin 990", "Porta fusível 2 pin 490", "Cartão SIM slot 6 pin 890"),
        *("Pin 1 1/2 pol", "PIN com 4 a 8 digitos"),
        *("Conector do farol 3 pin 890", "Chicote da bomba 4 pin 1290", "Letras P I N 12", "Kit p, i, n 90"),
        *("venda 4829 (senha do gerente)", "4829 (papel de senha)", "bobina 1200 (senha)", "PIN 8 mm", "senha 30 s"),
        "--hash=sha256:2fa4d3726e4e72706d93b137637fbdc43f868e938cbcb36c338d2c97ea0dc106",
    ],
)
def test_what_is_sold_counted_or_measured_stays(text: str) -> None:
    assert redact_text(text) == text


# --- any of a kind ------------------------------------------------------------------------

NAMES = st.sampled_from(
    [
        *("PIN", "pin", "senha", "Senha", "meu PIN", "PIN do cofre", "pin da Ana", "senha do caixa", "chave do alarme"),
        *("chave da gaveta", "código do cofre", "senha nova", "PIN é", "a senha agora é", "segredo do cofre"),
    ]
)
GROUPED = st.builds(
    lambda groups, gap: gap.join(groups),
    st.one_of(
        st.lists(st.from_regex(r"[0-9]{2}", fullmatch=True), min_size=2, max_size=4),
        st.lists(st.from_regex(r"[0-9]{4}", fullmatch=True), min_size=1, max_size=2),
        st.lists(st.from_regex(r"[0-9]{3}", fullmatch=True), min_size=2, max_size=2),
        st.lists(st.from_regex(r"[0-9]", fullmatch=True), min_size=4, max_size=7),
    ),
    st.sampled_from([" ", "-", "."]),
)


@settings(max_examples=400, deadline=None)
@given(name=NAMES, digits=GROUPED, after=st.sampled_from(["", ".", ", ok", " recusado", ")", "!"]))
def test_digits_in_groups_are_one_secret(name: str, digits: str, after: str) -> None:
    assert redact_text(f"{name} {digits}{after}") == f"{name} {REMOVED}{after}"


@settings(max_examples=300, deadline=None)
@given(
    owner=st.sampled_from(["", "meu", "seu", "novo", "user_", "app-", "caixa2_"]),
    name=st.sampled_from(["PIN", "Pin", "Senha", "SENHA", "OTP", "Password"]),
    apart=st.sampled_from(["", "_", "-"]),
    digits=st.from_regex(r"[0-9]{4,8}", fullmatch=True),
    after=st.sampled_from(["", " ok", ".", ", ok", ": ok", ")"]),
)
def test_digits_glued_to_the_word_are_a_secret(owner: str, name: str, apart: str, digits: str, after: str) -> None:
    left = redact_text(f"disse {owner}{name}{apart}{digits}{after}")

    assert left.startswith(f"disse {owner}{name}{apart}{REMOVED}")
    assert digits not in left


@settings(max_examples=300, deadline=None)
@given(
    thing=st.sampled_from(["CI", "Conector", "Soquete", "Cabo flat", "Memória DDR4", "Barra de pinos", "Relé"]),
    pins=st.integers(2, 288),
    apart=st.sampled_from([" ", ": ", " - "]),
    number=st.integers(1, 99_999),
)
def test_a_thing_with_so_many_pins_keeps_its_number_whatever_it_is(
    thing: str, pins: int, apart: str, number: int
) -> None:
    text = f"{thing} {pins} pin{apart}{number}"

    assert redact_text(text) == text


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(["inglesa", "de fenda", "de luva", "combinada", "de boca", "Allen", "philips", "de grifo"]),
    size=st.sampled_from(["", " 12", " 3/16", " 10 mm", ' 1/2"', " 10x11", " nº 2"]),
    apart=st.sampled_from([" ", ": ", " = "]),
    number=st.integers(1, 99_999),
)
def test_a_spanner_keeps_its_size_and_its_price(kind: str, size: str, apart: str, number: int) -> None:
    text = f"Chave {kind}{size}{apart}{number}"

    assert redact_text(text) == text
