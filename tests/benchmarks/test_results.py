"""Medians, ratios, the table and the picture."""

import json
from xml.etree import ElementTree

import pytest

from benchmarks import chart, report
from benchmarks.__main__ import _contenders
from benchmarks.results import Results, Sample, Start

TITLES = {"almoxarife": "Almoxarife", "peer": "A <peer> & co"}


def sample(contender, number, rate, cpu, *, refused=0):
    return Sample(
        contender=contender, operation="create", connections=64, round=number, requests=100, refused=refused,
        per_second=rate, p50_ms=1.0, p99_ms=2.0, timeouts=0, cpu_s_per_1000=cpu, other_cores=0.5,
    )  # fmt: skip


@pytest.fixture
def results():
    """The peer is twice as fast in round 1, three and four times in the others."""
    ours = [sample("almoxarife", 1, 100, 0.5), sample("almoxarife", 2, 200, 0.4), sample("almoxarife", 3, 300, 0.3)]
    peer = [sample("peer", 1, 200, 1.0), sample("peer", 2, 600, 1.6), sample("peer", 3, 1200, 0.3)]
    starts = [Start("almoxarife", 1, 0.5, 100.0), Start("almoxarife", 2, 0.7, 90.0), Start("almoxarife", 3, 9.0, 95.0)]
    return Results(samples=[*ours, *peer], starts=starts)


def test_ratios_are_taken_within_a_round_before_the_median(results):
    ((operation, connections, rows),) = results.comparisons()

    assert (operation, connections) == ("create", 64)
    assert [(row.per_second, row.rate_ratio) for row in rows] == [(200, 1), (600, 3)]
    assert rows[1].cpu_ratio == 2


def test_a_contender_alone_has_no_ratio(results):
    alone = Results(samples=[one for one in results.samples if one.contender == "peer"])

    ((_, _, (row,)),) = alone.comparisons()

    assert (row.rate_ratio, row.cpu_ratio) == (None, None)


def test_a_platform_without_proc_has_no_cpu_figures():
    unknown = Results(samples=[sample("almoxarife", 1, 100, None), sample("peer", 1, 100, None)])

    ((_, _, rows),) = unknown.comparisons()

    assert [row.cpu_ratio for row in rows] == [None, None]
    assert "        -" in "\n".join(report.lines(unknown, TITLES))


def test_the_start_is_the_median_of_the_rounds(results):
    assert results.start_medians() == {"almoxarife": (0.7, 95.0)}


def test_the_table_names_what_is_left_out_refused_or_wrong(results):
    results.samples = [sample("almoxarife", 1, 100, 0.5, refused=300)]
    results.missing = {"Peer": "It is not installed."}
    results.wrong = ["Other: GET / was answered 500"]

    text = "\n".join(report.lines(results, TITLES))

    assert "75% refused" in text
    assert "Left out: Peer. It is not installed." in text
    assert "WRONG: Other: GET / was answered 500" in text


def test_the_table_for_a_page_has_a_row_for_each_contender(results):
    rows = list(report.markdown(results, TITLES))

    assert rows[2] == "| durable create | 64 | Almoxarife | 200 | 1.00 | 2.00 | 0.400 | - | - |"
    assert rows[3] == "| durable create | 64 | A <peer> & co | 600 | 1.00 | 2.00 | 1.000 | 3.00 | 2.00 |"
    assert rows[-1] == "| Almoxarife | 0.70 | 95 |"


def test_the_json_holds_every_window_and_the_medians(results):
    document = json.loads(json.dumps(results.to_json()))

    assert len(document["samples"]) == 6
    assert document["comparisons"][0]["rows"][1]["rate_ratio"] == 3
    assert document["starts"] == {"almoxarife": {"start_s": 0.7, "peak_mib": 95.0}}


def test_the_picture_is_whole_and_its_bars_are_to_scale(results):
    root = ElementTree.fromstring(chart.draw(results, TITLES, "a machine"))

    _page, ours, peer = (float(bar.attrib["width"]) for bar in root.iter("{http://www.w3.org/2000/svg}rect"))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert ours / peer == pytest.approx(0.4, abs=0.01)
    assert {"A <peer> & co", "a machine", "1.00  (2.00 ×)"} <= set(texts)
    assert "prefers-color-scheme: dark" in ElementTree.tostring(root, encoding="unicode")


def test_the_picture_leaves_out_what_has_no_cpu_figures():
    assert 'class="c0"' not in chart.draw(Results(samples=[sample("almoxarife", 1, 100, None)]), TITLES, "")


def test_each_contender_has_a_colour_of_its_own():
    assert len(_contenders(1)) <= chart._COLOURS
    assert chart._STYLE.count(f".c{chart._COLOURS - 1} {{") == 2
