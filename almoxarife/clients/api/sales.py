"""Sales, cancellations, totals and rankings: ``/vendas``."""

from datetime import date, datetime

from pydantic import TypeAdapter

from almoxarife.clients.api.session import ApiSession, path_of, without_none
from almoxarife.wire.sales import Best, CancellationIn, Ranked, RankedBy, Sale, SaleIn, SalesTotal

_SALES = TypeAdapter(list[Sale])
_RANKING = TypeAdapter(list[Ranked])


class SalesClient(ApiSession):
    """``since`` and ``until`` are days in the shop's time zone, both included; None means no limit."""

    def sell(self, sale: SaleIn, *, key: str) -> Sale:
        return self._read(Sale, self._post("/vendas", sale, key=key))

    def cancel_sale(self, sale_id: str, cancellation: CancellationIn, *, key: str) -> Sale:
        """Cancel a sale, which also returns its stock."""
        return self._read(Sale, self._post(path_of("vendas", sale_id, "cancelamento"), cancellation, key=key))

    def post_sale_as(
        self,
        account: str,
        path: str,
        body: bytes,
        *,
        key: str,
        timeout_s: tuple[float, float],
        waited_s: int,
        not_before: datetime | None,
    ) -> Sale:
        """Send a queued sale or cancellation."""
        return self._read(Sale, self._post_as(account, path, body, key, timeout_s, waited_s, not_before))

    def sale(self, sale_id: str) -> Sale | None:
        """None if there is no such sale."""
        return self._find(Sale, path_of("vendas", sale_id))

    def sales(
        self,
        *,
        newest: int | None = None,
        before: str | None = None,
        shop_id: str | None = None,
        chain_id: str | None = None,
        seller_id: str | None = None,
        product_id: str | None = None,
        hour: int | None = None,
        since: date | None = None,
        until: date | None = None,
        with_cancelled: bool = False,
    ) -> list[Sale]:
        """Oldest first by time of sale: all, or the ``newest`` n (1-500) ``before`` the sale of this id."""
        params = without_none(
            ultimas=newest,
            antes=before,
            loja=shop_id,
            rede=chain_id,
            vendedor=seller_id,
            produto=product_id,
            hora=hour,
            de=since,
            ate=until,
            canceladas="1" if with_cancelled else None,
        )
        return self._read_list(_SALES, self._send("GET", "/vendas", params=params))

    def sales_total(
        self,
        *,
        seller_id: str | None = None,
        shop_id: str | None = None,
        chain_id: str | None = None,
        since: date | None = None,
        until: date | None = None,
    ) -> SalesTotal:
        """The total of this person's shops, or of a seller's own sales, without cancelled sales."""
        params = without_none(vendedor=seller_id, loja=shop_id, rede=chain_id, de=since, ate=until)
        return self._read(SalesTotal, self._send("GET", "/vendas/total", params=params))

    def ranking(
        self,
        by: RankedBy,
        *,
        since: date | None = None,
        until: date | None = None,
        chain_id: str | None = None,
        shop_id: str | None = None,
        seller_id: str | None = None,
    ) -> list[Ranked]:
        params = without_none(por=by.value, de=since, ate=until, rede=chain_id, loja=shop_id, vendedor=seller_id)
        return self._read_list(_RANKING, self._send("GET", "/vendas/ranking", params=params))

    def best_shop(
        self, *, since: date | None = None, until: date | None = None, chain_id: str | None = None
    ) -> list[Ranked]:
        """All shops that share the first place; empty without sales."""
        params = without_none(de=since, ate=until, rede=chain_id)
        return self._read(Best, self._send("GET", "/vendas/melhor-loja", params=params)).best

    def best_seller(
        self, *, since: date | None = None, until: date | None = None, chain_id: str | None = None
    ) -> list[Ranked]:
        """All sellers that share the first place; empty without sales."""
        params = without_none(de=since, ate=until, rede=chain_id)
        return self._read(Best, self._send("GET", "/vendas/melhor-vendedor", params=params)).best
