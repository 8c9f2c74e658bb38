"""Names and notes: tidied on the way in, refused when they hold what cannot be seen."""

import time

import pytest

from almoxarife.wire.fields import fold
from tests.api.cast import Person, Server, assert_problem, assert_refused

INVISIBLE = ["\x00", "\n", "\t", "\x1b", "\x7f", "\x85", "\u200b", "\u202e", "\u2028", "\ufeff", "\ue000", "\uffff"]


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  Parafuso  ", "Parafuso"),
        ("Parafuso    10mm", "Parafuso 10mm"),
        ("Parafuso\u00a0\u2003 10mm", "Parafuso 10mm"),
        ("Pa\u0303o de ac\u0327u\u0301car", "Pão de açúcar"),
        ("Cola 日本 🔩", "Cola 日本 🔩"),
        ("a", "a"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_name_is_trimmed_composed_and_its_spaces_become_one(ana: Person, sent: str, kept: str) -> None:
    assert ana.add(sent).json["nome"] == kept
    assert [row["nome"] for row in ana.get("/produtos").json] == [kept]


@pytest.mark.changes_nothing
@pytest.mark.parametrize("character", INVISIBLE)
def test_control_and_invisible_characters_are_refused(ana: Person, character: str) -> None:
    assert_refused(ana.add(f"Para{character}fuso"), "nome")


def test_a_letter_that_was_lost_is_no_part_of_a_name(ana: Person) -> None:
    assert_refused(ana.add("P\ufffdo"), "nome")
    assert ana.get("/produtos").json == []


@pytest.mark.changes_nothing
@pytest.mark.parametrize("name", ["", "   ", "\u00a0", "x" * 201, None, 5, True, ["Parafuso"], {"nome": "x"}])
def test_a_product_needs_a_name_of_1_to_200_characters(ana: Person, name: object) -> None:
    assert_refused(ana.post("/produtos", {"nome": name}), "nome")


def test_the_length_is_counted_after_tidying(ana: Person) -> None:
    assert ana.add("  " + "e\u0301" * 200 + "  ").json["nome"] == "é" * 200


@pytest.mark.changes_nothing
@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "ana/bruno", "a\x00b", None, 7, True, ["Ana"]])
def test_a_user_name_has_1_to_60_characters_and_no_slash(shop: Server, name: object) -> None:
    assert_refused(shop.register(name, "uma-frase-longa"), "username")


def test_a_user_name_may_be_60_characters_long(shop: Server) -> None:
    assert shop.register("é" * 60, "uma-frase-longa").json["username"] == "é" * 60


@pytest.mark.changes_nothing
@pytest.mark.parametrize("password", [None, 12345678, True, "", "senha\x00longa", "senha\nlonga", "x" * 257, ["x"]])
def test_a_password_is_a_text_without_control_characters(shop: Server, password: object) -> None:
    assert_refused(shop.register("Elisa", password), "password")
    assert_refused(shop.log_in("Ana", password), "password")


def test_a_password_is_taken_as_typed_but_for_its_composition(shop: Server) -> None:
    shop.register("Elisa", "  cac\u0327a  e  pesca ")

    assert shop.log_in("Elisa", "  ca\u00e7a  e  pesca ").status_code == 200
    assert_problem(shop.log_in("Elisa", "ca\u00e7a e pesca"), 401, "credenciais-incorretas")


@pytest.mark.parametrize("field", ["motivo", "documento", "fornecedor"])
def test_notes_are_tidied_and_an_empty_one_is_none(ana: Person, bolts: str, field: str) -> None:
    assert ana.receive(bolts, 1, **{field: "  nota   12 "}).json[field] == "nota 12"
    assert ana.receive(bolts, 1, **{field: "   "}).json[field] is None
    assert ana.receive(bolts, 1, **{field: None}).json[field] is None
    assert ana.receive(bolts, 1).json[field] is None
    for wrong in (5, True, ["x"], "a\x00b", "x" * 201):
        assert_refused(ana.receive(bolts, 1, **{field: wrong}), field)


@pytest.mark.changes_nothing
@pytest.mark.parametrize("kind", ["saida", "ajuste"])
@pytest.mark.parametrize("reason", [None, "", "   "])
def test_exits_and_adjustments_say_why(ana: Person, bolts: str, kind: str, reason: object) -> None:
    assert_refused(ana.receive(bolts, 1, tipo=kind, motivo=reason), "motivo")
    assert_refused(ana.receive(bolts, 1, tipo=kind), "motivo")


@pytest.mark.parametrize("reason", [None, "", "  ", 5, "x" * 201])
def test_a_reversal_says_why(ana: Person, bolts: str, reason: object) -> None:
    entry = ana.receive(bolts, 1).json["id"]

    assert_refused(ana.post(f"/inventario/{entry}/estorno", {"motivo": reason}), "motivo")
    assert_refused(ana.post(f"/inventario/{entry}/estorno", {}), "motivo")


@pytest.mark.parametrize("code", ["7891000315507", " 789 1000 315507 ", "78910003", "036000291452", "17891000315504"])
def test_a_barcode_is_a_gtin(ana: Person, code: str) -> None:
    assert ana.add("Leite", codigo_barras=code).json["codigo_barras"] == code.replace(" ", "")


@pytest.mark.changes_nothing
@pytest.mark.parametrize("code", ["7891000315508", "123", "ABC", "7891000315507X", 7891000315507, True, "1" * 15])
def test_a_wrong_barcode_is_refused(ana: Person, code: object) -> None:
    assert_refused(ana.add("Leite", codigo_barras=code), "codigo_barras")


@pytest.mark.parametrize("code", [None, "", "  "])
def test_a_product_may_have_no_barcode(ana: Person, code: object) -> None:
    assert ana.add("Leite", codigo_barras=code).json["codigo_barras"] is None


@pytest.mark.changes_nothing
@pytest.mark.parametrize("marks", [31, 80_000])
def test_more_accents_on_one_letter_than_any_language_writes_are_refused_at_once(
    shop: Server, ana: Person, marks: int
) -> None:
    # Normalized, 80,000 of two kinds in turn would take half a minute, and nobody else would be answered.
    name = "a" * 300 + "\u0300\u0316" * marks
    started = time.process_time()

    assert_refused(ana.post("/produtos", {"nome": name}), "nome")
    assert_refused(shop.register(name, "uma-frase-longa"), "username")
    assert_refused(shop.log_in(name, "uma-frase-longa"), "username")
    assert fold(name) == "a" * 300
    assert time.process_time() - started < 5
