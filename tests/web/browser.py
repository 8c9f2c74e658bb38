"""A browser without scripts: it keeps cookies, and sends forms back as they stand on the page."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from werkzeug.test import Client, TestResponse

from tests.api.cast import HOME, PASSWORDS, Server

FORM = "application/x-www-form-urlencoded"


@dataclass
class Form:
    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self.forms and ("selected" in given or self._select not in self.forms[-1].fields):
            self.forms[-1].fields[self._select] = given.get("value", "")
        elif tag == "input" and "name" in given and self.forms:
            if given.get("type") in {"checkbox", "radio"} and "checked" not in given:
                return
            self.forms[-1].fields[given["name"]] = given.get("value", "")


@dataclass
class Page:
    response: TestResponse

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def text(self) -> str:
        return self.response.text

    @property
    def leads_to(self) -> str | None:
        return self.response.headers.get("Location")

    @property
    def forms(self) -> list[Form]:
        return self._read().forms

    @property
    def links(self) -> list[str]:
        return self._read().links

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.text)
        return reader


class Browser:
    def __init__(self, server: Server, *, peer: str = HOME, host: str = "localhost:5000") -> None:
        self.server = server
        self.client: Client = server.app.test_client()
        self._environ = {"REMOTE_ADDR": peer, "HTTP_HOST": host}

    def ask(self, method: str, path: str, **how: Any) -> Page:
        environ = {**self._environ, **how.pop("environ", {})}
        headers = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", **how.pop("headers", {})}
        return Page(
            self.client.open(path, method=method, environ_overrides=environ, headers=headers, buffered=True, **how)
        )

    def open(self, path: str, **how: Any) -> Page:
        return self.ask("GET", path, **how)

    def send(self, path: str, fields: dict[str, str], **how: Any) -> Page:
        return self.ask("POST", path, data=fields, **how)

    def fill(self, path: str, *, form: int = 0, **fields: str) -> Page:
        """Open a page, fill in one of its forms and send it."""
        page = self.open(path)
        assert page.status == 200, page.text
        found = page.forms[form]
        return self.send(found.action or path, {**found.fields, **fields})

    def log_in(self, name: str, password: str | None = None) -> Page:
        page = self.fill("/login", login=name, psw=PASSWORDS[name] if password is None else password)
        assert page.status == 302, page.text
        return page

    @property
    def cookie(self) -> str:
        """The value of the pages' cookie."""
        found = self.client.get_cookie("almoxarife", domain=self._environ["HTTP_HOST"].partition(":")[0])
        return found.value if found else ""
