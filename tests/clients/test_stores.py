"""*Lojas* in words: a CNPJ while it is typed, what is sent, and two people at the same shop."""

import pytest

from almoxarife.clients.desktop.cadastro.stores import forms
from almoxarife.clients.desktop.cadastro.stores.forms import NO_CHAIN, Form
from almoxarife.clients.desktop.kit.forms import FormInvalid, merge
from almoxarife.wire.stores import LabelContent, ScaleLabel, Shop

CHAINS = {"r2": "Rede Leste", "r1": "Rede Norte"}


def shop(name="Centro", *, cnpj=None, chain=None, active=True, number=2):
    return Shop(id=f"l{number}", nome=name, cnpj=cnpj, rede_id=chain, ativa=active, versao=3)


@pytest.mark.parametrize(
    ("typed", "kind", "sentence"),
    [
        ("", "Quiet", ""),
        ("  ", "Quiet", ""),
        ("11.222.333", "Quiet", "Faltam 6 de 14 caracteres."),
        ("11.222.333/0001-8", "Quiet", "Falta 1 de 14 caracteres."),
        ("11.222.333/0001-81", "Good", "CNPJ confere."),
        ("12abc34501de35", "Good", "CNPJ confere."),
        ("11.222.333/0001-82", "Bad", "Os dois algarismos finais não conferem. Confira o CNPJ."),
        ("11.222.333/0001-815", "Bad", "Um CNPJ tem 12 letras ou algarismos e termina com 2 algarismos."),
        ("11.222.333/0001-AB", "Bad", "Um CNPJ tem 12 letras ou algarismos e termina com 2 algarismos."),
        ("11,222", "Bad", "Um CNPJ tem 12 letras ou algarismos e termina com 2 algarismos."),
        ("00000000000000", "Bad", "Os dois algarismos finais não conferem. Confira o CNPJ."),
    ],
)
def test_a_cnpj_is_judged_while_it_is_typed(typed, kind, sentence):
    assert forms.check_cnpj(typed) == (kind, sentence)


def test_one_that_was_loaded_unverified_may_stay():
    loaded = shop(cnpj="11222333000182")
    form = forms.form_of(loaded, CHAINS)

    assert forms.check_cnpj(form.cnpj, loaded.cnpj)[0] == "Quiet"
    assert forms.parse_change(form, CHAINS, loaded, is_active=False).cnpj == "11222333000182"
    with pytest.raises(FormInvalid) as invalid:
        forms.parse_change(Form("Centro", "11.222.333/0001-83"), CHAINS, loaded, is_active=True)
    assert list(invalid.value.errors) == ["cnpj"]


def test_what_is_sent_is_what_was_typed():
    new = forms.parse_new(Form(" Loja  Sul ", "11.222.333/0001-81", "Rede Norte"), CHAINS)
    assert (new.name, new.cnpj, new.chain_id) == ("Loja Sul", "11222333000181", "r1")
    assert forms.parse_new(Form("Sul", "", NO_CHAIN), CHAINS).chain_id is None
    change = forms.parse_change(Form("Sul", "", NO_CHAIN), CHAINS, shop(), is_active=False)
    sent = change.model_dump(by_alias=True, exclude_unset=True)
    assert sent == {"nome": "Sul", "cnpj": None, "rede_id": None, "ativa": False, "etiqueta": None}
    with pytest.raises(FormInvalid) as invalid:
        forms.parse_new(Form("", "1"), CHAINS)
    assert set(invalid.value.errors) == {"nome", "cnpj"}


@pytest.mark.parametrize("label", [None, ("peso", 4), ("peso", 6), ("preco", 5)])
def test_how_the_scale_writes_labels_is_kept_as_it_was_chosen(label):
    wanted = label and ScaleLabel(conteudo=LabelContent(label[0]), digitos=label[1])
    form = forms.form_of(shop().model_copy(update={"scale_label": wanted}), CHAINS)

    assert forms.parse_new(form, CHAINS).scale_label == wanted
    assert forms.parse_change(form, CHAINS, shop(), is_active=True).scale_label == wanted


def test_two_people_at_the_same_shop_lose_nothing():
    before = Form("Centro", "", NO_CHAIN)

    assert merge(before, Form("Centro Velho", "", NO_CHAIN), Form("Centro", "", "Rede Norte")) == Form(
        "Centro Velho", "", "Rede Norte"
    )


def test_rows_say_everything_in_words():
    shops = [
        shop("Norte", active=False, number=3),
        shop("centro", cnpj="12ABC34501DE35", chain="r1"),
        shop("Bairro", number=4),
    ]

    assert [row.cells for row in forms.shop_rows(shops, CHAINS)] == [
        ("Bairro", "", "", "● ativa"),
        ("centro", "12.ABC.345/01DE-35", "Rede Norte", "● ativa"),
        ("Norte", "", "", "○ desativada"),
    ]
    assert [row.cells for row in forms.chain_rows(CHAINS, shops)] == [
        ("Rede Leste", "0", ""),
        ("Rede Norte", "1", "centro"),
    ]
    assert forms.chain_rows({}, shops)[0].sentence == "Nenhuma rede ainda."
    assert forms.counted(shops, CHAINS) == "Lojas  3 · 2 redes"
    assert forms.counted(shops, {}) == "Lojas  3"


def test_an_accent_moves_no_shop_to_the_end():
    shops = [shop(name, number=number) for number, name in enumerate(("Zona Leste", "Águas Claras", "Bairro", "alto"))]

    assert [row.cells[0] for row in forms.shop_rows(shops, {})] == ["Águas Claras", "alto", "Bairro", "Zona Leste"]
