"""Units of measure: which there are, and whether quantities in them must be whole numbers."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from almoxarife.server.audit import service as audit
from almoxarife.server.audit.tags import Tag
from almoxarife.server.catalog.models import TAKEN_BACK, Unit
from almoxarife.server.catalog.units.errors import UnitExists, UnitKept, UnitNotFound
from almoxarife.server.errors import bad_fields
from almoxarife.server.identity import Identity
from almoxarife.server.store.sessions import raw
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.codes.units import Unit as StandardUnit
from almoxarife.wire.fields import SCALE
from almoxarife.wire.problem import FieldError


def find_units(session: Session) -> dict[str, bool]:
    """Whether each unit takes decimals, by its code."""
    rows = raw(session).execute("SELECT code, takes_decimals FROM units")
    return {code: bool(takes_decimals) for code, takes_decimals in rows}


def list_units(session: Session) -> list[Unit]:
    return list(session.scalars(select(Unit).order_by(Unit.code)))


def create_unit(session: Session, code: str, name: str, *, takes_decimals: bool, by: Identity) -> Unit:
    """Raises UnitExists; records ``catalog:unit:created``."""
    if session.get(Unit, code) is not None:
        raise UnitExists
    unit = Unit(code=code, name=name, takes_decimals=takes_decimals)
    session.add(unit)
    session.flush()
    audit.record(session, Tag.UNIT_CREATED, by=by, cause=f"{code}{' com decimais' if takes_decimals else ''}")
    return unit


def remove_unit(session: Session, code: str, *, by: Identity) -> None:
    """Raises UnitNotFound, and UnitKept for a standard unit or one that a product uses.

    Records ``catalog:unit:removed``.
    """
    unit = session.get(Unit, code)
    if unit is None:
        raise UnitNotFound
    used = raw(session).execute(
        "SELECT name FROM products WHERE unit = ? AND substr(name_folded, 1, 1) != ? ORDER BY id LIMIT 1",
        (code, TAKEN_BACK),
    )
    if used:
        raise UnitKept(f"“{used[0][0]}” é contado em {code}. Mude a unidade dos produtos que a usam.")
    if code in set(StandardUnit):
        raise UnitKept
    session.delete(unit)
    session.flush()
    audit.record(session, Tag.UNIT_REMOVED, by=by, cause=code)


def find_unit_fault(product: ProductIn, units: Mapping[str, bool]) -> FieldError | None:
    """What is wrong with the unit of a product, its minimum stock or the quantities of its boxes."""
    if product.unit not in units:
        known = ", ".join(sorted(units))
        return FieldError(campo="unidade", mensagem=f"Sigla desconhecida. Use uma destas: {known}.")
    if not product.fits(takes_decimals=units[product.unit]):
        sentence = f"O estoque mínimo em {product.unit} deve ser um número inteiro."
        return FieldError(campo="estoque_minimo", mensagem=sentence)
    if not units[product.unit] and any(code.factor != code.factor.to_integral_value() for code in product.codes or ()):
        sentence = f"Em {product.unit}, uma embalagem tem um número inteiro de unidades."
        return FieldError(campo="codigos", mensagem=sentence)
    return None


def require_unit(product: ProductIn, units: Mapping[str, bool]) -> None:
    """Raises BadRequest with the fault that ``find_unit_fault`` finds."""
    fault = find_unit_fault(product, units)
    if fault is not None:
        raise bad_fields([fault])


def list_fractional(session: Session) -> set[int]:
    """Products with a balance that is not a whole number, which cannot get a unit without decimals."""
    rows = raw(session).execute("SELECT DISTINCT product_id FROM balances WHERE quantity % ? != 0", (SCALE,))
    return {product_id for (product_id,) in rows}
