"""Lists as shops and their programs save them: what would be imported, what is refused, and no row without a word."""

import re
import sys
import time
import tracemalloc
import zipfile
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from almoxarife.clients.desktop.cadastro.importing.rows import prepare
from almoxarife.tables import notation
from almoxarife.tables.cells import Dialect, TableUnreadable, Unusable
from almoxarife.tables.columns import guess_columns
from almoxarife.tables.notation import Notation
from almoxarife.tables.reader import read_table
from almoxarife.tables.text import delimited, encodings
from almoxarife.wire.catalog import ProductIn

LISTS = Path(__file__).parent.parent / "lists"
GTIN = "7891000315507"
AS_IT_COMES = Dialect()


def understood(file, *, columns=None, decimal_point=None, dialect=AS_IT_COMES):
    """The products by line, and why each other line is none."""
    table = read_table(file, dialect=dialect)
    found = guess_columns(table.headings, table.rows) if columns is None else columns
    prepared = prepare(table, found, decimal_point=decimal_point)
    products, refused = {}, {one.row.line: one.reason for one in prepared.refused}
    for values, row in zip(prepared.values, prepared.sources, strict=True):
        try:
            ProductIn.model_validate(values)
            products[row.line] = values
        except ValidationError as error:
            refused[row.line] = str(error)
    left_out = {one.row.line: one.reason for one in prepared.left_out}
    assert len(products) + len(refused) + len(left_out) == len(table.rows) + len(table.left_out)
    return products, refused, left_out


def text_file(folder, content, name="lista.csv"):
    file = folder / name
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def names(products):
    return [values["nome"] for values in products.values()]


def test_rows_that_end_early_do_not_make_the_decimal_comma_a_delimiter():
    products, refused, _ = understood(LISTS / "ragged.csv")

    assert {line: (one["nome"], one["preco"]) for line, one in products.items()} == {
        2: ("Cano", "10.00"), 3: ("Joelho", "5.00"), 4: ("Luva", "6.00"), 5: ("Tê", "7.00"), 6: ("Curva", "8.00"),
    }  # fmt: skip
    assert refused == {}


def test_a_quote_that_is_not_closed_takes_no_other_row_along():
    products, refused, _ = understood(LISTS / "unclosed-quote.csv")

    assert len(products) == 32
    assert list(refused) == [14]
    assert "aspas" in refused[14]
    assert products[15]["nome"] == "Peça 1"


def test_a_quote_that_is_closed_by_another_slip_swallows_nothing(tmp_path):
    rows = [f"Produto {n};{n},50;x" for n in range(1, 30)]
    rows[9], rows[19] = 'Cano;1,00;"3/4', 'Joelho;1,00;1/2"'
    file = text_file(tmp_path, "\n".join(["Produto;Preço;Obs", *rows]))

    products, refused, _ = understood(file)

    assert len(products) + len(refused) == 29
    assert set(refused) == set(range(11, 22))
    assert "linha 11" in refused[12]


def test_two_inches_do_not_make_one_product_of_two(tmp_path):
    for text in ('Produto;Preço\n"Tubo 3/4"";1,00\nCano 1/2";2,00\nCola;3,00\n',
                 'Produto;Obs;Preço\nTubo;"3/4"";1,00\nCano;1/2";2,00\nCola;;3,00\n'):  # fmt: skip
        products, refused, _ = understood(text_file(tmp_path, text))
        assert (names(products), set(refused)) == (["Cola"], {2, 3})


def test_a_row_with_more_cells_than_headings_is_refused_and_not_cut():
    products, refused, _ = understood(LISTS / "more-cells-than-headings.csv")

    assert products == {}
    assert list(refused) == [2, 3, 4]
    assert all("3 colunas e os títulos são 2" in reason for reason in refused.values())


def test_the_first_row_of_a_file_without_headings_is_a_product():
    by_hand = {"codigo_barras": 0, "nome": 1, "preco": 2}
    products, refused, _ = understood(LISTS / "no-headings.txt", columns=by_hand)

    assert products == {
        1: {"nome": "Ameixa kg", "sku": "30", "preco": "15.97"},  # shelf codes are no barcodes
        2: {"nome": "Abóbora kg", "sku": "40", "preco": "8.89"},
        3: {"nome": "Café 500 g", "codigo_barras": GTIN, "preco": "19.90"},
    }
    assert refused == {}
    products, refused, _ = understood(LISTS / "no-headings.txt", columns={"nome": 1, "preco": 2})
    assert [one["preco"] for one in products.values()] == ["15.97", "8.89", "19.90"]


@pytest.mark.parametrize("name", ["dos.csv", "old-mac.csv", "two-code-pages.csv", "encoded-twice.csv"])
def test_accents_of_other_code_pages_are_read(name):
    products, refused, _ = understood(LISTS / name)

    assert names(products) == ["Açúcar cristal", "Pão francês", "Limão siciliano"]
    assert refused == {}


WORDS = "Produto;Preço\nAçúcar;5,49\nPão francês;1,00\nÓleo de coco;2,00\nMAÇÃ;3,00\nTubo 10 m²;4,00\n"


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850", "mac_roman", "utf-16", "utf-16-le", "utf-16-be"])
def test_each_encoding_gives_the_same_names(tmp_path, encoding):
    text = WORDS if encoding != "mac_roman" else WORDS.replace("²", "")
    products, _, _ = understood(text_file(tmp_path, text.encode(encoding)))

    assert names(products)[:4] == ["Açúcar", "Pão francês", "Óleo de coco", "MAÇÃ"]


def test_letters_that_are_lost_or_cannot_be_told_refuse_their_row(tmp_path):
    lost = text_file(tmp_path, "Produto;Preço\nP\ufffdo;1,00\nCola;2,00\n")
    products, refused, _ = understood(lost)
    assert (names(products), list(refused)) == (["Cola"], [2])

    odd = text_file(tmp_path, b"Produto;Preco\nP\xc6\x87o;1,00\n\xd0\xd1\xde\xfe;1,00\n")
    products, refused, _ = understood(odd)
    assert 3 in refused
    assert "acentos" in refused[3]
    assert encodings.decode("Pão;".encode("cp850"), "cp850")[0] == "Pão;"


def test_a_column_shows_which_sign_stands_before_its_decimals():
    products, refused, _ = understood(LISTS / "decimal-points.csv")

    assert {line: one["preco"] for line, one in products.items()} == {3: "12.90"}
    assert set(refused) == {2, 4}
    assert "2 casas" in refused[2]
    products, refused, _ = understood(LISTS / "decimal-points.csv", decimal_point=False)
    assert products == {}
    assert set(refused) == {2, 3, 4}


def test_a_comma_before_three_digits_is_not_thousands_because_another_price_has_a_point(tmp_path):
    file = text_file(tmp_path, "Produto;Preço\nGasolina;5,899\nPão;12.90\nEtanol;4.199\n")

    products, refused, _ = understood(file)
    assert ([one["preco"] for one in products.values()], set(refused)) == (["12.90"], {2, 4})
    assert "milhares ou decimais" in refused[2]


def test_an_undecidable_column_is_asked_about(tmp_path):
    file = text_file(tmp_path, "Produto;Preço\nGasolina;5.890\nEtanol;4.190\nPão;12\n")

    products, refused, _ = understood(file)
    assert (names(products), set(refused)) == (["Pão"], {2, 3})
    assert "milhares ou decimais" in refused[2]
    products, _, _ = understood(file, decimal_point=True)
    assert [one["preco"] for one in products.values()] == ["5.89", "4.19", "12.00"]
    products, _, _ = understood(file, decimal_point=False)
    assert [one["preco"] for one in products.values()] == ["5890.00", "4190.00", "12.00"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["5.899", "12.90"], Notation.POINT),
        (["20,240", "1.713,360"], Notation.COMMA),
        (["0,500"], Notation.COMMA),
        (["0.500", "2"], Notation.POINT),
        (["1.234.567", "R$ 3"], Notation.COMMA),
        (["1,234.5"], Notation.POINT),
        (["1.000", "2.500"], Notation.UNDECIDED),
        (["1,50", "1.5"], Notation.BOTH),
        (["5,899", "12.90", "4.199"], Notation.BOTH),
        (["5,899", "12.90", "1,234.50"], Notation.POINT),
        (["5.899", "12,90"], Notation.COMMA),
        (["10", "abc", "", "5607.49.00"], Notation.EITHER),
    ],
)
def test_a_notation_is_told_by_the_whole_column(texts, expected):
    assert notation.detect(texts) is expected


def test_an_export_of_an_erp_needs_no_column_chosen_by_hand():
    table = read_table(LISTS / "export-of-an-erp.csv")
    columns = guess_columns(table.headings, table.rows)
    assert {field: table.headings[at] for field, at in columns.items()} == {
        "nome": "Descrição", "unidade": "Unidade", "codigo_barras": "GTIN/EAN", "estoque_minimo": "Estoque minimo",
        "preco": "Preço",
    }  # fmt: skip
    products, refused, _ = understood(LISTS / "export-of-an-erp.csv")
    assert list(products.values()) == [
        {"nome": "Cola escolar", "unidade": "UN", "codigo_barras": GTIN, "estoque_minimo": 0, "preco": "20.24"},
        {"nome": "Corda 10 m", "unidade": "UN", "estoque_minimo": 5, "preco": "1713.36"},
    ]
    assert refused == {}


@pytest.mark.parametrize(
    ("headings", "unit", "barcode", "minimum", "price", "name"),
    [
        ("ID;Código;Descrição;Unidade;NCM;Preço;Estoque minimo;GTIN/EAN", 3, 7, 6, 5, 2),
        ("ID;Código (SKU);Descrição;Unidade;Preço;Estoque mínimo;GTIN/EAN", 3, 6, 5, 4, 2),
        ("Código;Descrição do Produto;Código EAN (GTIN);Preço Unitário de Venda;Unidade", 4, 2, None, 3, 1),
        ('Type,SKU,Name,"GTIN, UPC, EAN, or ISBN",Low stock amount,Sale price,Regular price', None, 3, 4, 6, 2),
        ("Token,Item Name,SKU,GTIN,Price,Unit", 5, 3, None, 4, 1),
        ("id,name,IPN,units,minimum_stock,pricing_min", 3, None, 4, 5, 1),
        ("Produto;Código de Barras;Preço de Custo;Preço de Venda;Unidade;Estoque Mínimo", 4, 1, 5, 3, 0),
    ],
    ids=["Bling", "Tiny", "Omie", "WooCommerce", "Square", "InvenTree", "MarketUP"],
)
def test_the_headings_of_known_programs(tmp_path, headings, unit, barcode, minimum, price, name):
    table = read_table(text_file(tmp_path, f"{headings}\n{'x;' * 6}x\n".replace(";", ";" if ";" in headings else ",")))

    found = {"unidade": unit, "codigo_barras": barcode, "estoque_minimo": minimum, "preco": price, "nome": name}
    assert guess_columns(table.headings, table.rows) == {f: at for f, at in found.items() if at is not None}


@pytest.mark.parametrize(
    "said",
    ["SEM GTIN", "sem gtin", "-", "N/A", "0", "Não tem", "S/ CÓD. BARRAS", "Sem EAN-13", "a cadastrar", "Isento"],
)
def test_no_barcode_in_words_is_an_empty_cell(tmp_path, said):
    products, refused, _ = understood(text_file(tmp_path, f"Produto;EAN;Preço\nCafé;{said};19,90\nCola;{GTIN};1,00\n"))

    assert refused == {}
    assert [ProductIn.model_validate(one).barcode for one in products.values()] == [None, GTIN]


@pytest.mark.parametrize(
    "headings",
    [
        "xProd;vUnCom;cEAN", "DESC_PROD;VL_VENDA;COD_BARRA", "Produto;P. Venda;Cód. Barra",
        "Descrição do item;Preço à vista;Barras", "Nome;Preço Final;Código EAN-13", "Artigo;Vlr. Unitário;GTIN-13",
        "Denominação;Preço ao consumidor;Código de barra", "Título;Preço de venda;Código universal de produto",
        "NOME DA MERCADORIA;VLR;COD. EAN", "Descrição da mercadoria;Preço de venda (varejo);EAN/UPC",
    ],
)  # fmt: skip
def test_headings_that_other_programs_write(tmp_path, headings):
    table = read_table(text_file(tmp_path, f"{headings}\nCola;5,49;{GTIN}\n"))

    assert guess_columns(table.headings, table.rows) == {"nome": 0, "preco": 1, "codigo_barras": 2}


@pytest.mark.parametrize("text", ["1 234,50", "1\u00a0234,50", "R$ 1.234,50", "1.234,50 R$", "'1.234,50", "1234,5"])
def test_an_amount_however_it_is_dressed(tmp_path, text):
    products, refused, _ = understood(text_file(tmp_path, f"Produto;Preço\nCola;{text}\nMel;2,00\n"))

    assert ([one["preco"] for one in products.values()], refused) == (["1234.50", "2.00"], {})


def test_a_code_behind_the_apostrophe_of_a_spreadsheet(tmp_path):
    products, refused, _ = understood(text_file(tmp_path, f"Produto;EAN\nCola;'{GTIN}\n"))

    assert (products[2]["codigo_barras"], refused) == (GTIN, {})


def test_a_list_of_names_alone_loses_none_of_them(tmp_path):
    file = text_file(tmp_path, "Cola\nCafé\n")
    assert [row.cells for row in read_table(file).rows] == [("Cola",), ("Café",)]
    assert read_table(file, dialect=Dialect(has_headings=True)).headings == ("Cola",)
    assert read_table(text_file(tmp_path, "Produtos\nCola\n")).headings == ("Produtos",)


def test_units_as_shops_write_them():
    products, refused, _ = understood(LISTS / "units.csv")

    assert [one["unidade"] for one in products.values()] == ["PC", "PC", "PC", "PC", "M2", "M3", "UN", "CX", "DZ", "PC"]
    assert refused == {}


def test_a_formula_without_a_result_is_no_empty_cell():
    products, refused, _ = understood(LISTS / "formulas-without-results.xlsx")

    assert {line: (one["nome"], one["preco"]) for line, one in products.items()} == {3: ("Café", "15.00")}
    assert set(refused) == {2, 4}
    assert all("fórmula sem resultado" in reason and "LibreOffice" in reason for reason in refused.values())


@pytest.mark.parametrize("formula", ["=A2*2", "=PROCV(A2,B:C,2)", "=SE($B2>0,B2,0)", "=-C3", "=índice(a1:a9,2)"])
def test_a_formula_in_a_text_is_no_name_and_no_price(tmp_path, formula):
    text = f'Produto;Preço\n"{formula}";1,00\nCola;"{formula}"\n="007";2,00\n= barato;3,00\n'

    products, refused, _ = understood(text_file(tmp_path, text))

    assert names(products) == ["007", "= barato"]
    assert [("fórmula sem resultado" in reason) for reason in refused.values()] == [True, True]


@pytest.mark.parametrize("name", ["errors.xlsx", "errors.csv"])
def test_an_error_of_the_spreadsheet_is_no_name(name):
    products, refused, _ = understood(LISTS / name)

    assert {line: one["nome"] for line, one in products.items()} == {6: "Cola", 7: "#REF! fita"}
    assert set(refused) == {2, 3, 4, 5}
    assert all("erro da planilha" in reason for reason in refused.values())
    assert isinstance(read_table(LISTS / name).rows[0].cells[0], Unusable)


@pytest.mark.parametrize("name", ["strict", "sheet-of-another-case", "strings-of-another-case"])
def test_a_workbook_that_excel_opens_is_read(name):
    products, _, _ = understood(LISTS / f"{name}.xlsx")

    assert names(products) == ["Cola", "Café"]


@pytest.mark.parametrize("name", ["line-breaks.csv", "line-breaks.xlsx"])
def test_line_breaks_and_signs_that_nobody_sees_refuse_nothing(name):
    products, refused, _ = understood(LISTS / name)

    assert names(products) == ["Cola escolar", "Café torrado", "Suco de uva", "Chá mate", "Sabonete", "Mel"]
    assert refused == {}


def test_columns_after_the_hundredth_are_read():
    products, _, _ = understood(LISTS / "many-columns.csv")

    assert list(products.values()) == [{"nome": "Cola", "preco": "5.49"}]


def test_columns_beyond_the_bound_are_said_to_be(tmp_path):
    wide = ";".join(["Produto", *(f"c{n}" for n in range(1200))])

    assert read_table(text_file(tmp_path, f"{wide}\nCola;{'x;' * 1200}\n")).notes == (
        "Só as primeiras 1.000 colunas são lidas.",
    )


def test_a_long_cell_elsewhere_is_nothing_to_the_import(tmp_path):
    long = "Produto;Preço;Descrição\nCola;5,49;" + "x" * 140_000 + '\nCafé;6,00;"' + "y" * 140_000 + '"\n'
    products, refused, _ = understood(text_file(tmp_path, long))

    assert [(one["nome"], one["preco"]) for one in products.values()] == [("Cola", "5.49"), ("Café", "6.00")]
    assert refused == {}


def test_titles_repeated_headings_and_rows_of_other_columns_are_left_out_with_a_reason(tmp_path):
    file = text_file(tmp_path, "Lista de novembro\nProduto;Preço;Obs\nCola;1,00;\nProduto;Preço;Obs\n;;remarcado\n")

    products, refused, left_out = understood(file)

    assert (names(products), refused) == (["Cola"], {})
    assert left_out == {
        1: "Está acima dos títulos.", 4: "Repete os títulos.", 5: "Não tem nada nas colunas escolhidas.",
    }  # fmt: skip


def test_what_a_person_says_of_the_file_counts(tmp_path):
    file = text_file(tmp_path, "A|B\nCola;x|1,00\n".encode("cp850"))
    assert read_table(file, dialect=Dialect(delimiter="|", has_headings=False)).rows[1].cells == ("Cola;x", "1,00")

    table = read_table(text_file(tmp_path, "Nome;Un\nPrego;UN\n"), dialect=Dialect(has_headings=False))
    assert (table.headings, [row.line for row in table.rows]) == ((), [1, 2])


def sheet_xml(rows):
    return f'<worksheet xmlns="http://schemas.openxmlformats.org/main"><sheetData>{rows}</sheetData></worksheet>'


def workbook_of(folder, rows, strings="<sst/>"):
    file = folder / "bomba.xlsx"
    relation = '<Relationship Id="r1" Type="x/worksheet" Target="worksheets/sheet1.xml"/>'
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "xl/workbook.xml", '<workbook xmlns:r="x"><sheets><sheet name="P" r:id="r1"/></sheets></workbook>'
        )
        archive.writestr("xl/_rels/workbook.xml.rels", f"<Relationships>{relation}</Relationships>")
        archive.writestr("xl/worksheets/sheet1.xml", sheet_xml(rows))
        archive.writestr("xl/sharedStrings.xml", strings)
    return file


TITLES = '<row><c t="inlineStr"><is><t>Produto</t></is></c><c t="inlineStr"><is><t>Peso</t></is></c></row>'
COLA = '<c t="inlineStr"><is><t>Cola</t></is></c>'


def test_a_row_at_the_very_end_is_read_at_once(tmp_path):
    last = f'<row r="1048576">{COLA}<c r="XFD1048576"><v>2</v></c></row>'

    table = read_table(workbook_of(tmp_path, TITLES + last))

    assert [(row.line, row.cells) for row in table.rows] == [(1048576, ("Cola",))]
    assert table.notes


# Made when they are needed: together they are half a gigabyte.
GROWN = {
    "rows": lambda: ("<row/>" * 1_100_000, "<sst/>"),
    "a cell": lambda: (f'<row>{COLA}<c t="inlineStr"><is><t>{"x" * 200_000_000}</t></is></c></row>', "<sst/>"),
    "strings": lambda: (f"<row>{COLA}</row>", f"<sst>{'<si><t>x</t></si>' * 700_000}</sst>"),
    "wide rows": lambda: ('<row><c r="ALL1"><v>1</v></c></row>' * 300_000, "<sst/>"),
    "beyond the last row": lambda: ('<row r="1048577"><c><v>1</v></c></row>', "<sst/>"),
    "200,000 rows of 40 cells": lambda: (f"<row>{'<c><v>1</v></c>' * 40}</row>" * 200_000, "<sst/>"),
    "a row of empty cells": lambda: (f"<row>{'<c/>' * 20_000}</row>", "<sst/>"),
    "rows of empty cells": lambda: (f"<row>{COLA}{'<c/>' * 15_000}</row>" * 180, "<sst/>"),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", GROWN)
def test_a_workbook_that_was_made_to_grow_ends_in_a_sentence(tmp_path, kind):
    rows, strings = GROWN[kind]()
    file = workbook_of(tmp_path, TITLES + rows, strings)
    del rows, strings
    with at_most_mib(300), pytest.raises(TableUnreadable, match=r"(grande|demora) demais"):
        read_table(file)


CLEARED = Path("/proc/self/clear_refs" if sys.platform == "linux" else "nowhere")  # Wine shows that of its file server


@contextmanager
def at_most_mib(most):
    """So much more memory in use at any moment. Where the system knows it, for following each object takes long."""
    try:
        CLEARED.write_text("5")  # the highest so far is forgotten
    except OSError:
        tracemalloc.start()
        try:
            yield
            used = tracemalloc.get_traced_memory()[1] / 2**20
        finally:
            tracemalloc.stop()
    else:
        before = resident_mib("VmRSS")
        yield
        used = resident_mib("VmHWM") - before
    assert used < most


def resident_mib(which):
    (kib,) = re.findall(rf"^{which}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(kib) / 1024


@pytest.mark.skipif(not CLEARED.exists(), reason="tracemalloc needs no proof")
def test_what_takes_memory_for_a_moment_is_noticed():
    with pytest.raises(AssertionError), at_most_mib(300):
        assert len(b"x" * (400 * 2**20)) > 0


EMPTY_MARKS = {
    "formulas in one cell": lambda: (f"<row><c>{'<f/>' * 6_000_000}</c></row>", "<sst/>"),
    "looks in one string": lambda: (f"<row>{COLA}</row>", f"<sst><si>{'<rPr/>' * 4_500_000}</si></sst>"),
    "sounds of no string": lambda: (f"<row>{COLA}</row>", f"<sst>{'<rPh><t/></rPh>' * 1_500_000}</sst>"),
}


@pytest.mark.parametrize("kind", EMPTY_MARKS)
def test_marks_that_hold_nothing_are_bounded_by_what_does(tmp_path, kind):
    file = workbook_of(tmp_path, *EMPTY_MARKS[kind]())
    began = time.process_time()

    with pytest.raises(TableUnreadable, match="grande demais"):
        read_table(file)

    assert time.process_time() - began < 2  # a twentieth of it anywhere; all of them took 4 s


def test_a_string_in_many_looks_is_read(tmp_path):
    run = "<r><rPr><b/><sz/><color/><rFont/><family/><charset/></rPr><t>Co</t></r>"
    rows = "".join(f'<row><c t="s"><v>{number}</v></c></row>' for number in range(20_000))

    table = read_table(workbook_of(tmp_path, TITLES + rows, f"<sst>{f'<si>{run}{run}</si>' * 20_000}</sst>"))

    assert len(table.rows) == 20_000


def test_quotes_take_time_in_proportion_to_the_text():
    for text in ('"' * 400_000, '"x""\n' * 100_000, ';"a' * 150_000, '"a;"\n"' * 80_000, '""""\n"""' * 60_000):
        assert sum(1 for _ in delimited.read_records(text, ";")) > 0


def test_a_number_of_a_workbook_keeps_its_digits(tmp_path):
    rows = f"<row>{COLA}<c><v>7891000315507</v></c><c><v>1.2300000000000002</v></c><c><v>1E2</v></c></row>"

    (row,) = read_table(workbook_of(tmp_path, TITLES + rows)).rows

    assert row.cells == ("Cola", Decimal(7891000315507), Decimal("1.23"), Decimal(100))
