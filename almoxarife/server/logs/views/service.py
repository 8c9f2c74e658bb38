"""Saved views of the log, shared by everybody who may read the log."""

from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from almoxarife.server.logs.views.errors import TooManyViews, ViewNotFound
from almoxarife.server.logs.views.models import SavedView
from almoxarife.wire.fields import fold_case

MAX_VIEWS = 100


def list_views(session: Session) -> list[SavedView]:
    return list(session.scalars(select(SavedView).order_by(SavedView.name_folded)))


def save(session: Session, name: str, query: str) -> SavedView:
    """Save a view; one of the same name is replaced. Raises TooManyViews."""
    folded = fold_case(name)
    view = session.scalars(select(SavedView).where(SavedView.name_folded == folded)).one_or_none()
    if view is None:
        if session.execute(select(func.count()).select_from(SavedView)).scalar_one() >= MAX_VIEWS:
            raise TooManyViews
        view = SavedView(name_folded=folded, created_at=datetime.now(UTC))
        session.add(view)
    view.name, view.query = name, query
    session.flush()
    return view


def remove(session: Session, view_id: int) -> None:
    """Raises ViewNotFound."""
    view = session.get(SavedView, view_id)
    if view is None:
        raise ViewNotFound
    session.delete(view)
    session.flush()
