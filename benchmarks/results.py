"""Medians over all rounds. Ratios are computed within a round, when the machine was equally busy for both."""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

REFERENCE = "almoxarife"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One window of one contender."""

    contender: str
    operation: str
    connections: int
    round: int
    requests: int
    """Answered requests. Refused ones are left out, also from all figures but the latencies."""
    refused: int
    per_second: float
    p50_ms: float
    p99_ms: float
    timeouts: int
    cpu_s_per_1000: float | None
    """CPU seconds of the whole process tree per 1,000 requests."""
    other_cores: float | None
    """How many cores were busy with other work."""


@dataclass(frozen=True)
class Start:
    contender: str
    round: int
    start_s: float
    peak_mib: float | None


@dataclass(frozen=True, kw_only=True)
class Row:
    """One contender in one comparison. Ratios: the contender's figure divided by Almoxarife's."""

    contender: str
    refused: float
    """Share of all answers that were refusals."""
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_s_per_1000: float | None
    rate_ratio: float | None
    cpu_ratio: float | None


@dataclass
class Results:
    samples: list[Sample] = field(default_factory=list)
    starts: list[Start] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    facts: dict[str, dict[str, float]] = field(default_factory=dict)

    def comparisons(self) -> list[tuple[str, int, list[Row]]]:
        """Operation, connections and a row for each contender, in the order they were measured."""
        keys = list(dict.fromkeys((sample.operation, sample.connections) for sample in self.samples))
        return [(operation, connections, self._rows(operation, connections)) for operation, connections in keys]

    def start_medians(self) -> dict[str, tuple[float, float | None]]:
        """Seconds to the first answer and peak memory in MiB, by contender."""
        names = dict.fromkeys(start.contender for start in self.starts)
        return {name: self._start_of([start for start in self.starts if start.contender == name]) for name in names}

    def other_cores(self) -> float | None:
        return median_or_none(sample.other_cores for sample in self.samples)

    def to_json(self) -> dict[str, Any]:
        return {
            "missing": self.missing,
            "wrong": self.wrong,
            "facts": self.facts,
            "other_cores": self.other_cores(),
            "starts": {
                name: {"start_s": start, "peak_mib": peak} for name, (start, peak) in self.start_medians().items()
            },
            "comparisons": [
                {"operation": operation, "connections": connections, "rows": [asdict(row) for row in rows]}
                for operation, connections, rows in self.comparisons()
            ],
            "samples": [asdict(sample) for sample in self.samples],
        }

    def _rows(self, operation: str, connections: int) -> list[Row]:
        chosen = [one for one in self.samples if (one.operation, one.connections) == (operation, connections)]
        names = dict.fromkeys(sample.contender for sample in chosen)
        ours = {sample.round: sample for sample in chosen if sample.contender == REFERENCE}
        return [_row(name, [sample for sample in chosen if sample.contender == name], ours) for name in names]

    @staticmethod
    def _start_of(starts: list[Start]) -> tuple[float, float | None]:
        return median(start.start_s for start in starts), median_or_none(start.peak_mib for start in starts)


def median_or_none(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if known else None


def _row(name: str, samples: list[Sample], ours: dict[int, Sample]) -> Row:
    return Row(
        contender=name,
        refused=sum(one.refused for one in samples) / max(1, sum(one.refused + one.requests for one in samples)),
        per_second=median(sample.per_second for sample in samples),
        p50_ms=median(sample.p50_ms for sample in samples),
        p99_ms=median(sample.p99_ms for sample in samples),
        cpu_s_per_1000=median_or_none(sample.cpu_s_per_1000 for sample in samples),
        rate_ratio=_ratio(samples, ours, lambda sample: sample.per_second),
        cpu_ratio=_ratio(samples, ours, lambda sample: sample.cpu_s_per_1000),
    )


def _ratio(samples: list[Sample], ours: dict[int, Sample], figure: Callable[[Sample], float | None]) -> float | None:
    pairs = [(figure(sample), figure(ours[sample.round])) for sample in samples if sample.round in ours]
    return median_or_none(mine / theirs if mine is not None and theirs else None for mine, theirs in pairs)
