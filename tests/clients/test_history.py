"""Every movement that makes up a balance, and the sum that proves it."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from almoxarife.clients.desktop.cadastro.history.balance import (
    answer,
    describe_reversal,
    detail,
    find_reversible,
    of_shop,
    question,
    rows,
    sheet,
)
from almoxarife.wire.accounts import LoggedInUser, Role
from almoxarife.wire.stock import NOTES
from tests.clients.things import movement, product

NO_SHOPS = {}
MANAUS = ZoneInfo("America/Manaus")


def told(*movements, balance="7"):
    return answer(of_shop(movements, None), product(balance=balance))


def test_the_sum_is_told_and_compared_with_the_list():
    movements = [movement(3, "-3", kind="saida"), movement(2, "-40", kind="saida"), movement(1, "50")]

    assert question(product(balance="7")) == "Por que 7?"
    assert told(*movements) == ("Good", "3 movimentações: entraram 50, saíram 43 e sobram 7 UN, como na lista.")
    kind, sentence = told(*movements, balance="8")
    assert kind == "Warn"
    assert sentence.endswith("sobram 7 UN. A lista mostra 8: atualize com F5.")
    assert told(movement(1, "7"))[1].startswith("1 movimentação: ")
    assert told(balance="0") == ("Quiet", "Nenhuma movimentação ainda: o saldo é 0.")


def test_only_the_shop_that_is_looked_at_counts():
    here, there = movement(1, "5"), movement(2, "3").model_copy(update={"shop_id": "l2"})

    assert [m.id for m in of_shop([there, here], "l2").movements] == ["m2"]
    assert of_shop([there, here], None).balance == 8


def test_a_row_says_what_when_who_and_why():
    (row,) = rows(
        of_shop([movement(3, "-1250.5", kind="saida", reason="quebra", by="Ana", balance="2")], None), NO_SHOPS
    )

    assert row.cells == ("20/11/2026 12:00", "▼ saída", "-1.250,5", "2", "Ana", "quebra")
    (row,) = rows(of_shop([movement(3)], None), {"l1": "Loja Centro"})
    assert row.cells[-1] == "Loja Centro"


def test_what_waited_in_a_queue_shows_both_times():
    prompt = movement(1, reason="contagem")
    late = prompt.model_copy(
        update={"recorded_at": prompt.occurred_at + timedelta(hours=3), "document": "NF 12", "supplier": "Moinho"}
    )

    soon = prompt.model_copy(update={"recorded_at": prompt.occurred_at + timedelta(minutes=2)})

    assert detail(prompt) == detail(soon) == "contagem"
    assert detail(late) == "contagem · NF 12 · Moinho · registrado em 20/11/2026 15:00"


def test_the_sheet_holds_numbers_and_moments():
    written = sheet(of_shop([movement(1, "5", by="Ana")], None), {"l1": "Matriz"})

    assert [heading.title for heading in written.headings][:4] == ["Quando", "Tipo", "Produto", "Variação"]
    (line,) = written.rows
    assert line[1:7] == ("entrada", "Parafuso 10mm", Decimal(5), Decimal(5), "Matriz", "Ana")
    assert line[0] == line[-1] == movement(1).occurred_at


def test_the_sheet_has_a_column_for_every_note():
    one = movement(1).model_copy(update={name: f"sobre {name}" for name in NOTES})

    (line,) = sheet(of_shop([one], None), {}).rows

    assert {f"sobre {name}" for name in NOTES} <= {*line}


def person(name="ana", role=Role.STOCK_CLERK):
    fields = {"id": "u1", "username": name, "papel": role, "lojas": [], "criado_em": "2026-11-01T12:00:00Z"}
    return LoggedInUser.model_validate(fields)


def may_reverse(one, *others, by=None, later=timedelta(hours=1), zone=MANAUS):
    history = of_shop([*others, one], None)
    return find_reversible(history, one.id, by or person(), one.recorded_at + later, zone) is not None


def test_a_clerk_may_reverse_their_own_of_the_same_day_and_a_manager_any():
    own = movement(1, "50", by="ana")

    assert may_reverse(own)
    assert may_reverse(own, later=timedelta(hours=12))  # 23:00 in Manaus, the next day in São Paulo
    assert not may_reverse(own, later=timedelta(hours=13))
    assert not may_reverse(own, by=person("rui"))
    assert not may_reverse(own, by=person(role=Role.SELLER))
    assert may_reverse(own, by=person("rui", Role.MANAGER), later=timedelta(days=400))


def test_sales_reversals_and_what_was_reversed_are_not_reversed_again():
    own = movement(1, "50", by="ana")
    reversal = movement(2, "-50", kind="estorno", by="ana").model_copy(update={"reverses": "m1"})

    assert not may_reverse(own, reversal)
    assert not may_reverse(reversal)
    assert not may_reverse(movement(3, "-1", kind="venda", by="ana"))
    assert may_reverse(movement(4, "-1", kind="ajuste", by="ana"))
    assert may_reverse(movement(5, "100", kind="saldo_inicial", by="ana"))
    assert find_reversible(of_shop([own], None), None, person(), own.recorded_at, MANAUS) is None
    assert describe_reversal(own, "UN").startswith("O estorno da entrada de +50 UN registra o contrário")
