"""Lists of sizes, of dishes, of sales or of people: which become products, and which are doubted."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from almoxarife.clients.desktop.cadastro.importing.rows import prepare
from almoxarife.tables.cells import Table
from almoxarife.tables.columns import find_doubts, guess_all_columns
from almoxarife.tables.reader import read_table


def read(folder: Path, content: str) -> Table:
    file = folder / "lista.csv"
    file.write_text(content, encoding="utf-8")
    return read_table(file)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("Produto;Cor;Tam\nBlusa;Azul;P\nBlusa;Azul;M\nBoné;Preto;\n", ["Blusa Azul P", "Blusa Azul M", "Boné"]),
        ("Produto;Tamanho\nTênis;38\nTênis 39;39\nTênis;40\n", ["Tênis 38", "Tênis 39", "Tênis 40"]),
        ("Produto;Marca\nArroz;Camil\nArroz;Tio João\nSal;Cisne\n", ["Arroz Camil", "Arroz Tio João", "Sal"]),
        ("Produto;Marca;Cor\nCaneta;Bic;Azul\nCaneta;Bic;Preta\n", ["Caneta Azul", "Caneta Preta"]),
        ("Produto;Cor\nCaneta;Azul\nCaneta;Azul\n", ["Caneta", "Caneta"]),
        ("Produto;Embalagem\nCafé;500 g\nCafé;1 kg\nCafé 5 kg;5 kg\n", ["Café 500 g", "Café 1 kg", "Café 5 kg"]),
        ("Produto;Fornecedor\nCaneta;A\nCaneta;B\n", ["Caneta", "Caneta"]),
        ("Produto;Marca;Descrição\nMassas;A;Nhoque\nMassas;B;Lasanha\n" + "Doces;A;Bala\nDoces;C;Pé de moça\n", [
            "Nhoque", "Lasanha", "Bala", "Pé de moça",
        ]),
        ("Modelo;Produto\nA1;Chave\nA2;Chave\n", ["Chave A1", "Chave A2"]),
    ],
)  # fmt: skip
def test_products_of_one_name_are_told_apart(tmp_path: Path, content: str, names: list[str]) -> None:
    table = read(tmp_path, content)

    assert [values["nome"] for values in prepare(table, guess_all_columns(table.headings, table.rows)).values] == names


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("Data;Cliente;Produto;Qtd;Valor\n01/11/2026;Ana;Café;3;15,00\n", "relatório (Data, Cliente)"),
        ("Data;Produto;Entrada;Saída;Saldo\n01/11/2026;Café;3;;3\n", "relatório (Data, Entrada, Saída)"),
        ("Data;Produto;Tipo;Qtd\n01/11/2026;Café;Entrada;3\n", "relatório (Data, Tipo)"),
        ("Data;Produto;Tipo;Qtd\n01/11/2026;Café;Bebida;3\n", ""),
        ("Vencimento;Descrição;Valor;Pago\n01/11/2026;Aluguel;1500,00;sim\n", "relatório (Vencimento, Pago)"),
        ("Nome;Cargo;Salário\nAna;Caixa;1.500,00\n", "lista de pessoas (Cargo, Salário)"),
        ("Nome;Telefone;Saldo\nAna;11 98765-4321;15\n", "lista de pessoas (Telefone)"),
        ("Fornecedor;CNPJ;Telefone\nTorra;12.345.678/0001-90;11 3333-4444\n", "lista de pessoas (CNPJ, Telefone)"),
        ("Produto;P;M;GG;Preço\nCamiseta;3;4;5;39,90\n", "cada tamanho (P, M, GG)"),
        ("Produto;38;40\nTênis;3;4\n", "cada tamanho (38, 40)"),
        ("Produto;Quantidade;% Part.;% Acum.\nCafé;30;60;60\n", "relatório (% Part., % Acum.)"),
        ("Produto;Qtd vendida;% Part.;% Acum.\nCafé;30;60;60\n", "relatório (% Part., % Acum.)"),
        ("Produto;Vencimento;Curva ABC;Preço\nSoro;01/11/2027;A;5,00\n", ""),
        ("Produto;Lote;Vencimento;Preço\nSoro;L1;01/11/2027;5,00\n", ""),
        ("Produto;Fornecedor;Data;Preço\nCafé;Torra;01/11/2026;5,00\n", ""),
        ("Produto;Custo;Venda\nCafé;3;5\nPão;1;2\n", ""),
        ("Nome;Endereço;Estoque\nCafé;Rua 3, nível 2;15\n", ""),
        ("Nome;Obs;Estoque\nCafé;x;15\n", ""),
        ("Nome;Fornecedor;Telefone;E-mail;Estoque\nCafé;Torra;11 98765-4321;t@t.com;15\n", ""),
        ("Nome;Função;Quantidade\nÁlcool;Limpeza;15\n", ""),
        ("Nome;Fornecedor;Telefone;Saldo\nCafé;Torra;11 98765-4321;15\n", ""),
        ("Produto;M;Preço\nFita;10;5,00\n", ""),
    ],
)
def test_a_list_of_another_kind_is_doubted(tmp_path: Path, content: str, says: str) -> None:
    table = read(tmp_path, content)
    doubts = find_doubts(table, guess_all_columns(table.headings, table.rows))

    assert len(doubts) == bool(says)
    assert says in "".join(doubts)


def test_a_number_in_a_name_has_a_comma(tmp_path: Path) -> None:
    book = Workbook()
    for cells in (("Produto", "Peso"), ("Ração", 1.5), ("Ração", 15)):
        book.active.append(cells)
    book.save(tmp_path / "lista.xlsx")
    table = read_table(tmp_path / "lista.xlsx")

    assert [row.cells[0] for row in table.rows] == ["Ração 1,5", "Ração 15"]


def test_the_name_of_a_dish_is_not_what_is_in_it(tmp_path: Path) -> None:
    dishes = "Massas;Lasanha;Com molho;35,00\nMassas;Nhoque;De batata;30,00\n"
    table = read(tmp_path, f"Categoria;Prato;Descrição;Preço\n{dishes}")

    assert guess_all_columns(table.headings, table.rows) == {"nome": 1, "preco": 3}


@pytest.mark.parametrize("first", ["Prato;20,00", "Insumo;UN", "Ferramenta;3"])
def test_a_product_named_as_its_kind_begins_a_list_without_headings(tmp_path: Path, first: str) -> None:
    assert len(read(tmp_path, f"{first}\n{first.replace('a', 'e')}\nCola;UN\n").rows) == 3
