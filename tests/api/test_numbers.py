"""Quantities and money: what is taken for a number, and what is refused rather than guessed."""

from decimal import Decimal

import pytest

from tests.api.cast import CENTRO, Person, assert_problem, assert_refused

LIMIT = 99_999_999_999


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("1", 1), ("50", 50), ("50.0", 50), ("1e3", 1000), ('"7"', 7), ('"00000000050"', 50), (str(LIMIT), LIMIT)],
)
def test_whole_quantities_are_taken_as_numbers_or_digits(ana: Person, bolts: str, sent: str, kept: int) -> None:
    body = f'{{"produto_id": "{bolts}", "quantidade": {sent}}}'
    response = ana.ask("POST", "/inventario", data=body, content_type="application/json")

    assert response.status_code == 201
    assert (response.json["quantidade"], response.json["variacao"], response.json["saldo"]) == (kept, kept, kept)
    assert type(response.json["quantidade"]) is int


@pytest.mark.parametrize("quantity", ["0.0001", "0.5", "1.25", "19.9999", "12345678901.1234"])
def test_up_to_four_decimals_come_back_exactly(ana: Person, flour: str, quantity: str) -> None:
    body = f'{{"produto_id": "{flour}", "quantidade": {quantity}}}'
    response = ana.ask("POST", "/inventario", data=body, content_type="application/json")

    assert response.status_code == 201
    assert Decimal(str(response.json["saldo"])) == Decimal(quantity)
    assert Decimal(str(ana.balance(flour))) == Decimal(quantity)


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    "sent",
    [
        "true",
        "false",
        "null",
        "[]",
        "{}",
        "[5]",
        "0",
        "-0.0",
        "0.0",
        "-1",
        "-0.5",
        "0.00001",
        "1.00005",
        "100000000000",
        "99999999999.0001",
        "1e11",
        "1e300",
        "123456789012345678901234567890",
        '"0"',
        '""',
        '" 5"',
        '"5 "',
        '"+5"',
        '"-5"',
        '"5.0"',
        '"5,0"',
        '"1e3"',
        '"1_000"',
        '"NaN"',
        '"Infinity"',
        '"0x10"',
        '"cinco"',
        '"٥"',
        '"123456789012"',
        '"000000000050"',
    ],
)
def test_what_is_not_a_positive_number_is_refused(ana: Person, flour: str, sent: str) -> None:
    before = ana.server.business()
    body = f'{{"produto_id": "{flour}", "quantidade": {sent}}}'
    response = ana.ask("POST", "/inventario", data=body, content_type="application/json")

    assert_refused(response, "quantidade")
    assert ana.server.business() == before


@pytest.mark.changes_nothing
@pytest.mark.parametrize("sent", ["NaN", "Infinity", "-Infinity", "1e400", "01", "1.", ".5", "+1", "0x10"])
def test_what_json_does_not_know_as_a_number_is_malformed(ana: Person, bolts: str, sent: str) -> None:
    body = f'{{"produto_id": "{bolts}", "quantidade": {sent}}}'
    assert_refused(ana.ask("POST", "/inventario", data=body, content_type="application/json"), "corpo")


@pytest.mark.parametrize("unit", ["UN", "CX", "PC", "PCT", "PAR", "DZ", "FD", "SC", "RL", "KIT", "JG", "MIL"])
def test_whole_units_refuse_decimals(ana: Person, unit: str) -> None:
    product = ana.add("Caixa", unidade=unit).json["id"]

    assert_refused(ana.receive(product, 1.5), "quantidade")
    assert_refused(ana.adjust(product, -0.5), "quantidade")
    assert ana.receive(product, 2).status_code == 201
    assert ana.balance(product) == 2


@pytest.mark.parametrize("unit", ["KG", "G", "L", "ML", "GL", "M", "CM", "M2", "M3"])
def test_measured_units_take_decimals(ana: Person, unit: str) -> None:
    product = ana.add("Rolo", unidade=unit).json["id"]

    assert ana.receive(product, 1.5).json["saldo"] == 1.5


def test_pieces_are_the_default_unit_and_others_are_unknown(ana: Person) -> None:
    assert ana.add("Prego").json["unidade"] == "UN"
    assert_refused(ana.add("Corda", unidade="BRAÇA"), "unidade")
    assert_refused(ana.add("Corda", unidade="VARA"), "unidade")


def test_only_adjustments_are_signed_and_they_are_never_zero(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 10)

    assert ana.adjust(bolts, -4).json["quantidade"] == -4
    assert ana.adjust(bolts, 2).json["variacao"] == 2
    assert_refused(ana.adjust(bolts, 0), "quantidade")
    assert_refused(ana.issue(bolts, -1), "quantidade")
    assert ana.balance(bolts) == 8


def test_a_balance_beyond_the_limit_is_refused_either_side(ana: Person, carla: Person, bolts: str) -> None:
    with carla.server.database.transaction() as session:
        from almoxarife.server.stores import service as stores

        stores.set_policy(session, int(CENTRO[1:]), stores.StockPolicy.ALLOW)

    assert ana.receive(bolts, LIMIT).status_code == 201
    assert_problem(ana.receive(bolts, 1), 409, "saldo-fora-do-limite")
    assert ana.balance(bolts) == LIMIT
    assert ana.issue(bolts, LIMIT).json["saldo"] == 0
    assert ana.issue(bolts, LIMIT).json["saldo"] == -LIMIT
    assert_problem(ana.issue(bolts, 1), 409, "saldo-fora-do-limite")
    assert ana.balance(bolts) == -LIMIT


# --- money ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("19.90", "19.90"), ("19.9", "19.90"), ("0", "0.00"), ("7", "7.00"), ("9999999999.99", "9999999999.99")],
)
def test_money_is_a_string_of_reais(ana: Person, sent: str, kept: str) -> None:
    assert ana.add("Tinta", preco=sent).json["preco"] == kept
    assert ana.get("/produtos").json[0]["preco"] == kept


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    "sent",
    [19.9, 20, True, "", "19,90", "R$ 19.90", "19.999", "-1.00", ".5", "5.", "1e3", "1 0", "10000000000", "NaN", "٥"],
)
def test_money_of_any_other_form_is_refused(ana: Person, sent: object) -> None:
    assert_refused(ana.add("Tinta", preco=sent), "preco")


# --- the least stock --------------------------------------------------------------------


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"valor": "19,90"}, "como texto"),
        ({"valor": "1" * 51}, "como texto"),
        ({"valor": "10000000000.00"}, "entre 0 e"),
        ({"valor": "12345678901234567890.999"}, "entre 0 e"),
        ({"valor": "1.999"}, "2 casas decimais"),
        ({"valor": "1.9999999999999999"}, "2 casas decimais"),
        ({"valor": "1", "ocorrido_em": "ontem"}, "Informe data e hora assim"),
        ({"valor": "1", "ocorrido_em": "1999-12-31T00:00:00Z"}, "de 2000 a 9000"),
        ({"valor": "1", "ocorrido_em": "9999-12-31T00:00:00Z"}, "de 2000 a 9000"),
    ],
)
def test_what_is_well_formed_and_out_of_bounds_is_told_its_bounds(
    ana: Person, given: dict[str, str], words: str
) -> None:
    assert words in assert_refused(ana.post("/vendas", given), list(given)[-1])["mensagem"]


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("day", "words"), [("1999-12-31", "de 2000 a 9000"), ("9999-12-31", "de 2000 a 9000"), ("31/12/2020", "assim")]
)
def test_a_day_out_of_bounds_is_told_its_bounds(ana: Person, day: str, words: str) -> None:
    assert words in assert_refused(ana.get(f"/inventario?de={day}"), "de")["mensagem"]


@pytest.mark.changes_nothing
def test_items_that_come_to_nothing_are_not_blamed_on_a_discount(ana: Person, flour: str) -> None:
    line = {"produto_id": flour, "quantidade": 0.0001, "preco": "0.01"}

    assert_refused(ana.post("/vendas", {"itens": [line]}), "itens")
    assert_refused(ana.post("/vendas", {"itens": [{**line, "quantidade": 1}], "desconto": "0.01"}), "desconto")


@pytest.mark.parametrize(("sent", "kept"), [(0, 0), (10, 10), (0.5, 0.5), ("12", 12)])
def test_the_least_stock_may_be_zero(ana: Person, sent: object, kept: float) -> None:
    assert ana.add("Arroz", unidade="KG", estoque_minimo=sent).json["estoque_minimo"] == kept


@pytest.mark.changes_nothing
@pytest.mark.parametrize("sent", [-1, True, "1e3", "", 0.00001, 100_000_000_000])
def test_the_least_stock_is_a_number_like_the_others(ana: Person, sent: object) -> None:
    assert_refused(ana.add("Arroz", unidade="KG", estoque_minimo=sent), "estoque_minimo")


@pytest.mark.changes_nothing
def test_the_least_stock_of_a_whole_unit_is_whole(ana: Person) -> None:
    assert_refused(ana.add("Prego", estoque_minimo=1.5), "corpo")
