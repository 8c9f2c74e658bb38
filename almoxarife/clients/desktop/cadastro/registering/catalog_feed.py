"""Polls the server for the product list."""

from collections.abc import Callable

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.registering.product_list import Loaded, load
from almoxarife.clients.desktop.frame.connection import ConnectionState, Heartbeat
from almoxarife.clients.desktop.frame.shell import Shell

_KEY = "produtos"


class CatalogFeed:
    """``loaded`` is called with each response, ``show`` with each new state of the connection.

    ``refused`` is called when the server answers that this person may not see the products of this shop.
    """

    def __init__(
        self,
        shell: Shell,
        *,
        shop_id: Callable[[], str | None],
        loaded: Callable[[Loaded], None],
        refused: Callable[[], None],
        show: Callable[[ConnectionState], None],
    ) -> None:
        self._shell = shell
        self._shop_id = shop_id
        self._loaded = loaded
        self._refused = refused
        self._etag: str | None = None
        self._heartbeat = Heartbeat(
            shell.root, ask=self._ask, show=show, interval_s=shell.interval_s, reserve=lambda: shell.api.reserve
        )

    @property
    def is_online(self) -> bool:
        return self._heartbeat.is_online

    def ask_now(self) -> None:
        self._heartbeat.ask_now()

    def start_over(self) -> None:
        """Ask anew, without ETag, for another person or another shop."""
        self._etag = None
        self._shell.background.forget(_KEY)
        self._heartbeat.pause()
        self._heartbeat.ask_now()

    def pause(self) -> None:
        """Nobody is logged in: stop polling and drop a running request."""
        self._shell.background.forget(_KEY)
        self._heartbeat.pause()

    def _ask(self) -> None:
        api, shop_id, etag = self._shell.api, self._shop_id(), self._etag
        self._shell.background.run(lambda: load(api, shop_id, etag), then=self._answered, failed=self._failed, key=_KEY)

    def _answered(self, loaded: Loaded) -> None:
        self._heartbeat.answered()
        self._etag = loaded.etag
        self._loaded(loaded)

    def _failed(self, error: ApiError) -> None:
        if error.is_session_over:
            self.pause()
            if not self._shell.session_over(error):
                self._heartbeat.ask_now()
        else:
            self._heartbeat.failed(error)
            if not error.is_worth_repeating:
                self._refused()
