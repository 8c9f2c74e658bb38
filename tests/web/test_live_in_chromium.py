"""*Ao vivo* in a real browser: each movement once, the server that comes and goes, and midnight."""

from tests.web.chromium import watch
from tests.web.open_shop import Shop


def test_live_shows_each_movement_once_and_says_when_the_server_is_away(open_shop: Shop) -> None:
    with watch(open_shop.browser, open_shop.url, storage_state=open_shop.state) as watched:
        page = watched.page
        page.clock.install()
        watched.open("/painel/ao-vivo")
        first = [_record(open_shop, quantity) for quantity in (31, 32)]
        page.clock.run_for(2_000)
        page.wait_for_selector("li.fresh:has-text('+32')")

        open_shop.server.stop()
        page.clock.run_for(6_000)
        page.wait_for_selector("#ligacao.lost:has-text('Sem servidor desde')")
        open_shop.server.start()
        missed = [_record(open_shop, quantity) for quantity in (41, 42, 43)]
        page.clock.run_for(20_000)
        page.wait_for_selector("li.gap:has-text('nada se perdeu')")
        page.wait_for_selector("#ligacao:not(.lost)")

        shown = page.eval_on_selector_all("li.fresh", "items => items.map((item) => item.children[1].innerText)")
        assert shown == ["▲ +43", "▲ +42", "▲ +41", "▲ +32", "▲ +31"]
        assert len({*first, *missed}) == 5


def test_live_left_open_over_midnight_begins_a_new_day(open_shop: Shop) -> None:
    with watch(open_shop.browser, open_shop.url, storage_state=open_shop.state) as watched:
        page = watched.page
        page.clock.install(time="2026-11-30T02:59:50Z")  # 23:59:50 in São Paulo
        watched.open("/painel/ao-vivo")
        page.evaluate("document.getElementById('movimentos').replaceChildren()")
        template = {
            "tipo": "entrada", "produto_id": "p1", "nome_produto": "Parafuso", "loja_id": "l1", "registrado_por": "Ana",
        }  # fmt: skip
        moments = ("2026-11-30T02:59:51Z", "2026-11-30T02:59:52Z", "2026-11-30T03:00:01Z")
        movements = [
            {**template, "seq": 90_000 + number, "variacao": number + 1, "timestamp": moment}
            for number, moment in enumerate(moments)
        ]
        page.route("**/inventario?depois=*", lambda route: route.fulfill(json=movements), times=1)
        page.route("**/inventario/resumo", lambda route: route.fulfill(json={"entradas": 7, "pessoas": 1}), times=1)
        page.clock.run_for(2_000)
        page.wait_for_selector("#hoje:has-text('7 entradas')")

        rows = page.eval_on_selector_all("#movimentos > li", "items => items.map((item) => item.innerText.trim())")
        assert [rows[0], rows[2]] == ["30/11/2026", "29/11/2026"]
        assert [row.split("▲ ")[1][:2] for row in (rows[1], *rows[3:])] == ["+3", "+2", "+1"]

        page.route("**/inventario?depois=*", lambda route: route.fulfill(json=[]))
        page.route("**/inventario/resumo", lambda route: route.fulfill(json={"entradas": 0, "pessoas": 0}))
        page.clock.run_for(12_000)
        page.wait_for_selector("#hoje:has-text('0 entradas')")  # though nothing was recorded

        page.route("**/inventario?depois=*", lambda route: route.abort())
        page.clock.run_for(12_000)
        page.wait_for_selector("#ligacao.lost:has-text('desde 00:00:')")
        page.clock.set_system_time("2026-12-01T15:00:00Z")
        page.clock.run_for(60_000)
        page.wait_for_selector("#ligacao.lost:has-text('desde 30/11/2026 00:00:')")
        page.unroute("**/inventario?depois=*")
        page.route("**/inventario?depois=*", lambda route: route.fulfill(json=[]))
        page.clock.run_for(120_000)
        page.wait_for_selector("li.gap:has-text('de 30/11/2026 00:00:')")
        page.wait_for_selector("li.gap:has-text(' a 01/12/2026 12:')")


def test_live_drops_the_heading_of_a_day_with_its_last_movement(open_shop: Shop) -> None:
    with watch(open_shop.browser, open_shop.url, storage_state=open_shop.state) as watched:
        page = watched.page
        page.clock.install()
        watched.open("/painel/ao-vivo")
        page.evaluate("""() => {
            const rows = ['<li class="day">02/01/2020</li>', ...Array(1996).fill("<li>2</li>")];
            rows.push('<li class="day">01/01/2020</li>', "<li>1</li>");
            document.getElementById("movimentos").innerHTML = rows.join("");
        }""")
        _record(open_shop, 33)
        page.clock.run_for(2_000)
        page.wait_for_selector("li.fresh:has-text('+33')")

        assert page.locator("li.day:has-text('02/01/2020')").count() == 1
        assert page.inner_text("#movimentos > li:last-child") == "2"


def _record(shop: Shop, quantity: int) -> int:
    with shop.server.client() as carla:
        body = {"produto_id": "p1", "quantidade": quantity, "loja_id": "l1"}
        return int(carla.post("/inventario", body).body["seq"])
