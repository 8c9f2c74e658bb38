"""Runs the comparison: in each round all contenders in turn, each on fresh data."""

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks import load, machine
from benchmarks.contender import Contender, Server, fresh_copy
from benchmarks.load import Load
from benchmarks.operations import BUSY_PER_S, OPERATIONS, Operation, Request, WrongAnswer
from benchmarks.results import Results, Sample, Start

WARM_UP_S = 0.2
MIN_SECONDS = 1.0
"""Shorter windows only look for errors: there is no warm-up, and ``least_s`` is ignored."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    contenders: list[Contender]
    operations: tuple[str, ...]
    rounds: int
    seconds: float
    monitors: int
    folder: Path
    with_wrk: bool
    say: Callable[[str], None]


def run(plan: Plan) -> Results:
    """Measure everything. A contender with a wrong answer is noted in the results and left out from then on."""
    results = Results()
    with ExitStack() as stack:
        for contender in plan.contenders:
            stack.callback(contender.release)
        standing = _prepare(plan, results)
        for number in range(1, plan.rounds + 1):
            for contender in list(standing):
                plan.say(f"round {number} of {plan.rounds}: {contender.title}")
                try:
                    _Turn(plan, results, contender, number).take()
                except WrongAnswer as error:
                    results.wrong.append(f"{contender.title}: {error}")
                    standing.remove(contender)
    return results


def _prepare(plan: Plan, results: Results) -> list[Contender]:
    standing = []
    for contender in plan.contenders:
        plan.say(f"preparing {contender.title}")
        began = perf_counter()
        template = _template(plan, contender)
        template.mkdir(parents=True)
        try:
            contender.prepare(template)
        except WrongAnswer as error:
            results.wrong.append(f"{contender.title}: {error}")
            continue
        results.facts[contender.name] = contender.facts(template)
        plan.say(f"prepared in {perf_counter() - began:.0f} s")
        standing.append(contender)
    return standing


def _template(plan: Plan, contender: Contender) -> Path:
    return plan.folder / "templates" / contender.name


class _Turn:
    """One contender in one round."""

    def __init__(self, plan: Plan, results: Results, contender: Contender, number: int) -> None:
        self._plan = plan
        self._results = results
        self._contender = contender
        self._number = number
        self._acknowledged = 0
        self._keys = 0

    def take(self) -> None:
        folder = self._plan.folder / "round"
        fresh_copy(_template(self._plan, self._contender), folder)
        with self._contender.running(folder) as server:
            self._contender.enter(server)
            # Logins last, after the memory was read: hashing takes 32 MiB for each login.
            for name in self._takes_part_in():
                if name != "login":
                    self._measure_operation(OPERATIONS[name], server)
            peak = server.peak_mib()
            if "login" in self._takes_part_in():
                self._measure_operation(OPERATIONS["login"], server)
        self._results.starts.append(Start(self._contender.name, self._number, server.start_s, peak))
        fault = self._contender.check_store(folder, self._acknowledged)
        if fault:
            raise WrongAnswer(fault)

    def _takes_part_in(self) -> list[str]:
        return [name for name in self._plan.operations if name in self._contender.operations]

    def _measure_operation(self, operation: Operation, server: Server) -> None:
        if operation.name != "login" and self._plan.seconds >= MIN_SECONDS:
            self._load(operation, server, self._contender.request(operation.name, server), 64, WARM_UP_S)
        for connections in operation.connections:
            request = self._contender.request(operation.name, server)
            server.verify(request, self._next_prefix())
            self._acknowledged += operation.is_create
            busy = self._arriving(server) if operation.is_busy else nullcontext()
            with busy, self._monitored(operation, server):
                sample = self._sample(operation, server, request, connections)
            self._results.samples.append(sample)

    def _sample(self, operation: Operation, server: Server, request: Request, connections: int) -> Sample:
        busy, own, cpu, began = machine.busy_seconds(), machine.own_seconds(), server.cpu_seconds(), perf_counter()
        seconds = self._plan.seconds
        if seconds >= MIN_SECONDS:
            seconds = max(seconds, operation.least_s)
        found = self._load(operation, server, request, connections, seconds)
        took, used = perf_counter() - began, _since(cpu, server.cpu_seconds())
        everyone = _since(busy, machine.busy_seconds())
        others = None if everyone is None or used is None else everyone - used - (machine.own_seconds() - own)
        return Sample(
            contender=self._contender.name,
            operation=operation.name,
            connections=connections,
            round=self._number,
            requests=found.granted,
            refused=found.refused,
            per_second=found.per_second,
            p50_ms=found.p50_ms,
            p99_ms=found.p99_ms,
            timeouts=found.timeouts,
            cpu_s_per_1000=None if used is None or not found.granted else used / found.granted * 1000,
            other_cores=None if others is None else max(0.0, others / took),
        )

    def _load(self, operation: Operation, server: Server, request: Request, connections: int, seconds: float) -> Load:
        parts = request.parts(server.port, self._next_prefix())
        found = load.run(server.port, parts, connections=connections, seconds=seconds, with_wrk=self._plan.with_wrk)
        wrong = found.errors
        if found.refused and self._plan.with_wrk:
            # Our own loader knows a refusal from a failure.
            looked_at = load.run(
                server.port,
                request.parts(server.port, self._next_prefix()),
                connections=connections,
                seconds=min(seconds, 1.0),
                with_wrk=False,
            )
            self._acknowledged += looked_at.granted * operation.is_create
            wrong += looked_at.errors
        if wrong:
            raise WrongAnswer(f"{operation.title}, {connections} connections: {wrong} answers were errors")
        self._acknowledged += found.granted * operation.is_create
        return found

    def _next_prefix(self) -> str:
        self._keys += 1
        return f"{self._contender.name}-{self._number}-{self._keys}-"

    @contextmanager
    def _monitored(self, operation: Operation, server: Server) -> Iterator[None]:
        count = min(operation.monitors, self._plan.monitors)
        if not count:
            yield
            return
        parts = self._contender.request("monitor", server).parts(server.port, "")
        with load.monitors(server.port, parts, connections=count) as found:
            yield
        if found[0].errors or found[0].timeouts:
            raise WrongAnswer(f"{found[0].errors + found[0].timeouts} of {count} kept connections did not survive")

    @contextmanager
    def _arriving(self, server: Server) -> Iterator[None]:
        """Ten entries a second over one kept connection."""
        request = self._contender.request("create", server)
        done, failed = threading.Event(), []
        prefix = self._next_prefix()

        def send() -> None:
            headers = {"Content-Type": "application/json"}
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
            for turn in range(1_000_000):
                keyed = {name: value.replace("{key}", f"{prefix}{turn}") for name, value in request.headers.items()}
                body = request.bodies[turn % len(request.bodies)]
                connection.request(request.method, request.path, body, headers | keyed)
                answer = connection.getresponse()
                answer.read()
                if answer.status > 399:
                    failed.append(answer.status)
                self._acknowledged += answer.status < 400
                if done.wait(1 / BUSY_PER_S):
                    break
            connection.close()

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        try:
            yield
        finally:
            done.set()
            sender.join(30)
        if failed:
            raise WrongAnswer(f"an entry that arrived was answered {failed[0]}")


def _since(before: float | None, after: float | None) -> float | None:
    return None if before is None or after is None else after - before
