"""The load generator used if wrk is not installed, and for monitors that stay connected.

``python -m benchmarks.loader`` reads one job (a line of JSON) from its input and prints
what came of it. With an interval it says ``ready`` once all are connected, polls until
its input ends, and then asks once more on every connection: all must still work.
"""

import asyncio
import contextlib
import json
import random
import sys
import time
from itertools import count
from typing import Any

TIMEOUT_S = 30.0
REFUSALS = (429, 503)
"""Told to come back: not wrong, but no answer either."""


class Tally:
    def __init__(self) -> None:
        self.took: list[float] = []
        self.errors = 0
        self.refused = 0
        self.timeouts = 0

    def report(self, seconds: float) -> dict[str, float]:
        took = sorted(self.took)
        return {
            "requests": len(took),
            "seconds": seconds,
            "errors": self.errors,
            "refused": self.refused,
            "timeouts": self.timeouts,
            "p50_ms": percentile(took, 0.50) * 1000,
            "p99_ms": percentile(took, 0.99) * 1000,
        }


def percentile(ordered: list[float], share: float) -> float:
    """The smallest value that ``share`` of all do not exceed; 0 of none."""
    if not ordered:
        return 0.0
    return ordered[min(len(ordered) - 1, max(0, -int(-share * len(ordered) // 1) - 1))]


class Connection:
    def __init__(self, job: dict[str, Any], numbers: "count[int]", tally: Tally) -> None:
        self._port = job["port"]
        self._parts = [(before.encode("latin-1"), after.encode("latin-1")) for before, after in job["parts"]]
        self._numbers = numbers
        self._tally = tally

    async def open(self) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**24)

    async def ask(self) -> bool:
        """Send the next request and count its answer; whether the connection can be used again."""
        number = next(self._numbers)
        before, after = self._parts[number % len(self._parts)]
        began = time.perf_counter()
        try:
            self._writer.write(before + str(number).encode() + after if after else before)
            status = await asyncio.wait_for(self._read_answer(), TIMEOUT_S)
        except TimeoutError:
            self._tally.timeouts += 1
            return False
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError):
            self._tally.errors += 1
            return False
        self._tally.took.append(time.perf_counter() - began)
        self._tally.refused += status in REFUSALS
        self._tally.errors += status > 399 and status not in REFUSALS
        return True

    async def _read_answer(self) -> int:
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        status = int(head[9:12])
        if b"\r\ntransfer-encoding: chunked" in head:
            while size := int(await self._reader.readuntil(b"\r\n"), 16):
                await self._reader.readexactly(size + 2)
            await self._reader.readexactly(2)
        elif b"\r\ncontent-length:" in head and status != 304:
            await self._reader.readexactly(int(head.partition(b"\r\ncontent-length:")[2].split(b"\r\n")[0]))
        return status

    def close(self) -> None:
        self._writer.close()


async def main() -> None:
    job = json.loads(sys.stdin.readline())
    tally, numbers = Tally(), count(1)
    connections = [Connection(job, numbers, tally) for _ in range(job["connections"])]
    for few in (connections[at : at + 50] for at in range(0, len(connections), 50)):
        await asyncio.gather(*(connection.open() for connection in few))
    began = time.perf_counter()
    if job["interval"]:
        await _monitor(connections, job["interval"], tally)
    else:
        until = began + job["seconds"]
        await asyncio.gather(*(_hammer(connection, until) for connection in connections))
    print(json.dumps(tally.report(time.perf_counter() - began)), flush=True)
    for connection in connections:
        connection.close()


async def _hammer(connection: Connection, until: float) -> None:
    """However late it begins, it asks once."""
    while await connection.ask() and time.perf_counter() < until:
        pass


async def _monitor(connections: list[Connection], interval: float, tally: Tally) -> None:
    stop = asyncio.Event()

    async def poll(connection: Connection) -> bool:
        pause = random.uniform(0, interval)
        while not stop.is_set():
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(stop.wait(), pause)
            # The last of these comes after the stop: every connection must still work.
            if not await connection.ask():
                return False
            pause = interval
        return True

    polling = [asyncio.ensure_future(poll(connection)) for connection in connections]
    print("ready", flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    stop.set()
    await asyncio.gather(*polling)


if __name__ == "__main__":
    asyncio.run(main())
