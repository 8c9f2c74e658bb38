"""The web app manifest and the service worker, which make the pages installable and show when the server is away."""

from functools import cache
from hashlib import sha256

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from almoxarife.server.web import assets
from almoxarife.server.web.pages import page, render

_KEPT = ("style.css", "dark.css", "pages.js", "icon.svg")


@page("/almoxarife.webmanifest")
def send_manifest() -> ResponseReturnValue:
    return _send("almoxarife.webmanifest", "application/manifest+json")


@page("/sw.js")
def send_service_worker() -> ResponseReturnValue:
    return _send("sw.js", "text/javascript; charset=utf-8", kept=_list_kept(), version=_version())


@page("/sem-conexao")
def show_offline() -> ResponseReturnValue:
    return render("offline.html")


def _send(template: str, kind: str, **shown: object) -> Response:
    return Response(render_template(template, **shown), content_type=kind, headers={"Cache-Control": "no-cache"})


def _list_kept() -> list[str]:
    return [assets.address(name) for name in _KEPT]


@cache
def _version() -> str:
    """Changes with any file that the service worker caches."""
    return sha256("".join(_list_kept()).encode()).hexdigest()[:12]
