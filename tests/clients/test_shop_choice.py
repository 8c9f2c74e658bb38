from almoxarife.clients.desktop.cadastro.registering.shop_choice import find_chosen, find_remembered
from almoxarife.wire.stores import Shop


def test_the_shop_of_last_time_counts_only_where_one_still_works():
    assert find_remembered("l2", ["l1", "l2"]) == "l2"
    assert find_remembered("l3", ["l1", "l2"]) is None
    assert find_remembered("", ["l1", "l2"]) is None


def test_what_is_chosen_is_one_of_those_offered():
    centro, norte = Shop(id="l1", nome="Centro"), Shop(id="l2", nome="Norte")
    assert find_chosen("l2", [centro, norte]) == "l2"
    assert find_chosen("l3", [centro, norte]) is None, "it was closed"
    assert find_chosen("l3", [centro]) == find_chosen(None, [centro]) == "l1"
    assert find_chosen("l1", []) is None
