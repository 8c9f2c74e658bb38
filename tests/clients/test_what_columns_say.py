"""Which column is which where headings alone do not say it, what is no more sold, and what a spreadsheet hides."""

import struct
from pathlib import Path

import pytest
from openpyxl import Workbook

from almoxarife.clients.desktop.cadastro.importing import words
from almoxarife.clients.desktop.cadastro.importing.rows import prepare
from almoxarife.tables.cells import Dialect, Table, TableUnreadable
from almoxarife.tables.columns import find_doubts, guess_all_columns
from almoxarife.tables.headings import plain
from almoxarife.tables.product_cells import is_sold
from almoxarife.tables.reader import read_table


def read(folder: Path, text: str | bytes) -> Table:
    file = folder / "lista.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(file)


def names_and_aside(table: Table) -> tuple[list[object], dict[int, str]]:
    prepared = prepare(table, guess_all_columns(table.headings, table.rows))
    aside = {one.row.line: one.reason for one in (*prepared.refused, *prepared.left_out)}
    assert len(prepared.values) + len(aside) == len(table.rows) + len(table.left_out)
    return [row["nome"] for row in prepared.values], aside


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        ("Produto;Preço real;Preço", {"preco": 2}),
        ("Produto;Preço produto;Preço atual;Preço", {"preco": 3}),
        ("Produto;Estoque mínimo ideal;Estoque mínimo;Saldo", {"estoque_minimo": 2, "saldo_inicial": 3}),
        ("Produto;Preço de venda 2;Preço de venda 1;Preço", {"preco": 2}),
        ("Produto;Estoque atual 1;Estoque principal;Estoque atual", {"saldo_inicial": 3}),
        ("Produto real;Produto;Preço", {"nome": 1, "preco": 2}),
        ("Nome do item;Descrição;Preço", {"preco": 2}),
        ("Produto;PF 18%;PMC 18%", {"preco": 2}),
        ("Produto;Preço real;Custo", {"preco": 1, "custo": 2}),
    ],
)
def test_of_headings_that_are_alike_the_exact_one_is_taken(headings: str, columns: dict[str, int]) -> None:
    assert guess_all_columns(headings.split(";")) == {"nome": 0} | columns


def test_one_column_may_hold_barcodes_and_for_some_products_codes_of_the_shops_own(tmp_path: Path) -> None:
    text = "Descrição;Código;Preço\nCafé;7891000315507;5,00\nAçúcar;7896032501010;4,00\nPão;12;1,00\nBolo;B-7;9,00\n"
    table = read(tmp_path, text)

    columns = guess_all_columns(table.headings, table.rows)

    assert {columns["codigo_barras"], columns["sku"]} == {1}
    codes = [(row.get("codigo_barras"), row.get("sku")) for row in prepare(table, columns).values]
    assert codes == [("7891000315507", None), ("7896032501010", None), (None, "12"), (None, "B-7")]


@pytest.mark.parametrize(
    ("row", "read_as"),
    [
        ("Café;UN;10 UN;3 unid.;1,00", {"saldo_inicial": 10, "estoque_minimo": 3}),
        ("Café;peças;1.500 pçs;0,5;1,00", {"saldo_inicial": 1500, "estoque_minimo": 0.5}),
        ("Café;;10un;;1,00", {"saldo_inicial": 10, "unidade": "UN"}),
        ("Café;;12,5 kg;2 quilos;1,00", {"saldo_inicial": 12.5, "estoque_minimo": 2, "unidade": "KG"}),
        ("Café;KG;12,5kg;2 Kg;1,00", {"saldo_inicial": 12.5, "estoque_minimo": 2}),
        ("Café;M²;12,5 m²;;1,00", {"saldo_inicial": 12.5}),
        ("Café;balde;3 baldes;1 BD;1,00", {"saldo_inicial": 3, "estoque_minimo": 1}),
    ],
)
def test_a_quantity_may_say_the_products_own_unit(tmp_path: Path, row: str, read_as: dict[str, float]) -> None:
    table = read(tmp_path, f"Produto;Un;Estoque;Mínimo;Preço\n{row}\nPão;UN;1.234,5;;2,00\n")

    prepared = prepare(table, guess_all_columns(table.headings, table.rows), units={"balde": "BD", "bd": "BD"})

    assert {name: prepared.values[0].get(name) for name in read_as} == read_as
    assert len(prepared.values) == 2


def test_without_a_column_of_units_the_quantity_says_the_products_unit(tmp_path: Path) -> None:
    """What a shop counts in kilograms would otherwise have ten of them for ten units."""
    table = read(tmp_path, "Produto;Estoque\nCafé;10 UN\nFarinha;1,5 kg\nPão;7\n")

    rows = prepare(table, guess_all_columns(table.headings, table.rows)).values

    assert [(row.get("unidade"), row["saldo_inicial"]) for row in rows] == [("UN", 10), ("KG", 1.5), (None, 7)]


@pytest.mark.parametrize(
    ("row", "price", "unit"),
    [
        (";19,90/kg", "19.90", "KG"),
        (";R$ 12,00 a dúzia", "12.00", "DZ"),
        (";R$ 5,00 un", "5.00", "UN"),
        (";R$ 900,00 o milheiro", "900.00", "MIL"),
        (";R$10 cada", "10.00", None),
        (";7,99 c/u", "7.99", None),
        (";1.234,50 à vista", "1234.50", None),
        ("KG;39,90 o kg", "39.90", "KG"),
        ("CX;R$ 40 / cx", "40.00", "CX"),
    ],
)
def test_a_price_may_say_the_products_unit(tmp_path: Path, row: str, price: str, unit: str | None) -> None:
    table = read(tmp_path, f"Produto;Un;Preço\nCafé;{row}\n")

    (found,) = prepare(table, guess_all_columns(table.headings, table.rows)).values

    assert (found.get("preco"), found.get("unidade")) == (price, unit)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        *((cells, "de outra unidade que a do produto") for cells in ("UN;;19,90/kg", ";5 UN;19,90/kg")),
        *((cells, "e não uma quantidade") for cells in (";R$ 19,90;5", ";19,90 reais;5", ";$5,00;1", ";3 R$;1")),
        *(
            (cells, "escreva o valor assim")
            for cells in (*(";;10 un", ";;10,00/100g", ";;R$ 15 mil", ";;19,90 xyz", ";;5,00 dólares", ";;99,90/mês"),)
        ),
    ],
)
def test_a_price_in_another_unit_or_a_quantity_in_its_place_is_refused(tmp_path: Path, cells: str, says: str) -> None:
    names, aside = names_and_aside(read(tmp_path, f"Produto;Un;Estoque;Preço\nCafé;{cells}\nPão;UN;1;1,00\n"))

    assert (names, list(aside)) == (["Pão"], [2])
    assert says in aside[2]


@pytest.mark.parametrize("word", ["esgotado", "Sem estoque", "ZERADO"])
def test_sold_out_is_a_stock_of_nothing(tmp_path: Path, word: str) -> None:
    table = read(tmp_path, f"Produto;Estoque\nCafé;{word}\nPão;3\n")

    rows = prepare(table, guess_all_columns(table.headings, table.rows)).values

    assert [row["saldo_inicial"] for row in rows] == [0, 3]


@pytest.mark.parametrize("row", ["Café;UN;3 cx", "Café;KG;500 g", "Café;;12,5 xyz", "Café;CX;10 UN"])
def test_a_quantity_in_another_unit_is_refused(tmp_path: Path, row: str) -> None:
    table = read(tmp_path, f"Produto;Un;Estoque\n{row}\nPão;UN;1\n")

    names, aside = names_and_aside(table)

    assert (names, list(aside)) == (["Pão"], [2])
    assert "a unidade é outra que a do produto" in aside[2]


@pytest.mark.parametrize(
    ("heading", "sold", "not_sold"),
    [
        ("Situação", "A", "I"),
        ("Situação", "Ativo", "Inativo"),
        ("SITUAÇÃO", "", "EXCLUÍDO"),
        ("Status", "active", "archived"),
        ("Status", "Em estoque", "Descontinuado"),
        ("Ativo", "S", "N"),
        ("Ativo?", "VERDADEIRO", "FALSO"),
        ("Ativo/Inativo", "ativo", "inativo"),
        ("Active", "True", "False"),
        ("Published", "1", "-1"),
        ("Inativo", "N", "S"),
        ("Inativo", "", "X"),
        ("Inativo", "", "01/02/2026"),
        ("Fora de linha", "Não", "Sim"),
        ("Bloqueado", "0", "1"),
        ("Archived", "N", "Y"),
    ],
)
def test_what_the_other_program_does_not_sell_is_left_out_and_said(
    tmp_path: Path, heading: str, sold: str, not_sold: str
) -> None:
    table = read(tmp_path, f"Produto;{heading};Preço\nCafé;{sold};5,00\nChá;{not_sold};3,00\nPão;{sold};1,00\n")

    names, aside = names_and_aside(table)

    assert names == ["Café", "Pão"]
    assert list(aside) == [3]
    assert not_sold in aside[3]
    assert "Situação" in aside[3]


def test_whoever_wants_them_all_takes_the_column_away(tmp_path: Path) -> None:
    table = read(tmp_path, "Produto;Situação;Preço\nCafé;Ativo;5,00\nChá;Inativo;3,00\n")
    columns = {name: at for name, at in guess_all_columns(table.headings, table.rows).items() if name != "situacao"}

    assert [row["nome"] for row in prepare(table, columns).values] == ["Café", "Chá"]


def test_a_column_that_would_leave_all_out_says_something_else(tmp_path: Path) -> None:
    table = read(tmp_path, "Produto;Status;Preço\nCafé;0;5,00\nChá;0;3,00\n")

    assert names_and_aside(table) == (["Café", "Chá"], {})


@pytest.mark.parametrize("text", ["Novo", "Usado", "Promoção", "Em falta", "Importado", "A", "Nacional", ""])
def test_other_words_leave_nothing_out(text: str) -> None:
    assert is_sold("Situação", text)


@pytest.mark.parametrize(
    ("content", "doubt"),
    [
        (
            "Produto;Preço;Preço\nCafé;5,00;6,00\nPão;1,00;1,00\n",
            "Preço pode ser mais de uma coluna (B, C): está escolhida a B.",
        ),
        (
            "Produto;Preço (R$);Qtd;PREÇO\nCafé;5,00;1;6,00\n",
            "Preço pode ser mais de uma coluna (B, D): está escolhida a B.",
        ),
        (
            "Produto;Preço de venda;Preço à vista\nCafé;5,00;4,80\n",
            "Preço pode ser mais de uma coluna (B, C): está escolhida a B.",
        ),
        (
            "Item Name;Current Quantity Loja Centro;Current Quantity Loja Norte\nCafé;5;6\n",
            "Estoque pode ser mais de uma coluna (B, C): está escolhida a B.",
        ),
        ("Produto;Preço;Preço\nCafé;5,00;5,00\nPão;1,00;1,00\n", None),
        ("Produto;Preço;Preço\nCafé;5,00;\nPão;1,00;\n", None),
        ("Produto;Código;Referência\nCafé;1;a\nPão;2;b\n", None),
        ("PRODUTO;DESC_PRODUTO;PREÇO\n7;Café;5,00\n8;Pão;1,00\n", None),
    ],
)
def test_of_two_columns_that_could_be_one_field_the_choice_is_told(
    tmp_path: Path, content: str, doubt: str | None
) -> None:
    table = read(tmp_path, content)

    doubts = find_doubts(table, guess_all_columns(table.headings, table.rows))

    assert doubts == ([] if doubt is None else [doubt])
    assert doubt is None or doubt in words.read_sentence(table, doubts)


def test_the_doubt_says_which_column_a_person_has_chosen(tmp_path: Path) -> None:
    table = read(tmp_path, "Produto;Preço;Preço\nCafé;5,00;6,00\n")

    assert find_doubts(table, {"nome": 0, "preco": 2}) == [
        "Preço pode ser mais de uma coluna (B, C): está escolhida a C."
    ]


def test_a_list_without_headings_is_not_doubted(tmp_path: Path) -> None:
    (tmp_path / "lista.csv").write_text("Cola;UN\nLixa;UN\n", encoding="utf-8")
    table = read_table(tmp_path / "lista.csv", dialect=Dialect(has_headings=False))

    assert (table.headings, find_doubts(table, {"nome": 0})) == ((), [])


@pytest.mark.parametrize(
    ("content", "is_doubted"),
    [
        ("Nome;CPF;Telefone;E-mail\nAna;123.456.789-09;11 98765-4321;ana@loja.com.br\n", True),
        ("Código;NOME COMPLETO;CELULAR;ENDEREÇO;BAIRRO\n1;ANA;11987654321;RUA A;CENTRO\n", True),
        ("Nome;Fornecedor;Telefone\nCafé;Torrefação;11 98765-4321\n", False),
        ("Nome;Preço;Telefone;E-mail\nCafé;5,00;11 98765-4321;vendas@loja.com.br\n", False),
        ("Produto;Fornecedor;Telefone;E-mail\nCafé;Torrefação;11 98765-4321;vendas@loja.com.br\n", False),
    ],
)
def test_a_list_of_people_is_doubted(tmp_path: Path, content: str, is_doubted: bool) -> None:
    table = read(tmp_path, content)

    doubts = find_doubts(table, guess_all_columns(table.headings, table.rows))

    assert ["lista de pessoas" in doubt for doubt in doubts] == [True] * is_doubted


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        ("Produto;Preço por kg;Preço\nQueijo 250 g;60,00;15,00\n", {"nome": 0, "preco": 2}),
        ("Produto;Preço por unidade;Preço\nCerveja, caixa;5,00;60,00\n", {"nome": 0, "preco": 2}),
        ("Produto;Qtd. atual reservada;Qtd. atual\nCafé;5;10\n", {"nome": 0, "saldo_inicial": 2}),
        ("Produto;Preço;Compra\nCafé;5,00;12/05/2026\n", {"nome": 0, "preco": 1}),
        ("Produto;Preço;Estoque baixo\nCafé;5,00;Não\n", {"nome": 0, "preco": 1}),
        ("Produto (valores em R$);Preço\nCafé;5,00\n", {"nome": 0, "preco": 1}),
        ("Modelo;Peça;Preço\nPolo;UN;5,00\nLisa;UN;5,00\nFina;UN;5,00\nLarga;PAR;5,00\n", {"nome": 0, "preco": 2}),
        ("Código;Título;ISBN\n1;Dom Casmurro;9788535914849\n", {"sku": 0, "nome": 1, "codigo_barras": 2}),
        ("Código;Produto\n11;Café\nTOTAL;1\n12;Pão\nTOTAL;1\n", {"sku": 0, "nome": 1}),
    ],
)
def test_a_heading_that_is_known_takes_nothing_from_one_that_says_more(
    tmp_path: Path, content: str, columns: dict[str, int]
) -> None:
    table = read(tmp_path, content)

    assert guess_all_columns(table.headings, table.rows) == columns


@pytest.mark.parametrize("first", ["Livro;20,00", "Peça;UN", "7891000315507;Medicamento"])
def test_a_product_named_as_a_heading_may_be_the_first_of_a_list_without_headings(tmp_path: Path, first: str) -> None:
    table = read(tmp_path, f"{first}\n{first.replace('e', 'a')}\nCola;UN\n")

    assert (table.headings, len(table.rows)) == ((), 3)


def test_a_long_text_is_searched_for_no_heading() -> None:
    # Each " 1" was tried as the beginning of what a heading may end with: minutes for a file of such cells.
    assert plain("Preço de venda 1 1") == "preco venda"
    assert plain(f"Preço de venda{' 1' * 200}").endswith(" 1 1")


def test_a_list_without_headings_may_have_a_column_of_currency(tmp_path: Path) -> None:
    table = read(tmp_path, "Café;R$;5,00\nPão;R$;1,00\n")

    assert (table.headings, len(table.rows)) == ((), 2)


def test_products_are_told_from_headings_that_are_alike(tmp_path: Path) -> None:
    table = read(tmp_path, "Produto;Cor\nLivro;Un\nPeça;Un\n")

    assert (table.headings, names_and_aside(table)) == (("Produto", "Cor"), (["Livro", "Peça"], {}))


def test_an_isbn_is_a_barcode_also_with_dashes(tmp_path: Path) -> None:
    table = read(tmp_path, "ISBN;Título;Preço\n978-85-359-0277-8;Dom Casmurro;39,90\n85-359-0277-5;Outro;20,00\n")

    rows = prepare(table, guess_all_columns(table.headings, table.rows)).values

    assert [(row.get("codigo_barras"), row.get("sku")) for row in rows] == [
        ("9788535902778", None), (None, "85-359-0277-5"),
    ]  # fmt: skip


def test_an_isbn_is_a_barcode_where_it_is_one(tmp_path: Path) -> None:
    table = read(tmp_path, "Título;ISBN\nDom Casmurro;9788535914849\nSagarana;9788520925140\n")

    columns = guess_all_columns(table.headings, table.rows)

    assert columns == {"nome": 0, "codigo_barras": 1}


FOUR = ("Café", "Pão francês", "Leite 1 L", "Chá")


@pytest.mark.parametrize(
    ("headings", "other"),
    [
        ("Produto;Descrição", ["PRD-001", "PRD-002", "PRD-003", "PRD-004"]),
        ("Descrição;Etiqueta", ["<p>Um texto</p>", "<p>Outro</p>", "<b>Mais</b>", "<p>E mais</p>"]),
        ("Produto;Descrição", ["Bebidas", "Padaria", "Bebidas", "Bebidas"]),
        ("Descrição;Label", ["x" * 300, "y" * 300, "z" * 300, "w" * 300]),
        ("Descrição;Etiqueta", ["Torrado e moído", "Do dia", "Integral", "Mate"]),
    ],
)
def test_a_name_is_no_code_no_group_and_no_page_about_the_product(
    tmp_path: Path, headings: str, other: list[str]
) -> None:
    rows = "".join(f"{one};{name};{at},00\n" for at, (one, name) in enumerate(zip(other, FOUR, strict=True), 1))
    table = read(tmp_path, f"{headings};Preço\n{rows}")

    assert names_and_aside(table) == (list(FOUR), {})


def test_names_are_told_from_codes_only_where_there_is_a_choice(tmp_path: Path) -> None:
    table = read(tmp_path, "Produto;Preço\nXT500;5,00\nXT600;6,00\nXT700;7,00\nXT800;8,00\n")

    assert names_and_aside(table) == (["XT500", "XT600", "XT700", "XT800"], {})


def test_a_product_that_others_are_variations_of_is_none_itself(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "Código;Descrição;Preço;Estoque;Código Pai\n"
        "CAM;Camiseta;49,90;0;\nCAM-P;Camiseta P;49,90;4;CAM\nCAM-G;Camiseta G;49,90;5;CAM\nBON;Boné;30,00;2;\n"
        "MEI;Meia;10,00;7;\nMEI-P;Meia P;10,00;;MEI\n",
    )

    names, aside = names_and_aside(table)

    assert names == ["Camiseta P", "Camiseta G", "Boné", "Meia", "Meia P"], "what has a stock of its own is sold itself"
    assert aside == {2: "Tem variações, que estão em linhas próprias."}


def test_the_rows_of_further_images_are_no_products_and_a_draft_is_one_with_its_variations(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "Handle,Title,Option1 Value,Variant SKU,Variant Price,Image Src,Status\n"
        "c,Camiseta,P,CP,50,http://x/1,active\nc,,M,CM,50,,\nc,,,,,http://x/2,\n"
        "k,Caneca,Azul,KA,20,http://x/3,draft\nk,,Verde,KV,20,,\n",
    )

    names, aside = names_and_aside(table)

    assert names == ["Camiseta P", "Camiseta M"]
    assert "imagem" in aside[4]
    assert all("não se vende mais" in aside[line] for line in (5, 6))


def test_a_tiny_amount_below_zero_is_no_minus_zero(tmp_path: Path) -> None:
    book = Workbook()
    for row in (("Produto", "Preço"), ("Brinde", -0.0000001), ("Amostra", "-0,00")):
        book.active.append(row)
    book.save(tmp_path / "lista.xlsx")
    table = read_table(tmp_path / "lista.xlsx")

    assert [row["preco"] for row in prepare(table, guess_all_columns(table.headings, table.rows)).values] == [
        "0.00",
        "0.00",
    ]


XML = """<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="Lista"><Table>
<Column/><Column ss:Hidden="1" ss:Span="1"/><Column/>
<Row><Cell><Data ss:Type="String">Produto</Data></Cell><Cell><Data ss:Type="String">Custo</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="String">Preço</Data></Cell></Row>
<Row ss:Hidden="1"><Cell><Data ss:Type="String">Café</Data></Cell><Cell><Data ss:Type="Number">3</Data></Cell>
<Cell ss:Index="4"><Data ss:Type="Number">5</Data></Cell></Row>
<Row><Cell><Data ss:Type="String">Pão</Data></Cell><Cell ss:Index="4"><Data ss:Type="Number">1</Data></Cell></Row>
</Table></Worksheet></Workbook>"""
PAGE = """<html><table><tr><th>Produto</th><th>Preço</th></tr><tr style="display: none"><td>Café</td><td>5</td></tr>
<tr><td>Pão</td><td>1</td></tr></table></html>"""


@pytest.mark.parametrize(
    ("content", "notes"),
    [
        (
            XML,
            (
                "Linhas ocultas ou filtradas na planilha também foram lidas: 1.",
                "Colunas ocultas na planilha também foram lidas: B.",
            ),
        ),
        (PAGE, ("Linhas ocultas ou filtradas na planilha também foram lidas: 1.",)),
    ],
)
def test_hidden_rows_and_columns_are_told_whatever_the_kind_of_file(
    tmp_path: Path, content: str, notes: tuple[str, ...]
) -> None:
    table = read(tmp_path, content)

    assert names_and_aside(table) == (["Café", "Pão"], {})
    assert table.notes == notes


def test_hidden_rows_of_another_sheet_are_not_counted(tmp_path: Path) -> None:
    book = Workbook()
    cover = book.active
    for text in ("Loja", "Rua", "Telefone"):
        cover.append([text])
    cover.row_dimensions[2].hidden = True
    cover.column_dimensions["A"].hidden = True
    products = book.create_sheet("Produtos")
    for row in (("Produto", "Preço"), ("Café", 5), ("Pão", 1)):
        products.append(row)
    book.save(tmp_path / "lista.xlsx")

    assert not any("ocult" in note for note in read_table(tmp_path / "lista.xlsx").notes)


def save_merged(file: Path) -> None:
    book = Workbook()
    for row in (
        ("Produto", "Tamanho", "Código", "Preço", "Estoque"),
        ("Camiseta", "P", "7", 49.9, 3),
        (None, "M", None, None, 4),
        ("Boné", "U", "8", 30, 5),
        ("Meia", "U", "9", 10, None),
    ):
        book.active.append(row)
    for place in ("A2:A3", "C2:C3", "D2:D3", "E4:E5"):
        book.active.merge_cells(place)
    book.save(file)


MERGED_PAGE = (
    "<table><tr><th>Produto<th>Tamanho<th>Código<th>Preço<th>Estoque</tr>"
    "<tr><td rowspan=2>Camiseta<td>P<td rowspan=2>7<td rowspan=2>49,90<td>3</tr><tr><td>M<td>4</tr>"
    "<tr><td>Boné<td>U<td>8<td>30,00<td rowspan=2>5</tr><tr><td>Meia<td>U<td>9<td>10,00</tr></table>"
)
MERGED_XML = (
    '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
    'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="P"><Table>'
    + "".join(
        f"<Row>{''.join(f'<Cell{how}><Data ss:Type={kind!r}>{text}</Data></Cell>' for how, kind, text in row)}</Row>"
        for row in (
            [("", "String", text) for text in ("Produto", "Tamanho", "Código", "Preço", "Estoque")],
            [
                (' ss:MergeDown="1"', "String", "Camiseta"), ("", "String", "P"), (' ss:MergeDown="1"', "String", "7"),
                (' ss:MergeDown="1"', "Number", "49.9"), ("", "Number", "3"),
            ],
            [(' ss:Index="2"', "String", "M"), (' ss:Index="5"', "Number", "4")],
            [
                ("", "String", "Boné"), ("", "String", "U"), ("", "String", "8"), ("", "Number", "30"),
                (' ss:MergeDown="1"', "Number", "5"),
            ],
            [("", "String", "Meia"), ("", "String", "U"), ("", "String", "9"), ("", "Number", "10")],
        )
    )
    + "</Table></Worksheet></Workbook>"
)  # fmt: skip


@pytest.mark.parametrize("content", ["workbook", MERGED_PAGE, MERGED_XML], ids=["workbook", "page", "xml"])
def test_a_merged_cell_is_of_all_its_rows_but_for_a_stock(tmp_path: Path, content: str) -> None:
    if content == "workbook":
        save_merged(tmp_path / "lista.csv")
        table = read_table(tmp_path / "lista.csv")
    else:
        table = read(tmp_path, content)

    prepared = prepare(table, guess_all_columns(table.headings, table.rows))

    assert [(one["nome"], one.get("sku"), one["preco"], one["saldo_inicial"]) for one in prepared.values] == [
        ("Camiseta P", "7", "49.90", 3), ("Camiseta M", None, "49.90", 4), ("Boné", "8", "30.00", 5),
    ]  # fmt: skip
    assert [(one.row.line, "mesclada" in one.reason) for one in prepared.refused] == [(5, True)]


def test_a_note_beside_a_list_makes_no_title_a_product(tmp_path: Path) -> None:
    book = Workbook()
    for row in (
        ("Produto", "Preço", "Estoque", "Aviso"),
        ("BEBIDAS",),
        ("Café", 5, 1, "conferir"),
        ("Chá", 4, 2),
        ("LIMPEZA",),
        ("Sabão", 3, 3),
        ("Rodo", 9, 1),
    ):
        book.active.append(row)
    book.active.merge_cells("D4:D7")
    book.save(tmp_path / "lista.xlsx")

    assert names_and_aside(read_table(tmp_path / "lista.xlsx"))[0] == ["Café", "Chá", "Sabão", "Rodo"]


@pytest.mark.parametrize(
    ("row", "is_read"), [("15,00;120,00/cx", False), ("30,00/un;240,00/cx", False), (";5,00/kg", True)]
)
def test_a_cost_of_a_box_tells_no_unit_of_a_price(tmp_path: Path, row: str, is_read: bool) -> None:
    names, aside = names_and_aside(read(tmp_path, f"Produto;Preço;Custo\nCafé;{row}\n"))

    assert (names, list(aside)) == ((["Café"], []) if is_read else ([], [2]))


@pytest.mark.parametrize("other", [("11", "12", "13", "14"), ("Torrado", "Do dia", "1 L", "Mate")])
def test_a_description_of_an_item_is_its_name_only_where_the_item_is_none(
    tmp_path: Path, other: tuple[str, ...]
) -> None:
    first, second = (other, FOUR) if other[0].isdigit() else (FOUR, other)
    rows = "".join(f"{one};{two};5,00\n" for one, two in zip(first, second, strict=True))
    table = read(tmp_path, f"Item;Item Description;Price\n{rows}")

    assert find_doubts(table, guess_all_columns(table.headings, table.rows)) == []
    assert names_and_aside(table) == (list(FOUR), {})


DBF = struct.pack("<B3BIHH20x", 3, 126, 11, 29, 1, 65, 21) + b"NOME".ljust(11, b"\0") + b"C" + bytes(20) + b"\r Caf"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"ID;PCALCOOO32\r\nF;P0\r\n", ".slk"),
        (b'TABLE\r\n0,1\r\n"EXCEL"\r\nVECTORS\r\n', ".dif"),
        (DBF, ".dbf"),
        (b'<?xml version="1.0"?>\n<office:document xmlns:office="urn:x"/>', ".fods"),
    ],
)
def test_other_formats_of_spreadsheets_are_named_with_what_to_do(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(TableUnreadable, match="salve-") as refused:
        read(tmp_path, content)

    assert sentence in str(refused.value)


@pytest.mark.parametrize("content", [b"1", b"0\n", b"12"])
def test_a_file_of_one_number_is_a_list_too(tmp_path: Path, content: bytes) -> None:
    assert [row.cells for row in read(tmp_path, content).rows] == [(content.decode().strip(),)]


def test_an_old_workbook_without_a_list_of_looks_is_read(tmp_path: Path) -> None:
    def record(kind: int, data: bytes) -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def label(row: int, column: int, text: bytes) -> bytes:
        return record(0x204, struct.pack("<HHHH", row, column, 0, len(text)) + text)

    start, end = record(0x809, struct.pack("<HHHH", 0x500, 5, 0, 0)), record(0x0A, b"")
    sheet = record(0x85, struct.pack("<IBBB", len(start) + len(end) + 16, 0, 0, 5) + b"Lista")
    page = record(0x809, struct.pack("<HHHH", 0x500, 0x10, 0, 0)) + label(0, 0, b"Produto") + label(0, 1, b"Preco")
    page += label(1, 0, b"Cafe") + record(0x203, struct.pack("<HHHd", 1, 1, 0, 5.0)) + end

    table = read(tmp_path, start + sheet + end + page)

    assert prepare(table, guess_all_columns(table.headings, table.rows)).values == [{"nome": "Cafe", "preco": "5.00"}]
