"""Measures how long the windows freeze while the server hangs: ``python -m benchmarks.hanging``.

The API is stopped (SIGSTOP) for 10 s while somebody types into both windows. A pause is the time by which a
timer of 5 ms comes late in the window's own thread; what the thread waited for a processor is taken off.
Needs what the tests of the windows need: Linux, Xvfb, openbox, xdotool, xclip, imagemagick.
"""

import argparse
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.accounts import Registration
from almoxarife.wire.catalog import ProductIn
from almoxarife.wire.stock import MovementIn
from tests.gui.desk import Api, Desk, Window, missing_tools

PROMISED_MS = 50
_WORD = "parafuso"


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=10, help="how long the server hangs")
    seconds = arguments.parse_args().seconds
    if missing := missing_tools():
        print(f"missing: {', '.join(missing)}")
        return 2
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        longest_ms = measure(stack, folder, seconds)
    return 0 if longest_ms < PROMISED_MS else 1


def measure(stack: ExitStack, folder: Path, seconds: float) -> float:
    """Prints a line for each window; the longest pause of both."""
    api = Api(stack, folder / "dados")
    api.start()
    fill(api)
    desk = Desk(stack, folder, "1240x820")
    windows = [Window(stack, desk, folder, program, api, poll_s=5) for program in ("cadastro", "monitor")]
    for window in windows:
        window.log_in()
    for window in windows:
        window.time_pauses()
    api.signal(signal.SIGSTOP)
    waits = [type_for(window, seconds / len(windows)) for window in windows]
    api.signal(signal.SIGCONT)
    longest = [window.longest_pause_ms() for window in windows]
    for window, pause_ms, wait_ms in zip(windows, longest, waits, strict=True):
        pause = f"{pause_ms:.0f} ms" if pause_ms else "under 10 ms"
        print(f"{window.program}: longest pause {pause}, typed text seen after {wait_ms:.0f} ms at most")
    return max(longest)


def fill(api: Api) -> None:
    ApiClient(api.url).register(Registration(username="admin", password="1234"))
    admin = api.client()
    for number in range(200):
        product = admin.create_product(ProductIn(nome=f"Produto {number}"), key=f"produto-{number}")
        admin.record_movement(MovementIn(produto_id=product.id, quantidade=Decimal(5)), key=f"entrada-{number}")


def type_for(window: Window, seconds: float) -> float:
    """Type a word again and again, as it is searched for; the longest time until it stood there, in ms."""
    window.activate()
    window.key("ctrl+f")
    ends, longest_ms = time.monotonic() + seconds, 0.0
    while time.monotonic() < ends:
        window.key("ctrl+a")
        began = time.monotonic()
        window.type(_WORD)
        window.shows(f"[{_WORD}]")
        longest_ms = max(longest_ms, (time.monotonic() - began) * 1000)
        window.key("ctrl+a", "BackSpace")
        window.shows_no_more(f"[{_WORD}]")
    return longest_ms


if __name__ == "__main__":
    sys.exit(main())
