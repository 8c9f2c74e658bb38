"""*Vender* in a real browser: quick hands, lost answers, and a camera where the browser reads no codes itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.chromium import Watched, watch
from tests.web.open_shop import Shop, log_in

CODE = "7891000315507"


@pytest.fixture
def till(open_shop: Shop) -> Iterator[Watched]:
    with watch(open_shop.browser, open_shop.url, size="telefone", storage_state=open_shop.state) as watched:
        _open_sale(watched)
        yield watched
        assert [said for said in watched.complaints if "ERR_FAILED" not in said] == []


def _count_sales(shop: Shop) -> int:
    with shop.server.client() as carla:
        return len(carla.get("/vendas").body)


def _open_sale(till: Watched) -> None:
    till.open("/painel/vender")
    till.page.wait_for_selector("#codigo:focus")


def _scan(till: Watched, code: str) -> None:
    till.page.keyboard.type(code)
    till.page.keyboard.press("Enter")


def test_codes_read_faster_than_the_server_answers_are_all_sold_once(open_shop: Shop, till: Watched) -> None:
    before = _count_sales(open_shop)

    for code in (CODE, "p3", "3*p2", CODE):
        _scan(till, code)
    till.page.wait_for_selector(".lines tbody tr:nth-child(3)")
    till.page.wait_for_selector("#total:has-text('R$ 89,90')")
    till.page.fill("#recebido", "100")
    till.page.keyboard.press("Tab")
    till.page.wait_for_selector("#troco:has-text('R$ 10,10')")
    till.page.dblclick("button.wide")

    till.page.wait_for_selector(".told:has-text('Venda registrada: R$ 89,90. Troco: R$ 10,10.')")
    assert _count_sales(open_shop) == before + 1
    till.page.go_back()
    till.page.wait_for_selector("#venda[data-empty]")


def test_an_answer_that_is_lost_sells_once(open_shop: Shop, till: Watched) -> None:
    before = _count_sales(open_shop)
    _scan(till, CODE)
    till.page.wait_for_selector(".lines")

    def lose(route: Any) -> None:
        if "fazer=fechar" in (route.request.post_data or ""):
            route.fetch(max_redirects=0)
            route.abort()
        else:
            route.continue_()

    till.page.route("**/painel/vender", lose)
    till.page.click("button.wide")
    till.page.wait_for_selector("#aviso:has-text('não é registrada duas vezes')")
    till.page.unroute("**/painel/vender")
    till.page.click("nav >> text=Estoque")
    till.page.wait_for_url("**/painel/estoque")
    till.page.click("nav >> text=Vender")
    till.page.wait_for_selector(".lines")
    till.page.reload()
    till.page.click("button.wide")

    till.page.wait_for_selector(".told:has-text('já estava registrada')")
    assert _count_sales(open_shop) == before + 1
    till.page.click("nav >> text=Vender")
    till.page.wait_for_selector("#venda[data-empty]")


@pytest.mark.parametrize("width", [961, 1024, 1280])
def test_the_lines_of_a_sale_end_beside_its_total(open_shop: Shop, till: Watched, width: int) -> None:
    till.page.set_viewport_size({"width": width, "height": 600})
    till.open("/painel/vender?venda=largura&produto=p3&quantidade=12&preco=12.345,67&codigo=")
    right, left = till.page.evaluate(
        "['.lines', '.sums'].map((name) => document.querySelector(name).getBoundingClientRect())"
        ".map((box, at) => at ? box.left : box.right)"
    )
    assert right < left


def test_who_logs_in_beside_a_sale_on_the_screen_is_told_whose_it_is(open_shop: Shop, till: Watched) -> None:
    before = _count_sales(open_shop)
    _scan(till, CODE)
    till.page.wait_for_selector(".lines")
    beside = Watched(till.page.context.new_page(), till.url)
    log_in(beside, "Ana")
    beside.page.close()

    till.page.click("button.wide")

    till.page.wait_for_selector(".told:has-text('preenchida por outra pessoa')")
    till.page.wait_for_selector("#venda[data-empty]")
    assert _count_sales(open_shop) == before


def test_it_sells_without_scripts(open_shop: Shop) -> None:
    before = _count_sales(open_shop)
    with watch(open_shop.browser, open_shop.url, storage_state=open_shop.state, java_script_enabled=False) as plain:
        _open_sale(plain)
        _scan(plain, "2*p1")
        plain.page.wait_for_selector(".lines")
        plain.page.click("button.wide")
        plain.page.wait_for_selector(".told:has-text('Venda registrada: R$ 1,70.')")

    assert _count_sales(open_shop) == before + 1


_CAMERA_WITH_A_CODE = """
delete window.BarcodeDetector;
navigator.mediaDevices.getUserMedia = async () => {
  const LEFT = "0001101 0011001 0010011 0111101 0100011 0110001 0101111 0111011 0110111 0001011".split(" ");
  const PARITY = "LLLLLL LLGLGG LLGGLG LLGGGL LGLLGG LGGLLG LGGGLL LGLGLG LGLGGL LGGLGL".split(" ");
  const flip = (bits) => [...bits].map((bit) => (bit === "1" ? "0" : "1")).join("");
  const turn = (bits) => [...bits].reverse().join("");
  const [first, ...rest] = [..."CODE"].map(Number);
  const bars = rest.map((digit, at) => {
    if (at > 5) return flip(LEFT[digit]);
    return PARITY[first][at] === "L" ? LEFT[digit] : turn(flip(LEFT[digit]));
  });
  const all = `101${bars.slice(0, 6).join("")}01010${bars.slice(6).join("")}101`;
  const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 480 });
  const painter = canvas.getContext("2d");
  const paint = () => {
    painter.fillStyle = "#fff";
    painter.fillRect(0, 0, 640, 480);
    painter.fillStyle = "#000";
    [...all].forEach((bit, at) => { if (bit === "1") painter.fillRect(130 + at * 4, 120, 4, 240); });
    requestAnimationFrame(paint);
  };
  paint();
  return canvas.captureStream(10);
};
""".replace("CODE", CODE)


def test_a_browser_that_reads_no_codes_sells_by_the_camera(till: Watched) -> None:
    till.page.add_init_script(_CAMERA_WITH_A_CODE)
    till.page.reload()

    till.page.click("#camera button")

    till.page.wait_for_selector(".lines:has-text('Parafuso sextavado 10 mm')")
    assert any(address.endswith(".wasm") for address in till.requests)


def _hold(till: Watched, part: str) -> list[Any]:
    """Requests that hold ``part`` wait here until they are continued."""
    held: list[Any] = []

    def choose(route: Any) -> None:
        if part in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    till.page.route("**/painel/vender", choose)
    return held


def _let_go(till: Watched, held: list[Any]) -> None:
    while not held:
        till.page.wait_for_timeout(20)
    held.pop().continue_()
    till.page.unroute("**/painel/vender")


def test_the_camera_is_there_for_the_next_product(till: Watched) -> None:
    till.page.add_init_script(_CAMERA_WITH_A_CODE)
    till.page.reload()

    for quantity in "12":
        till.page.click("#camera button")
        till.page.wait_for_selector(f".lines input[name=quantidade][value='{quantity}']")


def test_a_sale_is_not_closed_without_a_product_that_was_not_found(open_shop: Shop, till: Watched) -> None:
    before = _count_sales(open_shop)
    _scan(till, "p2")
    till.page.wait_for_selector(".lines")
    held = _hold(till, "codigo=nada")

    _scan(till, "nada")
    _scan(till, "p3")
    till.page.click("button.wide")
    _let_go(till, held)

    till.page.wait_for_selector(".problem:has-text('Nenhum produto')")
    till.page.wait_for_selector("#aviso:has-text('Não entraram na venda: p3.')")
    assert _count_sales(open_shop) == before
    # What is read next takes the place of what was not found.
    _scan(till, "p3")
    till.page.wait_for_selector(".lines tbody tr:nth-child(2)")


def test_a_double_click_takes_one_line_away_and_chooses_one_product(till: Watched) -> None:
    for code in ("p1", "p2", "p3"):
        _scan(till, code)
    till.page.wait_for_selector(".lines tbody tr:nth-child(3)")
    till.page.dblclick("button[value=tirar-0]")
    till.page.wait_for_selector(".lines tbody tr:nth-child(3)", state="detached")
    _scan(till, "arroz")
    till.page.dblclick(".choices button")
    till.page.wait_for_selector(".lines tbody tr:last-child:has-text('Arroz')")
    till.page.wait_for_timeout(500)

    lines = till.page.locator(".lines tbody tr")
    assert lines.count() == 2
    assert lines.last.locator("input[name=quantidade]").input_value() == "2"


def test_the_second_click_of_two_or_tap_takes_nothing_of_the_sale_that_came_after_the_first(till: Watched) -> None:
    for code in ("p1", "p2", "p3", "p4"):
        _scan(till, code)
    till.page.wait_for_selector(".lines tbody tr:nth-child(4)")
    till.page.click("button[value=tirar-0]")
    till.page.wait_for_selector(".lines tbody tr:nth-child(4)", state="detached")
    till.page.hover("button[value=tirar-1]")
    till.page.mouse.down(click_count=2)
    till.page.mouse.up(click_count=2)
    _scan(till, "p1")
    till.page.wait_for_selector(".lines tbody tr:nth-child(4)")

    # Of taps not every browser tells which is the second.
    till.page.evaluate("Object.defineProperty(Event.prototype, 'timeStamp', { get: () => 1e9 })")
    till.page.evaluate("document.querySelector('button[value=tirar-0]').click()")
    till.page.wait_for_selector(".lines tbody tr:nth-child(4)", state="detached")
    till.page.evaluate("document.querySelector('button[value=tirar-0]').click()")

    till.page.dblclick("h1")
    till.page.fill("#codigo", "p2")
    send = "codigo.form.requestSubmit(codigo.form.querySelector('button[name=fazer]'))"
    till.page.evaluate(f"setTimeout(() => {send})")
    till.page.wait_for_selector(".lines tbody tr:nth-child(4)")


def test_what_is_being_typed_stays_while_the_numbers_are_added_up(till: Watched) -> None:
    _scan(till, "p2")
    till.page.wait_for_selector(".lines")
    held = _hold(till, "fazer=somar")
    till.page.keyboard.type("caf")
    till.page.fill("input[name=quantidade]", "2")
    till.page.keyboard.press("Tab")
    till.page.keyboard.type("1")
    while not held:
        till.page.wait_for_timeout(20)
    till.page.keyboard.type("2")
    _let_go(till, held)
    till.page.keyboard.type(",50", delay=250)
    till.page.keyboard.press("Tab")

    till.page.wait_for_selector("#total:has-text('R$ 25,00')")
    assert till.page.input_value("#codigo") == "caf"
    assert till.page.evaluate("document.activeElement.value") == "tirar-0"
