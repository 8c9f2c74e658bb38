"""*Lojas*, by keys: a chain and a shop are made, two people change the same one, and one is closed."""

import pytest

from almoxarife.clients.api.client import ApiClient
from almoxarife.wire.stores import ShopChange
from tests.gui.conftest import Open
from tests.gui.desk import Api, wait_for
from tests.gui.test_layout import enlarge, is_whole


def find(client: ApiClient, name: str) -> tuple[str | None, str | None, bool]:
    shop = next(shop for shop in client.shops() if shop.name == name)
    return shop.cnpj, shop.chain_id, shop.active


def find_label(client: ApiClient, name: str) -> tuple[str, int] | None:
    label = next(shop.scale_label for shop in client.shops() if shop.name == name)
    return label and (label.content, label.digits)


def test_a_chain_and_a_shop_are_made_changed_by_two_and_closed(open_window: Open, two_shops: Api) -> None:
    admin = two_shops.client()
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.key("ctrl+j")
    cadastro.shows("Centro |  |  | ● ativa")
    cadastro.tab_to("Redes", key="shift+Tab")
    cadastro.key("space")
    cadastro.shows("Nenhuma rede ainda.")
    cadastro.tab_to("Nome")
    cadastro.type("Rede Norte")
    cadastro.key("Return")
    cadastro.shows("✓ Rede Norte cadastrada.")
    cadastro.tab_to("Lojas", key="shift+Tab")
    cadastro.key("space")
    cadastro.shows("Nova loja")
    cadastro.tab_to("Nome")
    cadastro.type("Loja Sul")
    cadastro.key("Return")
    cadastro.focus_is("CNPJ (se houver)")
    cadastro.type("11222333000182")
    cadastro.shows("✕ Os dois algarismos finais não conferem.")
    cadastro.key("BackSpace")
    cadastro.shows("Falta 1 de 14 caracteres.")
    cadastro.type("1")
    cadastro.shows("✓ CNPJ confere.")
    cadastro.key("Return")
    cadastro.focus_is("Rede")
    cadastro.choose(down=1)
    cadastro.shows("[Rede Norte]")
    cadastro.tab_to("Etiqueta da balança")
    cadastro.choose(down=2)
    cadastro.shows("[peso, código de 5 dígitos]")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ Loja Sul cadastrada.")
    cadastro.shows("Loja Sul | 11.222.333/0001-81 | Rede Norte | ● ativa")
    assert find(admin, "Loja Sul") == ("11222333000181", "r1", True)

    assert find_label(admin, "Loja Sul") == ("peso", 5)

    sul = next(shop for shop in admin.shops() if shop.name == "Loja Sul")
    admin.change_shop(sul.id, ShopChange(nome="Loja Sul", cnpj=None, rede_id="r1"), version=sul.version)
    cadastro.tab_to("Nome")
    cadastro.key("ctrl+a")
    cadastro.type("Sul Shopping")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Outra pessoa mudou este cadastro.")
    cadastro.focus_is("Nome")
    cadastro.key("ctrl+Return")
    cadastro.shows("✓ Sul Shopping: alterações salvas.")
    assert find(admin, "Sul Shopping") == (None, "r1", True)
    assert find_label(admin, "Sul Shopping") == ("peso", 5)

    cadastro.tab_to("Etiqueta da balança")
    cadastro.key("Down")
    wait_for("the labels to drop down", lambda: cadastro.now("focus") is None)
    cadastro.key("Up", "Up", "Return")
    cadastro.shows("[(não usa)]")
    cadastro.key("ctrl+Return")
    wait_for("a shop without a scale", lambda: find_label(admin, "Sul Shopping") is None)

    cadastro.tab_to("Desativar…")
    cadastro.key("space")
    cadastro.shows("⚠ Desativar Sul Shopping?")
    cadastro.focus_is("Desativar")
    cadastro.key("space")
    cadastro.shows("✓ Sul Shopping foi desativada.")
    cadastro.shows("Sul Shopping |  | Rede Norte | ○ desativada")


@pytest.mark.parametrize("larger", [0, 9], ids=["100%", "largest"])
def test_every_control_of_the_page_is_visible(open_window: Open, two_shops: Api, larger: int) -> None:
    cadastro = open_window("cadastro")
    cadastro.activate()
    cadastro.focus_is("Usuário")
    enlarge(cadastro, larger)
    cadastro.log_in()
    cadastro.key("ctrl+j")
    cadastro.shows("Matriz |")
    cadastro.key("Down")
    cadastro.shows("Salvar  Ctrl+Enter")
    is_whole(cadastro)
    cadastro.tab_to("Desativar…")
    cadastro.key("space")
    cadastro.shows("⚠ Desativar Centro?")
    is_whole(cadastro)
    cadastro.tab_to("Redes", key="shift+Tab")
    cadastro.key("space")
    cadastro.shows("Nenhuma rede ainda.")
    cadastro.key("ctrl+Return")
    cadastro.shows("✕ Digite o nome da loja.")
    is_whole(cadastro)


def test_the_example_asks_first_which_shop_gets_its_stock(open_window: Open, two_shops: Api) -> None:
    cadastro = open_window("cadastro")
    cadastro.log_in()
    cadastro.tab_to("Usar exemplo")
    cadastro.key("space")
    cadastro.shows("Escolha em cima da lista a loja que recebe o estoque do exemplo.")
    cadastro.focus_is("Loja")
    cadastro.choose(down=-1)
    cadastro.shows("[Centro]")
    cadastro.tab_to("Usar exemplo")
    cadastro.key("space")
    cadastro.shows("Café torrado 500 g | 7891000315507 | ▼ baixo  3")
    assert {movement.shop_id for movement in two_shops.client().movements().items or []} == {"l2"}
