"""Lists as clerks, reports and programs leave them: each row a product as it was meant, or aside with a reason."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from almoxarife.clients.desktop.cadastro.importing.rows import prepare
from almoxarife.tables.columns import guess_all_columns
from almoxarife.tables.headings import plain
from almoxarife.tables.reader import read_table
from almoxarife.tables.text import encodings
from almoxarife.wire.catalog import ImportRow
from almoxarife.wire.codes.gtin import clean_code, is_gtin
from almoxarife.wire.codes.units import read_unit

GTIN = "7891000315507"
CAFE, PAO = {"nome": "Café", "preco": "5.00"}, {"nome": "Pão", "preco": "1.00"}


def read(folder: Path, content: str | bytes) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """What would be sent, and why each other row is not; together all rows of the file."""
    file = folder / "lista.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    table = read_table(file)
    prepared = prepare(table, guess_all_columns(table.headings, table.rows))
    aside = {one.row.line: one.reason for one in (*prepared.refused, *prepared.left_out)}
    assert len(prepared.values) + len(aside) == len(table.rows) + len(table.left_out)
    return prepared.values, aside


TWO = "Produto;Preço\nCafé;5,00\nPão;1,00\n"


@pytest.mark.parametrize(
    "content",
    [
        TWO.encode("utf-32"),
        TWO.encode().decode("latin-1").encode().decode("latin-1").encode(),
        TWO.encode().decode("cp1252").encode().decode("latin-1").encode(),
        TWO.replace(";", "\0\0;"),
        TWO.replace(";", "^"),
        TWO.replace(";", "~"),
        "sep=§\n" + TWO.replace(";", "§"),
        "SEP=;\r\n" + TWO,
        'Produto; Preço\n"Café"; "5,00"\nPão ; "1,00" \n',
        "'Produto','Preço'\n'Café','5,00'\n'Pão','1,00'\n",
        "“Produto”;“Preço”\n“Café”;“5,00”\n“Pão”;“1,00”\n",
        '"Produto;Preço"\n"Café;5,00"\n"Pão;1,00"\n',
        'Produto,Preço\n"Café,""5,00"""\n"Pão,""1,00"""\n',
        "Produto\tPreço\nCaf&eacute;\t5,00\nP&#227;o\t1,00\n",
        "Produto\t\tPreço\nCafé\t\t\t5,00\nPão\t1,00\n",
        "Produto;Preço\nCaf&eacute;;R&#36;&nbsp;5,00\nP&atilde;o;&apos;1,00\n",
        "| Produto | Preço |\n|---|---|\n| Café | 5,00 |\n| Pão | 1,00 |\n",
        "| Produto | Preço |\n|:--|--:|\n| Café | 5,00 |\n| Pão | 1,00 |\n",
        'Produto;Preço\nCafé;="5,00"\nPão;="1,00"\n',
        "Produto;Preço\nCafé;$5,00\nPão;r$ 1\n",
        "Produto;Preço\nCafé;+5,0000\nPão;RS 1,\n",
        "Produto;Preço\nCafé;5,000000000000001\nPão;0,99999999999999997\n",
        "Produto;Preço;Preço\nCódigo;Custo;Venda\n".replace("Produto", "Descrição;Produto").replace("Código", ";Código")
        + "Café;1;3,00;5,00\nPão;2;0,50;1,00\n",
        "Lista;\n\n" + "Aviso;\n" * 40 + TWO,
        TWO + "PRODUTO;PREÇO\nTOTAL;6,00\nTotal de itens: 2;\nSubtotal;6,00\nPágina 1 de 1;\nObs: à vista;\n",
        "Item;Produto;Preço\n1;Café;5,00\n2;Pão;1,00\nTOTAL;;6,00\n",
        "precoVenda;nomeProduto\n5,00;Café\n1,00;Pão\n",
        "VLR_VENDA;DISCRIMINAÇÃO\n5,00;Café\n1,00;Pão\n",
        "Preço R$;Custo R$;Descr.\n5,00;3,00;Café\n1,00;NULL;Pão\n",
        "Estoque R$;Produto;R$\n50,00;Café;5,00\n20,00;Pão;1,00\n",
        "'Produto;'Preço\n'Café;'5,00\n'Pão;'1,00\n",
        "Un  Produto   Preço\n--  -------  ------\nUN  Café       5,00\nUN  Pão        1,00\n",
    ],
)
def test_two_products_however_they_come(tmp_path, content):
    values, _ = read(tmp_path, content)

    assert [{name: one[name] for name in ("nome", "preco")} for one in values] == [CAFE, PAO]


@pytest.mark.parametrize(
    ("content", "lines", "says"),
    [
        ("Produto,Preço,Estoque,\nCafé,5,00,10\nPão,1,00,20\n", [2, 3], "títulos são 3"),
        ("Produto\tPreço\nCafé;5,00\nPão;1,00\n", [2, 3], "outro separador"),
        ("Produto;Preço\nA??car;5,00\nP?o;1,00\n", [2, 3], "“?” no lugar de letras"),
        (f"Produto;Preço\nCafé;{'9' * 60}\nMel;{'1' * 29},00\n", [2, 3], "assim: 19,90"),
        ("Produto;Preço\nCafé;a combinar\nPão;consultar\n", [2, 3], "assim: 19,90, ou deixe a célula vazia."),
        ("Produto;EAN\nCafé;7890000000000\nPão;7891000000000\n", [2, 3], "cortou este código"),
        ("Produto;Estoque\nTOTAL;30\nTotal geral:;30\n", [2, 3], "soma"),
    ],
)
def test_what_cannot_be_read_right_is_not_read_wrongly(tmp_path, content, lines, says):
    values, aside = read(tmp_path, content)

    assert (values, list(aside)) == ([], lines)
    assert all(says in reason for reason in aside.values())


@pytest.mark.parametrize("status", ["UN", "Ativo", "Tipo"])
def test_a_product_below_the_titles_is_none_of_them(tmp_path, status):
    values, aside = read(tmp_path, f"Produto;Coluna\nCafé;{status}\nPão;Outro\n")

    assert ([one["nome"] for one in values], aside) == (["Café", "Pão"], {})


def test_signs_of_html_part_no_cells(tmp_path):
    values, aside = read(
        tmp_path, "Produto;Preço\nTubo 3/4&quot; &ndash; azul;5,00\nCafé &lt;bom&gt; &#34;x&#34;;1,00\n"
    )

    assert ([one["nome"] for one in values], aside) == (['Tubo 3/4" – azul', 'Café <bom> "x"'], {})


@pytest.mark.parametrize("name", ["MAR&LT", "Mar&sol", "P&G", "Luz&star"])
def test_the_end_of_a_name_is_no_sign_of_html(tmp_path, name):
    values, _ = read(tmp_path, f"Produto;Preço;Estoque\n{name};5,00;1\n3&frac12;&ordm;;1,00;2\n")

    assert [(one["nome"], one["preco"], one["saldo_inicial"]) for one in values] == [
        (name, "5.00", 1), ("3½º", "1.00", 2),
    ]  # fmt: skip


def test_empty_cells_of_a_table_of_tabs_stay_where_they_are(tmp_path):
    values, _ = read(tmp_path, "Produto\tUnidade\tEstoque\tPreço\nCafé\t\t7\t5,00\nPão\t\t\t1,00\n")

    assert values == [{**CAFE, "saldo_inicial": 7}, PAO]


def test_letters_that_come_again_are_told_once():
    encodings._decode_once.cache_clear()

    text, _ = encodings.decode("Pão de açúcar; Ã§\n".encode() * 1000, None)

    assert text == "Pão de açúcar; ç\n" * 1000
    assert encodings._decode_once.cache_info().misses < 20


def test_a_line_as_long_as_the_file_takes_little_memory(tmp_path):
    tracemalloc.start()
    try:
        read(tmp_path, '"' + "a" * 2_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 60_000_000


@pytest.mark.parametrize("nothing", ["NULL", "\\N", "nan", "None", "N/A", "-", "—", "R$ -", ""])
def test_what_a_database_writes_for_nothing_is_an_empty_cell(tmp_path, nothing):
    values, _ = read(tmp_path, f"Produto;Preço;Unidade;Estoque\nCafé;{nothing};{nothing};{nothing}\nPão;1,00;UN;2\n")

    assert values == [{"nome": "Café"}, {"nome": "Pão", "preco": "1.00", "unidade": "UN", "saldo_inicial": 2}]


@pytest.mark.parametrize(
    "text",
    [
        "789 1000 31550 7", "789-1000-31550-7", "7.891.000.315.507", f"{GTIN}.0", f"{GTIN},00", "7,891000315507E+12",
        f"’{GTIN}", f'="{GTIN}"', f"00{GTIN}", f"EAN: {GTIN}", f"*{GTIN}*", "EAN-13: 7891000315507", f"(01)0{GTIN}",
    ],
)  # fmt: skip
def test_a_code_in_any_dress_whose_digits_are_all_there(text):
    assert clean_code(text).lstrip("0") == GTIN


@pytest.mark.parametrize("text", ["7,891E+12", "12345678905", "7891000315508", "789100031550"])
def test_a_code_that_lost_digits_is_left_to_a_person(text):
    assert not is_gtin(clean_code(text))


def test_codes_go_where_they_belong(tmp_path):
    values, _ = read(tmp_path, f"Produto;EAN\nA;{GTIN}/78910003\nB;30\nC;código interno\nD;sem etiqueta\n")

    assert values[0] == {"nome": "A", "codigo_barras": GTIN, "codigos": [{"codigo": "78910003", "fator": 1}]}
    assert values[1:3] == [{"nome": "B", "sku": "30"}, {"nome": "C"}]
    assert [ImportRow.model_validate(one).barcode for one in values] == [GTIN, None, None, None]


def test_products_are_not_taken_for_sums_or_groups(tmp_path):
    names = ["Total Clean 500 ml", "Detergente Total", "Total", "Caderno", "Soma de cores"]
    rows = "".join(f"{n};{name};1,00\n" for n, name in enumerate(names))

    values, aside = read(tmp_path, f"Código;Produto;Preço\n{rows}")
    assert ([one["nome"] for one in values], aside) == (names, {})
    values, aside = read(tmp_path, "Produto;Preço\nCafé;\nPão;1,00\n")
    assert ([one["nome"] for one in values], aside) == (["Café", "Pão"], {})


def test_the_names_of_groups_are_told_from_products_by_what_the_others_have(tmp_path):
    rows = "BEBIDAS\n1;Café;5,00\n2;Chá;4,00\nPADARIA;;\n3;Pão;1,00\n4;Bolo;9,00\n"

    values, aside = read(tmp_path, f"Código;Produto;Preço\n{rows}")
    assert ([one["nome"] for one in values], list(aside)) == (["Café", "Chá", "Pão", "Bolo"], [2, 5])


def test_a_column_of_numbers_is_no_column_of_names(tmp_path):
    values, _ = read(tmp_path, "ITEM;Coisa;Preço\n1;Café;5,00\n2;Pão;1,00\n")

    assert [one["nome"] for one in values] == ["", ""]


@pytest.mark.parametrize(
    ("heading", "same"),
    [
        ("Qtde. em Estoque", "QUANTIDADE ESTOQUE"),
        ("Vlr. Venda (R$)", "valor de venda"),
        ("Cód. Barra*", "codigo_barras"),
    ],
)
def test_headings_that_are_cut_short_are_the_same(heading, same):
    assert plain(heading) == plain(same)


@pytest.mark.parametrize(
    "content",
    [
        "Item Name,Variation Name,SKU,Price\nCamiseta,P,CP,50.00\nCamiseta,M,CM,50.00\nCaneca,Regular,CR,20.00\n",
        "Handle,Title,Option1 Value,Variant SKU,Variant Price\nc,Camiseta,P,CP,50\nc,,M,CM,50\nk,Caneca,,CR,20\n",
        "Handle,Título,Valor da opção1,SKU da variante,Preço\nc,Camiseta,P,CP,50\nc,,M,CM,50\nk,Caneca,,CR,20\n",
        (
            "Identificador URL;Nome;Nome da variação 1;Valor da variação 1;SKU;Preço\n"
            "c;Camiseta;Tamanho;P;CP;50\nc;;Tamanho;M;CM;50\nk;Caneca;;;CR;20\n"
        ),
    ],
    ids=["Square", "Shopify", "Shopify in Portuguese", "Nuvemshop"],
)
def test_each_size_is_a_product(tmp_path, content):
    values, _ = read(tmp_path, content)

    assert [(one["nome"], one["sku"], one["preco"]) for one in values] == [
        ("Camiseta P", "CP", "50.00"), ("Camiseta M", "CM", "50.00"), ("Caneca", "CR", "20.00"),
    ]  # fmt: skip


def test_a_column_of_thousandths_is_not_read_as_thousands_after_another_column(tmp_path):
    values, aside = read(tmp_path, "Produto;Preço;Estoque\nA;5.90;10,500\nB;1.20;2,250\n")
    assert (values, list(aside)) == ([], [2, 3])
    assert "milhares ou decimais" in aside[2]

    values, _ = read(tmp_path, "Produto;Preço;Estoque\nA;5,90;1.500\nB;1,20;20\n")
    assert [one["saldo_inicial"] for one in values] == [1500, 20]


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        ("CX C/12", "CX"),
        ("PCT C/500 FLS", "PCT"),
        ("Cx. c/ 6x2 L", "CX"),
        ("'UN", "UN"),
        ("Caixa 12", "CX"),
        ("CX-12 UN", "CX"),
        ("pct c/ 10", "PCT"),
        ("m^2", "M2"),
        ("PÉ", "PE"),
        ("CX12", "CX12"),
        ("saco 50kg", "SC"),
        ("UN - Unidade", "UN"),
        ("UNIDADE (UN)", "UN"),
        ("KG-QUILOGRAMA", "KG"),
        ("UN/KG", "UN/KG"),
        ("1 UN", "UN"),
        ("metro²", "M2"),
        ("EA", "UN"),
        ("par(es)", "PAR"),
        ("Mês", "MES"),
        ("metros", "M"),
        ("Balde", "BD"),
        ("BALDES", "BD"),
        ("bds.", "BD"),
        ("BD - balde", "BD"),
        ("galões pequenos", "GP"),
    ],
)
def test_units_of_several_and_of_the_shops_own(said, unit):
    assert read_unit(said, {"bd": "BD", "balde": "BD", "gp": "GP", "galoes pequenos": "GP"}) == unit


REPORT = """\
MERCADINHO DO ZÉ                          Página 1
--------------------------------------------------
Código Descrição              Un     Preço  Estoque
------ ---------------------- -- ---------- -------
     1 Café torrado e moído   UN      15,90      10
     2 Pão francês            KG   1.012,00   2,500
     3 Sabão em pó            CX       9,99

Total de itens: 3
"""


def test_columns_below_one_another_are_cut_where_no_row_has_a_letter(tmp_path):
    values, aside = read(tmp_path, REPORT)

    assert [(one["nome"], one["preco"], one["unidade"], one.get("saldo_inicial")) for one in values] == [
        ("Café torrado e moído", "15.90", "UN", 10),
        ("Pão francês", "1012.00", "KG", 2.5),
        ("Sabão em pó", "9.99", "CX", None),
    ]
    assert sorted(aside) == [1, 2, 4, 9]


PAGE = """\
MERCADINHO DO ZÉ     RELATÓRIO DE ESTOQUE     29/11/2026
Código Descrição              Un     Preço  Estoque
------ ---------------------  --  -------- --------
    {0}1 Café torrado e moído   UN      15,90      10
    {0}2 Pão francês            KG      12,00   2,500
             SUBTOTAL:               27,90
Página {0} de 2      impresso às 14:03
"""


@pytest.mark.parametrize("head", ["29/11/2026", "Página: {0}", "pag.   00{0}"])
def test_sums_and_the_head_of_each_page_of_a_report_may_stand_anywhere(tmp_path, head):
    page = PAGE.replace("29/11/2026", head)
    values, aside = read(tmp_path, page.format(1) + "\f" + page.format(2))

    assert [(one["sku"], one["nome"], one["preco"], one["saldo_inicial"]) for one in values] == [
        (f"{page}{row}", name, price, stock)
        for page in (1, 2)
        for row, name, price, stock in ((1, "Café torrado e moído", "15.90", 10), (2, "Pão francês", "12.00", 2.5))
    ]
    assert sorted(aside) == [1, 3, 6, 7, 8, 9, 10, 13, 14]
    assert not any("passa de uma coluna" in reason for reason in aside.values())


def test_the_headings_may_be_longer_than_every_row(tmp_path):
    _, aside = read(tmp_path, "Produto Preço Quantidade em estoque\nCafé   5,00\nPão    1,00\n")

    assert "não tem preço no fim" in aside[1]


def test_a_text_that_reaches_into_the_next_column_refuses_its_row(tmp_path):
    rows = "".join(f"Produto número {n:<4}       {n:>4},00   10\n" for n in range(600))
    values, aside = read(
        tmp_path, f"Produto                     Preço  Estoque\n{rows}{'Nome comprido ' * 3}9,00   10\n"
    )

    assert (len(values), list(aside)) == (600, [602])
    assert "passa de uma coluna" in aside[602]


def test_a_row_that_a_line_break_cut_in_two_makes_no_product(tmp_path):
    cut = "Pão\nfrancês;78910003;1,00;x\nMel;;2,00;x\nSuco;78910003\n;3,00;de uva\nCHÁ;;4,00\nMATE;x\n"
    rows = f"Café;;5,00;x\n{cut}Sal;;1,00;x\n"
    whole = "".join(f"Produto {n};;1,00;x\n" for n in range(20))

    values, aside = read(tmp_path, f"Produto;EAN;Preço;Obs\n{rows}{whole}")
    assert [line for line, reason in aside.items() if "quebrada" in reason] == [3, 4, 6, 7, 8, 9]
    assert [one["nome"] for one in values][:3] == ["Café", "Mel", "Sal"]


def test_rows_whose_last_cells_are_left_out_are_not_halves(tmp_path):
    rows = "".join(f"Produto {n};UN;1,00\n" for n in range(8))

    values, aside = read(tmp_path, f"Produto;Unidade;Preço\n{rows}Café;UN\nPão;KG\n")
    assert (len(values), aside) == (10, {})
