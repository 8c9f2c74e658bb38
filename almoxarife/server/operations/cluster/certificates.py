"""Creates the cluster's certificate authority and a certificate for each node with OpenSSL, unless they exist.

They say all that RFC 5280 asks for: Python 3.13, and with it Patroni, trusts no others.
"""

import shutil
import ssl
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from almoxarife.server.errors import StartupError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from almoxarife.server.operations.cluster.cluster_file import Plan

_DAYS = "3650"
_RENEWED_BEFORE_DAYS = 365
_WARNED_BEFORE_DAYS = 180
"""Fewer, so that nothing is warned of that was rendered just now."""
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_SIGNS = "keyUsage=critical,keyCertSign,cRLSign"
_OF_AN_AUTHORITY = f"basicConstraints=critical,CA:TRUE\n{_SIGNS}\nsubjectKeyIdentifier=hash\n"
_OF_A_NODE = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
    "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
)
_AGAIN = "Rode almoxarife cluster render de novo, e leve os certificados a cada nó (docs/cluster.md)."


def make(plan: "Plan", out: Path) -> list[Path]:
    """Write ``ca.crt`` and ``ca.key`` to ``out``, and ``ca.crt``, ``no.crt`` and ``no.key`` to each node's folder.

    A certificate stays as long as it is this authority's, for the node's address, such as programs of today trust, and
    valid for a year more. An authority that is renewed keeps its name and key: nodes with its former certificate trust
    those with the new one, and the other way round. Returns the files that the nodes need. Raises StartupError without
    OpenSSL.
    """
    if shutil.which("openssl") is None:
        raise StartupError("Falta o OpenSSL, que faz os certificados dos nós. No Debian: apt-get install openssl")
    authority, key = out / "ca.crt", out / "ca.key"
    is_new = not authority.exists()
    if is_new:
        subject = f"/CN=Almoxarife {plan.name}"
        made = ("-subj", subject, "-addext", _SIGNS, "-keyout", str(key), "-out", str(authority))
        _openssl("req", "-x509", *_CURVE, "-days", _DAYS, *made)
        key.chmod(0o600)
    elif key.exists() and (not _says_it_signs(authority) or _ends_within(_RENEWED_BEFORE_DAYS, authority.read_text())):
        _renew(authority, key)
    written = [authority]
    for node in plan.nodes:
        folder = out / node.name
        (folder / "ca.crt").write_bytes(authority.read_bytes())
        certificate = folder / "no.crt"
        is_good = not is_new and _is_for(node.address, certificate)
        if not is_good or (key.exists() and not _stays(certificate.read_text(), authority)):
            _sign(f"/CN={node.name}", f"IP:{node.address},DNS:{node.name}", folder, authority, key)
        written += [folder / "ca.crt", folder / "no.crt", folder / "no.key"]
    return written


def tls_context(authority: Path) -> ssl.SSLContext:
    """A context that trusts only this authority. Raises StartupError if its certificate cannot be read."""
    try:
        return ssl.create_default_context(cafile=authority)
    except OSError as error:
        raise StartupError(f"{authority} não pode ser lido ({error}).") from error


def list_dangers(authority: Path, of_nodes: "Mapping[str, str]") -> list[str]:
    """Portuguese warnings of certificates that Python 3.13 refuses, or that expire soon.

    ``of_nodes``: the certificates in PEM that the nodes use, by the node's name. Needs OpenSSL; without it, none.
    """
    if shutil.which("openssl") is None:
        return []
    found = []
    if not _says_it_signs(authority):
        found.append(
            f"Atenção: {authority} não diz para que serve a chave da autoridade, e o Python 3.13 (Debian 13) recusa"
            f" todos os certificados que ela fez. {_AGAIN}"
        )
    elif refused := [name for name, pem in of_nodes.items() if not _is_trusted(pem, authority)]:
        found.append(f"Atenção: o Python 3.13 (Debian 13) recusa o certificado de {', '.join(refused)}. {_AGAIN}")
    all_of_them = {str(authority): authority.read_text("utf-8"), **of_nodes}
    if ending := [name for name, pem in all_of_them.items() if _ends_within(_WARNED_BEFORE_DAYS, pem)]:
        days = f"menos de {_WARNED_BEFORE_DAYS} dias"
        found.append(f"Atenção: vale por {days}, ou já não vale, o certificado de {', '.join(ending)}. {_AGAIN}")
    return found


def _is_for(address: str, certificate: Path) -> bool:
    """Whether the certificate exists and is valid for the address."""
    command = ["openssl", "x509", "-in", str(certificate), "-noout", "-checkip", address]
    # By what it says: it ends with 0 in either case.
    return certificate.exists() and "does match" in subprocess.run(command, capture_output=True, text=True).stdout  # noqa: S603  # no shell


def _stays(pem: str, authority: Path) -> bool:
    return _is_trusted(pem, authority) and not _ends_within(_RENEWED_BEFORE_DAYS, pem)


def _is_trusted(pem: str, authority: Path) -> bool:
    """Whether the authority signed it, and both are as Python 3.13 wants them. Their time is another question."""
    command = ["openssl", "verify", "-x509_strict", "-no_check_time", "-CAfile", str(authority)]
    return subprocess.run(command, input=pem, text=True, capture_output=True).returncode == 0  # noqa: S603  # no shell


def _ends_within(days: int, pem: str) -> bool:
    command = ["openssl", "x509", "-noout", "-checkend", str(days * 86_400)]
    return subprocess.run(command, input=pem, text=True, capture_output=True).returncode != 0  # noqa: S603  # no shell


def _says_it_signs(authority: Path) -> bool:
    command = ["openssl", "x509", "-in", str(authority), "-noout", "-ext", "keyUsage"]
    return "Certificate Sign" in subprocess.run(command, capture_output=True, text=True).stdout  # noqa: S603  # no shell


def _renew(authority: Path, key: Path) -> None:
    with TemporaryDirectory(dir=authority.parent) as temporary:
        extensions, renewed = Path(temporary) / "ca.ext", Path(temporary) / "ca.crt"
        extensions.write_text(_OF_AN_AUTHORITY)
        told = ("-clrext", "-extfile", str(extensions), "-days", _DAYS, "-out", str(renewed))
        _openssl("x509", "-in", str(authority), "-signkey", str(key), *told)
        renewed.replace(authority)


def _sign(subject: str, names: str, folder: Path, authority: Path, authority_key: Path) -> None:
    with TemporaryDirectory() as temporary:
        request, extensions = Path(temporary) / "no.csr", Path(temporary) / "no.ext"
        extensions.write_text(f"subjectAltName={names}\n{_OF_A_NODE}")
        key, certificate = folder / "no.key", folder / "no.crt"
        _openssl("req", *_CURVE, "-subj", subject, "-keyout", str(key), "-out", str(request))
        key.chmod(0o600)
        signed_by = ("-CA", str(authority), "-CAkey", str(authority_key), "-CAcreateserial")
        _openssl(
            *("x509", "-req", "-in", str(request), *signed_by),
            *("-days", _DAYS, "-extfile", str(extensions), "-out", str(certificate)),
        )


def _openssl(*arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)  # noqa: S603, S607  # no shell
    if done.returncode:
        raise StartupError(f"O OpenSSL recusou: {done.stderr.strip().splitlines()[-1:] or done.returncode}")
