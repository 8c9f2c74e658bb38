"""Products and movements for tests, with only what matters named."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from almoxarife.wire.catalog import FurtherCode, Product
from almoxarife.wire.codes.units import MEASURED
from almoxarife.wire.sales import Sale, SoldBy
from almoxarife.wire.stock import Movement

NOON = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)  # 12:00 in São Paulo


def product(
    name="Parafuso 10mm",
    product_id="p1",
    *,
    balance="0",
    unit="UN",
    barcode=None,
    minimum=None,
    price=None,
    active=True,
    sku=None,
    codes=(),
):
    """``codes``: each with its factor."""
    return Product(
        id=product_id, nome=name, unidade=unit, decimais=unit in MEASURED, codigo_barras=barcode,
        saldo=Decimal(balance),
        estoque_minimo=None if minimum is None else Decimal(minimum), preco=price, ativo=active, versao=1,
        sku=sku, codigos=[FurtherCode(codigo=code, fator=Decimal(factor)) for code, factor in codes],
    )  # fmt: skip


def movement(
    seq,
    effect="5",
    *,
    kind="entrada",
    name="Parafuso 10mm",
    by="ana",
    balance="5",
    minutes=0,
    reason=None,
    shop="l1",
    document=None,
    supplier=None,
):
    at = NOON + timedelta(minutes=minutes, seconds=seq)
    return Movement(
        id=f"m{seq}", seq=seq, produto_id="p1", nome_produto=name, quantidade=abs(Decimal(effect)),
        variacao=Decimal(effect), saldo=Decimal(balance), tipo=kind, loja_id=shop, registrado_por=by,
        timestamp=at, ocorrido_em=at, motivo=reason, documento=document, fornecedor=supplier,
    )  # fmt: skip


def sale(number, amount="19.90", *, by="ana", shop="l1", minutes=0, cancelled=False):
    at = NOON + timedelta(minutes=minutes, seconds=number)
    return Sale(
        id=f"v{number}", seq=number, loja_id=shop, vendedor=SoldBy(id=by, nome=by), valor=Decimal(amount),
        desconto=Decimal(0), itens=[], registrada_em=at, ocorrido_em=at, estoque_negativo=False,
        cancelada_em=at if cancelled else None,
    )  # fmt: skip
