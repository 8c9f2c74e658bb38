"""The exports of the programs that shops come from: each column that we keep is told by its heading, and no other."""

import pytest

from almoxarife.tables.headings import KNOWN, STOCK_AND_CODES, guess_columns
from almoxarife.tables.product_cells import LABELS
from almoxarife.tables.vocabulary.fields import STATUS

BLING = (
    "ID;Código;Descrição;Unidade;NCM;Origem;Preço;Valor IPI fixo;Observações;Situação;Estoque;Preço de custo;"
    "Cód. no fornecedor;Fornecedor;Localização;Estoque máximo;Estoque mínimo;Peso líquido (Kg);Peso bruto (Kg);"
    "GTIN/EAN;GTIN/EAN da Embalagem;Largura do produto;Altura do Produto;Profundidade do produto;Data Validade;"
    "Descrição do Produto no Fornecedor;Descrição Complementar;Itens p/ caixa;Produto Variação;Tipo Produção;"
    "Tipo do item;Código Pai;Código Integração;Grupo de produtos;Marca;CEST;Volumes;Descrição Curta;"
    "URL Imagens Externas;Departamento;Unidade de Medida;Preço de Compra;Categoria do produto;Informações Adicionais"
)
TINY = (
    "ID;Código (SKU);Descrição;Unidade;NCM (Classificação fiscal);Origem;Preço;Valor IPI fixo;Observações;Situação;"
    "Estoque;Preço de custo;Cód do fornecedor;Fornecedor;Localização;Estoque máximo;Estoque mínimo;Peso líquido (Kg);"
    "Peso bruto (Kg);GTIN/EAN;GTIN/EAN tributável;Descrição complementar;CEST;Formato embalagem;Largura embalagem;"
    "Tipo do produto;Categoria;Código do pai;Variações;Marca;Garantia;Preço promocional;Unidade por caixa;Markup"
)
OMIE = (
    "Situação;Descrição;Código;Família de Produto;Código NCM;CEST;Código EAN (GTIN);Preço Unitário de Venda;"
    "Estoque Físico;Reservado;Unidade;Peso Líquido;Marca;Modelo"
)
SQUARE = (
    "Token;Item Name;Variation Name;SKU;Description;Category;GTIN;Square Online Item Visibility;Weight (lb);Price;"
    "Sellable;Stockable;Option Name 1;Option Value 1;Default Unit Cost;Default Vendor Name;Default Vendor Code;"
    "Current Quantity Loja Centro;New Quantity Loja Centro;Stock Alert Enabled Loja Centro;"
    "Stock Alert Count Loja Centro;Tax - ICMS (7%)"
)
WOOCOMMERCE = (
    "ID;Type;SKU;GTIN, UPC, EAN, or ISBN;Name;Published;Is featured?;Visibility in catalog;Short description;"
    "Description;Tax status;In stock?;Stock;Low stock amount;Backorders allowed?;Weight (kg);Sale price;Regular price;"
    "Categories;Tags;Images;Parent"
)
LOYVERSE = "Handle;SKU;Name;Category;Sold by weight;Price;Cost;Barcode;In stock"
INVENTREE = (
    "ID;Name;IPN;Description;Category;Units;Default Location;Minimum Stock;Active;In Stock;Total Stock;Pricing Min;Link"
)

NEX = (
    "Descrição;Código;Estoque Atual;Estoque Reservado;Estoque Disponível;Preço;Markup %;Custo Unitário;Custo Total;"
    "Preço Total;Categoria;Unid;Fornecedor Principal;Estoque Min.;Estoque Max.;Abaixo Min.;Repor;Prêmio ?;Pontos Nec.;"
    "Obs;Tributação;NCM;Incluído em;Alterado em;Alterado por"
)


EXPECTED = {
    BLING: (
        "Descrição;Unidade;GTIN/EAN;Estoque mínimo;Preço;Estoque;Preço de custo;Código;GTIN/EAN da Embalagem;"
        "Itens p/ caixa"
    ),
    TINY: "Descrição;Unidade;GTIN/EAN;Estoque mínimo;Preço;Estoque;Preço de custo;Código (SKU);;Unidade por caixa",
    OMIE: "Descrição;Unidade;Código EAN (GTIN);;Preço Unitário de Venda;Estoque Físico;;Código;;",
    SQUARE: "Item Name;;GTIN;Stock Alert Count Loja Centro;Price;Current Quantity Loja Centro;Default Unit Cost;SKU;;",
    WOOCOMMERCE: "Name;;GTIN, UPC, EAN, or ISBN;Low stock amount;Regular price;Stock;;SKU;;",
    LOYVERSE: "Name;;Barcode;;Price;In stock;Cost;SKU;;",
    NEX: "Descrição;Unid;;Estoque Min.;Preço;Estoque Atual;Custo Unitário;Código;;",
    INVENTREE: "Name;Units;;Minimum Stock;Pricing Min;Total Stock;;IPN;;",
}
"""In the order of ``LABELS``, without what says whether it is sold."""


@pytest.mark.parametrize(
    "headings",
    EXPECTED,
    ids=["Bling", "Tiny", "Omie", "Square", "WooCommerce", "Loyverse", "Nex", "InvenTree"],
)
def test_the_columns_of_another_program_are_told_by_their_headings(headings: str) -> None:
    names = headings.split(";")
    known = guess_columns(names)
    further = guess_columns(names, known=STOCK_AND_CODES, taken=known.values())
    found = {**known, **further}

    fields = [field for field in LABELS if field != STATUS]
    assert set(fields) == {*KNOWN, *STOCK_AND_CODES}
    assert ";".join(names[found[field]] if field in found else "" for field in fields) == EXPECTED[headings]


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        *((heading, "preco") for heading in (
            "Preço de Venda 1", "Preço Loja", "Preço Balcão", "Preço Atual", "PRECO1", "PRVENDA", "P.V.P.", "Valores",
            "[Preço]", "Preço do produto", "Preço de venda loja", "R$", "R$ Unit.", "Unit. (R$)", "Preço/UN",
            "Preço por unidade", "Preço Kg", "Pr. Unit.", "V. Unit.", "À vista", "PMC", "Preço de capa", "VLRUNIT",
            "PRECOVENDA", "Preço novo", "Preço da variante", "vl_preco", "Preço [Mercado Central]",
            "Preço (venda)", "Valor (R$) venda", "Preço (unidade)", "Preço/Venda", "PRECO,N,12,2",
            "Preço (com imposto)", "Preço (mês 11)", "Preço (frete incluso)", "Preço (sem desconto)",
            "Preço (à vista ou cartão)", "Val. Venda", "Valor Unitário de Venda", "Preço Unit. Venda",
            "2-Preço", "2) Valor", "1º preço", "Preço R$/UN", "R$/kg", "Precio de venta", "Precio", "MSRP",
        )),
        *((heading, "custo") for heading in ("PRCUSTO", "P. Custo", "Custo Unit.", "Custo final", "Custo reposição",
            "Cust", "C. Unit.", "Compra", "R$ Custo",
            "Preço (custo)", "Valor (compra)", "Valor (R$) custo", "Preço/Custo", "Pr.Custo", "Custo (unitário)",
            "P. Compra", "Val. Custo", "Valor Unitário de Custo", "Preço Unit. Compra", "Vl Ult Compra",
            "Custo un.", "Costo", "Precio de costo", "cost_per_unit",
        )),
        *((heading, "saldo_inicial") for heading in (
            "Saldo Disponível", "Estoque Total", "Estoque Real", "Saldo Atual em Estoque", "Inventário",
            "Estoque (atual)", "Estoque (caixas)", "Estoque (un)", "Saldo (estoque)", "ESTOQUE,N,10,3",
            "Estoque (dia 30/11)", "Contagem (fim do mês)",
            "Sld. Atual", "estoque-quantidade", "Quantidade atual Centro",
            "3 - Estoque", "Saldo Qtd", "Cantidad", "Existencias", "Stock Level", "stock_qty",
            "QTDESTOQUE", "qt_saldo", "Est. Disp.", "Em estoque [Mercado Central]",
        )),
        *((heading, "codigo_barras") for heading in ("EAN do produto", "Código de Barras Principal", "eanTributavel",
            "C. Barras", "Cod Bar", "ISBN-13", "UPC Code", "Código (EAN)", "CODBAR,C,13",
        )),
        *((heading, "nome") for heading in ("NomeProd", "Produto / Serviço", "Descrição Resumida",
            "Descrição do Material", "Peça", "Medicamento", "DESCPROD", "Nome/Descrição",
            "Produto (USD)", "1-Produto", "01. Descrição", "Nombre del producto", "Artículo", "Descripción",
        )),
        *((heading, "unidade") for heading in ("U.M.", "Unidad", "Tipo Unidade", "sg_unidade", "UNIDADEMEDIDA")),
        *((heading, "estoque_minimo") for heading in ("Estoque mínimo ideal", "ESTMIN", "Stock mínimo",
            "Estoque baixo [Loja]", "Estoque (mínimo)", "Quantidade (mín.)",
        )),
    ],
)  # fmt: skip
def test_headings_as_shops_and_reports_shorten_them(heading: str, field: str) -> None:
    known = guess_columns([heading])
    assert {**known, **guess_columns([heading], known=STOCK_AND_CODES, taken=known.values())} == {field: 0}


@pytest.mark.parametrize(
    "heading",
    [
        *(
            "Preço total",
            "Preço 2",
            "2º Preço",
            "Custo total",
            "Fornecedor/Nome",
            "Categoria/Nome",
            "Situação tributária",
        ),
        *("Preço (caixa)", "Preço (atacado)", "Valor (total)", "Preço (anterior)", "Custo (fardo)", "Preço (mínimo)"),
        *("Preço (frete)", "Preço (desconto)", "Quantidade (mês)", "Qtd (por dia)", "Preço (caixa com desconto)"),
        *("Estoque (dias)", "Estoque (máx.)", "Quantidade (vendida)", "Qtd (caixa)", "Saldo (reservado)"),
        *("Estoque ideal", "Quantidade ideal", "Nome loja", "Unidade loja", "Código loja"),
        *(
            "Estoque (R$)",
            "Estoque R$",
            "Estoque (US$)",
            "Saldo em euros",
            "Valor em estoque",
            "Total R$",
            "CUSTOTOTAL",
            "Valor(es) do atributo 1",
            "Parcela",
            "Desconto",
        ),
    ],
)
def test_headings_of_other_things_hold_no_field(heading: str) -> None:
    assert {**guess_columns([heading]), **guess_columns([heading], known=STOCK_AND_CODES)} == {}


def test_what_a_known_heading_says_in_brackets_does_not_put_it_behind_another() -> None:
    assert guess_columns(["Estoque (loja)", "Estoque (depósito)"], known=STOCK_AND_CODES) == {"saldo_inicial": 0}
