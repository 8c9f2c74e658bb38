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
    from almoxarife.server.operations.cluster.cluster_file import Plan

_DAYS = "3650"
_CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_SIGNS = "keyUsage=critical,keyCertSign,cRLSign"
_OF_AN_AUTHORITY = f"basicConstraints=critical,CA:TRUE\n{_SIGNS}\nsubjectKeyIdentifier=hash\n"
_OF_A_NODE = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
    "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n"
)


def make(plan: "Plan", out: Path) -> list[Path]:
    """Write ``ca.crt`` and ``ca.key`` to ``out``, and ``ca.crt``, ``no.crt`` and ``no.key`` to each node's folder.

    A certificate stays as long as it is this authority's, for the node's address and such as programs of today trust.
    An authority that earlier versions made keeps its name and key: nodes with its former certificate trust those with
    the new one, and the other way round. Returns the files that the nodes need. Raises StartupError without OpenSSL.
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
    elif key.exists() and not _says_it_signs(authority):
        _renew(authority, key)
    written = [authority]
    for node in plan.nodes:
        folder = out / node.name
        (folder / "ca.crt").write_bytes(authority.read_bytes())
        certificate = folder / "no.crt"
        is_good = not is_new and _is_for(node.address, certificate)
        if not is_good or (key.exists() and not _is_trusted(certificate, authority)):
            _sign(f"/CN={node.name}", f"IP:{node.address},DNS:{node.name}", folder, authority, key)
        written += [folder / "ca.crt", folder / "no.crt", folder / "no.key"]
    return written


def tls_context(authority: Path) -> ssl.SSLContext:
    """A context that trusts only this authority. Raises StartupError if its certificate cannot be read."""
    try:
        return ssl.create_default_context(cafile=authority)
    except OSError as error:
        raise StartupError(f"{authority} não pode ser lido ({error}).") from error


def _is_for(address: str, certificate: Path) -> bool:
    """Whether the certificate exists and is valid for the address."""
    command = ["openssl", "x509", "-in", str(certificate), "-noout", "-checkip", address]
    # By what it says: it ends with 0 in either case.
    return certificate.exists() and "does match" in subprocess.run(command, capture_output=True, text=True).stdout  # noqa: S603  # no shell


def _is_trusted(certificate: Path, authority: Path) -> bool:
    """Whether the authority signed it, and both are as Python 3.13 wants them."""
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(authority), str(certificate)]
    return subprocess.run(command, capture_output=True).returncode == 0  # noqa: S603  # no shell


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
