"""Every movement that makes up a balance, and the sum that proves it."""

from datetime import timedelta
from decimal import Decimal

from almoxarife.clients.desktop.cadastro.history.balance import answer, detail, of_shop, question, rows, sheet
from tests.clients.things import movement, product

NO_SHOPS = {}


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

    assert row.cells == ("20/11/2026 12:00", "▼ saída", "−1.250,5", "2", "Ana", "quebra")
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
