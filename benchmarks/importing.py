"""Measures how long tills wait during an import of 50,000 products: ``python -m benchmarks.importing [--postgresql]``.

A few tills post one entry after another while somebody imports a list with first balances. What
counts is the longest wait of one, beside the same without an import.
"""

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.contender import Server
from benchmarks.ours import Almoxarife
from benchmarks.ours_on_postgresql import OnPostgreSQL

MOVEMENTS = 1000
ALONE_S = 5.0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--tills", type=int, default=4)
    parser.add_argument("--postgresql", action="store_true")
    asked = parser.parse_args()
    ours: Almoxarife = OnPostgreSQL(MOVEMENTS) if asked.postgresql else Almoxarife(MOVEMENTS)
    with tempfile.TemporaryDirectory() as folder:
        try:
            ours.prepare(Path(folder))
            with ours.running(Path(folder)) as server:
                ours.enter(server)
                tell("alone", *sell_beside(server, asked.tills, lambda: time.sleep(ALONE_S)))
                rows = [{"nome": f"Importado {n}", "preco": "1.50", "saldo_inicial": 5} for n in range(asked.rows)]
                body = json.dumps(rows).encode()
                tell("beside the import", *sell_beside(server, asked.tills, lambda: post(server, body)))
                tell("beside its undoing", *sell_beside(server, asked.tills, lambda: undo(server)))
        finally:
            ours.release()
    return 0


def tell(what: str, waits_s: list[float], took_s: float) -> None:
    waits_s.sort()
    median_ms, longest_ms = statistics.median(waits_s) * 1000, waits_s[-1] * 1000
    p99_ms = waits_s[int(len(waits_s) * 0.99)] * 1000
    print(
        f"{what}: {took_s:.1f} s, {len(waits_s)} entries; one waits {median_ms:.0f} ms,"
        f" p99 {p99_ms:.0f} ms, longest {longest_ms:.0f} ms",
        flush=True,
    )


def sell_beside(server: Server, tills: int, work: Callable[[], object]) -> tuple[list[float], float]:
    """The wait of each entry while ``work`` runs, and how long that took."""
    over, waits_s = threading.Event(), list[float]()

    def sell() -> None:
        line = connect(server)
        while not over.is_set():
            began = time.perf_counter()
            ask(line, server, "/inventario", b'{"produto_id": "p1", "quantidade": 1}', 201)
            waits_s.append(time.perf_counter() - began)
        line.close()

    threads = [threading.Thread(target=sell) for _ in range(tills)]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    try:
        work()
    finally:
        took_s = time.perf_counter() - began
        over.set()
        for thread in threads:
            thread.join()
    return waits_s, took_s


def post(server: Server, body: bytes) -> None:
    ask(connect(server), server, "/produtos/importar", body, 200)


def undo(server: Server) -> None:
    ask(connect(server), server, "/produtos/importacoes/i1/desfazer", b"", 204)


def connect(server: Server) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)


def ask(line: http.client.HTTPConnection, server: Server, path: str, body: bytes, expected: int) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}
    if body:
        headers["Content-Type"] = "application/json"
    line.request("POST", path, body, headers)
    response = line.getresponse()
    answer = response.read()
    if response.status != expected:
        raise RuntimeError(f"{path}: {response.status} {answer[:200]!r}")


if __name__ == "__main__":
    sys.exit(main())
