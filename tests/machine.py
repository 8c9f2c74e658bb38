"""How much of this machine others leave: a second of it lasts longer where they use most of the processors."""

import time
from contextlib import suppress

import psutil

SLOWEST_S = 1.0
LEAST_LEFT = 0.03


class Machine:
    """From when it is made on: what others use, besides this process and those that are looked at."""

    def __init__(self, *pids: int) -> None:
        self._own_s = {psutil.Process(pid): 0.0 for pid in (*pids, None)}
        self._began_s, self._before_s = time.monotonic(), self._measure()

    def judge(self, wait_s: float, at_most_s: float = SLOWEST_S) -> str:
        """A wait in words: a second is too long, or so much more as others leave less than all of the processors."""
        left = self.left()
        said = f"waited {wait_s * 1000:.0f} ms"
        if wait_s >= at_most_s:
            said += f" with {max(0.0, left):.0%} of the processors"
        assert wait_s < at_most_s / max(left, LEAST_LEFT), said
        return said

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
