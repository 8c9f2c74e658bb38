"""Measures how fast the cadastro searches and shows products.

``python -m benchmarks.desktop [--quick]``: searches of every length among 5,000 products, and
50,000 products from the bytes of the server's answer to the filled list. The list is filled in
a real window where there is a display (``xvfb-run python -m benchmarks.desktop``), and the
longest pause of that window is measured meanwhile.
"""

import argparse
import random
import threading
import time
from collections.abc import Callable
from statistics import median

from pydantic import TypeAdapter

from almoxarife.clients.api.session import Listing
from almoxarife.clients.desktop.cadastro.registering.catalog_search import Catalog
from almoxarife.clients.desktop.cadastro.registering.product_list import Loaded, ProductRows, load
from almoxarife.clients.desktop.kit.startup import NoScreen
from almoxarife.clients.desktop.kit.theme import Theme, new_root
from almoxarife.clients.desktop.kit.virtual_list import Column, VirtualList
from almoxarife.wire.catalog import Product

SEARCHED, FILLED = 5_000, 50_000
SEARCH_AIM_MS, FILL_AIM_MS = 50, 1_000
_TICK_S = 0.005
_LIST = TypeAdapter(list[Product])
_WORDS = (
    *("açúcar", "café", "feijão", "óleo", "sabão", "pão", "arroz", "parafuso", "mangueira", "detergente"),
    *("cristal", "torrado", "carioca", "de soja", "em pó", "de queijo", "agulhinha", "sextavado", "neutro"),
)
_TYPED = "açúcar cristal 1 kg"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="once instead of nine times")
    times = 1 if parser.parse_args().quick else 9
    slowest_ms, usual_ms = measure_search(times)
    print(f"Searching {SEARCHED:,} products, {len(_TYPED)} keys typed, {times} rounds (aim: under {SEARCH_AIM_MS} ms):")
    print(f"  a search, median                  {usual_ms:7.1f} ms")
    print(f"  the slowest                       {slowest_ms:7.1f} ms")
    content = answer(FILLED)
    began = time.process_time()
    ready_ms = median(_ms(lambda: prepare(content)) for _ in range(times))
    computed_ms = (time.process_time() - began) / times * 1000
    print(f"\nFilling the list with {FILLED:,} products, median of {times} (aim: under {FILL_AIM_MS:,} ms):")
    print(f"  {len(content) / 2**20:.1f} MiB to products             {ready_ms:7.1f} ms ({computed_ms:.0f} ms of CPU)")
    try:
        shown_ms, pause_ms = measure_window(content, times)
    except _NoScreen:
        print("  on the screen: there is none, see xvfb-run")
        return
    print(f"  on the screen                     {shown_ms:7.1f} ms")
    print(f"  together                          {ready_ms + shown_ms:7.1f} ms")
    print(f"  the window's longest pause        {pause_ms:7.1f} ms, while the background works")


class _NoScreen(Exception):
    pass


def answer(count: int) -> bytes:
    """What ``GET /produtos`` sends for so many products."""
    chance = random.Random(7)
    products = [
        {
            "id": f"p{n}", "nome": f"{' '.join(chance.sample(_WORDS, 2)).capitalize()} {n} g", "unidade": "UN",
            "codigo_barras": f"{chance.randrange(10**12, 10**13)}" if n % 3 else None,
            "saldo": chance.randrange(2000), "estoque_minimo": 20 if n % 2 else None,
            "preco": f"{chance.randrange(10000) / 100:.2f}", "ativo": n % 50 != 0, "versao": 1,
        }
        for n in range(1, count + 1)
    ]  # fmt: skip
    return _LIST.dump_json(_LIST.validate_python(products), by_alias=True)


def prepare(content: bytes) -> Loaded:
    """All that the background does with an answer."""
    return load(_Answered(content), None, None)  # type: ignore[arg-type]


class _Answered:
    """A client whose answer has arrived already: the network is not what is measured."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def products(self, **_: object) -> Listing[Product]:
        return Listing(_LIST.validate_json(self._content), None)


def measure_search(times: int) -> tuple[float, float]:
    """(slowest, median) in ms: every beginning of the text, as a person types it."""
    catalog = Catalog(_LIST.validate_json(answer(SEARCHED)))
    spent = [
        _ms(lambda text=_TYPED[:end]: catalog.search(text))  # type: ignore[misc]
        for _ in range(times)
        for end in range(1, len(_TYPED) + 1)
    ]
    return max(spent), median(spent)


def measure_window(content: bytes, times: int) -> tuple[float, float]:
    """(ms from rows to a drawn list, longest pause in ms while the background works). Raises _NoScreen."""
    try:
        root = new_root("benchmark", "AlmoxarifeBenchmark")
    except NoScreen as error:
        raise _NoScreen from error
    theme = Theme(root, is_dark=False, text_percent=100)
    columns = [Column(name, name, 100, stretches=name == "nome") for name in ("codigo", "nome", "a", "b", "c", "d")]
    shown = VirtualList(root, columns, theme)
    shown.frame.pack(fill="both", expand=True)
    root.geometry("1000x700")
    root.deiconify()
    root.update()
    catalog = prepare(content).catalog
    assert catalog is not None

    def fill() -> None:
        shown.show(ProductRows(catalog.search("")), first=0)
        root.update()

    filling_ms = median(_ms(fill) for _ in range(times))
    worker = threading.Thread(target=lambda: [prepare(content) for _ in range(times)])
    worker.start()
    longest_ms = 0.0
    while worker.is_alive():
        began = time.perf_counter()
        root.update()
        time.sleep(_TICK_S)
        longest_ms = max(longest_ms, (time.perf_counter() - began - _TICK_S) * 1000)
    root.destroy()
    return filling_ms, longest_ms


def _ms(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
