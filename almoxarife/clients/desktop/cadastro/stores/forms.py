"""The form of a shop or a chain: parsing and checking what was typed, and the rows of the lists. No widget here."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from almoxarife import brazil
from almoxarife.brazil import format_number
from almoxarife.clients.desktop.kit.forms import checked
from almoxarife.clients.desktop.kit.virtual_list import Row
from almoxarife.wire.fields import fold
from almoxarife.wire.stores import Chain, ChainIn, LabelContent, ScaleLabel, Shop, ShopChange, ShopIn

NO_CHAIN = "(nenhuma)"
NO_LABEL = "(não usa)"
LABELS = {
    f"{word}, código de {digits} dígitos": ScaleLabel(conteudo=content, digitos=digits)
    for content, word in ((LabelContent.WEIGHT, "peso"), (LabelContent.PRICE, "preço"))
    for digits in (4, 5, 6)
}
"""The kinds of label that a shop's scale may print, by the words to choose from."""
STATE = {True: "● ativa", False: "○ desativada"}
_PLACES = 14


@dataclass(frozen=True)
class Form:
    """The texts in the fields; of a chain only ``name`` is used."""

    name: str = ""
    cnpj: str = ""
    chain: str = NO_CHAIN
    label: str = NO_LABEL


def format_cnpj(places: str | None) -> str:
    """ "12.ABC.345/01DE-35"."""
    if not places or len(places) != _PLACES:
        return places or ""
    return f"{places[:2]}.{places[2:5]}.{places[5:8]}/{places[8:12]}-{places[12:]}"


def check_cnpj(typed: str, known: str | None = None) -> tuple[str, str]:
    """(kind of label, sentence) about a CNPJ being typed. ``known``: the shop's own, even with wrong check digits."""
    places = re.sub(r"[./\s-]", "", typed).upper()
    if not places:
        return "Quiet", ""
    missing = _PLACES - len(places)
    if missing > 0 and re.fullmatch(r"[0-9A-Z]+", places):
        return "Quiet", f"{'Falta' if missing == 1 else 'Faltam'} {missing} de 14 caracteres."
    if brazil.is_cnpj(places):
        return "Good", "CNPJ confere."
    if places == known:
        return "Quiet", "Este CNPJ já estava no cadastro; os algarismos finais não conferem."
    if not re.fullmatch(r"[0-9A-Z]{12}[0-9]{2}", places):
        return "Bad", "Um CNPJ tem 12 letras ou algarismos e termina com 2 algarismos."
    return "Bad", "Os dois algarismos finais não conferem. Confira o CNPJ."


def form_of(shop: Shop, chains: Mapping[str, str]) -> Form:
    """``chains``: names by id."""
    chain = chains.get(shop.chain_id, shop.chain_id) if shop.chain_id else NO_CHAIN
    label = next((words for words, label in LABELS.items() if label == shop.scale_label), NO_LABEL)
    return Form(shop.name, format_cnpj(shop.cnpj), chain, label)


def parse_new(form: Form, chains: Mapping[str, str]) -> ShopIn:
    """Raises FormInvalid."""
    return checked(ShopIn, _values(form, chains))


def parse_change(form: Form, chains: Mapping[str, str], shop: Shop, *, is_active: bool) -> ShopChange:
    """Raises FormInvalid."""
    values = _values(form, chains)
    if re.sub(r"[./\s-]", "", form.cnpj).upper() != shop.cnpj:
        checked(ShopIn, values)  # ShopChange accepts any CNPJ that the shop already has; a new one must be valid
    return checked(ShopChange, {**values, "ativa": is_active})


def parse_chain(form: Form) -> ChainIn:
    """Raises FormInvalid."""
    return checked(ChainIn, {"nome": form.name})


def _values(form: Form, chains: Mapping[str, str]) -> dict[str, object]:
    chain_id = next((number for number, name in chains.items() if name == form.chain), None)
    return {
        "nome": form.name, "cnpj": form.cnpj or None, "rede_id": chain_id, "etiqueta": LABELS.get(form.label),
    }  # fmt: skip


def chain_names(chains: Sequence[Chain]) -> dict[str, str]:
    return {chain.id: chain.name for chain in sorted(chains, key=lambda chain: fold(chain.name))}


def shop_rows(shops: Sequence[Shop], chains: Mapping[str, str]) -> list[Row]:
    """Active shops first, by name."""
    ordered = sorted(shops, key=lambda shop: (not shop.active, fold(shop.name)))
    return [_shop_row(shop, chains) for shop in ordered]


def _shop_row(shop: Shop, chains: Mapping[str, str]) -> Row:
    chain = chains.get(shop.chain_id, "") if shop.chain_id else ""
    cells = (shop.name, format_cnpj(shop.cnpj), chain, STATE[shop.active])
    return Row(shop.id, cells, () if shop.active else ("inactive",))


def chain_rows(chains: Mapping[str, str], shops: Sequence[Shop]) -> list[Row]:
    """One row for each chain, with the number and names of its shops."""
    rows = []
    for chain_id, name in chains.items():
        members = sorted((shop.name for shop in shops if shop.chain_id == chain_id), key=fold)
        rows.append(Row(chain_id, (name, format_number(len(members)), ", ".join(members))))
    return rows or [Row("", sentence="Nenhuma rede ainda.")]


def counted(shops: Sequence[Shop], chains: Collection[str]) -> str:
    """ "Lojas  12 · 3 redes"."""
    text = f"Lojas  {format_number(len(shops))}"
    if not chains:
        return text
    return f"{text} · {format_number(len(chains))} {'rede' if len(chains) == 1 else 'redes'}"
