"""Columns and rows that nothing tells how to read: what is taken of them, what is left, and what the person is told."""

from dataclasses import replace
from pathlib import Path

import pytest

from almoxarife.clients.desktop.cadastro.importing import words
from almoxarife.clients.desktop.cadastro.importing.rows import prepare
from almoxarife.tables.cells import Dialect, Table
from almoxarife.tables.columns import find_doubts, guess_all_columns, letters_of
from almoxarife.tables.doubts.shops import NO_SHOPS, ShopNames
from almoxarife.tables.doubts.unread import list_unused
from almoxarife.tables.reader import read_table
from almoxarife.tables.vocabulary.fields import NAME

GTINS = ("7891000315507", "7896005800010")


SHOPS = ShopNames(("Loja Centro", "Norte", "Casa Silva Leste", "Casa Silva Oeste"), "Loja Centro")


def read(folder: Path, content: str, shops: ShopNames = NO_SHOPS) -> tuple[Table, dict[str, int], str]:
    """The table, its guessed columns, and all doubts about them."""
    file = folder / "lista.csv"
    file.write_text(content, encoding="utf-8")
    table = read_table(file)
    columns = guess_all_columns(table.headings, table.rows)
    return table, columns, " ".join(find_doubts(table, columns, shops))


@pytest.mark.parametrize(
    "headings",
    [
        "Estoque Centro;Estoque Norte",
        "Est. Centro;Est. Norte",
        "Loja Centro;Loja Norte",
        "Saldo Filial 01;Saldo Filial 02",
        "Qtd. Matriz;Qtd. Filial",
        "Estoque Depósito;Estoque Vitrine",
    ],
)
def test_the_stock_of_several_shops_is_left_to_the_person(tmp_path: Path, headings: str) -> None:
    _, columns, doubts = read(tmp_path, f"Produto;Preço;{headings}\nCafé;19,90;10;3\nPão;1,00;20;0\n")

    assert columns == {"nome": 0, "preco": 1}
    assert "O estoque não é lido" in doubts
    assert all(f"“{heading}”" in doubts for heading in headings.split(";"))


@pytest.mark.parametrize(
    "headings", ["Estoque;Loja 2;Loja 3", "Estoque;Estoque Centro;Estoque Norte", "Estoque;Total;Estoque Centro"]
)
def test_a_stock_beside_those_of_other_shops_is_doubted(tmp_path: Path, headings: str) -> None:
    _, columns, doubts = read(tmp_path, f"Produto;Preço;{headings}\nCafé;19,90;13;10;3\nPão;1,00;20;20;0\n")

    assert columns["saldo_inicial"] == 2
    assert "está escolhida a coluna C, e há a de outras lojas" in doubts


@pytest.mark.parametrize(
    "headings", ["Estoque máximo", "Estoque ideal", "Qtd vendida", "Qtd p/ cx", "Saldo devedor", "Estoque desejado"]
)
def test_a_quantity_that_is_no_balance_is_not_asked_about(tmp_path: Path, headings: str) -> None:
    assert read(tmp_path, f"Produto;Preço;{headings}\nCafé;19,90;10\nPão;1,00;20\n")[2] == ""


@pytest.mark.parametrize("heading", ["Qtde sistema", "Saldo contado", "Saldo fiscal"])
def test_a_quantity_of_no_shop_is_not_told_beside_the_stock(tmp_path: Path, heading: str) -> None:
    assert read(tmp_path, f"Produto;Estoque;{heading}\nCafé;10;9\nPão;20;20\n")[2] == ""


@pytest.mark.parametrize(
    "headings",
    [
        "Centro;Norte",
        "CENTRO;Total",
        "Centro (un);Norte (un)",
        "Lj. Centro;Lj. Norte",
        "Unidade Centro;Unidade Norte",
        "Centro total;Norte",
        "Norte - Saldo;Leste",
        "Leste;Oeste",
    ],
)
def test_columns_below_names_of_shops_are_asked_about(tmp_path: Path, headings: str) -> None:
    _, columns, doubts = read(tmp_path, f"Produto;Código;{headings}\nCafé;1;10;3\nPão;2;20;0\n", SHOPS)

    assert columns == {"nome": 0, "sku": 1}
    assert "O estoque não é lido" in doubts
    assert all(f"“{heading}”" in doubts for heading in headings.split(";") if heading != "Total")


def test_a_shop_s_stock_in_words_and_one_number_is_asked_about(tmp_path: Path) -> None:
    rows = "Café;esgotado\nPão;-\nMel;5\n"

    assert "“Estoque Norte”" in read(tmp_path, f"Produto;Estoque Norte\n{rows}", SHOPS)[2]


def test_names_of_shops_above_amounts_may_be_prices(tmp_path: Path) -> None:
    rows = "Café;19,90;20,90\nPão;1,00;1,10\n"
    doubts = read(tmp_path, f"Produto;Centro;Norte\n{rows}", SHOPS)[2]

    assert "Se forem preços, aqui ele é um só para todas as lojas" in doubts


def test_a_shop_s_column_beside_the_stock_is_doubted(tmp_path: Path) -> None:
    doubts = read(tmp_path, "Produto;Estoque;Norte\nCafé;13;3\nPão;20;0\n", SHOPS)[2]

    assert "está escolhida a coluna B, e há a de outras lojas ou depósitos (“Norte”)" in doubts


@pytest.mark.parametrize(
    "headings",
    [
        "Preço Centro;Preço Norte",
        "Preço;Preço Norte",
        "Norte (preço)",
        "Price [Loja Centro];Price [Norte]",
        "Preço de venda - Loja Norte",
    ],
)
def test_prices_of_shops_are_said_to_be_one_price_here(tmp_path: Path, headings: str) -> None:
    doubts = read(tmp_path, f"Produto;{headings}\nCafé;19,90;20,90\nPão;1,00;1,10\n", SHOPS)[2]

    assert "e aqui o preço é um só para todas" in doubts
    assert all(f"“{heading}”" in doubts for heading in headings.split(";") if heading != "Preço")


def test_rows_of_another_shop_are_doubted(tmp_path: Path) -> None:
    rows = "Café;10;Norte\nPão;3;Norte\n"
    text = f"Produto;Estoque;Loja\n{rows}"

    assert (
        "Parece a lista de outra loja (“Norte”), e o estoque vai para “Loja Centro”." in read(tmp_path, text, SHOPS)[2]
    )
    assert read(tmp_path, text.replace("Norte", "Centro"), SHOPS)[2] == ""


def test_shops_below_one_heading_are_told_apart(tmp_path: Path) -> None:
    table, columns, doubts = read(
        tmp_path, "Produto;Preço;Estoque;;\n;;Centro;Norte;Sul\nCafé;19,90;10;3;1\nPão;1;2;0;4\n"
    )

    assert table.headings == ("Produto", "Preço", "Estoque Centro", "Estoque Norte", "Estoque Sul")
    assert [one.row.line for one in table.left_out] == [2]
    assert "saldo_inicial" not in columns
    assert "“Estoque Norte”" in doubts


@pytest.mark.parametrize(
    ("above", "below", "headings"),
    [
        ("Estoque;;", "Centro;Norte;Total", ("Estoque Centro", "Estoque Norte", "Estoque Total")),
        ("Preço;Estoque;Mínimo", "R$;kg;kg", ("Preço", "Estoque", "Mínimo")),
        ("Preço;Estoque;", "por kg;Centro;Norte", ("Preço", "Estoque Centro", "Estoque Norte")),
    ],
)
def test_words_below_headings_are_shops_or_units(tmp_path: Path, above: str, below: str, headings: tuple) -> None:
    table, _, _ = read(tmp_path, f"Produto;{above}\n;{below}\nCafé;10;3;13\nPão;20;1;21\n")

    assert table.headings == ("Produto", *headings)


def test_rows_of_several_shops_are_doubted(tmp_path: Path) -> None:
    rows = "Centro;Café;10\nNorte;Café;3\nNorte;Pão;7\n"

    assert "linhas de várias lojas (“Loja”)" in read(tmp_path, f"Loja;Produto;Estoque\n{rows}")[2]
    assert read(tmp_path, f"Loja;Produto;Estoque\n{rows.replace('Norte', 'Centro')}")[2] == ""


@pytest.mark.parametrize(
    ("headings", "says"),
    [
        ("Produto;Preço Centro;Preço Norte", "“Preço Centro”, “Preço Norte”"),
        ("Produto;Tabela A;Tabela B", "“Tabela A”, “Tabela B”"),
        ("Produto;Preço;Preço Norte", ""),
    ],
)
def test_a_price_that_is_not_read_is_told(tmp_path: Path, headings: str, says: str) -> None:
    doubts = read(tmp_path, f"{headings}\nCafé;R$ 19,90;R$ 20,90\nPão;R$ 1,00;R$ 1,10\n")[2]

    assert ("O preço não é lido" in doubts) == bool(says)
    assert says in doubts


def test_barcodes_are_taken_by_their_digits_and_the_person_is_told(tmp_path: Path) -> None:
    rows = f"1;Café;{GTINS[0]}\n2;Pão;{GTINS[1]}\n"
    _, columns, doubts = read(tmp_path, f"Cod;Produto;Cód. no coletor\n{rows}")

    assert columns == {"sku": 0, "nome": 1, "codigo_barras": 2}
    assert "Código de barras: está escolhida a coluna C (“Cód. no coletor”)" in doubts
    assert "codigo_barras" not in read(tmp_path, f"Cod;Produto;EAN do fardo\n{rows}")[1]


def test_codes_without_letters_are_no_names(tmp_path: Path) -> None:
    rows = "01.02.0033;Camisa;199,90\n01.02.0040;Calça;249,90\n"

    assert read(tmp_path, f"Produto;Desc_Produto;Preço\n{rows}")[1] == {"nome": 1, "preco": 2}


@pytest.mark.parametrize("place", ["Corredor", "Gôndola", "Estante", "Posição"])
def test_the_place_of_goods_is_not_their_name(tmp_path: Path, place: str) -> None:
    rows = "Bebidas;10,00;3\nLimpeza;12,00;4\nHortifruti;9,00;1\nPadaria;8,00;9\n"

    assert read(tmp_path, f"{place};Preço;Qtd\n{rows}")[1] == {"preco": 1, "saldo_inicial": 2}


def test_a_name_below_a_heading_that_may_mean_something_else_is_doubted(tmp_path: Path) -> None:
    rows = "Algodão;10,00\nLinho;20,00\nSeda;30,00\n"

    assert "coluna A (“Material”)" in read(tmp_path, f"Material;Preço\n{rows}")[2]
    assert read(tmp_path, f"Produto;Preço\n{rows}")[2] == ""
    assert "coluna A (“Tipo de tecido”)" in read(tmp_path, f"Tipo de tecido;Preço\n{rows}Lã;9,00\n")[2]


@pytest.mark.parametrize(
    "content",
    [
        "Item;20,00\nBolo;35,00\nSuco;8,00\n",
        "Item 20,00\nBolo 35,00\nSuco 8,00\n",
        "Produto;R$ 20,00\nBolo;R$ 35,00\nSuco;R$ 8,00\n",
        "Bermuda Azul;Tamanho M\nCamisa Branca;Tamanho G\nSaia Preta;Tamanho P\n",
        "Caneta azul;Bic\nLápis HB;Faber\nMochila;Sestini\n",
    ],
)
def test_a_first_row_that_reads_as_the_others_is_a_product(tmp_path: Path, content: str) -> None:
    table = read(tmp_path, content)[0]

    assert (table.headings, [row.line for row in table.rows]) == ((), [1, 2, 3])


@pytest.mark.parametrize(
    "content",
    [
        "Equipamento;Patrimônio\nCaixa registradora;Loja centro\nBalança 15 kg;Loja norte\n",
        "NOME POPULAR;NOME CIENTÍFICO\nIpê amarelo;Handroanthus albus\nPau brasil;Paubrasilia echinata\n",
        "Nome da planta;Cor da flor\nIpê do campo;Amarela e branca\nPau brasil;Amarela clara\n",
        "Nome popular;Marca\nIpê amarelo;Flora A\nPau brasil;Flora B\n",
    ],
)
def test_unknown_headings_are_headings_and_the_person_is_told(tmp_path: Path, content: str) -> None:
    table, columns, doubts = read(tmp_path, content)

    assert len(table.rows) == 2
    assert ("Nenhum título é conhecido" in doubts) == (not columns and "Marca" not in content)


def test_titles_in_capitals_between_the_products_are_no_products(tmp_path: Path) -> None:
    content = "Produto;Preço\nBEBIDAS\nCoca;6,00\nÁgua;3,50\nDOCES\nBala;0,10\n"
    table, columns, _ = read(tmp_path, content)

    assert [one.row.line for one in prepare(table, columns).left_out] == [2, 5]
    for kept in (content.replace("Coca;6,00", "COCA;6,00"), content.replace("BEBIDAS", "Brinde"), content + "CHÁ\n"):
        table, columns, _ = read(tmp_path, kept)
        assert prepare(table, columns).left_out == []
    for name in ("XBOX", "WD-40"):
        table, columns, _ = read(tmp_path, f"Produto;Preço\nCafé;5,00\n{name}\nPão;1,00\nMel;9,00\nChá;4,00\n")
        assert prepare(table, columns).left_out == []


def test_a_menu_with_starters_is_no_report(tmp_path: Path) -> None:
    rows = "01/12/2026;{};Salada;18,00\n01/12/2026;Prato;Bife;38,00\n"

    assert read(tmp_path, f"Data;Tipo;Produto;Preço\n{rows.format('Entrada')}")[2] == ""
    assert "Parece um relatório" in read(tmp_path, f"Data;Tipo;Produto;Preço\n{rows.format('Saída')}")[2]


@pytest.mark.parametrize(
    "heading",
    ["Preço (US$)", "Preço (USD)", "Preço (dólar)", "Preço em euros", "Preço (€)", "Preço unitário (centavos)"],
)
def test_a_price_in_other_money_is_not_one_in_reais(tmp_path: Path, heading: str) -> None:
    _, columns, doubts = read(tmp_path, f"Produto;{heading};Estoque\nCafé;1990;10\nPão;100;20\n")

    assert columns == {"nome": 0, "saldo_inicial": 2}
    assert f"escolha em Preço uma coluna (“{heading}”)" in doubts


@pytest.mark.parametrize(("heading", "is_told"), [("Preço (30% de desconto)", True), ("Preço (total)", False)])
def test_the_only_price_is_asked_for_whatever_its_heading_says_in_brackets(
    tmp_path: Path, heading: str, is_told: bool
) -> None:
    _, columns, doubts = read(tmp_path, f"Produto;{heading}\nCafé;19,90\nPão;1,00\n")

    assert columns == {"nome": 0}
    assert ("O preço não é lido" in doubts) is is_told


@pytest.mark.parametrize(
    "heading",
    ["Preço (R$)", "Preço em reais", "Preço (com centavos)", "Preço (reais e centavos)", 'Valor de venda "Varejo"'],
)
def test_a_price_in_reais_is_read(tmp_path: Path, heading: str) -> None:
    quoted = heading.replace('"', '""')

    assert read(tmp_path, f'Produto;"{quoted}"\nCafé;19,90\nPão;1,00\n')[1] == {"nome": 0, "preco": 1}


@pytest.mark.parametrize(
    ("content", "is_told"),
    [
        ("Produto;R$;Ct\nCafé;19;90\nPão;1;00\n", True),
        ("Produto;Preço;\nCafé;19;90\nPão;1;05\n", True),
        ("Produto;Preço;\nCafé;19;90\nPão;1;15\n", False),
        ("Produto;Preço;\nCafé;19;01\nPão;1;02\nChá;2;03\n", False),
        ("Produto;Preço;C\nCafé;19;10\nPão;1;20\n", False),
        ("Produto;Preço;Ct\nCafé;19,90;90\nPão;1;00\n", False),
        ("Produto;Preço;Cor\nCafé;19;90\nPão;1;00\n", False),
        ("Produto,Preço\nCafé,19,90\nPão,1,00\n", False),
    ],
)
def test_a_price_in_two_columns_is_told_and_not_cut(tmp_path: Path, content: str, is_told: bool) -> None:
    _, columns, doubts = read(tmp_path, content)

    assert ("preco" in columns, "duas colunas (B e C)" in doubts) == (not is_told, is_told)


@pytest.mark.parametrize(("total", "is_told"), [("219,00", True), ("220,00", False), ("", False)])
def test_a_price_that_is_summed_up_may_be_that_of_many(tmp_path: Path, total: str, is_told: bool) -> None:
    doubts = read(tmp_path, f"Produto;Qtd;Valor\nCafé;10;199,00\nPão;20;20,00\nTotal;30;{total}\n")[2]

    assert ("“Valor” está somado" in doubts) == is_told


@pytest.mark.parametrize(
    "content",
    [
        "Produto;Qtd;Valor;Valor total\nCafé;1;5,00;5,00\nPão;2;6,00;12,00\nTotal;3;11,00;17,00\n",
        "Produto;Qtd;Valor\nCafé;1;5,00\nPão;1;6,00\nTotal;2;11,00\n",
    ],
)
def test_a_price_is_not_doubted_where_its_sum_says_nothing(tmp_path: Path, content: str) -> None:
    assert "está somado" not in read(tmp_path, content)[2]


def test_the_sheet_of_another_shop_is_doubted(tmp_path: Path) -> None:
    table, columns, _ = read(tmp_path, "Loja: Norte;\nProduto;Estoque\nCafé;10\n")
    sheet = replace(table, left_out=(), dialect=Dialect(sheet="Norte"))

    for one in (table, sheet):
        assert "e o estoque vai para “Loja Centro”." in " ".join(find_doubts(one, columns, SHOPS))
        assert find_doubts(one, columns, ShopNames(SHOPS.every, "Norte")) == []


def test_headings_that_name_several_shops_are_not_those_of_another_shop_s_list(tmp_path: Path) -> None:
    below = "Produto;Preço;Estoque;\n;;Loja Centro;Norte\nCafé;1,00;10;3\nPão;2,00;20;0\n"
    row = "Produto;Estoque;Estoque Norte\n"
    again = f"{row}Café;10;3\nPão;20;0\n{row}Mel;5;6\n"

    assert all("Parece a lista de outra loja" not in read(tmp_path, text, SHOPS)[2] for text in (below, again))


def test_a_number_alone_is_no_shop_of_a_price(tmp_path: Path) -> None:
    shops = ShopNames(("Loja 1", "Loja 2"), "Loja 1")

    assert read(tmp_path, "Produto;Preço;Preço 2;Kg 2\nCafé;19,90;18,90;3\nPão;1,00;0,90;4\n", shops)[2] == ""
    assert "Há preços por loja" in read(tmp_path, "Produto;Preço;Preço Loja 2\nCafé;19,90;18,90\n", shops)[2]


@pytest.mark.parametrize("heading", ["Grupo", "Peso", "Total", "Rua"])
def test_a_known_heading_is_no_part_of_a_shop_s_name(tmp_path: Path, heading: str) -> None:
    shops = ShopNames(("Grupo Peso Total da Rua",), "Grupo Peso Total da Rua")

    assert read(tmp_path, f"Produto;Preço;{heading};Estoque\nCafé;19,90;18;3\nPão;1,00;9;4\n", shops)[2] == ""


def test_columns_that_are_not_used_are_named(tmp_path: Path) -> None:
    rows = "Café;19,90;0901;;10;3\nPão;1,00;1701;;20;0\n"
    table, columns, _ = read(tmp_path, f"Produto;Preço;NCM;Obs;Peso bruto;Estoque Norte\n{rows}")

    kind, sentence = words.understood(table, columns, NO_SHOPS)

    assert (kind, sentence.count("Estoque Norte")) == ("Warn", 1)
    assert sentence.endswith(" Colunas não usadas: NCM, Peso bruto.")


def test_columns_are_unused_by_what_is_in_them(tmp_path: Path) -> None:
    rows = [f"Camisa;5,00;Azul;{'x' if at == 700 else ''};;y" for at in range(800)]
    table, columns, _ = read(tmp_path, "\n".join(["Produto;Preço;Cor;Obs;Lote;", *rows, "Camisa;1,00;Preta;;;"]))

    assert list_unused(table, columns.values(), letters_of, name_at=columns[NAME]) == ["Cor", "Obs", "F"]

    table, columns, _ = read(tmp_path, "Produto;Preço;Cor;Tam\nCamisa;5,00;Azul;P\nCamisa;5,00;Azul;M\n")
    assert list_unused(table, columns.values(), letters_of, name_at=columns[NAME]) == []


def test_many_columns_that_are_not_used_are_counted(tmp_path: Path) -> None:
    headings, cells = ";".join(f"Campo {at}" for at in range(12)), ";".join("x" * 12)
    table, columns, _ = read(tmp_path, f"Produto;Preço;{headings}\nCafé;5,00;{cells}\nPão;1,00;{cells}\n")

    assert words.understood(table, columns, NO_SHOPS)[1].endswith("Campo 6, Campo 7 e mais 4.")
