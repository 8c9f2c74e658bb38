"""An administrador adds the unit that a shop counts in, and takes away what nobody uses."""

from tests.gui.conftest import Open
from tests.gui.desk import Api
from tests.gui.steps import register_admin
from tests.gui.test_layout import enlarge, is_whole


def test_a_unit_is_added_and_taken_away(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    register_admin(cadastro)
    cadastro.key("ctrl+m")
    cadastro.focus_is("Sigla")
    cadastro.type("balde grande")
    cadastro.key("Return")
    cadastro.focus_is("Nome")
    cadastro.type("balde")
    cadastro.key("Return")
    cadastro.shows("✕ A sigla da unidade tem de 1 a 6 letras ou números")
    cadastro.focus_is("Sigla")
    cadastro.type("bd")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ BD (balde) já pode ser usada.")
    cadastro.shows("BD | balde | inteiras")

    cadastro.key("shift+Tab", "Home")
    cadastro.tab_to("Retirar a escolhida")
    cadastro.key("space")
    cadastro.shows("Retirar a unidade BD?")
    cadastro.focus_is("Retirar")
    cadastro.key("space")
    cadastro.shows("✓ BD foi retirada.")
    cadastro.shows_no_more("BD | balde")


def test_every_control_of_the_page_is_visible_in_the_largest_text(open_window: Open, api: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    enlarge(cadastro, 9)
    register_admin(cadastro)
    cadastro.key("ctrl+m")
    cadastro.focus_is("Sigla")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ ")
    is_whole(cadastro)
