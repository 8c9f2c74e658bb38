"""Whatever people do, a balance is the sum of its movements."""

import sqlite3
from collections import defaultdict
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from almoxarife.server.stores import service as stores
from tests.api.cast import CENTRO, NORTE, Person, Server
from tests.databases import examples

QUANTITIES = st.decimals("0.0001", "100", places=4) | st.integers(1, 99_999_999_999).map(Decimal)
SHOPS = st.sampled_from([CENTRO, NORTE])
KINDS = st.sampled_from(["entrada", "saida", "ajuste"])


class Ledger(RuleBasedStateMachine):
    """A model in Decimals beside the server: one weighed and one counted product, in two shops."""

    server: Server

    @initialize()
    def begin(self) -> None:
        self.carla = self.server.person("Carla")
        number = len(self.server.rows("SELECT 1 FROM products"))
        self.weighed, self.counted = (
            self.carla.add(f"Produto {number + extra}", unidade=unit).json["id"]
            for extra, unit in enumerate(("KG", "UN"))
        )
        self.balances: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.made: list[dict[str, Any]] = []
        self.reversed: set[str] = set()
        self.policies = dict.fromkeys((CENTRO, NORTE), stores.StockPolicy.BLOCK)
        for shop_id in self.policies:
            self.set_policy(shop_id, stores.StockPolicy.BLOCK)

    def set_policy(self, shop_id: str, policy: stores.StockPolicy) -> None:
        with self.server.database.transaction() as session:
            stores.set_policy(session, int(shop_id[1:]), policy)
        self.policies[shop_id] = policy

    @rule(shop_id=SHOPS, policy=st.sampled_from(stores.StockPolicy))
    def the_shop_changes_its_policy(self, shop_id: str, policy: stores.StockPolicy) -> None:
        self.set_policy(shop_id, policy)

    @rule(shop_id=SHOPS, weighed=st.booleans(), quantity=QUANTITIES, kind=KINDS, down=st.booleans())
    def somebody_records(self, shop_id: str, weighed: bool, quantity: Decimal, kind: str, down: bool) -> None:
        product = self.weighed if weighed else self.counted
        quantity = quantity if weighed else quantity.to_integral_value() or Decimal(1)
        signed = -quantity if kind == "ajuste" and down else quantity
        effect = -quantity if kind == "saida" else signed
        sent = float(signed) if signed % 1 else int(signed)
        response = self.carla.receive(product, sent, tipo=kind, motivo="teste", loja_id=shop_id)
        self.expect(response, shop_id, product, effect)

    @rule(data=st.data())
    def somebody_reverses(self, data: st.DataObject) -> None:
        if not self.made:
            return
        movement = data.draw(st.sampled_from(self.made))
        response = self.carla.post(f"/inventario/{movement['id']}/estorno", {"motivo": "teste"})
        if movement["id"] in self.reversed or movement["estorna"]:
            assert response.status_code == 409
            return
        effect = -Decimal(str(movement["variacao"]))
        if self.expect(response, movement["loja_id"], movement["produto_id"], effect):
            self.reversed.add(movement["id"])

    def expect(self, response: Any, shop_id: str, product: str, effect: Decimal) -> bool:
        """The server takes what fits the policy and the limit, and nothing else."""
        after = self.balances[shop_id, product] + effect
        is_blocked = effect < 0 and after < 0 and self.policies[shop_id] is stores.StockPolicy.BLOCK
        is_taken = not is_blocked and abs(after) <= 99_999_999_999
        assert response.status_code == (201 if is_taken else 409), response.json
        if is_taken:
            self.balances[shop_id, product] = after
            self.made.append(response.json)
            assert Decimal(str(response.json["variacao"])) == effect
            assert Decimal(str(response.json["saldo"])) == after
        return is_taken

    @invariant()
    def balances_are_the_sums_of_the_effects(self) -> None:
        if not hasattr(self, "balances"):
            return
        for (shop_id, product), balance in self.balances.items():
            effects = self.server.rows(
                "SELECT coalesce(sum(effect), 0) FROM movements WHERE shop_id = ? AND product_id = ?",
                shop_id[1:], product[1:],
            )  # fmt: skip
            assert Decimal(effects[0][0]) / 10_000 == balance
        assert self.server.wrong_balances() == []

    def teardown(self) -> None:
        if hasattr(self, "balances"):
            for product in (self.weighed, self.counted):
                total = sum(balance for (_, each), balance in self.balances.items() if each == product)
                assert Decimal(str(self.carla.balance(product))) == total


def test_a_balance_is_the_sum_of_its_movements(shop: Server) -> None:
    machine = type("LedgerOfThisShop", (Ledger,), {"server": shop})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples(25),
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


def test_the_database_itself_refuses_to_edit_the_ledger(ana: Person, bolts: str) -> None:
    ana.receive(bolts, 5)
    for statement in ("UPDATE movements SET effect = 9", "DELETE FROM movements", "DELETE FROM audit_entries"):
        with pytest.raises((sqlite3.IntegrityError, psycopg.IntegrityError), match="insert-only"):
            ana.server.rows(statement)
