"""Writes nginx's configuration for the settings, and the files that it needs.

All paths are relative to nginx's folder, because the path of the data directory may contain what
nginx takes for a variable.
"""

import os
from importlib.resources import files as resources
from pathlib import Path
from typing import NamedTuple

import orjson

from almoxarife import files
from almoxarife.server.errors import StartupError
from almoxarife.server.gateway.declaration import DEFAULT_LOG, find_apis
from almoxarife.server.logs.gateway import tally
from almoxarife.server.settings import Address, Settings

CONFIGURATION = "nginx.conf"


class _Problem(NamedTuple):
    status: int
    on: str
    """The statuses for which nginx answers with this problem; it has some of its own, such as 494."""
    slug: str
    sentence: str
    retry_after_s: int | None = None


_INVALID = "O pedido não pôde ser lido. Confira o endereço, os cabeçalhos e o tamanho que ele diz ter."
_PROBLEMS = (
    _Problem(400, "400 496 497", "pedido-invalido", _INVALID),
    _Problem(405, "405", "metodo-nao-permitido", "Este endereço não aceita essa operação."),
    _Problem(408, "408", "tempo-esgotado", "O pedido demorou demais para chegar. Envie-o de novo."),
    _Problem(411, "411", "pedido-invalido", _INVALID),
    _Problem(413, "413", "pedido-grande-demais", "O pedido é grande demais. Envie no máximo 100 MB de cada vez."),
    _Problem(414, "414", "endereco-longo-demais", "O endereço pedido é comprido demais."),
    _Problem(
        429,
        "429",
        "muitas-tentativas",
        "São tentativas demais vindas deste endereço. Espere alguns segundos e tente de novo.",
        5,
    ),
    _Problem(431, "494 431", "cabecalho-longo-demais", "Os cabeçalhos do pedido são compridos demais."),
    _Problem(500, "500", "erro-interno", "Algo deu errado na porta de entrada. Tente de novo daqui a pouco.", 5),
    _Problem(501, "501", "pedido-invalido", _INVALID),
    _Problem(
        502,
        "502",
        "servico-fora-do-ar",
        "O servidor não está respondendo. Nada foi perdido: espere um momento e tente de novo.",
        2,
    ),
    _Problem(
        503,
        "503",
        "muitas-conexoes",
        "São conexões demais vindas deste endereço. Espere um momento e tente de novo.",
        5,
    ),
    _Problem(505, "505", "pedido-invalido", _INVALID),
)
_INTERNAL = "            internal;\n"
_LATE = _Problem(
    504,
    "504",
    "servico-demorado",
    "O servidor não respondeu a tempo. O pedido pode ter sido atendido: confira antes de enviar de novo.",
    5,
)


def render(settings: Settings, folder: Path) -> Path:
    """Write the configuration for ``settings`` into ``folder``; its path. Raises StartupError."""
    if settings.tls_cert is not None and not settings.gateway_apis:
        raise StartupError(
            "Atrás da porta de entrada o servidor fala HTTP, e ela é que fala HTTPS: mude o nome das variáveis "
            "ALMOXARIFE_TLS_CERT e ALMOXARIFE_TLS_KEY para ALMOXARIFE_GATEWAY_TLS_CERT e ALMOXARIFE_GATEWAY_TLS_KEY."
        )
    template = resources(__package__).joinpath("nginx.conf.template").read_text("utf-8")
    for name, text in _values(settings).items():
        template = template.replace("{{" + name + "}}", text)
    path = folder / CONFIGURATION
    try:
        for part in (folder, folder / "tmp"):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)
        files.write_atomically(path, template.encode())
    except OSError as error:
        raise StartupError(
            f"Não foi possível gravar em {folder} ({files.disk_reason(error)}). Confira a pasta e as permissões."
        ) from error
    return path


def _values(settings: Settings) -> dict[str, str]:
    apis = find_apis(settings)
    upstreams = _upstream("api", apis)
    services = {}
    if len(apis) > 1:
        # An uploaded list of people is in the memory of one server, so its requests must go to that one.
        upstreams += _upstream("same", apis, choosing="        hash $binary_remote_addr consistent;\n")
        services[r"^[A-Z]+ /(?:painel/lote|useradd/listas)(?:[/?]|$)"] = "same"
    if settings.gateway_logs is not None:
        upstreams += _upstream("logs", (settings.gateway_logs,))
        services |= {r"^POST /log(?:\?|$)": "logs", r"^(?:GET|HEAD) /log/recentes$": "logs"}
    lines = "".join(f'        "~{pattern}" {name};\n' for pattern, name in services.items())
    service_map = f'    map "$request_method $target" $service {{\n        default api;\n{lines}    }}\n'
    return {
        "user": _user(),
        "log": str(settings.gateway_log or DEFAULT_LOG),
        "tally": tally.FILE,
        "upstreams": upstreams,
        "service_map": service_map,
        "listen": _listen(settings),
        "problems": "\n".join(map(_problem, _PROBLEMS)) + "\n" + _late(),
    }


def _user() -> str:
    if os.name == "posix" and os.geteuid() == 0:
        return "# Um usuário comum basta; iniciado pelo root, nada além dele lê a pasta dos dados.\nuser root;"
    return ""


def _upstream(name: str, addresses: tuple[Address, ...], *, choosing: str = "") -> str:
    """``choosing``: nginx's method of choosing a server, if it is not round-robin."""
    # Of several servers, one that did not answer is skipped for a second; a single one is always asked.
    servers = "".join(f"        server {address} max_fails=1 fail_timeout=1s;\n" for address in addresses)
    # The server closes idle connections after 20 s; nginx must do so earlier.
    return (
        f"    upstream {name} {{\n        zone {name} 64k;\n{choosing}{servers}"
        "        keepalive 32;\n        keepalive_timeout 10s;\n    }\n"
    )


def _listen(settings: Settings) -> str:
    if settings.gateway_tls_cert is None or settings.gateway_tls_key is None:
        return f"        listen {settings.gateway};"
    return (
        f"        listen {settings.gateway} ssl http2;\n"
        f"        ssl_certificate {_quote(settings.gateway_tls_cert)};\n"
        f"        ssl_certificate_key {_quote(settings.gateway_tls_key)};\n"
        "        ssl_protocols TLSv1.2 TLSv1.3;\n"
        "        ssl_session_cache shared:tls:1m;\n"
        "        ssl_session_tickets off;"
    )


def _quote(path: Path) -> str:
    """Raises StartupError for a path that nginx would misread."""
    text = path.absolute().as_posix()
    if any(sign in text for sign in "$\"\\'\n"):
        raise StartupError(f"O caminho {path} tem sinais que o nginx não aceita. Ponha o certificado em outra pasta.")
    return f'"{text}"'


def _problem(problem: _Problem) -> str:
    # By a path, because nginx does not use a named location for a request that it cannot parse.
    place = f"/problema/{problem.status}"
    return f"        error_page {problem.on} = {place};\n" + _location(f"= {place}", problem, before=_INTERNAL)


def _late() -> str:
    """The response to a timeout: 504, or 502 if no connection was made, so that the server has done nothing."""
    away = next(problem for problem in _PROBLEMS if problem.status == 502)
    chosen = f"            if ($upstream_connect_time = -) {{ {_return(away)} }}\n"
    return "        error_page 504 = /problema/504;\n" + _location("= /problema/504", _LATE, before=_INTERNAL + chosen)


def _location(place: str, problem: _Problem, *, before: str) -> str:
    retry = f"            add_header Retry-After {problem.retry_after_s} always;\n" if problem.retry_after_s else ""
    return (
        f"        location {place} {{\n"
        "            default_type application/problem+json;\n"
        "            add_header X-Request-Id $request_id always;\n"
        "            add_header X-Content-Type-Options nosniff always;\n"
        "            add_header Cache-Control no-store always;\n"
        f"{retry}{before}            {_return(problem)}\n        }}"
    )


def _return(problem: _Problem) -> str:
    body = {
        "type": f"urn:almoxarife:problema:{problem.slug}",
        "title": problem.sentence,
        "status": problem.status,
        "detail": problem.sentence,
        "mensagem": problem.sentence,
        "codigo": problem.slug,
        "requisicao": "$request_id",
    }
    return f"return {problem.status} '{orjson.dumps(body).decode()}';"
