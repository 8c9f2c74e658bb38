"""Recognises names of products that look like secrets: ``CI 8 pin 2500``, ``Chave de luva 10: 3``."""

import re
from collections.abc import Sequence
from itertools import takewhile

from almoxarife.server.logs.redaction.names import OWNERS, Secrecy, is_opener

_ENDED = r"(?=[.,;:!?)\]}\"']{0,3}(?:\s|\Z))(?!\s{1,3}\d)"
"""A number goes no further: ``42$x`` is a password."""
_UNITS = (
    "[cmk]?m|kg|g|ml|l|v|w|hz|%|graus|gramas?|quilos?|litros?|(?:centi|mili)?metros?|volts?|watts?|ohms?|amperes?|"
    "pol|polegadas?"
)
_COUNTED_IN = (
    "un|und|unids?|unidades?|pcs?|pct|pecas?|par|pares|dz|cx|caixas?|rolos?|vezes|tentativas|digitos|caracteres|"
    "letras|numeros|dias?|horas?|minutos?|segundos?|s|ms"
)
_SIZE = r"(?:(?:[.,/x-]|\s{0,2}x\s{0,2})\d{1,4}){0,3}"
MEASURE = re.compile(
    rf"\s{{0,3}}(?:(?:\d{{1,2}}\s)?\d{{1,6}}{_SIZE}\s{{0,2}}(?:{_UNITS})"
    rf"|\d{{1,3}}{_SIZE}(?:\sa\s\d{{1,3}})?\s{{0,2}}(?:{_COUNTED_IN}))(?!\w)"
)
"""``Cabo 8 pin 100 cm``, ``1 1/2 pol``, ``8 a 12 caracteres``. ``pin 4829 caixa 3`` is not a measure."""
_KEY_OF_AN_INVOICE = re.compile(r"\W{0,4}(?:\d{44}(?!\d)|\d{4}(?: \d{4}){10}(?! ?\d))")
"""The access key of an invoice (NF-e), which is called ``chave`` but is public."""
_FEW_DIGITS = re.compile(rf"\s{{0,3}}\d{{1,2}}{_ENDED}")
"""One or two digits are a quantity: no secret is so short."""
_FEW_KEYS = re.compile(r"\s{0,3}\d{1,3}(?![\w.,-])")
"""``Molho de chaves: 300``"""
_COUNT = re.compile(rf"\s{{0,3}}\d{{1,9}}{_ENDED}")
"""``max_tokens=1500``"""
_KIND = re.compile(r"\s{1,3}(?P<of>(?:de|com|sem|p/)\s{1,3})?(?P<word>[^\W\d]{1,24})")
"""The kind of goods: ``Chave de luva``, ``Cookie com gotas``. The thing that a key opens follows ``do`` or ``da``."""
_OF_SO_MANY = re.compile(r"\s{0,3}\d{1,3}\s{1,3}(?:de|of)\s{1,3}\d{1,3}(?!\w)")
"""``senha incorreta: 3 de 5``"""
_FLAG = re.compile(r"\s{0,3}(?:yes|no|sim|nao|true|false|null|none)(?=\s{0,3}(?:[).,;\]}]|\Z))")
"""``using password: YES``"""
_OF_A_QUEUE = re.compile(r"\s{1,3}(?:de|da|do)\s{1,3}(?:atendimento|espera|fila)\W{0,8}\d{1,3}(?![\w.,-]*\d)")
"""``senha de atendimento 45``"""
_OF_PAPER = re.compile(
    r"(?<!\w)(?:(?:dispenser|tickets?|papel|painel|impressora|emissor|totem)\s{1,3}(?:de|para|p/)"
    r"|(?:bobinas?|rolos?)(?:\s{1,3}(?:de|para|p/))?)\s{1,3}\Z"
)
"""``Bobina de senha``: numbered tickets."""
_OF_A_LOCK = re.compile(r"\s{1,3}(?:de|para|p/)\s{1,3}(?:fechadura|cilindro|ignicao)[^:=]*\Z")
"""``Segredo de fechadura``: its cylinder."""
_PRICE = re.compile(rf"\s{{0,3}}(?:r\$\s{{0,2}})?\d{{1,5}}(?:[.,]\d{{1,4}})?{_ENDED}")
_AMOUNT = re.compile(rf"\s{{0,3}}(?:r\$\s{{0,2}}\d{{1,5}}(?:[.,]\d{{1,4}})?|\d{{1,3}}(?:[.,]\d{{1,4}})?){_ENDED}")
"""A price or quantity. A secret key or PIN has four digits or more."""
_NUMBER = re.compile(r"\s{0,3}(?:r\$\s{0,2})?\d{1,5}(?:[.,/x-]\d{1,4})?(?!\w)")
_COUNTED = re.compile(r"(?<![\w.,/#-])(?:\d{1,2}x)?\d{1,3}\s{0,2}\Z")
"""``CI 8 pin``: the number counts the pins."""
_WORD = re.compile(r"[^\W\d]{1,24}")
_CLAUSE = re.compile("[,;!?()\n|]")
_NUMBER_SIGNS = frozenset({"n", "nº", "no", "num", "numero"})
_WHOSE = frozenset({"da", "do", "das", "dos"})
"""After these words, a name specifies the word before: ``Ana da Barra``, ``Conector do farol``."""
_BEFORE = 48
"""How many characters before ``pin`` are searched for the thing that has pins."""

_TOOLS = frozenset(
    {
        *("fenda", "boca", "grifo", "inglesa", "allen", "alen", "phillips", "philips", "torx", "roda", "rodas"),
        *("combinada", "catraca", "canhao", "biela", "soquete", "regulavel", "ajustavel", "hexagonal"),
        *("impacto", "estrela", "luva", "vela", "velas", "cano", "canos", "tubo", "tubular", "cachimbo", "fixa"),
        *("corrente", "correia", "cinta", "seletora", "comutadora", "magnetica", "boia", "torque"),
        *("torquimetro", "tetra", "dinamometrica", "mandril", "torneira", "filtro", "pito", "ignicao"),
        *("contato", "seta", "partida", "bucha", "castelo", "esquadro", "sextavada", "isolada", "virgem"),
        *("yale", "gorja", "afinador", "raio", "poligonal", "multidentada", "fim", "meia", "teste", "sanitaria"),
        *("flutuadora", "basculante", "radial"),
    }
)
"""Words after ``chave`` that make it a tool, a switch or a blank key."""
_WITH_PINS = frozenset(
    {
        *("acoplador", "adaptador", "antena", "arduino", "atx", "avr", "barra", "barramento", "base", "bico"),
        *("bobina", "bomba", "borne", "botao", "buzzer", "cabo", "carregador", "cartucho", "chave", "chicote", "ci"),
        *("circuito", "conector", "conexao", "controlador", "cooler", "ddr", "dimm", "din", "diodo", "dip"),
        *("display", "dupont", "eeprom", "engate", "eprom", "esp", "extensao", "fan", "farol", "fita", "flat"),
        *("fonte", "fusivel", "gpio", "header", "ic", "idc", "injetor", "integrado", "interruptor", "inversor"),
        *("jack", "jst", "jumper", "kit", "lampada", "lanterna", "lcd", "led", "memoria", "micro"),
        *("microcontrolador", "microfone", "mini", "modulo", "molex", "mosfet", "motor", "opto", "optoacoplador"),
        *("par", "pente", "pic", "pinagem", "placa", "plug", "plugue", "porca", "potenciometro", "processador"),
        *("rabicho", "ram", "raspberry", "reator", "regua", "regulador", "relay", "rele", "rj", "rolamento", "sata"),
        *("sensor", "servo", "slot", "socket", "sodimm", "soic", "soquete", "suporte", "switch", "teclado"),
        *("terminais", "terra", "tomada", "trafo", "transformador", "transistor", "triac", "trimpot", "tubo", "usb"),
        *("valvula", "ventilador", "ventoinha", "vga", "xlr"),
    }
)
"""Things that have connector pins."""
_HAVE_NAMES = frozenset(
    {
        *("filial", "funcionaria", "funcionario", "gerente", "login", "loja", "operador", "operadora", "store"),
        *("user", "usuaria", "usuario", "vendedor", "vendedora"),
    }
)
"""Words that are followed by a name, whatever it is, before the PIN: ``loja Barra 2 pin 4829``."""
HAVE_PINS = frozenset(
    {
        *OWNERS,
        *_HAVE_NAMES,
        *("alarme", "apto", "atendente", "balcao", "balconista", "box", "caixeiro", "card", "cartao"),
        *("celular", "chip", "codigo", "cofre", "colaborador", "comanda", "cracha", "dia", "em"),
        *("entregador", "equipe", "estoquista", "etapa", "fechadura", "func", "garcom", "garconete"),
        *("guiche", "linha", "livre", "maquina", "maquininha", "matricula", "mesa", "motorista", "nivel"),
        *("passo", "pdv", "pessoa", "portao", "pos", "posto", "quarto", "sala", "setor", "sim"),
        *("supervisora", "tablet", "tentativa", "tentou", "till", "totem", "turno", "vez"),
    }
)
"""People and things that have a PIN and may be followed by a number: ``loja 8 pin 2500``."""
_CONNECTORS = frozenset({"conector", "plug", "plugue", "flat", "soquete", "socket", "slot", "jack", "chicote", "cabo"})
"""What joins devices and has no PIN itself. A ``Base celular 3`` may be a telephone."""
_HAVE_CONNECTORS = frozenset({"celular", "tablet", "notebook", "pc", "chip", "card", "cartao", "maquina"})
"""After a thing with pins, the device that it is for: ``Conector celular 5 pin``."""
_OF_PINS = frozenset(
    {
        *("aco", "bandeira", "botao", "boton", "broche", "chapeu", "couro", "decorativo", "esmaltado", "ferro"),
        *("fivela", "flor", "fralda", "fraldas", "gravata", "header", "lapela", "latao", "lembranca", "madeira"),
        *("metal", "metalico", "mochila", "nylon", "pad", "ouro", "personalizado", "plastico", "prata", "promocional"),
        *("resina", "roupa", "strass"),
    }
)
"""Words after ``pin`` that make it a brooch."""


def is_tool(name: str, after: Sequence[str]) -> bool:
    """Whether ``name`` with the words after it is a tool or a switch, not a secret."""
    return name.startswith("chave") and not _TOOLS.isdisjoint(after)


def is_goods(word: str) -> bool:
    """Whether a key or a pin with this word after it is a tool or a brooch."""
    return word in _TOOLS or word in _OF_PINS


def is_sold(folded: str, start: int, end: int, value: int, strength: Secrecy) -> bool:
    """Whether the number at ``value``, after the name from ``start`` to ``end``, belongs to goods or to an invoice."""
    name = folded[start:end].removesuffix("s")
    if _OF_SO_MANY.match(folded, value) or _FLAG.match(folded, value):
        return True
    if name == "senha":
        if _OF_A_QUEUE.match(folded, end):
            return True
        is_paper = _OF_PAPER.search(folded, max(0, start - _BEFORE), start) is not None
        return is_paper and _NUMBER.match(folded, value) is not None
    if name == "segredo":
        is_lock = _OF_A_LOCK.match(folded, end, value) is not None and _NUMBER.match(folded, value) is not None
        return is_lock or MEASURE.match(folded, value) is not None
    if name.endswith("token"):
        return end - start > len(name) and _COUNT.match(folded, value) is not None
    return strength is Secrecy.NAME and _is_measured(folded, start, end, value, name)


def _is_measured(folded: str, start: int, end: int, value: int, name: str) -> bool:
    if _KEY_OF_AN_INVOICE.match(folded, value) or _FEW_DIGITS.match(folded, value):
        return True
    if name == "chave" and end - start > len(name):
        return _FEW_KEYS.match(folded, value) is not None
    if name == "pin" and (MEASURE.match(folded, value) or (_has_pins(folded, start) and _NUMBER.match(folded, value))):
        return True
    amount = {"pin": _AMOUNT, "chave": _AMOUNT, "cookie": _PRICE}.get(name)
    kind = _KIND.match(folded, end)
    if amount is None or kind is None or is_opener(kind["word"]):
        return False
    if kind["word"] in _OF_PINS:
        return _NUMBER.match(folded, value) is not None
    return kind["of"] is not None and (amount.match(folded, value) or MEASURE.match(folded, value)) is not None


def _has_pins(folded: str, start: int) -> bool:
    """Whether the words before ``pin`` name a thing with connector pins, not the owner of a PIN."""
    before = folded[max(0, start - _BEFORE) : start]
    counted = _COUNTED.search(before)
    clause = _CLAUSE.split(before[: counted.start()] if counted else before)[-1]
    words = [word for word in _WORD.findall(clause) if word not in _NUMBER_SIGNS]
    if not words:
        return counted is not None
    if counted and words[0] in _CONNECTORS and words[-1] in _HAVE_CONNECTORS and _WHOSE.isdisjoint(words):
        return True
    if words[0] in _HAVE_NAMES or _is_among(words[-1], HAVE_PINS):
        return False
    if counted:
        return any(_is_among(word, _WITH_PINS) for word in takewhile(lambda word: word not in _WHOSE, words))
    return _is_among(words[-1], _WITH_PINS | _OF_PINS)


def _is_among(word: str, words: frozenset[str]) -> bool:
    """Whether the word is one of these, also as ``sensores`` and ``cabos``."""
    return not words.isdisjoint((word, word.removesuffix("s"), word.removesuffix("es")))
