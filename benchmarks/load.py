"""Sends load to a contender: with wrk if it is installed, else with ``loader`` in a process of its own."""

import json
import math
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.operations import MONITOR_INTERVAL_S

Parts = Sequence[tuple[bytes, bytes]]
PROJECT = Path(__file__).parents[1]
MARK = "MEASURED"
PATIENCE_S = 60

_SCRIPT = """
local before = {%(before)s}
local after = {%(after)s}
local keyed = %(keyed)s
local n = 0
request = function()
  n = n + 1
  local i = n %% #before + 1
  if keyed then return before[i] .. n .. after[i] end
  return before[i]
end
done = function(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("%(mark)s %%d %%d %%d %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    e.connect + e.read + e.write, e.status, e.timeout, latency:percentile(50), latency:percentile(99)))
end
"""


class LoadFailed(Exception):
    """The load generator itself did not do its work."""


@dataclass(frozen=True)
class Load:
    """What came of one window.

    ``errors`` are broken connections and wrong answers, ``refused`` those told to come
    back; wrk does not tell the two kinds of answers apart and calls both refused.
    """

    requests: int
    seconds: float
    errors: int
    refused: int
    timeouts: int
    p50_ms: float
    p99_ms: float

    @property
    def granted(self) -> int:
        return self.requests - self.refused

    @property
    def per_second(self) -> float:
        return self.granted / self.seconds if self.seconds else 0.0


def has_wrk() -> bool:
    return shutil.which("wrk") is not None


def allow_many_files() -> None:
    """Let this process and those it starts hold a thousand connections and more."""
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def run(port: int, parts: Parts, *, connections: int, seconds: float, with_wrk: bool) -> Load:
    """Send as fast as answers come. A request with an ``after`` part gets a counter between its two."""
    if with_wrk:
        return _run_wrk(port, parts, connections, seconds)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.loader"],
        input=_job(port, parts, connections, seconds, 0.0) + "\n",
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=seconds + PATIENCE_S,
        check=False,
    )
    if done.returncode != 0:
        raise LoadFailed(done.stderr)
    return Load(**json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def monitors(port: int, parts: Parts, *, connections: int) -> Iterator[list[Load]]:
    """Hold connections open that poll every five seconds; what came of them is in the list afterwards."""
    command = [sys.executable, "-m", "benchmarks.loader"]
    found: list[Load] = []
    child = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(_job(port, parts, connections, 3600.0, MONITOR_INTERVAL_S) + "\n")
        child.stdin.flush()
        if child.stdout.readline().strip() != "ready":
            raise LoadFailed("the monitors could not connect")
        yield found
        output, _ = child.communicate(timeout=PATIENCE_S)
        found.append(Load(**json.loads(output.splitlines()[-1])))
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()


def parse_wrk(output: str) -> Load:
    """Raises LoadFailed when wrk was not ours or did not end."""
    for line in output.splitlines():
        if line.startswith(MARK):
            requests, micros, errors, refused, timeouts, p50, p99 = (int(field) for field in line.split()[1:])
            return Load(requests, micros / 1e6, errors, refused, timeouts, p50 / 1000, p99 / 1000)
    raise LoadFailed(f"wrk said: {output.strip() or 'nothing'}")


def make_script(parts: Parts) -> str:
    """wrk's Lua: the requests in turn, and the figures as whole numbers on one line.

    wrk's own table is for people: its columns change units and widths.
    """
    return _SCRIPT % {
        "before": ", ".join(_lua(before) for before, _ in parts),
        "after": ", ".join(_lua(after) for _, after in parts),
        "keyed": "true" if any(after for _, after in parts) else "false",
        "mark": MARK,
    }


def _lua(raw: bytes) -> str:
    return '"' + "".join(chr(byte) if chr(byte).isalnum() and byte < 128 else f"\\{byte:03d}" for byte in raw) + '"'


def _run_wrk(port: int, parts: Parts, connections: int, seconds: float) -> Load:
    with TemporaryDirectory() as folder:
        script = Path(folder) / "requests.lua"
        script.write_text(make_script(parts))
        whole = math.ceil(seconds)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{whole}s", "--timeout", "30s", "--latency"]
        command += ["-s", str(script), f"http://127.0.0.1:{port}"]
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            # wrk knows whole seconds only; interrupted, it ends its count and reports.
            if whole != seconds:
                with suppress(subprocess.TimeoutExpired):
                    child.wait(seconds)
                child.send_signal(signal.SIGINT)
            output, _ = child.communicate(timeout=whole + PATIENCE_S)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
    if child.returncode == -signal.SIGINT:  # a busy machine: it was interrupted before it had begun
        return _run_wrk(port, parts, connections, 2 * seconds)
    return parse_wrk(output)


def _job(port: int, parts: Parts, connections: int, seconds: float, interval: float) -> str:
    job: dict[str, Any] = {
        "port": port,
        "parts": [[before.decode("latin-1"), after.decode("latin-1")] for before, after in parts],
        "connections": connections,
        "seconds": seconds,
        "interval": interval,
    }
    return json.dumps(job)
