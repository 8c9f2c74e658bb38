"""Pages behind the gateway's TLS: the browser keeps the session's cookie to TLS and to this site."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.gateway.doors import Gateway
from tests.server.conftest import FirstDay
from tests.server.processes import NAME, PASSWORD, Server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificate")
    cert, key = folder / "certificado.pem", folder / "chave.pem"
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run([*made, "-keyout", key, "-out", cert, "-days", "2", *subject], check=True, capture_output=True)
    return cert, key


@pytest.fixture(scope="module")
def site(
    first_day: FirstDay, certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    cert, key = certificate
    data = tmp_path_factory.mktemp("tls") / "dados"
    shutil.copytree(first_day.data, data)
    server = Server(data)
    gateway = Gateway(data, server.port, GATEWAY_TLS_CERT=str(cert), GATEWAY_TLS_KEY=str(key))
    gateway.tls = cert
    try:
        gateway.start()
        server.start()
        yield f"https://127.0.0.1:{gateway.port}"
    finally:
        server.end()
        gateway.end()


@pytest.fixture
def browser(certificate: tuple[Path, Path]) -> Iterator[requests.Session]:
    with requests.Session() as browser:
        browser.headers["Accept"] = "text/html"
        browser.trust_env = False  # a bundle of the machine's own would come first
        browser.verify = str(certificate[0])
        yield browser


def log_in(browser: requests.Session, site: str, **headers: str) -> requests.Response:
    page = browser.get(f"{site}/login", headers=headers)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert token is not None, page.text
    form = {"login": NAME, "psw": PASSWORD, "csrf_token": token[1]}
    return browser.post(f"{site}/login", data=form, allow_redirects=False, headers={"Referer": site, **headers})


def test_the_cookie_goes_back_over_tls_and_to_this_site_alone(browser: requests.Session, site: str) -> None:
    entered = log_in(browser, site)

    assert entered.status_code in {302, 303}, entered.text
    cookie = entered.headers["Set-Cookie"]
    assert [flag in cookie for flag in ("Secure", "HttpOnly", "SameSite=Lax")] == [True] * 3, cookie
    assert "Domain" not in cookie
    assert "max-age=" in entered.headers["Strict-Transport-Security"]
    assert browser.get(f"{site}/profile", allow_redirects=False).status_code == 200


def test_who_says_to_have_come_without_tls_gets_the_same_cookie(browser: requests.Session, site: str) -> None:
    entered = log_in(browser, site, **{"X-Forwarded-Proto": "http", "Forwarded": "proto=http"})

    assert "Secure" in entered.headers["Set-Cookie"]


def test_leaving_takes_the_cookie_away_and_ends_the_session(browser: requests.Session, site: str) -> None:
    log_in(browser, site)
    kept = browser.cookies.copy()
    assert browser.get(f"{site}/profile", allow_redirects=False).status_code == 200

    page = browser.get(f"{site}/logout")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    if token is not None:
        browser.post(f"{site}/logout", data={"csrf_token": token[1]}, headers={"Referer": site})

    browser.cookies.update(kept)  # somebody has a copy of it
    assert browser.get(f"{site}/profile", allow_redirects=False).status_code in {302, 303}
