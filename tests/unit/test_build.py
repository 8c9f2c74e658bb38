"""By what name a program's build goes."""

from pathlib import Path

import pytest

from almoxarife import __version__, build


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of one file, whose name is asked for anew."""
    package = tmp_path / "almoxarife"
    package.mkdir()
    (package / "build.py").write_text("")
    monkeypatch.setattr(build, "__file__", str(package / "build.py"))
    return tmp_path


def name() -> str:
    return build.name_build.__wrapped__()


def test_other_code_has_another_name(program: Path) -> None:
    before = name()
    (program / "almoxarife" / "build.py").write_text("# changed")

    assert before.startswith(f"{__version__}+")
    assert name().startswith(f"{__version__}+")
    assert name() != before


def test_a_package_says_its_own_without_being_read_through(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (program / build.ABOUT).write_text('{"versao":"0.3.0+5f0c1a2b","feito":1}')
    monkeypatch.setattr(build, "sha256", None)

    assert name() == "0.3.0+5f0c1a2b"


@pytest.mark.parametrize("damaged", ["", "[]", '{"feito":1}', '{"versao":'])
def test_a_damaged_word_of_it_is_no_name(program: Path, damaged: str) -> None:
    without = name()
    (program / build.ABOUT).write_text(damaged)

    assert name() == without


def test_code_in_folders_counts_and_line_ends_do_not(program: Path) -> None:
    folder = program / "almoxarife" / "wire"
    folder.mkdir()
    without = name()
    (folder / "stock.py").write_bytes(b"a = 1\nb = 2\n")
    before = name()
    (folder / "stock.py").write_bytes(b"a = 1\r\nb = 2\r\n")

    assert name() == before != without


@pytest.fixture
def noting(program: Path) -> Path:
    """The file in which that program's name is noted."""
    (program / "almoxarife" / "__pycache__").mkdir()
    return program / "almoxarife" / build.NOTED


def test_code_that_nobody_has_touched_is_read_through_once(noting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = name()
    monkeypatch.setattr(build, "_digest", None)

    assert name() == before


def test_a_noted_name_does_not_outlive_its_code(noting: Path) -> None:
    source, before = noting.parents[1] / "build.py", name()
    source.write_text("# changed")
    changed = name()
    source.write_text("")

    assert changed != before == name()


@pytest.mark.parametrize("damaged", [b"", b"0.2.0+5f0c1a2b", b"0.2.0+5f0c1a2b \xff", b"0.2.0+5f0c1a2b e3b0"])
def test_a_damaged_note_is_no_name(noting: Path, damaged: bytes) -> None:
    before = name()
    noting.write_bytes(damaged)

    assert name() == before
