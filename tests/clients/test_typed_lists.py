"""Lists as they are typed into messages or pasted from them, without the columns of a spreadsheet."""

from pathlib import Path

import pytest

from almoxarife.clients.desktop.cadastro.importing.reading import DELIMITER, Choice, list_options, recall, remember
from almoxarife.clients.desktop.cadastro.importing.rows import prepare
from almoxarife.tables.cells import Table, TableUnreadable
from almoxarife.tables.columns import guess_all_columns
from almoxarife.tables.reader import read_table
from almoxarife.tables.text.spaced import PRICED, SPACED

PRICES = [("Café", "5,00"), ("Pão francês 50 g", "R$ 1.200,00"), ("Tê 3/4 - azul", "4,50")]


def read(folder: Path, content: str, choice: Choice | None = None) -> Table:
    file = folder / "lista.txt"
    file.write_text(content, encoding="utf-8")
    return read_table(file, dialect=(choice or Choice()).dialect)


@pytest.mark.parametrize("between", [" ", " - ", "........", " : ", ": ", " = ", " – ", "     "])
def test_a_price_at_the_end_of_each_line_is_a_column(tmp_path: Path, between: str) -> None:
    table = read(tmp_path, "".join(f"{name}{between}{price}\n" for name, price in PRICES))

    assert [row.cells for row in table.rows] == PRICES
    assert prepare(table, {"nome": 0, "preco": 1}).values == [
        {"nome": "Café", "preco": "5.00"},
        {"nome": "Pão francês 50 g", "preco": "1200.00"},
        {"nome": "Tê 3/4 - azul", "preco": "4.50"},
    ]


def test_its_two_headings_are_known_and_a_line_without_price_is_refused(tmp_path: Path) -> None:
    lines = "".join(f"{name} {price}\n" for name, price in PRICES * 4)
    table = read(tmp_path, f"LISTA DE SETEMBRO\nProduto - Preço\n{lines}Sob encomenda\n")

    assert (table.headings, len(table.rows)) == (("Produto", "Preço"), 13)
    assert (table.rows[-1].cells, "preço no fim" in table.rows[-1].problem) == (("Sob encomenda",), True)
    assert guess_all_columns(table.headings, table.rows) == {"nome": 0, "preco": 1}


@pytest.mark.parametrize(
    "content",
    [
        "Café,5,00\nPão,1,00\n",
        "Café;5,00\nPão;1,00\n",
        "7891000315507 5,00\n7896005800010 1,00\n",
        "Café 5,00\n" + "Pão\n" * 3,
    ],
)
def test_other_lists_have_no_price_at_the_end(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content).dialect.delimiter != PRICED


SPACES = "Produto   Preço  Estoque\nCafé com leite  5,00   3\nPão   1,00  10\nTê    2,00  1\n"


def test_several_spaces_are_between_columns(tmp_path: Path) -> None:
    table = read(tmp_path, SPACES)

    assert [values["nome"] for values in prepare(table, guess_all_columns(table.headings, table.rows)).values] == [
        "Café com leite", "Pão", "Tê",
    ]  # fmt: skip
    assert table.rows[0].cells == ("Café com leite", "5,00", "3")


def test_a_line_that_lacks_a_cell_between_spaces_is_refused(tmp_path: Path) -> None:
    table = read(tmp_path, SPACES * 1 + "Sal  7\nMel   3,00   2\n" + "Mel 2  3,00   2\n" * 9 + "Total   6\n")
    prepared = prepare(table, guess_all_columns(table.headings, table.rows))

    assert [(one.row.line, "falta uma célula" in one.reason) for one in prepared.refused] == [(5, True)]
    assert [one.row.line for one in prepared.left_out] == [16]
    assert len(prepared.values) == 13


@pytest.mark.parametrize("between", [" - ", " – ", " > ", ": ", ":"])
def test_dashes_and_colons_are_between_columns_if_headings_say_so(tmp_path: Path, between: str) -> None:
    table = read(
        tmp_path, between.join(("Produto", "Preço", "Estoque\nCafé", "5,00", "3\nGuarda-chuva", "1,00", "10\n"))
    )

    assert prepare(table, guess_all_columns(table.headings, table.rows)).values == [
        {"nome": "Café", "preco": "5.00", "saldo_inicial": 3},
        {"nome": "Guarda-chuva", "preco": "1.00", "saldo_inicial": 10},
    ]


@pytest.mark.parametrize("between", [" - ", ": "])
def test_headings_of_three_columns_may_have_the_price_at_the_end(tmp_path: Path, between: str) -> None:
    lines = (("Produto", "Qtd", "Preço"), ("Café", "3", "5,00"), ("Pão", "10", "R$ 1,00"))
    table = read(tmp_path, "".join(f"{between.join(cells)}\n" for cells in lines))

    assert prepare(table, guess_all_columns(table.headings, table.rows)).values == [
        {"nome": "Café", "preco": "5.00", "saldo_inicial": 3},
        {"nome": "Pão", "preco": "1.00", "saldo_inicial": 10},
    ]


def test_of_two_columns_the_first_may_have_a_dash(tmp_path: Path) -> None:
    table = read(tmp_path, "Produto - Preço\nCafé - 500 g - 5,00\nPão - 1,00\nChá - verde - 2,00\n")

    assert [row.cells[0] for row in table.rows] == ["Café - 500 g", "Pão", "Chá - verde"]


def test_without_known_headings_the_first_line_is_a_row(tmp_path: Path) -> None:
    assert len(read(tmp_path, "Café - 5,00 - 3\nPão - 1,00 - 10\nChá - 2,00 - 1\n").rows) == 3


@pytest.mark.parametrize(("content", "kind"), [(SPACES, SPACED), ("Café 5,00\nPão 1,00\n", PRICED)])
def test_how_it_was_read_can_be_changed_and_is_remembered(tmp_path: Path, content: str, kind: str) -> None:
    table = read(tmp_path, content)
    (option,) = [option for option in list_options(table, Choice()) if option.name == DELIMITER]

    assert option.labels[option.current] == kind
    chosen = recall(remember({}, "x", Choice().choose(DELIMITER, kind)), "x")
    assert read(tmp_path, content, chosen).rows == table.rows
    assert read(tmp_path, content, Choice().choose(DELIMITER, ";")).dialect.delimiter == ";"


def test_a_long_line_is_no_price(tmp_path: Path) -> None:
    assert read(tmp_path, ("-" * 60_000 + " 5,00\n") * 3).dialect.delimiter != PRICED


def test_a_list_that_lies_on_its_side_is_told(tmp_path: Path) -> None:
    content = "Produto;Café;Pão;Leite\nPreço;5,00;1,00;4,50\nEstoque;3;10;7\n"

    with pytest.raises(TableUnreadable, match="Transpor"):
        read(tmp_path, content)
    assert len(read(tmp_path, content, Choice().choose("titulos", "não")).rows) == 3


@pytest.mark.parametrize("content", ["Produto;Preço\nItem;1,00\n", "Produto\nKit\nItem\n", "Item;UN\nKit;UN\nQtd;UN\n"])
def test_a_list_of_few_products_does_not_lie(tmp_path: Path, content: str) -> None:
    assert read(tmp_path, content).rows


@pytest.mark.parametrize("bullet", ["•", "-", "*", "–", "✓", "▪\ufe0f", "🔸", "✅", "🇧🇷", "👍🏽", "🔥🔥"])
def test_bullets_are_no_part_of_names(tmp_path: Path, bullet: str) -> None:
    table = read(tmp_path, f"Produto;Preço\n{bullet} Café;5,00\n{bullet}  Pão;1,00\n")

    assert [values["nome"] for values in prepare(table, {"nome": 0}).values] == ["Café", "Pão"]


@pytest.mark.parametrize(
    ("names", "read_as"),
    [
        (("*Café*", "_Pão_"), [("Café", None, None), ("Pão", None, None)]),
        (("<b>Café</b>", "Pão<br/>doce"), [("Café", None, None), ("Pão doce", None, None)]),
        (
            ("7891000315507 - Café", "7891000053508 Pão"),
            [("Café", "7891000315507", None), ("Pão", "7891000053508", None)],
        ),
        (("Café - R$ 1.234,50", "Pão R$ 1"), [("Café", None, "1234.50"), ("Pão", None, "1.00")]),
        (("7891000315507 Café", "Pão"), [("7891000315507 Café", None, None), ("Pão", None, None)]),
        (
            ("7891000315508 Café", "7891000053508 Pão"),
            [("7891000315508 Café", None, None), ("7891000053508 Pão",) + (None,) * 2],
        ),
        (("Vale R$ 50", "Vale R$ 100"), [("Vale R$ 50", None, None), ("Vale R$ 100", None, None)]),
        (("Café R$ 5", "Pão"), [("Café R$ 5", None, None), ("Pão", None, None)]),
        (
            ("Mel R$ 9", "Cartão de visita R$ 45", "Pão R$ 1"),
            [("Mel", None, "9.00"), ("Cartão de visita", None, "45.00"), ("Pão", None, "1.00")],
        ),
        *(
            ((name, "Pão R$ 1"), [(name, None, None), ("Pão R$ 1", None, None)])
            for name in ("Meia 3 por R$ 10", "Sofá 10x R$ 99,00", "Chá R$ 4 / R$ 3,50", "Bacon + R$ 3", "Mel só R$ 9")
        ),
        (
            ("Recarga Tim R$ 20", "Vale-gás R$ 90"),
            [("Recarga Tim R$ 20",) + (None,) * 2, ("Vale-gás R$ 90",) + (None,) * 2],
        ),
        (
            ("7891000315507 - Café", "7891000053508 - CAFÉ"),
            [("7891000315507 - Café", None, None), ("7891000053508 - CAFÉ", None, None)],
        ),
        (("Camiseta <P>", "Luva <U>"), [("Camiseta <P>", None, None), ("Luva <U>", None, None)]),
        (("°C sensor", "°C visor"), [("°C sensor", None, None), ("°C visor", None, None)]),
        (("Cabo <2 m>", "Vale < R$ 2 >"), [("Cabo <2 m>", None, None), ("Vale < R$ 2 >", None, None)]),
    ],
)
def test_what_stands_around_names_goes_where_it_belongs(
    tmp_path: Path, names: tuple[str, ...], read_as: list[tuple[str | None, ...]]
) -> None:
    table = read(tmp_path, "Produto;Obs\n" + "".join(f"{name};x\n" for name in names))

    values = prepare(table, {"nome": 0}).values

    assert [(one["nome"], one.get("codigo_barras"), one.get("preco")) for one in values] == read_as


def test_a_sign_before_one_name_stays(tmp_path: Path) -> None:
    table = read(tmp_path, "Produto;Preço\n* Café;5,00\nPão;1,00\n")

    assert [values["nome"] for values in prepare(table, {"nome": 0}).values] == ["* Café", "Pão"]


@pytest.mark.parametrize(
    ("codes", "read_as"),
    [
        (("1.0", "12.0"), ("1", "12")),
        (("1.0", "1.1"), ("1.0", "1.1")),
        (("1E+05", "7"), (None, "7")),
        (("06/jan", "7-mar."), (None, None)),
    ],
)
def test_codes_are_not_what_a_program_made_of_them(
    tmp_path: Path, codes: tuple[str, str], read_as: tuple[str | None, str]
) -> None:
    table = read(tmp_path, f"Código;Produto\n{codes[0]};Café\n{codes[1]};Pão\n")
    prepared = prepare(table, {"nome": 1, "sku": 0})

    assert tuple(values.get("sku") for values in prepared.values) == read_as
    assert ["transformou em" in one.reason for one in prepared.remarks] == [True] * read_as.count(None)


def test_what_a_messenger_writes_around_a_line_is_left_out(tmp_path: Path) -> None:
    at = "[12/03/2026 09:12] Maria: "
    table = read(tmp_path, f"{at}*Café* - R$ 5,00\n{at}*Pão de forma - 1,00*\n12/03/2026 09:13 - Zé: Chá 2,00\n")

    assert [row.cells for row in table.rows] == [("Café", "R$ 5,00"), ("Pão de forma", "1,00"), ("Chá", "2,00")]


@pytest.mark.parametrize("at", ["[12/03/2026 09:12] Ana: ", "[09:12, 12/03/2026] Ana: ", "12/03/2026 09:12 - Ana: "])
def test_what_a_messenger_writes_is_left_out_of_a_list_with_columns(tmp_path: Path, at: str) -> None:
    table = read(tmp_path, f"{at}Produto\tPreço\nCafé\t5,00\n{at}Pão\t1,00\n")

    assert (table.headings, [row.cells[0] for row in table.rows]) == (("Produto", "Preço"), ["Café", "Pão"])


@pytest.mark.parametrize("sign", [".", ")", " -", "º"])
def test_the_numbers_of_a_list_are_no_part_of_the_names(tmp_path: Path, sign: str) -> None:
    table = read(tmp_path, f"1{sign} Café 5,00\n2{sign} Pão 1,00\n3{sign} Chá 2,00\n")

    assert [values["nome"] for values in prepare(table, {"nome": 0, "preco": 1}).values] == ["Café", "Pão", "Chá"]


def test_numbers_that_do_not_count_the_names_stay(tmp_path: Path) -> None:
    table = read(tmp_path, "51 - Pinga 5,00\n29. Vinho 1,00\n")

    assert [values["nome"] for values in prepare(table, {"nome": 0, "preco": 1}).values] == ["51 - Pinga", "29. Vinho"]


def test_a_line_with_two_prices_is_refused(tmp_path: Path) -> None:
    table = read(tmp_path, "Café 5,00 4,50\nPão 1,00\nChá 2,00\n")

    assert ["dois valores" in row.problem for row in table.rows] == [True, False, False]


@pytest.mark.parametrize(
    "content",
    [
        "Café\nR$ 5,00\nPão\nR$ 1,00\nChá\nR$ 2,00\n",
        "Produto: Café\nPreço: 5,00\n\nProduto: Pão\nPreço: 1,00\n",
    ],
)
def test_products_of_several_lines_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(TableUnreadable, match="Cada produto está em várias linhas"):
        read(tmp_path, content)


@pytest.mark.parametrize("content", ["Fio 1,5 mm\nFio 2,5 mm\nFio 4 mm\n", "Tomate 8,90 kg\nAlface 3,00 un\n"])
def test_the_comma_of_an_amount_is_between_no_columns(tmp_path: Path, content: str) -> None:
    assert [row.cells for row in read(tmp_path, content).rows] == [(line,) for line in content.splitlines()]


def test_whole_reais_are_a_price_and_a_former_price_is_none(tmp_path: Path) -> None:
    table = read(tmp_path, "Café R$ 5\nPão - de R$ 2,50 por R$ 1,00\nChá De 3,00 por 2,00\nSal R$ 1.200\nPente 5\n")

    assert [row.cells for row in table.rows] == [
        ("Café", "R$ 5"), ("Pão", "R$ 1,00"), ("Chá", "2,00"), ("Sal", "R$ 1.200"), ("Pente 5",),
    ]  # fmt: skip
    assert [bool(row.problem) for row in table.rows] == [False, False, False, False, True]


@pytest.mark.parametrize("content", ["Óleo 5W30,35\nFiltro AP9835,20\n", "Camisa 10,3\nMeia 4,10\n"])
def test_a_comma_before_the_last_number_of_each_line_parts_columns(tmp_path: Path, content: str) -> None:
    assert [row.cells for row in read(tmp_path, content).rows] == [
        tuple(line.split(",")) for line in content.splitlines()
    ]


def test_the_pieces_of_a_box_are_no_former_price(tmp_path: Path) -> None:
    table = read(tmp_path, "Bala caixa de 50 por 12,00\nBala caixa de 100 por 22,00\n")

    assert len({row.cells[0] for row in table.rows}) == 2


@pytest.mark.parametrize(
    ("names", "are_numbered"),
    [
        (["1. Café", "2. Pão", "3. Chá"], True),
        (["1 - Café", "2 - Pão", "3 - Chá"], True),
        (["1-polegada cano", "2-polegada cano", "3-polegada cano"], False),
        (["1º grau tinta", "2º grau tinta", "3º grau tinta"], False),
        (["1-camada bolo", "2-camadas bolo"], False),
    ],
)
def test_numbers_that_tell_names_apart_stay(tmp_path: Path, names: list[str], are_numbered: bool) -> None:
    table = read(tmp_path, "Produto;Preço\n" + "".join(f"{name};5,00\n" for name in names))

    kept = [values["nome"] for values in prepare(table, {"nome": 0, "preco": 1}).values]
    assert kept == (["Café", "Pão", "Chá"] if are_numbered else names)


@pytest.mark.parametrize("run", ["a", "a ", "1,", "a1,1 "])
def test_a_long_line_with_a_comma_is_read_at_once(tmp_path: Path, run: str) -> None:
    assert read(tmp_path, f"{run * (400_000 // len(run))},\nab,1\n").rows  # minutes, if each letter were tried


@pytest.mark.parametrize("sign", ["R$", "-", ":"])
def test_many_spaces_before_a_price_are_read_at_once(tmp_path: Path, sign: str) -> None:
    assert len(read(tmp_path, f"a{' ' * 200_000}{sign} 5,00\n" * 3).rows) == 3
