"""``almoxarife demo`` and ``rebuild-totals``."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Almoxarife, assert_done, assert_refused


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Where nobody has been yet."""
    return tmp_path / "demonstração"


def test_a_chain_of_shops_into_an_empty_database_and_into_no_other(almoxarife: Almoxarife) -> None:
    made = almoxarife("demo")

    total = "R$\N{NO-BREAK SPACE}1.670,00"
    assert_done(made, "3 redes, 6 lojas, 5 pessoas, 9 vendas.", "lucas.abreu", "Senha de todos: 1234.", total)
    assert_done(almoxarife("check"), "Tudo certo")
    assert_refused(almoxarife("demo"), "já tem dados")


def test_from_elsewhere_the_password_must_be_chosen_and_a_good_one(almoxarife: Almoxarife) -> None:
    assert_refused(almoxarife("demo", HOST="0.0.0.0"), "--senha")
    assert_refused(almoxarife("demo", "--senha", "1234", HOST="0.0.0.0"), "8 caracteres")

    made = almoxarife("demo", "--senha", "frase que se lembra", HOST="0.0.0.0")

    assert_done(made, "a que você escolheu")
    assert "frase" not in made.stdout


def test_sums_that_somebody_has_changed_are_made_again(almoxarife: Almoxarife, data: Path) -> None:
    almoxarife("demo")
    with closing(sqlite3.connect(data / "almoxarife.db")) as db:
        db.execute("UPDATE sale_sums SET amount = 1")
        db.commit()
    assert "rebuild-totals" in almoxarife("check").stdout

    assert_done(almoxarife("rebuild-totals"), "refeitas")

    assert_done(almoxarife("check"), "Tudo certo")
