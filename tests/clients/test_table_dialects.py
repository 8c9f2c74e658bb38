"""Tables in every dialect that programs write: the reader gives back what was written, or says what it cannot tell."""

import csv
import tempfile
from io import StringIO
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from almoxarife.clients.desktop.cadastro.importing.rows import prepare
from almoxarife.tables.columns import guess_columns
from almoxarife.tables.reader import Table, read_table
from almoxarife.tables.text import delimited

TITLES = {
    "nome": "Produto",
    "unidade": "Unidade",
    "preco": "Preço",
    "estoque_minimo": "Estoque mínimo",
    "": "Observação",
}
WORDS = st.lists(
    st.sampled_from(
        ["Cola", "Pão francês", "AÇÚCAR", "Óleo", "3/4", "Café; torrado", "Fita, azul", "a|b", "m²", 'de 2"', "x\ny"]
    ),
    min_size=1,
    max_size=3,
).map(" ".join)  # fmt: skip
"""Names as shops give them, with delimiters, quotes and line breaks in them."""
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "nome": WORDS,
            "unidade": st.sampled_from(["UN", "CX", "KG"]),
            "preco": st.integers(0, 999_999).map(lambda cents: f"{cents // 100},{cents % 100:02}"),
            "estoque_minimo": st.one_of(st.just(""), st.integers(0, 99).map(str)),
            "": st.one_of(st.just(""), WORDS),
        }
    ),
    min_size=1,
    max_size=12,
)
DIALECTS = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(";,\t|"),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
        "lineterminator": st.sampled_from(["\n", "\r\n", "\r"]),
    }
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp850"])
ORDERS = st.permutations(list(TITLES))


def plain(text: str) -> str:
    return " ".join(text.split())


def written(rows: list[dict[str, str]], order: list[str], dialect: dict[str, str], *, cut_tails: bool) -> str:
    lines = [[TITLES[name] for name in order]]
    for row in rows:
        cells = [row[name] for name in order]
        while cut_tails and len(cells) > 1 and not cells[-1]:
            cells.pop()
        lines.append(cells)
    text = ""
    for cells in lines:
        line = StringIO(newline="")
        # With these line ends it quotes every line break within a cell.
        csv.writer(line, **{**dialect, "lineterminator": "\r\n"}).writerow(cells)
        text += line.getvalue().removesuffix("\r\n") + dialect["lineterminator"]
    return text


def read(content: bytes) -> Table:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lista.csv"
        file.write_bytes(content)
        return read_table(file)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, order=ORDERS, dialect=DIALECTS, encoding=ENCODINGS, cut_tails=st.booleans())
@example(
    rows=[{"nome": 'de 2" x\ny', "unidade": "UN", "preco": "1,00", "estoque_minimo": "", "": ""}],
    order=["nome", "preco", "unidade", "estoque_minimo", ""],
    dialect={"delimiter": ",", "quoting": csv.QUOTE_MINIMAL, "lineterminator": "\r"},
    encoding="cp850",
    cut_tails=True,
)  # fmt: skip
def test_what_a_program_wrote_is_read_again(rows, order, dialect, encoding, cut_tails):
    table = read(written(rows, order, dialect, cut_tails=cut_tails).encode(encoding))
    prepared = prepare(table, guess_columns(table.headings, table.rows))

    assert [plain(str(value["nome"])) for value in prepared.values] == [plain(row["nome"]) for row in rows]
    assert [value["preco"] for value in prepared.values] == [row["preco"].replace(",", ".") for row in rows]
    assert [value["unidade"] for value in prepared.values] == [row["unidade"] for row in rows]
    assert [str(value.get("estoque_minimo", "")) for value in prepared.values] == [
        row["estoque_minimo"] for row in rows
    ]
    assert (prepared.refused, prepared.left_out) == ([], [])


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, order=ORDERS, dialect=DIALECTS, data=st.data())
def test_a_slip_in_a_file_never_shifts_or_swallows_a_row(rows, order, dialect, data):
    """One character more, and every product of the other rows is still one that was written."""
    rows = [
        {**row, "nome": f"Item {number} {plain(row['nome'])}", "": plain(row[""])} for number, row in enumerate(rows)
    ]
    text = written(rows, order, {**dialect, "lineterminator": "\n"}, cut_tails=False)
    first = text.index("\n") + 1
    at = data.draw(st.integers(first, len(text) - 1))
    text = text[:at] + data.draw(st.sampled_from(['"', dialect["delimiter"], ""])) + text[at:]
    hurt = text.count("\n", first, at)

    table = read(text.encode())
    prepared = prepare(table, guess_columns(table.headings, table.rows))

    seen = len(prepared.values) + len(prepared.refused) + len(prepared.left_out)
    assert seen == len(rows)
    untouched = [row for number, row in enumerate(rows) if number != hurt]
    for value, source in zip(prepared.values, prepared.sources, strict=True):
        if source.line != hurt + 2:
            assert any(plain(str(value["nome"])) == row["nome"] for row in untouched)
            assert any(value["preco"] == row["preco"].replace(",", ".") for row in untouched)


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, order=ORDERS)
def test_a_workbook_is_read_as_it_was_written(rows, order):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "lista.xlsx"
        book = openpyxl.Workbook()
        book.active.append([TITLES[name] for name in order])
        for row in rows:
            book.active.append([row[name] or None for name in order])
        book.save(file)
        table = read_table(file)
    prepared = prepare(table, guess_columns(table.headings, table.rows))

    assert [value["nome"] for value in prepared.values] == [plain(row["nome"]) for row in rows]
    assert [value["preco"] for value in prepared.values] == [row["preco"].replace(",", ".") for row in rows]
    assert (prepared.refused, prepared.left_out) == ([], [])


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from('ab1;,"\n\t|.é'), max_size=200))
def test_every_line_of_any_text_is_accounted_for(text):
    for delimiter in delimited.DELIMITERS:
        records = list(delimited.read_records(text, delimiter))
        letters = "".join(cell for _, record in records for cell in record.cells)
        assert [letter for letter in letters if letter in "ab1é"] == [letter for letter in text if letter in "ab1é"]
        assert [record.number for _, record in records] == list(range(1, len(records) + 1))


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "cp850", "mac_roman"])
@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(
            ["Pão", "Açúcar", "MAÇÃ", "Óleo", "ÓLEO", "Chá", "café", "Vovô", "Vovó", "Limões", "Tê", "PÓ", "Nº", "à"]
        ),
        min_size=1,
    )
)
def test_words_are_read_in_every_code_page(encoding, words):
    text = "Produto;Preço\n" + "".join(f"{word};1,00\n" for word in words)
    if encoding == "mac_roman":
        text = text.replace("º", "o")
    table = read(text.encode(encoding))

    assert [row.cells[0] for row in table.rows] == text.replace("\n", ";").split(";")[2:-1:2]
