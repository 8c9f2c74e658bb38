import pytest

from almoxarife.clients.api.address import host_and_port, is_exposed, is_loopback, parse_addresses


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("127.0.0.1:5000", "http://127.0.0.1:5000"),
        (" http://loja:5000/ ", "http://loja:5000"),
        ("https://estoque.exemplo.com.br", "https://estoque.exemplo.com.br"),
        ("http://[::1]:5000", "http://[::1]:5000"),
    ],
)
def test_an_address_is_completed(typed, url):
    assert parse_addresses(typed) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "  ",
        "ftp://loja",
        "http://",
        "http:",
        "http://loja:",
        "http://loja:porta",
        "http://loja:99999",
        "http://ana:senha@loja",
        "http://a b",
        "http://loja?x=1",
        "http://loja/#a",
        "http://[::1",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(typed):
    with pytest.raises(ValueError, match=r"endereço"):
        parse_addresses(typed)


@pytest.mark.parametrize(
    ("url", "loopback", "exposed"),
    [
        ("http://127.0.0.1:5000", True, False),
        ("http://127.9.9.9", True, False),
        ("http://localhost:5000", True, False),
        ("http://[::1]:5000", True, False),
        ("http://192.168.0.5:5000", False, True),
        ("https://192.168.0.5:5000", False, False),
        ("http://127.0.0.1.exemplo.com", False, True),
    ],
)
def test_passwords_stay_on_the_machine_or_are_said_to_travel(url, loopback, exposed):
    assert (is_loopback(url), is_exposed(url)) == (loopback, exposed)


def test_host_and_port():
    assert host_and_port("http://127.0.0.1:5000") == "127.0.0.1:5000"
