"""Products: what they are, which names are the same, and how a change is made safely."""

from urllib.parse import quote

import pytest

from tests.api.cast import CENTRO, NORTE, Person, assert_problem, assert_refused

MILK = "7891000315507"


def names(person: Person, query: str) -> list[str]:
    return [row["nome"] for row in person.get(f"/produtos?{query}").json]


def search(person: Person, words: str) -> list[str]:
    return names(person, f"busca={quote(words)}")


def test_a_product_is_answered_with_every_member_of_the_contract(ana: Person) -> None:
    response = ana.add("Parafuso 10mm")

    assert response.status_code == 201
    assert response.headers["ETag"] == '"1"'
    assert response.json == {
        "id": "p1",
        "nome": "Parafuso 10mm",
        "unidade": "UN",
        "codigo_barras": None,
        "saldo": 0,
        "estoque_minimo": None,
        "preco": None,
        "ativo": True,
        "versao": 1,
        "decimais": False,
    }
    assert ana.get("/produtos").json == [response.json]


@pytest.mark.parametrize("name", ["Açúcar", "açúcar", "AÇÚCAR", "  Ac\u0327u\u0301car ", "Açúcar\r\n"])
def test_a_name_is_taken_without_case_and_spaces(ana: Person, bruno: Person, name: str) -> None:
    sugar = ana.add("Açúcar").json["id"]
    before = ana.server.business()

    problem = assert_problem(bruno.add(name), 409, "produto-existente")

    assert problem["existente"] == sugar
    assert "Açúcar" in problem["mensagem"]
    assert ana.server.business() == before


@pytest.mark.parametrize(("one", "other"), [("Caneca Vovó", "Caneca Vovô"), ("Cabo 10²", "Cabo 102"), ("Ovo", "Ｏvo")])
def test_accents_and_signs_make_another_name_and_are_searched_blindly(ana: Person, one: str, other: str) -> None:
    ana.add(one)

    assert ana.add(other).status_code == 201
    assert search(ana, other.upper()) == [one, other]
    assert assert_problem(ana.add(one.upper()), 409, "produto-existente")["existente"] == "p1"
    assert ana.change("p1", '"1"', nome=one.lower()).status_code == 200


def test_a_barcode_belongs_to_one_product(ana: Person) -> None:
    milk = ana.add("Leite", codigo_barras=MILK).json["id"]

    problem = assert_problem(ana.add("Leite desnatado", codigo_barras=MILK), 409, "produto-existente")

    assert problem["existente"] == milk


@pytest.mark.parametrize(
    "codes",
    [
        ("012345678905", "0012345678905", "00012345678905"),
        ("12345670", "000012345670", "0000012345670", "00000012345670"),
        ("00614141000036", "614141000036"),
        ("7891000315507", "07891000315507"),
    ],
)
def test_a_barcode_is_one_in_all_its_lengths(ana: Person, codes: tuple[str, ...]) -> None:
    first = ana.add("A", codigo_barras=codes[0])
    ana.add("Z", codigo_barras="96385074")

    assert first.json["codigo_barras"] == codes[0]
    for code in codes:
        assert assert_problem(ana.add("B", codigo_barras=code), 409, "produto-existente")["existente"] == "p1"
        assert_problem(ana.change("p2", "*", nome="Z", codigo_barras=code), 409, "produto-existente")
        assert search(ana, code) == ["A"]
        assert ana.change("p1", "*", nome="A", codigo_barras=code).json["codigo_barras"] == code


NONE = ("", "00000000", "000000000000", "0000000000000", "00000000000000", "0", "-", "--", "N/A", "S/GTIN", "sem gtin")
NONE += ("SEMGTIN", "naotem", "Sem EAN-13", "a cadastrar", "em branco", "xxxxx", "Não informado", "semcodigodebarras")
NONE += ("SEM GTIN", "Sem código", "Não tem", "NÃO POSSUI", "n/d", "nenhum", "null", "s/ cód. de barras", "ISENTO")
NONE += ("Indisponível", "aguardando fornecedor")


def test_zeros_and_words_for_none_are_no_barcode(ana: Person) -> None:
    for number, code in enumerate(NONE):
        for name in ("Pão francês", "Mel silvestre"):
            response = ana.add(f"{name} {number}", codigo_barras=code)
            assert (response.status_code, response.json["codigo_barras"]) == (201, None), code


@pytest.mark.changes_nothing
@pytest.mark.parametrize(
    ("damaged", "offered"),
    [
        ("7,891000315507E+12", MILK),
        ("7.891000315507e12", MILK),
        ("7891000315507,00", MILK),
        ("7891000315507.0", MILK),
        ("7.891.000.315.507", MILK),
        ("7-891000-315507", MILK),
        ("12345678905", "012345678905"),
        ("1234565", "01234565"),
        ("7,891E+12", "Formate a coluna como texto"),
        ("7,89100E+12", "Formate a coluna como texto"),
        ("7891000315508", "confira os números"),
        ("12345678906", "confira os números"),
        ("SKU-77", "só números"),
    ],
)
def test_a_damaged_barcode_is_said_to_be_one_and_the_right_one_offered(ana: Person, damaged: str, offered: str) -> None:
    problem = assert_refused(ana.add("Leite", codigo_barras=damaged), "codigo_barras")

    assert offered in problem["erros"][0]["mensagem"]


def test_the_name_of_an_inactive_product_stays_taken(ana: Person) -> None:
    old = ana.add("Prego").json["id"]
    ana.change(old, '"1"', nome="Prego", ativo=False)

    assert assert_problem(ana.add("Prego"), 409, "produto-existente")["existente"] == old


# --- changing ---------------------------------------------------------------------------


def test_a_change_replaces_the_product_and_raises_its_version(ana: Person) -> None:
    product = ana.add("Leite", codigo_barras=MILK, preco="4.50", estoque_minimo=10, unidade="CX").json["id"]

    response = ana.change(product, '"1"', nome="Leite integral", preco="4.80")

    assert response.status_code == 200
    assert response.headers["ETag"] == '"2"'
    assert response.json == ana.product(product)
    assert (response.json["nome"], response.json["preco"], response.json["versao"]) == ("Leite integral", "4.80", 2)
    absent = (response.json["codigo_barras"], response.json["estoque_minimo"], response.json["unidade"])
    assert absent == (None, None, "UN")


def test_a_change_must_say_of_which_version(ana: Person, bolts: str) -> None:
    before = ana.server.business()

    assert_problem(ana.change(bolts, None, nome="Parafuso"), 428, "versao-obrigatoria")
    assert_problem(ana.change(bolts, "", nome="Parafuso"), 428, "versao-obrigatoria")
    assert ana.server.business() == before


@pytest.mark.parametrize("version", ['"0"', '"2"', "2", 'W/"1"', '"abc"', '"1.0"', '"01"', '"2", "3"', "abc"])
def test_a_change_of_another_version_is_stale(ana: Person, bolts: str, version: str) -> None:
    before = ana.server.business()

    assert_problem(ana.change(bolts, version, nome="Parafuso"), 412, "versao-desatualizada")
    assert ana.server.business() == before


@pytest.mark.parametrize("version", ['"1"', "1", "*", '"7", "1"', ' "1" '])
def test_a_change_of_the_current_version_is_made(ana: Person, bolts: str, version: str) -> None:
    assert ana.change(bolts, version, nome="Parafuso").json["versao"] == 2


def test_of_two_who_change_the_same_version_the_second_is_told(ana: Person, bruno: Person, bolts: str) -> None:
    assert ana.change(bolts, '"1"', nome="Parafuso zincado").status_code == 200

    assert_problem(bruno.change(bolts, '"1"', nome="Parafuso preto"), 412, "versao-desatualizada")
    assert ana.product(bolts)["nome"] == "Parafuso zincado"


def test_a_product_cannot_take_the_name_or_barcode_of_another(ana: Person, bolts: str) -> None:
    milk = ana.add("Leite", codigo_barras=MILK).json["id"]
    before = ana.server.business()

    assert assert_problem(ana.change(bolts, "*", nome="LEITE"), 409, "produto-existente")["existente"] == milk
    taken = ana.change(bolts, "*", nome="Parafuso", codigo_barras=MILK)
    assert assert_problem(taken, 409, "produto-existente")["existente"] == milk
    assert ana.server.business() == before


def test_a_product_may_change_the_spelling_of_its_own_name(ana: Person, bolts: str) -> None:
    assert ana.change(bolts, '"1"', nome="PARAFUSO 10MM").json["nome"] == "PARAFUSO 10MM"


@pytest.mark.changes_nothing
@pytest.mark.parametrize("product_id", ["p999", "p0", "p01", "p", "1", "m1", "P1", "p1x", "p-1", "p9" * 20, "p٣"])
def test_an_unknown_product_cannot_be_changed_nor_shown(ana: Person, bolts: str, product_id: str) -> None:
    assert_problem(ana.change(product_id, "*", nome="Prego"), 404, "produto-desconhecido")
    assert_problem(ana.get(f"/produtos/{product_id}/movimentacoes"), 404, "produto-desconhecido")
    assert_problem(ana.receive(product_id, 1), 404, "produto-desconhecido")


@pytest.mark.changes_nothing
@pytest.mark.parametrize("active", ["true", 1, 0, None])
def test_active_is_true_or_false(ana: Person, bolts: str, active: object) -> None:
    assert_refused(ana.change(bolts, "*", nome="Prego", ativo=active), "ativo")


def test_an_inactive_product_is_hidden_and_takes_no_movement(ana: Person, bolts: str) -> None:
    entry = ana.receive(bolts, 5)
    ana.change(bolts, '"1"', nome="Parafuso 10mm", ativo=False)

    assert names(ana, "") == []
    assert names(ana, "inativos=0") == []
    assert names(ana, "inativos=1") == ["Parafuso 10mm"]
    assert_problem(ana.receive(bolts, 1), 409, "produto-inativo")
    assert_problem(ana.issue(bolts, 1), 409, "produto-inativo")
    assert ana.reverse(entry).status_code == 201

    ana.change(bolts, '"2"', nome="Parafuso 10mm", ativo=True)
    assert ana.receive(bolts, 1).status_code == 201


# --- finding ----------------------------------------------------------------------------


def test_every_word_must_be_in_the_name_without_accents_and_case(ana: Person) -> None:
    for name in ("Pão de açúcar", "Açúcar mascavo", "Café"):
        ana.add(name)

    assert search(ana, "acucar") == ["Pão de açúcar", "Açúcar mascavo"]
    assert search(ana, "ACUCAR pão") == ["Pão de açúcar"]
    assert search(ana, "cuc  masc") == ["Açúcar mascavo"]
    assert search(ana, "café açúcar") == []
    assert len(search(ana, "")) == len(search(ana, "  ")) == 3


def test_a_product_is_found_by_its_barcode_and_code(ana: Person) -> None:
    ana.add("Leite", codigo_barras=MILK)
    ana.add("Prego")

    assert search(ana, MILK) == ["Leite"]
    assert search(ana, "15507 leite") == ["Leite"]
    assert search(ana, "p2") == search(ana, "P00002") == ["Prego"]
    assert search(ana, "p2 prego") == ["Prego"]
    assert search(ana, "p3") == search(ana, "p" + "9" * 40) == []


def test_a_word_like_a_code_is_looked_for_in_names_too(ana: Person) -> None:
    ana.add("P10 azul")
    ana.add("Tubo XP10")

    assert search(ana, "p10") == ["P10 azul", "Tubo XP10"]


@pytest.mark.parametrize("words", ["%", "_", "'", '"', "\\", "a' OR '1'='1"])
def test_a_search_takes_every_character_as_itself(ana: Person, words: str) -> None:
    ana.add("Parafuso")

    assert search(ana, words) == []


def test_a_search_of_more_than_200_characters_is_refused(ana: Person) -> None:
    assert_refused(ana.get(f"/produtos?busca={'a' * 201}"), "busca")


# --- the balance ------------------------------------------------------------------------


def test_the_balance_is_the_sum_over_the_shops_a_person_sees(ana: Person, davi: Person, carla: Person) -> None:
    bolts = carla.add("Parafuso").json["id"]
    ana.receive(bolts, 5)
    davi.receive(bolts, 7)

    assert (ana.balance(bolts), davi.balance(bolts), carla.balance(bolts)) == (5, 7, 12)
    assert carla.product(bolts, f"?loja={CENTRO}")["saldo"] == 5
    assert carla.product(bolts, f"?loja={NORTE}")["saldo"] == 7
    assert ana.change(bolts, "*", nome="Parafuso").json["saldo"] == 5
    assert carla.change(bolts, "*", nome="Parafuso").json["saldo"] == 12


def test_a_unit_stays_while_a_balance_has_decimals(ana: Person, flour: str) -> None:
    ana.receive(flour, 1.5)

    assert_problem(ana.change(flour, "*", nome="Farinha", unidade="UN"), 409, "unidade-em-uso")
    assert ana.product(flour)["unidade"] == "KG"
    rows = [{"nome": "Farinha", "unidade": "UN"}]
    assert ana.post("/produtos/importar", rows).json["linhas"][0]["erros"][0]["campo"] == "unidade"

    ana.adjust(flour, 0.5)
    assert ana.change(flour, "*", nome="Farinha", unidade="UN").json["saldo"] == 2
