"""Formats the results as text for a terminal and as Markdown tables."""

from collections.abc import Iterator, Mapping

from benchmarks.operations import OPERATIONS
from benchmarks.results import REFERENCE, Results, Row

_WIDTH = 50


def lines(results: Results, titles: Mapping[str, str]) -> Iterator[str]:
    """A table for each operation, then the starts, then what is missing or wrong."""
    for operation, connections, rows in results.comparisons():
        heading = f"{OPERATIONS[operation].title}, {_connections(connections)}"
        yield ""
        yield f"{'':{_WIDTH}}{'':>9}{'':>9}{'':>9}{'CPU s per':>11}   by ours:"
        yield f"{heading:{_WIDTH}}{'req/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'1,000':>11}   req/s      CPU"
        for row in rows:
            yield _row(titles[row.contender], row)
    yield ""
    yield f"{'start':{_WIDTH}}{'to the first answer, s':>25}{'peak memory, MiB':>20}"
    for name, (start, peak) in results.start_medians().items():
        yield f"{titles[name]:{_WIDTH}}{start:>25.2f}{_number(peak, 20, 0)}"
    yield from _tail(results)


def markdown(results: Results, titles: Mapping[str, str]) -> Iterator[str]:
    """One table of everything, ratios by ours."""
    yield "| operation | connections | | req/s | p50 ms | p99 ms | CPU s per 1,000 | req/s by ours | CPU by ours |"
    yield "|---|--:|---|--:|--:|--:|--:|--:|--:|"
    for operation, connections, rows in results.comparisons():
        for row in rows:
            ratios = (None, None) if row.contender == REFERENCE else (row.rate_ratio, row.cpu_ratio)
            name = titles[row.contender] + (f" ({row.refused:.0%} refused)" if row.refused else "")
            figures = [f"{row.per_second:,.0f}", f"{row.p50_ms:.2f}", f"{row.p99_ms:.2f}"]
            figures += [_number(row.cpu_s_per_1000, 0, 3), *(_number(ratio, 0, 2) for ratio in ratios)]
            yield f"| {OPERATIONS[operation].title} | {connections} | {name} | {' | '.join(figures)} |"
    yield ""
    yield "| | to the first answer, s | peak memory, MiB |"
    yield "|---|--:|--:|"
    for name, (start, peak) in results.start_medians().items():
        yield f"| {titles[name]} | {start:.2f} | {_number(peak, 0, 0)} |"


def _tail(results: Results) -> Iterator[str]:
    yield ""
    for name, facts in results.facts.items():
        yield from (f"{name}: {fact} {value:.0f}" for fact, value in facts.items())
    noise = results.other_cores()
    if noise is not None:
        yield f"Other work on this machine meanwhile: {noise:.2f} cores (median of all windows)."
    yield from (f"Left out: {title}. {why}" for title, why in results.missing.items())
    yield from (f"WRONG: {sentence}" for sentence in results.wrong)


def _row(title: str, row: Row) -> str:
    shown = f"  {title:{_WIDTH - 2}}{row.per_second:>9,.0f}{row.p50_ms:>9.2f}{row.p99_ms:>9.2f}"
    shown += _number(row.cpu_s_per_1000, 11, 3)
    if row.contender != REFERENCE:
        shown += f"{_number(row.rate_ratio, 8, 2)}{_number(row.cpu_ratio, 9, 2)}"
    return f"{shown}   {row.refused:.0%} refused" if row.refused else shown


def _number(value: float | None, width: int, decimals: int) -> str:
    return f"{'-':>{width}}" if value is None else f"{value:>{width}.{decimals}f}"


def _connections(count: int) -> str:
    return "1 connection" if count == 1 else f"{count} connections"
