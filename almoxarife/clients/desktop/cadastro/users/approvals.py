"""Announces people who wait for approval to an administrator: at the login, and then every minute."""

from collections.abc import Callable

from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.frame.background import Scheduler
from almoxarife.wire.accounts import AccountState, User

EVERY_MS = 60_000


class Approvals:
    """``may_approve``: whether to ask now. ``tell`` is called with a sentence about people not announced yet."""

    def __init__(
        self,
        scheduler: Scheduler,
        server_call: ServerCall,
        *,
        may_approve: Callable[[], bool],
        tell: Callable[[str], None],
    ) -> None:
        self._scheduler = scheduler
        self._server_call = server_call
        self._may_approve = may_approve
        self._tell = tell
        self._announced: set[str] = set()
        self._ask_later()

    def logged_in(self) -> None:
        """Announce everybody again, to another person."""
        self._announced.clear()
        self._ask()

    def _ask_later(self) -> None:
        self._scheduler.after(EVERY_MS, self._ask_again)

    def _ask_again(self) -> None:
        self._ask()
        self._ask_later()

    def _ask(self) -> None:
        if self._may_approve():
            self._server_call.ask(
                lambda api: api.users(AccountState.PENDING),
                then=self._announce,
                failed=lambda _: None,  # the status bar shows it; the next poll follows
            )

    def _announce(self, users: list[User]) -> None:
        new = [user for user in users if user.id not in self._announced]
        self._announced = {user.id for user in users}
        if new and self._may_approve():
            self._tell(sentence([user.username for user in new]))


def sentence(names: list[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} espera a sua aprovação."
    rest = names[1] if len(names) == 2 else f"mais {len(names) - 1}"
    return f"{names[0]} e {rest} esperam a sua aprovação."
