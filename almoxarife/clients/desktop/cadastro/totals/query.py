"""The questions of *Vendas* and how they are asked: period, filters, ranking. No widget here."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from almoxarife.brazil import format_date, parse_date
from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.desktop.kit.forms import FormInvalid
from almoxarife.wire.sales import Ranked, RankedBy, Sale, SalesTotal
from almoxarife.wire.times import EARLIEST_YEAR

MAX_SALES = 500
"""Sales in one request."""
OTHER_DAYS = "Outros dias"
_ONE = timedelta(days=1)

Days = tuple[date | None, date | None]
"""(first, last), both included; None means no limit."""


def _this_month(today: date) -> Days:
    return today.replace(day=1), today


def _last_month(today: date) -> Days:
    last = today.replace(day=1) - _ONE
    return last.replace(day=1), last


PERIODS: Mapping[str, Callable[[date], Days]] = {
    "Hoje": lambda today: (today, today),
    "Ontem": lambda today: (today - _ONE, today - _ONE),
    "Últimos 7 dias": lambda today: (today - 6 * _ONE, today),
    "Este mês": _this_month,
    "Mês passado": _last_month,
    "Este ano": lambda today: (today.replace(month=1, day=1), today),
    "Todo o tempo": lambda today: (None, None),
}


def format_days(days: Days) -> tuple[str, str]:
    """The texts of the two fields."""
    since, until = (format_date(day) if day else "" for day in days)
    return since, until


def parse_days(since: str, until: str, today: date) -> Days:
    """Parse the two fields; an empty one means no limit. Raises FormInvalid."""
    errors: dict[str, str] = {}
    days: dict[str, date | None] = {}
    for name, text in (("de", since), ("ate", until)):
        try:
            days[name] = _parse_day(text, today)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise FormInvalid(errors)
    first, last = days["de"], days["ate"]
    if first and last and last < first:
        raise FormInvalid({"ate": "O último dia vem antes do primeiro."})
    return first, last


def _parse_day(text: str, today: date) -> date | None:
    if not text.strip():
        return None
    day = parse_date(text, today)
    if day.year < EARLIEST_YEAR:
        raise ValueError("Este dia é antigo demais.")
    return day


def name_period(days: Days, today: date) -> str:
    return next((name for name, make in PERIODS.items() if make(today) == days), OTHER_DAYS)


@dataclass(frozen=True)
class Question:
    days: Days
    by: RankedBy | None
    """None: the sales one by one."""
    shop_id: str | None = None
    chain_id: str | None = None
    seller_id: str | None = None
    is_own: bool = False
    """Whether the person may see only their own sales."""
    product_id: str | None = None
    hour: int | None = None
    """Like ``product_id``, only for sales one by one, opened from a row of a ranking."""
    about: str = ""
    """The name of that row."""

    @property
    def without_line(self) -> "Question":
        """The question without product and hour, for which there are no filters."""
        return replace(self, product_id=None, hour=None, about="")


@dataclass(frozen=True)
class SalesReport:
    question: Question
    total: SalesTotal
    best_shops: list[Ranked]
    best_sellers: list[Ranked]
    ranking: list[Ranked]
    sales: list[Sale]
    """Newest first."""
    has_older: bool = False
    """There may be more sales before these."""


def ask(api: ApiClient, question: Question) -> SalesReport:
    """Ask the server; for a worker thread. Raises ApiError."""
    since, until = question.days
    shop, chain = question.shop_id, question.chain_id
    total = _find_total(api, question)
    ranking: list[Ranked] = []
    sales: list[Sale] = []
    if question.by is None:
        sales = _list_sales(api, question)
    else:
        ranking = _rank(api, question, question.by)
    shops: list[Ranked] = []
    sellers: list[Ranked] = []
    if question.is_own or question.seller_id is not None or question.about:
        pass  # with one seller or one product there is no best
    elif shop is None:
        shops = api.best_shop(since=since, until=until, chain_id=chain)
        sellers = api.best_seller(since=since, until=until, chain_id=chain)
    else:
        of_shop = api.ranking(RankedBy.SELLER, since=since, until=until, shop_id=shop, chain_id=chain)
        sellers = [seller for seller in of_shop if seller.place == 1]
    return SalesReport(question, total, shops, sellers, ranking, sales, has_older=len(sales) == MAX_SALES)


def _find_total(api: ApiClient, question: Question) -> SalesTotal:
    """The total. For a product or an hour it is taken from the ranking, which counts only that product's items."""
    since, until = question.days
    shop, chain = question.shop_id, question.chain_id
    if question.product_id is None and question.hour is None:
        return api.sales_total(seller_id=question.seller_id, shop_id=shop, chain_id=chain, since=since, until=until)
    by, key = (
        (RankedBy.HOUR, str(question.hour)) if question.product_id is None else (RankedBy.PRODUCT, question.product_id)
    )
    return next(
        (SalesTotal(total=one.total, vendas=one.sales) for one in _rank(api, question, by) if one.id == key),
        SalesTotal(total=Decimal(0), vendas=0),
    )


def _rank(api: ApiClient, question: Question, by: RankedBy) -> list[Ranked]:
    since, until = question.days
    return api.ranking(
        by,
        since=since,
        until=until,
        shop_id=question.shop_id,
        chain_id=question.chain_id,
        seller_id=question.seller_id,
    )


def ask_older(api: ApiClient, report: SalesReport) -> SalesReport:
    """Add the page before the oldest sale; for a worker thread."""
    older = _list_sales(api, report.question, before=report.sales[-1].id)
    return replace(report, sales=[*report.sales, *older], has_older=len(older) == MAX_SALES)


def ask_all(api: ApiClient, report: SalesReport) -> SalesReport:
    """Add all older sales; for a worker thread."""
    while report.has_older:
        report = ask_older(api, report)
    return report


def _list_sales(api: ApiClient, question: Question, *, before: str | None = None) -> list[Sale]:
    since, until = question.days
    found = api.sales(
        newest=MAX_SALES,
        before=before,
        seller_id=question.seller_id,
        shop_id=question.shop_id,
        chain_id=question.chain_id,
        product_id=question.product_id,
        hour=question.hour,
        since=since,
        until=until,
        with_cancelled=True,
    )
    return found[::-1]


def narrow(question: Question, by: RankedBy, key: str, name: str = "") -> Question:
    """The question for the sales behind a row of a ranking. ``name``: the row's name."""
    one_by_one = replace(question, by=None)
    match by:
        case RankedBy.SELLER:
            return replace(one_by_one, seller_id=key)
        case RankedBy.SHOP:
            return replace(one_by_one, shop_id=key)
        case RankedBy.CHAIN:
            return replace(one_by_one, chain_id=key)
        case RankedBy.PRODUCT:
            return replace(one_by_one, product_id=key, about=name or key)
        case RankedBy.HOUR:
            return replace(one_by_one, hour=int(key), about=name or key)
        case RankedBy.DAY:
            day = date.fromisoformat(key)
            return replace(one_by_one, days=(day, day))
