"""How much of this machine others leave: a second of it lasts longer where they use most of the processors."""

import time
from contextlib import suppress

import psutil

LEAST_LEFT = 0.03


class Machine:
    """From when it is made on: what others use, besides this process and those that are looked at."""

    def __init__(self, *pids: int) -> None:
        self._own_s = {psutil.Process(pid): 0.0 for pid in (*pids, None)}
        self._began_s, self._before_s = time.monotonic(), self._measure()

    def left(self) -> float:
        """The part of all processors that others have not used."""
        passed_s = (time.monotonic() - self._began_s) * (psutil.cpu_count() or 1)
        return 1 - (self._measure() - self._before_s) / passed_s

    def _measure(self) -> float:
        """Seconds of the processors that others have used."""
        every = psutil.cpu_times()._asdict()
        used = sum(every.get(name, 0.0) for name in ("user", "nice", "system", "irq", "softirq", "steal"))
        for process in self._own_s:
            with suppress(psutil.NoSuchProcess):  # what it had used is known
                own = process.cpu_times()
                self._own_s[process] = own.user + own.system
        return float(used) - sum(self._own_s.values())
