"""Creates the cluster's certificate authority and a certificate for each node with OpenSSL, unless they exist."""

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


def make(plan: "Plan", out: Path) -> list[Path]:
    """Write ``ca.crt`` and ``ca.key`` to ``out``, and ``ca.crt``, ``no.crt`` and ``no.key`` to each node's folder.

    A certificate stays as long as it is this authority's and for the node's address. Returns the files that the nodes
    need. Raises StartupError without OpenSSL.
    """
    if shutil.which("openssl") is None:
        raise StartupError("Falta o OpenSSL, que faz os certificados dos nós. No Debian: apt-get install openssl")
    authority, key = out / "ca.crt", out / "ca.key"
    is_new = not authority.exists()
    if is_new:
        subject = f"/CN=Almoxarife {plan.name}"
        _openssl("req", "-x509", *_CURVE, "-days", _DAYS, "-subj", subject, "-keyout", str(key), "-out", str(authority))
        key.chmod(0o600)
    written = [authority]
    for node in plan.nodes:
        folder = out / node.name
        (folder / "ca.crt").write_bytes(authority.read_bytes())
        if is_new or not _is_for(node.address, folder / "no.crt"):
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


def _sign(subject: str, names: str, folder: Path, authority: Path, authority_key: Path) -> None:
    with TemporaryDirectory() as temporary:
        request, extensions = Path(temporary) / "no.csr", Path(temporary) / "no.ext"
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth,clientAuth\n")
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
