"""The certificates of a cluster's nodes: whose they are, when they are made anew, and what is warned of."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from almoxarife.server.operations.cluster import certificates
from almoxarife.server.operations.cluster.certificates import list_dangers
from almoxarife.server.operations.cluster.checking import compare
from almoxarife.server.operations.cluster.cluster_file import Node, Ports, parse_plan
from almoxarife.server.operations.cluster.render import render
from tests.server.processes import free_port
from tests.unit.test_cluster_plan import N1, N2, N3, TOLD, with_chain


def test_a_certificate_is_of_its_node_and_its_authority(tmp_path: Path) -> None:
    render(parse_plan(TOLD), tmp_path)
    certificate = tmp_path / "n2" / "no.crt"
    for command in (
        ["openssl", "verify", "-x509_strict", "-CAfile", tmp_path / "ca.crt", certificate],
        ["openssl", "x509", "-in", certificate, "-noout", "-checkip", "192.168.0.12"],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "OK" in done.stdout or "does match" in done.stdout


def test_a_certificate_is_made_anew_for_another_address_or_authority_only(tmp_path: Path) -> None:
    def sign(address: str) -> list[bytes]:
        render(parse_plan({**with_chain(), "nos": [N1, {**N2, "endereco": address}, N3]}), tmp_path)
        return [(tmp_path / name / "no.crt").read_bytes() for name in ("n1", "n2", "n3")]

    first = sign("192.168.0.12")
    for address, same in (("192.168.0.22", [True, False, True]), ("fd00::22", [True, False, True])):
        assert [old == new for old, new in zip(first, sign(address), strict=True)] == same
        checked = ["openssl", "x509", "-in", tmp_path / "n2" / "no.crt", "-noout", "-checkip", address]
        assert "does match" in subprocess.run(checked, capture_output=True, text=True, check=True).stdout
    (tmp_path / "ca.crt").unlink()
    assert not set(sign("fd00::22")) & set(first)


def test_an_authority_that_python_3_13_refuses_is_renewed_and_its_nodes_trust_each_other_meanwhile(
    tmp_path: Path,
) -> None:
    """As earlier versions made it: without saying what its key may be used for."""
    ca, key, certificate = tmp_path / "ca.crt", tmp_path / "ca.key", tmp_path / "n2" / "no.crt"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-days", "3650", "-subj", "/CN=Almoxarife loja", "-keyout", str(key), "-out", str(ca)]
    subprocess.run(made, capture_output=True, check=True)
    request, names = tmp_path / "no.csr", tmp_path / "no.ext"
    former, former_ca = tmp_path / "former.crt", tmp_path / "former-ca.crt"
    made = ["openssl", "req", *made[3:8], "-subj", "/CN=n2", "-keyout", str(tmp_path / "no.key"), "-out", str(request)]
    subprocess.run(made, capture_output=True, check=True)
    names.write_text(
        "subjectAltName=IP:192.168.0.12,DNS:n2\nextendedKeyUsage=serverAuth,clientAuth\nauthorityKeyIdentifier=none\n"
    )
    made = ["openssl", "x509", "-req", "-days", "3650", "-in", str(request)]
    made += ["-CA", str(ca), "-CAkey", str(key), "-CAcreateserial"]
    subprocess.run([*made, "-extfile", str(names), "-out", str(former)], capture_output=True, check=True)
    (tmp_path / "n2").mkdir()
    certificate.write_bytes(former.read_bytes())
    former_ca.write_bytes(ca.read_bytes())
    [danger] = list_dangers(ca, {"n2": former.read_text()})
    assert f"{ca} não diz para que serve a chave da autoridade" in danger

    render(parse_plan(TOLD), tmp_path)

    [danger] = list_dangers(ca, {"n1": (tmp_path / "n1" / "no.crt").read_text(), "n2": former.read_text()})
    assert "o Python 3.13 (Debian 13) recusa o certificado de n2." in danger
    assert list_dangers(ca, {"n2": certificate.read_text()}) == []
    assert ca.read_bytes() == (tmp_path / "n2" / "ca.crt").read_bytes() != former_ca.read_bytes()
    for strictly, authority, signed in (
        (["-x509_strict"], ca, certificate),
        (["-x509_strict"], ca, ca),
        ([], ca, former),
        ([], former_ca, certificate),
    ):
        checked = ["openssl", "verify", *strictly, "-CAfile", authority, signed]
        assert "OK" in subprocess.run(checked, capture_output=True, text=True, check=True).stdout
    renewed = ca.read_bytes(), certificate.read_bytes()
    render(parse_plan(TOLD), tmp_path)
    assert (ca.read_bytes(), certificate.read_bytes()) == renewed


def test_certificates_that_end_soon_are_warned_of_and_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that a node still uses when the files are new, and where no node answers otherwise."""
    nodes = [{**node, "endereco": f"127.0.0.{place}"} for place, node in enumerate((N1, N2, N3), 11)]
    plan = parse_plan({**with_chain(), "nos": nodes})
    plan = replace(plan, nodes=tuple(replace(node, ports=Ports(patroni=free_port())) for node in plan.nodes))
    with monkeypatch.context() as patched:
        patched.setattr(certificates, "_DAYS", "179")
        written = {path: path.read_bytes() for path in render(plan, tmp_path)}
    n2, own = tmp_path / "n2", tmp_path / "n1" / "ca.crt"

    with showing(n2, plan.node("n2")):
        [warning] = compare(plan, tmp_path).warnings
        assert f"menos de 180 dias, ou já não vale, o certificado de {own}, n2." in warning
        changed = {path.name for path in render(plan, tmp_path) if path.read_bytes() != written[path]}
        assert changed == {"ca.crt", "no.crt", "no.key"}
        [warning] = compare(plan, tmp_path).warnings
        assert "o certificado de n2." in warning
    with showing(n2, plan.node("n2")):
        assert compare(plan, tmp_path).warnings == []


@contextmanager
def showing(folder: Path, node: Node) -> Iterator[None]:
    """Something at Patroni's address of a node that shows the certificate in the folder, and says nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "no.crt", folder / "no.key")

    def answer() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection, suppress(OSError), context.wrap_socket(connection, server_side=True):
                    pass

    with socket.create_server((node.address, node.ports.patroni)) as listening:
        thread = Thread(target=answer)
        thread.start()
        yield
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
