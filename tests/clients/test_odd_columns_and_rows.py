"""Codes that a format shows, second lists in a sheet, columns of quantities, texts that became dates."""

import struct
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from almoxarife.clients.desktop.cadastro.importing import words
from almoxarife.clients.desktop.cadastro.importing.rows import Prepared, prepare
from almoxarife.tables.cells import Table, TableUnreadable
from almoxarife.tables.columns import find_doubts, guess_all_columns
from almoxarife.tables.reader import read_table
from tests.clients.test_ods import row as ods_row
from tests.clients.test_ods import saved as ods
from tests.clients.test_ods import text as ods_text

MANY = ("Café", "Pão", "Leite", "Queijo", "Presunto")


def read(folder: Path, content: str | bytes) -> Table:
    file = folder / "lista.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(file)


def prepared(table: Table) -> Prepared:
    return prepare(table, guess_all_columns(table.headings, table.rows))


def aside(one: Prepared) -> dict[int, str]:
    return {each.row.line: each.reason for each in (*one.refused, *one.left_out, *one.remarks)}


def ods_number(value: str, shown: str) -> str:
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{shown}</text:p>'
        "</table:table-cell>"
    )


def column(heading: str, cells: tuple[str, ...]) -> str:
    return f"Produto;{heading}\n" + "".join(f"{name};{cell}\n" for name, cell in zip(MANY, cells, strict=True))


# --- codes as their format shows them ---------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        ("0000", "0007"),
        ('"P-"000', "P-007"),
        ("000\\-000", "000-007"),
        ("[$-416]00000\\-000;@", "00000-007"),
        ("0", "7"),
        ("0.00", "7"),
        ("#,##0", "7"),
        ('0" un"', "7"),
    ],
)
def test_a_code_is_what_its_cell_shows(tmp_path: Path, shape: str, code: str) -> None:
    book = openpyxl.Workbook()
    for cells in (("Código", "Produto"), (7, "Café"), (1234567890, "Pão")):
        book.active.append(cells)
    book.active["A2"].number_format = shape
    book.save(tmp_path / "lista.xlsx")

    table = read_table(tmp_path / "lista.xlsx")

    assert [values["sku"] for values in prepared(table).values] == [code, "1234567890"]


def test_a_number_that_is_longer_than_its_format_keeps_all_its_digits(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (("Código", "Produto"), (1234567, "Café")):
        book.active.append(cells)
    book.active["A2"].number_format = '"P-"00\\.00'
    book.save(tmp_path / "lista.xlsx")

    assert prepared(read_table(tmp_path / "lista.xlsx")).values[0]["sku"] == "P-12345.67"


@pytest.mark.parametrize(
    ("value", "shown", "code"),
    [
        ("7", "0007", "0007"),
        ("12", "P-012", "P-012"),
        ("1234", "001.234", "001.234"),
        ("7", "7", "7"),
        ("8", "07", "8"),
    ],
)
def test_a_code_of_libreoffice_is_what_its_cell_shows(tmp_path: Path, value: str, shown: str, code: str) -> None:
    cell = ods_number(value, shown)
    file = ods(tmp_path, ods_row(ods_text("Código"), ods_text("Produto")) + ods_row(cell, ods_text("Café")))

    assert prepared(read_table(file)).values[0]["sku"] == code


@pytest.mark.parametrize(
    ("shape", "is_foreign"),
    [("[$US$-409]#,##0.00", True), ("[$€-2] #,##0.00", True), ('"USD" 0.00', True), ('"R$" #,##0.00', False)],
)
def test_an_amount_in_another_currency_is_no_price(tmp_path: Path, shape: str, is_foreign: bool) -> None:
    book = openpyxl.Workbook()
    for cells in (("Produto", "Preço"), ("Café", 5), ("Pão", 1.5)):
        book.worksheets[0].append(cells)
    book.worksheets[0]["B3"].number_format = shape
    book.save(tmp_path / "lista.xlsx")
    one = prepared(read_table(tmp_path / "lista.xlsx"))

    assert [values["preco"] for values in one.values] == (["5.00"] if is_foreign else ["5.00", "1.50"])
    assert all("1,5”: a planilha mostra o valor em outra moeda" in reason for reason in aside(one).values())


def test_nothing_is_no_code_of_zeros(tmp_path: Path) -> None:
    cell = ods_number("0", "0.000")
    file = ods(tmp_path, ods_row(ods_text("Produto"), ods_text("Estoque")) + ods_row(ods_text("Café"), cell))

    assert prepared(read_table(file)).values == [{"nome": "Café", "saldo_inicial": 0}]


def test_a_code_of_an_xml_workbook_is_what_its_cell_shows(tmp_path: Path) -> None:
    cells = "".join(f'<Cell><Data ss:Type="String">{word}</Data></Cell>' for word in ("Código", "Produto"))
    content = (
        '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"'
        ' xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Styles><Style ss:ID="s1"><NumberFormat'
        f' ss:Format="0000"/></Style></Styles><Worksheet ss:Name="A"><Table><Row>{cells}</Row>'
        '<Row><Cell ss:StyleID="s1"><Data ss:Type="Number">7</Data></Cell>'
        '<Cell><Data ss:Type="String">Café</Data></Cell></Row></Table></Worksheet></Workbook>'
    )

    assert prepared(read(tmp_path, content)).values[0]["sku"] == "0007"


def test_a_code_of_an_old_workbook_is_what_its_cell_shows(tmp_path: Path) -> None:
    def biff(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def label(line: int, at: int, word: str) -> bytes:
        return biff(0x204, struct.pack("<HHHHB", line, at, 0, len(word), 0) + word.encode("latin-1"))

    shape = '"P-"000'
    sheet = b"".join(
        [
            biff(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x07CC, 0, 6)),
            label(0, 0, "Código"),
            label(0, 1, "Produto"),
            biff(0x203, struct.pack("<HHHd", 1, 0, 1, 7.0)),
            label(1, 1, "Café"),
            biff(0x0A, b""),
        ]
    )
    start = biff(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x07CC, 0, 6))
    formats = biff(0x41E, struct.pack("<HHB", 164, len(shape), 0) + shape.encode())
    looks = b"".join(biff(0xE0, struct.pack("<HH", 0, key) + bytes(16)) for key in (0, 164))
    fonts = biff(0x31, struct.pack("<HHHHHBBBBBB", 200, 0, 8, 400, 0, 0, 0, 0, 0, 1, 0) + b"A") * 4
    names = struct.pack("<BB", 1, 0) + b"A"
    at = len(start + fonts + formats + looks) + 4 + 6 + len(names) + 4
    globals_ = start + fonts + formats + looks + biff(0x85, struct.pack("<IH", at, 0) + names) + biff(0x0A, b"")
    (tmp_path / "lista.xls").write_bytes(globals_ + sheet)

    assert prepared(read_table(tmp_path / "lista.xls")).values[0]["sku"] == "P-007"


# --- a second list in the sheet ---------------------------------------------------------------


@pytest.mark.parametrize("second", ["Produto;Estoque", "Estoque;Produto", "Descrição;Qtd"])
def test_rows_below_other_headings_are_read_by_none_of_the_first(tmp_path: Path, second: str) -> None:
    one = prepared(read(tmp_path, f"Produto;Preço\nCafé;5,00\nPão;1,00\n\n{second}\nChá;2;3\nMel;7;3\n"))

    assert [values["nome"] for values in one.values] == ["Café", "Pão"]
    told = aside(one)
    assert "outra linha de títulos" in told.pop(5)
    assert list(told) == [6, 7]
    assert all("outros títulos (linha 5)" in reason for reason in told.values())


def test_rows_above_the_headings_of_a_longer_list_are_read_if_their_columns_are_the_same(tmp_path: Path) -> None:
    one = prepared(read(tmp_path, "Produto;Preço\nCafé;5,00\nPadaria\nDescrição;Valor;Estoque\nChá;2,00;1\n"))

    assert one.values == [{"nome": "Café", "preco": "5.00"}, {"nome": "Chá", "preco": "2.00", "saldo_inicial": 1}]
    assert sorted(aside(one)) == [1, 3]


def test_the_title_of_a_part_of_the_list_is_no_product(tmp_path: Path) -> None:
    one = prepared(read(tmp_path, "Produto;Preço\nCafé;5,00\nPADARIA\nProduto;Valor\nPão;1,00\n"))

    assert [values["nome"] for values in one.values] == ["Café", "Pão"]
    assert sorted(aside(one)) == [3, 4]


def test_rows_above_the_headings_of_a_longer_list_are_told(tmp_path: Path) -> None:
    one = prepared(read(tmp_path, "Preço;Produto\n5,00;Café\nPadaria\nProduto;Preço;Estoque\nChá;2,00;1\n"))

    assert one.values == [{"nome": "Chá", "preco": "2.00", "saldo_inicial": 1}]
    assert "outros títulos (linha 1)" in aside(one)[2]


@pytest.mark.parametrize("again", ["Produto;Preço", "Produto;;Estoque", "PRODUTO;Preço (R$)"])
def test_a_list_goes_on_below_its_own_headings(tmp_path: Path, again: str) -> None:
    content = f"Produto;Preço;Estoque\nCafé;5,00;3\n{again}\nChá;2,00;1\nLivro;;\nItem;UN;\n"
    names = [values["nome"] for values in prepared(read(tmp_path, content.replace("Item;UN;", "Item;1,00;"))).values]

    assert names[:2] == ["Café", "Chá"]
    assert names[-1] == "Item"


def test_a_product_named_as_a_heading_ends_no_list(tmp_path: Path) -> None:
    one = prepared(read(tmp_path, "Produto;Unidade;Marca\nItem;UN;Acme\nKit;Unidade;Marca\nTítulo;Caixa;\nMel;UN;\n"))

    assert [values["nome"] for values in one.values] == ["Item", "Kit", "Título", "Mel"]


def test_a_list_beside_the_first_is_told(tmp_path: Path) -> None:
    table = read(tmp_path, "Produto;Preço;;Produto;Preço\nCafé;5,00;;Chá;2,00\nPão;1,00;;;\n")
    doubts = find_doubts(table, guess_all_columns(table.headings, table.rows))

    assert len(doubts) == 1
    assert "outra lista ao lado, a partir da coluna D" in doubts[0]
    assert doubts[0] in words.read_sentence(table, doubts)


@pytest.mark.parametrize(
    ("rows", "names"),
    [
        (("Produto", "Café", "Sal", "Produto", "Chá"), ["Café", "Sal", "Chá"]),
        (("Produto;Preço", "Café;5,00", "Pão", "Sal", "Produto;Preço", "Chá;4,00"), ["Café", "Pão", "Sal", "Chá"]),
        (("Produto;Preço", "Café;5,00", "CHÁS", "Produto;Preço", "Chá;4,00"), ["Café", "Chá"]),
    ],
)
def test_the_last_product_of_a_page_is_no_title_of_the_next(
    tmp_path: Path, rows: tuple[str, ...], names: list[str]
) -> None:
    table = read(tmp_path, "\n".join(rows))

    assert [values["nome"] for values in prepare(table, {"nome": 0}).values] == names


def test_a_second_name_is_no_second_list(tmp_path: Path) -> None:
    table = read(tmp_path, "Produto;Preço;Produto\nCafé;5,00;Café 500 g\nPão;1,00;\n")

    (doubt,) = find_doubts(table, guess_all_columns(table.headings, table.rows))
    assert "mais de uma coluna" in doubt


# --- columns ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heading", "cells", "cost"),
    [
        ("Preço;Compra", ("5,00;3", "1,00;10", "4,50;7", "30,00;4", "28,90;2"), None),
        ("Estoque;Compra", ("5;3", "1;10", "4;7", "30;1.200", "28;2"), None),
        ("Venda;Compra", ("5;3", "10;8", "4;2", "30;20", "28;20"), 3),
        ("Preço;Compra", ("5,00;3,50", "1,00;1", "4,50;3", "30,00;20", "28,90;20"), "3.50"),
        ("Preço;Compra", ("5,00;R$ 3", "1,00;R$ 1", "4,50;R$ 3", "30,00;R$ 20", "28,90;R$ 20"), "3.00"),
        ("Preço;Custo", ("5,00;3", "1,00;1", "4,50;3", "30,00;20", "28,90;20"), "3.00"),
        ("Preço;Compra (R$)", ("159,90;80", "1,00;10", "4,50;7", "39,90;20", "28,90;20"), "80.00"),
        ("Preço;Compra", ("159,90;80", "199,90;100", "49,90;25", "39,90;20", "18,90;20"), 80),
        ("Preço de venda;Compra", ("1.159,90;1.080", "199,90;100", "49,90;", "39,90;20", "18,90;10"), 1080),
    ],
)
def test_how_much_is_bought_is_no_cost(tmp_path: Path, heading: str, cells: tuple[str, ...], cost: Any) -> None:
    table = read(tmp_path, column(heading, cells))
    columns = guess_all_columns(table.headings, table.rows)

    assert ("custo" in columns) is (cost is not None)
    doubts = find_doubts(table, columns)
    named = "“Compra” e “Venda”:" if heading.startswith("Venda") else "“Compra”:"
    assert [doubt.partition(" pode")[0] for doubt in doubts] == ([named] if isinstance(cost, int) else [])
    if isinstance(cost, str):
        assert prepare(table, columns).values[0]["custo"] == cost


@pytest.mark.parametrize(
    ("cells", "field"), [(("3", "10", "7", "4", "2"), "saldo_inicial"), (("UN", "KG", "UN", "UN", "PCT"), "unidade")]
)
def test_units_are_a_stock_where_they_are_counted(tmp_path: Path, cells: tuple[str, ...], field: str) -> None:
    table = read(tmp_path, column("Unidades", cells))

    assert guess_all_columns(table.headings, table.rows) == {"nome": 0, field: 1}


@pytest.mark.parametrize(
    ("headings", "columns"),
    [
        ("Produto;Preço de;Preço por", {"nome": 0, "preco": 2}),
        ("Produto;De;Por", {"nome": 0, "preco": 2}),
        ("Produto;Preço concorrente;Nosso preço", {"nome": 0, "preco": 2}),
        ("Produto;Preço cartão;Preço dinheiro", {"nome": 0, "preco": 2}),
        ("Produto;Estoque inicial;Entradas;Estoque final", {"nome": 0, "saldo_inicial": 3}),
        ("Produto;Saldo inicial", {"nome": 0, "saldo_inicial": 1}),
        ("Produto - Descrição;PV", {"nome": 0, "preco": 1}),
        ("Nome do item;Preço do item;Estoque do item", {"nome": 0, "preco": 1, "saldo_inicial": 2}),
        ("Título do anúncio;Preço;Unidades em estoque", {"nome": 0, "preco": 1, "saldo_inicial": 2}),
    ],
)
def test_of_two_columns_the_one_is_taken_that_holds_today(headings: str, columns: dict[str, int]) -> None:
    assert guess_all_columns(headings.split(";")) == columns


@pytest.mark.parametrize(
    ("heading", "is_name"),
    [("Insumo", True), ("Sabor", True), ("Equipamento", True), ("Marca", False), ("Cliente", False), ("Cor", False)],
)
def test_an_unknown_heading_is_of_names_where_nothing_else_can_be(tmp_path: Path, heading: str, is_name: bool) -> None:
    content = column("Preço", ("5,00", "1,00", "4,50", "30,00", "28,90")).replace("Produto", heading, 1)
    table = read(tmp_path, content)

    assert ("nome" in guess_all_columns(table.headings, table.rows)) is is_name


@pytest.mark.parametrize(
    "content",
    [
        "Equipamento;Detalhe;Preço\nCafé;a b;5,00\nPão;c d;1,00\nChá;e f;2,00\nMel;g h;3,00\n",
        "Equipamento;Preço\nCafé;5,00\nPão;1,00\nCafé;2,00\nMel;3,00\n",
        "Equipamento;Preço\nCafé;5,00\nPão;1,00\n",
        "Equipamento;Tamanho\nCafé;P\nPão;M\nChá;G\nMel;GG\n",
    ],
)
def test_a_column_of_names_is_not_guessed_where_it_is_not_clear(tmp_path: Path, content: str) -> None:
    table = read(tmp_path, content)

    assert "nome" not in guess_all_columns(table.headings, table.rows)


# --- rows -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "last",
    [
        *("Valor total;R$ 6,00", "Custo total: 6,00", "2 itens", "2 produtos cadastrados;", "Saldo total;13"),
        *("Total da nota;6,00", "Total a pagar: 6,00", "Valor total do pedido;6", "Total líquido;6,00"),
        *("Preços válidos até 30/11;", "*sujeito a alteração", "Contato: (11) 99999-1234;", "Ligue 11 3333-4444"),
        *("www.lojadoze.com.br", "vendas@loja.com.br;", "Assinatura: ______", "// fim", "# 2 linhas", "*** FIM ***"),
        *("*** Página 1 de 2 ***", "Continua na próxima página", "Fazemos entrega", "TOTAL ==>;6,00", "T O T A L;6,00"),
        *("Tot. Geral;6,00", "Somatório geral;6,00", "Grand Total;6,00", "Valor do estoque;6,00", "Bebidas:;"),
        *("--- Bebidas ---;", "* Preços sujeitos a alteração", "Obrigado pela preferência!", "1 de 3;", "Volte sempre"),
        *("Desenvolvido por ABC;", "Frete grátis acima de R$ 200;", "Visto do caixa ________;", "Atenciosamente,"),
    ],
)
def test_a_list_ends_with_what_is_no_product(tmp_path: Path, last: str) -> None:
    one = prepared(read(tmp_path, f"Produto;Preço\nCafé;5,00\nPão;1,00\n{last}\n"))

    assert (len(one.values), list(aside(one))) == (2, [4])


@pytest.mark.parametrize(
    "name", ["2 itens para festa", "Kit 3 produtos", "Porta-valor total flex", "Frete", "Total da Terra", "Data show"]
)
def test_a_product_is_not_taken_for_a_sum(tmp_path: Path, name: str) -> None:
    assert len(prepared(read(tmp_path, f"Produto;Preço\nCafé;5,00\n{name};1,00\n")).values) == 2


def test_a_text_that_became_a_date_is_no_name_and_no_code(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for cells in (
        ("Código", "Produto"),
        ("a1", date(2026, 5, 1)),
        (date(2026, 5, 1), "Pão"),
        ("a3", "Agenda 01/05/2026"),
    ):
        book.active.append(cells)
    book.save(tmp_path / "lista.xlsx")

    one = prepared(read_table(tmp_path / "lista.xlsx"))

    assert one.values == [{"nome": "Pão"}, {"nome": "Agenda 01/05/2026", "sku": "a3"}]
    assert "mostra uma data" in aside(one)[2]
    assert "01/05/2026" in aside(one)[3]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"RIFF\x10\0\0\0WEBPVP8 ", "imagem"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"></svg>', "imagem"),
        (b"BZh91AY&SY", "Extraia"),
        (b"\xfd7zXZ\0\0", "Extraia"),
        (b"[InternetShortcut]\r\nURL=https://docs.google.com/x\r\n", "atalho"),
        (b'[\n  {\n    "nome": "Cola"\n  }\n]\n', "dados de um programa"),
        (b'{\n  "produtos": [{"nome": "Cola"}]}\n', "dados de um programa"),
        (b"-- MySQL dump 10\n\nINSERT INTO p VALUES (1);\n", "dados de um programa"),
        (b"/*!40101 SET NAMES utf8 */;\nINSERT INTO p VALUES (1);\n", "dados de um programa"),
        (b"010000101003990003PICANHA\n010000102002590005ALCATRA\n", "balan.a"),
        (b"000101PPICANHA               0003990003\n000102PALCATRA               0002590005\n", "balan.a"),
        (b"7891000315507000012\n7891000053508000005\n", "coletor"),
        (b"<nfeProc><NFe><infNFe><xProd>Cola</xProd></infNFe></NFe></nfeProc>", "nota fiscal"),
    ],
)
def test_what_is_no_list_is_told_by_its_beginning(tmp_path: Path, content: bytes, says: str) -> None:
    with pytest.raises(TableUnreadable, match=says):
        read(tmp_path, content)


@pytest.mark.parametrize("row", ["35693803564380{};Celular;1200,00", "10000{}CAMISETA POLO;AZUL;39,90;7891230"])
def test_codes_of_many_digits_in_columns_are_no_file_of_a_scale(tmp_path: Path, row: str) -> None:
    assert len(read(tmp_path, "".join(f"{row.format(number)}\n" for number in (1, 2))).rows[0].cells) > 2


@pytest.mark.parametrize("first", ["[Promo] Café;5,00", "-- Café --;5,00", "(Café);5,00", '"Café";5,00', "<Café>;5,00"])
def test_a_list_may_begin_with_a_sign(tmp_path: Path, first: str) -> None:
    assert len(read(tmp_path, f"{first}\nPão;1,00\n").rows) == 2


# --- rows between products -----------------------------------------------------------------


def test_titles_and_sums_of_groups_are_no_products(tmp_path: Path) -> None:
    rows = (
        "BEBIDAS;;;\nCoca-Cola;UN;9,99;24\nGuaraná;UN;7,49;18\nSubtotal bebidas;;;42\n"
        "Limpeza;;;\nDetergente;UN;2,39;60\nSabão;UN;4,50;30\nTotal de limpeza;;;90\nTOTAL GERAL;;;132\n"
    )
    found = prepared(read(tmp_path, f"Produto;Un;Preço;Qtd\n{rows}"))

    assert [values["nome"] for values in found.values] == ["Coca-Cola", "Guaraná", "Detergente", "Sabão"]
    assert sorted(aside(found)) == [2, 5, 6, 9, 10]


@pytest.mark.parametrize(
    ("rows", "outside"),
    [
        ("Frete;;;15,00\nDesconto;;;-5,00\nAcréscimo (2%);;;1,00\nTaxa de entrega:;;;3,00\n", [4, 5, 6, 7]),
        ("Couvert;;15,00;12\nSinal;;9,90;85311090\nFrete;;15,00;15,00\n", [6]),
        ("Frete;;15,00;15,00\nICMS ST;;;1,00\nTroco;;;0\nMel;;;\n", [4, 5, 6]),
        ("Frete;1;15,00;15,00\nSeguro;;5,00;\nEntrada;2;9,00;18,00\n", []),
    ],
)
def test_what_an_order_adds_to_its_products_is_none_of_them(tmp_path: Path, rows: str, outside: list[int]) -> None:
    found = prepared(read(tmp_path, f"Produto;Qtd;Valor unit.;Valor total\nCafé;1;5,00;5,00\nPão;2;1,00;2,00\n{rows}"))

    assert sorted(aside(found)) == outside


@pytest.mark.parametrize(
    ("numbers", "outside"),
    [(("30", "3"), [2, 5]), (("30", "4"), []), (("31", "3"), []), (("1.030,5", "3"), [2, 5])],
)
def test_a_group_with_the_sum_of_its_products_is_none(
    tmp_path: Path, numbers: tuple[str, str], outside: list[int]
) -> None:
    first = "1.010,5" if "." in numbers[0] else "10"
    rows = f";Mercearia;{numbers[0]};\n1;Café;{first};5,00\n2;Pão;20;1,00\n;Limpeza;{numbers[1]};\n3;Sabão;3;4,00\n"

    assert sorted(aside(prepared(read(tmp_path, f"Código;Produto;Saldo;Preço\n{rows}")))) == outside


@pytest.mark.parametrize(
    ("rows", "outside"),
    [
        ("Café;1;5\nChá;1;3\nTotal Bebidas;;8\nSabão;1;2\nTotal Limpeza;;2\nTotal geral;;10\n", [4, 6, 7]),
        ("Café;1;5\nChá;1;3\nBebidas Total;;8\nSabão;1;2\nMultiuso Total;;3\n", [4]),
        ("Café;1;5\nChá;1;3\nMultiuso Total;1;8\n", []),
        ("Café;1;5\nMultiuso Total;;5\n", []),
        ("Café;1;0\nChá;1;0\nMultiuso Total;;0\n", []),
        ("Café;1;5\nChá;1;3\nBebidas Total;;8\nSabão;1;0\nLimpeza Total;;0\n", [4, 6]),
    ],
)
def test_a_sum_below_a_group_is_told_by_its_number(tmp_path: Path, rows: str, outside: list[int]) -> None:
    assert sorted(aside(prepared(read(tmp_path, f"Produto;Preço;Estoque\n{rows}")))) == outside


@pytest.mark.parametrize(
    ("rows", "outside"),
    [("Observações\nTroca;em 7 dias\nObrigado\n", [6, 7, 8]), ("Observações\nBoné;20,00;\nMeia;9,00;\n", [])],
)
def test_remarks_below_a_list_have_no_prices(tmp_path: Path, rows: str, outside: list[int]) -> None:
    table = read(tmp_path, f"Produto;Preço;Estoque\nCafé;5,00;1\nPão;1,00;2\nMel;9,00;3\n\n{rows}")

    assert sorted(aside(prepared(table))) == outside


@pytest.mark.parametrize(
    ("rows", "outside"),
    [
        ("\nResumo\nItens;2\nMaior preço;5,00\n", [5, 6, 7]),
        ("\nFornecedor;Telefone\nJoão;1199999\n", [5, 6]),
        ("Resumo\nItens;2\n", []),
        ("\nLinha;5,00\nBox;2,00\n", []),
        ("Mel;9,00\n_________\nAna da Silva\nGerente;\n", [5, 6, 7]),
        ("Mel;9,00\n\nSal;\n\nAna da Silva\n", [6, 8]),
        ("Mel;9,00\nSal;\n\nAna da Silva\n", []),
        ("Mel;9,00\n\nSal;\nChá;\nAlho\n", []),
        ("\nMel;9,00\nSal;1,00\n\nAlho\n", []),
        ("Mel;9,00\n\nObrigado!\nAna da Silva\nGerente\n", [6, 7, 8]),
        ("\nANOTAÇÕES\nCaderneta;5,00\nBloco;2,00\n", []),
    ],
)
def test_what_stands_apart_below_a_list_is_no_part_of_it(tmp_path: Path, rows: str, outside: list[int]) -> None:
    table = read(tmp_path, f"Produto;Preço\nCafé;5,00\nPão;1,00\n{rows}")

    assert sorted(aside(prepared(table))) == outside


@pytest.mark.parametrize(
    "names",
    [
        ("Filtro 234100-7520", "Farol Gol 16 2010-2014", "Junta 94 1994-2002", "Rolamento 6204 2024"),
        ("**Café**", "**Pão**", "**Chá**"),
        ("# 8 lixa", "# 10 lixa", "Cola"),
    ],
)
def test_a_name_alone_may_have_numbers_and_signs(tmp_path: Path, names: tuple[str, ...]) -> None:
    found = prepared(read(tmp_path, "\n".join(["Produto;Preço", *(f"{name};" for name in names)]) + "\n"))

    assert [one["nome"] for one in found.values] == [*names]


def test_a_product_that_begins_like_a_sum_stays_one(tmp_path: Path) -> None:
    rows = "Total Flex;UN;9,99;24\nTotal Limpeza;;7,49;18\nSabão;UN;2,39;60\nMel;UN;1,00;2\nLimpeza;;;\n"

    assert [one["nome"] for one in prepared(read(tmp_path, f"Produto;Un;Preço;Qtd\n{rows}")).values][:2] == [
        "Total Flex",
        "Total Limpeza",
    ]


def test_a_price_in_the_column_of_names_is_no_name(tmp_path: Path) -> None:
    rows = "\tCafé\nSKU: C1\tR$ 19,90\t10\n\tTudo a R$ 1,99\t1,99\n"
    found = prepared(read(tmp_path, f"Foto\tProduto\tPreço\tEstoque\n{rows}"))

    assert [values["nome"] for values in found.values] == ["Café", "Tudo a R$ 1,99"]
    assert "Produto “R$ 19,90”: parece um preço" in aside(found)[3]


@pytest.mark.parametrize("name", ["-", ".", "?", "***", "----"])
def test_a_name_without_letters_or_digits_is_none(tmp_path: Path, name: str) -> None:
    found = prepared(read(tmp_path, f"Produto;Preço\nCafé;5,00\n{name};2,00\n½;1,00\n"))

    assert [values["nome"] for values in found.values] == ["Café", "½"]
    assert f"Produto “{name}”: não é um nome." in aside(found)[3]


@pytest.mark.parametrize(
    "text", ["Total - Bebidas", "Totais: bebidas e doces", "Total – Geral", "Sub-total de bebidas"]
)
def test_a_sum_that_names_what_it_sums_is_no_product(tmp_path: Path, text: str) -> None:
    found = prepared(read(tmp_path, f"Produto;Preço\nCafé;5,00\n{text};5,00\nTotal Flex;1,00\n"))

    assert [values["nome"] for values in found.values] == ["Café", "Total Flex"]
