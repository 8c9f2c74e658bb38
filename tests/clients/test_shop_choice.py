from almoxarife.clients.desktop.cadastro.registering.shop_choice import find_remembered


def test_the_shop_of_last_time_counts_only_where_one_still_works():
    assert find_remembered("l2", ["l1", "l2"]) == "l2"
    assert find_remembered("l3", ["l1", "l2"]) is None
    assert find_remembered("", ["l1", "l2"]) is None
