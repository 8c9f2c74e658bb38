"""Lists that a program has read in the wrong letters and saved so: put right where they prove it, refused where not."""

from pathlib import Path

import pytest
from openpyxl import Workbook

from almoxarife.tables.cells import ASKED_LETTERS, LOST_LETTERS, Unusable
from almoxarife.tables.reader import read_table

NAMES = ("Açúcar cristal", "Pão francês", "Limão siciliano", "ÓLEO DE CÔCO", "Maçã")
LIST = "Produto;Preço\n" + "".join(f"{name};1,00\n" for name in NAMES)
OPENED_AS = [
    (written, opened)
    for written in ("cp850", "cp860", "mac_roman", "cp1252")
    for opened in ("cp1252", "latin-1", "cp850", "mac_roman")
    if written != opened and (written, opened) != ("cp1252", "latin-1")
]


def cells(folder: Path, text: str | bytes) -> list[object]:
    file = folder / "lista.csv"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return [row.cells[0] for row in read_table(file).rows]


@pytest.mark.parametrize(("written", "opened"), OPENED_AS)
def test_a_list_that_was_opened_in_another_page_and_saved(tmp_path: Path, written: str, opened: str) -> None:
    text = LIST.encode(written).decode(opened, "replace")

    read = cells(tmp_path, text)

    lost = [isinstance(cell, Unusable) and "\ufffd" in cell.shown for cell in read]
    assert [name for name, is_lost in zip(NAMES, lost, strict=True) if not is_lost] == [
        cell for cell, is_lost in zip(read, lost, strict=True) if not is_lost
    ]
    assert sum(lost) == sum("\ufffd" in name.encode(written).decode(opened, "replace") for name in NAMES)


def test_good_words_of_the_same_list_stay(tmp_path: Path) -> None:
    bad = "A‡£car;1\nPÆo;2\nfrancˆs;3\nLimÆo;4\n"

    read = cells(tmp_path, f"Produto;Preco\n{bad}Açúcar 1ª;5\nÀ moda – nº 1;6\n")

    assert read == ["Açúcar", "Pão", "francês", "Limão", "Açúcar 1ª", "À moda – nº 1"]


@pytest.mark.parametrize(
    "name", ["MÖBEL", "Coñac Müller", "抹茶", "Ærø", "Ñandú", "D’água – 3½", "µF 10", "Leve 3…", "5 £"]
)
def test_a_name_of_another_language_is_one(tmp_path: Path, name: str) -> None:
    assert cells(tmp_path, f"Produto;Preço\n{name};1,00\nPão;2,00\n") == [name, "Pão"]


@pytest.mark.parametrize(
    "names",
    [
        ("Häagen-Dazs", "Jägermeister"),
        ("Citroën", "Noël"),
        ("Benoît", "Maître"),
        ("Thaïs", "Raphaël", "maçã", "pão", "café"),
        ("Tubo 20mmØ", "CanoØ25"),
        ("Copo d’agua", "Pau d’arco", "pao—queijo"),
    ],
)
def test_several_names_of_another_language_prove_no_page(tmp_path: Path, names: tuple[str, ...]) -> None:
    assert cells(tmp_path, "Produto;Preço\n" + "".join(f"{name};1,00\n" for name in names)) == list(names)


def test_the_space_of_a_page_is_no_letter(tmp_path: Path) -> None:
    names = ["leite integral", "óleo de soja", "MAÇÃ FUJI", "LÃ branca"]
    text = "Produto;Preço\n" + "".join(f"{name};1,00\n" for name in names).replace(" ", "\u00a0")

    assert cells(tmp_path, text) == names


@pytest.mark.parametrize("name", ["PÆo", "P‡o", "A‡£car", "Lim\u00c3"])
def test_one_word_that_proves_no_page_is_left_to_a_person(tmp_path: Path, name: str) -> None:
    assert cells(tmp_path, f"Produto;Preço\n{name};1,00\nPão;2,00\n") == [Unusable(name, LOST_LETTERS), "Pão"]


def test_a_text_that_was_cut_within_a_letter_is_no_name(tmp_path: Path) -> None:
    whole = "Produto;Preço\nPão de mel;1,00\n".encode()

    assert cells(tmp_path, whole + "Limão".encode()[:4] + b";2,00\n") == ["Pão de mel", Unusable("LimÃ", LOST_LETTERS)]


def test_question_marks_at_the_end_of_words_are_lost_letters_where_others_are(tmp_path: Path) -> None:
    assert cells(tmp_path, "Produto;Preço\nQuem é?;1,00\nPão;2,00\n") == ["Quem é?", "Pão"]

    lost = cells(tmp_path, "Produto;Preco\nA??car;1,00\nCAF?;2,00\n?leo;3,00\nCola;4,00\n")

    assert lost == [*(Unusable(text, ASKED_LETTERS) for text in ("A??car", "CAF?", "?leo")), "Cola"]


def test_letters_as_a_page_writes_them_are_no_semicolons(tmp_path: Path) -> None:
    text = "Produto;Pre&ccedil;o\nCaf&eacute; &amp; P&#227;o;1,00\nP&G;2,00\n"

    assert cells(tmp_path, text) == ["Café & Pão", "P&G"]


def test_letters_in_a_workbook_may_be_wrong_too(tmp_path: Path) -> None:
    book = Workbook()
    for name in ("Produto", "AÃ§Ãºcar", "Café", "PÆo"):
        book.active.append([name, "1,00"])
    book.active["B1"] = "Preço"
    book.save(tmp_path / "lista.xlsx")

    read = [row.cells[0] for row in read_table(tmp_path / "lista.xlsx").rows]

    assert read == ["Açúcar", "Café", Unusable("PÆo", LOST_LETTERS)]
    assert "corrija-os na planilha" in LOST_LETTERS  # There is no other way: its letters cannot be chosen.
