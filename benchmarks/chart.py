"""Draws the results as SVG: CPU per 1,000 requests, a group of bars for each operation.

Each group has its own scale, from zero; the figures are beside the bars. Colours follow the reader's light
or dark theme.
"""

from collections.abc import Iterator, Mapping
from html import escape

from benchmarks.operations import OPERATIONS
from benchmarks.results import Results, Row

WIDTH = 760
_NAMES = 250
_BAR, _GAP, _GROUP = 16, 4, 34
_COLOURS = 7
_MAX_BAR = WIDTH - _NAMES - 130

_STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328; }
.title { font-weight: 600; }
.quiet { fill: #59636e; }
.c0 { fill: #0b6e4f; } .c1 { fill: #8a8f98; } .c2 { fill: #c46210; } .c3 { fill: #3b66c4; } .c4 { fill: #9b4dab; }
.c5 { fill: #b8860b; } .c6 { fill: #b03060; } .page { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3; } .quiet { fill: #9198a1; }
  .c0 { fill: #3fb68b; } .c1 { fill: #8b949e; } .c2 { fill: #e08a3c; } .c3 { fill: #7aa2f7; } .c4 { fill: #c583d6; }
  .c5 { fill: #d4a72c; } .c6 { fill: #f28fb1; } .page { fill: #0d1117; }
}
"""


def draw(results: Results, titles: Mapping[str, str], caption: str) -> str:
    """An SVG of every comparison at its highest number of connections that has CPU figures."""
    groups = list(_groups(results))
    names = list(dict.fromkeys(row.contender for _, _, rows in groups for row in rows))
    pieces, y = [_text(0, 16, "CPU seconds per 1,000 requests: less is better", "title")], 24
    for operation, connections, rows in groups:
        y += _GROUP
        heading = f"{OPERATIONS[operation].title}, {connections} connection{'s' if connections > 1 else ''}"
        pieces.append(_text(0, y - 8, heading, "title"))
        longest = max(row.cpu_s_per_1000 or 0 for row in rows)
        for row in rows:
            pieces += _bar(y, titles[row.contender], row, longest, names.index(row.contender) % _COLOURS)
            y += _BAR + _GAP
    pieces.append(_text(0, y + 28, caption, "quiet"))
    return _document(pieces, y + 40)


def _groups(results: Results) -> Iterator[tuple[str, int, list[Row]]]:
    comparisons = results.comparisons()
    for operation, connections, rows in comparisons:
        known = [row for row in rows if row.cpu_s_per_1000]
        highest = max(count for name, count, _ in comparisons if name == operation)
        if known and connections == highest:
            yield operation, connections, known


def _bar(y: int, title: str, row: Row, longest: float, colour: int) -> list[str]:
    cost = row.cpu_s_per_1000 or 0
    width = max(1.0, cost / longest * _MAX_BAR)
    shown = f"{cost:.3f}" if cost < 1 else f"{cost:.2f}"
    if row.cpu_ratio is not None and row.cpu_ratio != 1:
        shown += f"  ({row.cpu_ratio:.2f} ×)" if row.cpu_ratio < 10 else f"  ({row.cpu_ratio:.0f} ×)"
    return [
        _text(_NAMES - 8, y + 12, title, "", anchor="end"),
        f'<rect class="c{colour}" x="{_NAMES}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>',
        _text(int(_NAMES + width) + 8, y + 12, shown, "quiet"),
    ]


def _text(x: int, y: int, text: str, style: str, *, anchor: str = "start") -> str:
    return f'<text class="{style}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'


def _document(pieces: list[str], height: int) -> str:
    size = f'viewBox="-8 0 {WIDTH + 16} {height}" width="{WIDTH + 16}" height="{height}"'
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="CPU per 1,000 requests">'
    # A page of its own: a viewer that knows no themes must not put dark text on a dark ground.
    page = f'<rect class="page" x="-8" y="0" width="{WIDTH + 16}" height="{height}"/>'
    return "\n".join([opening, f"<style>{_STYLE}</style>", page, *pieces, "</svg>\n"])
