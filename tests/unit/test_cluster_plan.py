"""From one short file to what every node needs; faults of the file are named."""

import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import time
from fnmatch import fnmatch
from pathlib import Path

import pytest

from almoxarife.server.data_directory.service_keys import ServiceKeys
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster.checking import compare, list_faulty_etcds, list_wrong_settings, to_unit
from almoxarife.server.operations.cluster.cluster_file import Node, Plan, Ports, Window, parse_plan, read_plan
from almoxarife.server.operations.cluster.render import SERVICE_KEY, Passwords, dynamic_settings, files_of, render
from almoxarife.server.settings import Settings
from tests.programs import ROOT
from tests.server.processes import free_port

N1 = {"nome": "n1", "endereco": "192.168.0.11", "principal": True}
N2 = {"nome": "n2", "endereco": "192.168.0.12"}
N3 = {"nome": "n3", "endereco": "192.168.0.13"}
CHAIN = {"nome": "loja", "lojas": "192.168.0.0/24"}
TOLD = {"rede": CHAIN, "nos": [N1, N2, N3]}
PASSWORDS = Passwords("pg", "repl", "rewind", "rest", "api", "secret", "cpf")
GOLDEN = ROOT / "tests" / "unit" / "cluster"


def with_chain(**more: object) -> dict[str, object]:
    return {**TOLD, "rede": {**CHAIN, **more}}


def test_a_plan_is_read_with_what_is_usual() -> None:
    plan = parse_plan(TOLD)
    assert [(node.name, node.address, node.is_main) for node in plan.nodes] == [
        ("n1", "192.168.0.11", True),
        ("n2", "192.168.0.12", False),
        ("n3", "192.168.0.13", False),
    ]
    assert plan.main.name == "n1"
    assert (plan.shops, plan.stable_s, plan.has_watchdog) == (("192.168.0.0/24",), 60, True)
    assert plan.window.contains(time(12, 0))


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({**TOLD, "nos": [N1, N2]}, "são 2 nós; é preciso um número ímpar"),
        ({**TOLD, "nos": []}, "são 0 nós"),
        ({**TOLD, "nos": [N1, N2, N3, {"nome": "n4", "endereco": "192.168.0.14"}]}, "são 4 nós"),
        ({**TOLD, "nos": [N1, N2, {**N3, "nome": "n1"}]}, "dois nós têm o mesmo nome"),
        ({**TOLD, "nos": [N1, N2, {**N3, "endereco": "192.168.0.11"}]}, "dois nós têm o mesmo endereco"),
        ({**TOLD, "nos": [{**N1, "principal": False}, N2, N3]}, "marque um nó, e só um"),
        ({**TOLD, "nos": [N1, {**N2, "principal": True}, N3]}, "marque um nó, e só um"),
        ({**TOLD, "nos": [N1, N2, {**N3, "principal": "sim"}]}, "principal do nó n3 é true ou false"),
        ({**TOLD, "nos": [N1, N2, {"nome": "n3"}]}, "o nó n3 precisa de um endereco"),
        ({**TOLD, "nos": [N1, N2, {**N3, "endereco": "loja-3"}]}, "o nó n3 precisa de um endereco"),
        ({**TOLD, "nos": [N1, N2, {**N3, "nome": "N3; rm -rf"}]}, "o nome de um nó tem letras minúsculas"),
        ({**TOLD, "nos": [N1, N2, {**N3, "porta": 1}]}, "[[nos]] não tem porta"),
        ({**TOLD, "nos": "n1"}, "escreva cada nó como [[nos]]"),
        ({**TOLD, "nos": [N1, N2, "n3"]}, "escreva [[nos]] como uma tabela"),
        ({**TOLD, "no": []}, "o arquivo não tem no"),
        ({**TOLD, "rede": {"nome": "loja"}}, "lojas é a rede de onde as lojas chegam"),
        (with_chain(lojas="as lojas"), "lojas é a rede de onde as lojas chegam"),
        (with_chain(janela="22-6"), "janela são duas horas"),
        (with_chain(janela="24:00-06:00"), "janela são duas horas"),
        (with_chain(estavel_s=-1), "estavel_s são segundos"),
        (with_chain(estavel_s=True), "estavel_s são segundos"),
        (with_chain(pasta="dados do banco"), "pasta é um caminho completo"),
        (with_chain(senha="x"), "[rede] não tem senha"),
    ],
)
def test_a_fault_of_the_file_is_named(told: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        parse_plan(told)


def test_a_file_that_is_none_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(StartupError, match="não pode ser lido \\(a pasta ou o arquivo não existe\\)"):
        read_plan(tmp_path / "cluster.toml")
    (tmp_path / "cluster.toml").write_text("[rede\n")
    with pytest.raises(StartupError, match="não é um arquivo TOML"):
        read_plan(tmp_path / "cluster.toml")
    (tmp_path / "cluster.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(StartupError, match="não é um arquivo TOML"):
        read_plan(tmp_path / "cluster.toml")


@pytest.mark.parametrize(
    ("begins", "ends", "within", "outside"),
    [
        (time(8, 0), time(18, 0), [time(8, 0), time(18, 0, 59)], [time(7, 59), time(18, 1)]),
        (time(22, 0), time(6, 0), [time(22, 0), time(0, 0), time(6, 0)], [time(21, 59), time(6, 1), time(12, 0)]),
    ],
)
def test_a_window_may_go_over_midnight(begins: time, ends: time, within: list[time], outside: list[time]) -> None:
    window = Window(begins, ends)
    assert all(map(window.contains, within))
    assert not any(map(window.contains, outside))


@pytest.mark.parametrize(
    "path", [path for path in sorted(GOLDEN.rglob("*")) if path.is_file()], ids=lambda path: path.name
)
def test_each_file_is_as_it_was(path: Path) -> None:
    """Set ``tests/unit/cluster`` anew where a change is meant."""
    plan = parse_plan(TOLD)
    assert files_of(plan, plan.nodes[0], PASSWORDS)[path.name] == path.read_text("utf-8")


def test_each_unit_has_a_golden_file() -> None:
    rendered = files_of(parse_plan(TOLD), parse_plan(TOLD).main, PASSWORDS)
    units = {name for name in rendered if name.endswith((".service", ".timer"))}
    assert {path.name for path in (GOLDEN / "units").iterdir()} == units


def test_a_unit_that_is_to_run_always_is_never_given_up() -> None:
    rendered = files_of(parse_plan(TOLD), parse_plan(TOLD).main, PASSWORDS)
    always = {name for name, text in rendered.items() if "Restart=always" in text}
    assert always == {f"almoxarife-{part}.service" for part in ("api", "etcd", "haproxy", "patroni", "volta", "wal")}
    assert all("StartLimitIntervalSec=0\n" in rendered[name].split("[Service]")[0] for name in always)


@pytest.mark.parametrize(
    ("starts", "has_wal", "said"),
    [
        ("exit 1", True, ""),
        ("exit 0", False, "falta 000000010000000000000003: almoxarife-wal parou"),
        ("exit 0", True, ""),
    ],
)
def test_a_copy_that_was_not_proven_leaves_only_the_older_ones(
    tmp_path: Path, starts: str, has_wal: bool, said: str
) -> None:
    """What is left of it would fill the disk that the database lives on."""
    folder, programs = tmp_path / "dados", tmp_path / "venv" / "bin"
    (folder / "copias" / "20261128-030000").mkdir(parents=True)
    programs.mkdir(parents=True)
    last = "000000010000000000000003"
    does = {
        "pg_basebackup": f"mkdir -p copias/nova/pg_wal && touch copias/nova/pg_wal/{last} copias/nova/backup_label",
        **dict.fromkeys(("pg_ctl", "pg_isready", "almoxarife", "pg_archivecleanup"), "exit 0"),
        "pg_ctl": starts,
    }
    for name, command in does.items():
        (programs / name).write_text(f"#!/bin/sh\n{command}\n")
        (programs / name).chmod(0o700)
    plan = replace(parse_plan(TOLD), folder=str(folder), config=str(tmp_path), binaries=str(programs))
    for name, content in files_of(plan, plan.nodes[0], PASSWORDS).items():
        (tmp_path / name).write_text(content, "utf-8")
    (folder / "copias" / "20261128-030000" / "backup_label").touch()
    (folder / "wal").mkdir()
    (folder / "wal" / (f"{last}.partial" if has_wal else "000000010000000000000002")).touch()

    done = subprocess.run(["sh", tmp_path / "copia.sh"], capture_output=True, check=False, encoding="utf-8")

    is_proven = starts == "exit 0" and has_wal
    assert (done.returncode == 0, said in done.stderr) == (is_proven, True), done.stderr
    assert len(list((folder / "copias").iterdir())) == (2 if is_proven else 1)


@pytest.mark.skipif(not shutil.which("nft"), reason="nftables is not installed")
@pytest.mark.parametrize("addresses", [("192.168.0.{}", "192.168.0.0/24"), ("fd00::{}", "fd00::/64, 10.0.0.0/8")])
def test_the_firewall_is_one_that_nft_takes(addresses: tuple[str, str], tmp_path: Path) -> None:
    each, shops = addresses
    nodes = [{**node, "endereco": each.format(place)} for place, node in enumerate((N1, N2, N3), 11)]
    plan = parse_plan({**with_chain(lojas=shops), "nos": nodes})
    rules = tmp_path / "nftables.conf"
    rules.write_text(files_of(plan, plan.nodes[0], PASSWORDS)["nftables.conf"], "utf-8")
    # Only root may ask, if of a network of their own.
    for_root = ["unshare", "--user", "--map-root-user", "--net"]
    done = subprocess.run([*for_root, "nft", "--check", "--file", rules], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_guide_names_units_and_files_that_a_node_has_and_installs_every_unit() -> None:
    guide = (ROOT / "docs" / "cluster.md").read_text("utf-8")
    rendered = set(files_of(parse_plan(TOLD), parse_plan(TOLD).main, PASSWORDS))
    units = {name for name in rendered if name.endswith((".service", ".timer"))}
    named = set(re.findall(r"\balmoxarife-[a-z]+(?:\.timer)?", guide))
    assert {name if "." in name else f"{name}.service" for name in named} <= units
    # Whatever mode they were carried with, as systemd complains of units that not everybody may read.
    [installed] = re.findall(r"^install -m 644 (.+) /etc/systemd/system/", guide, re.MULTILINE)
    patterns = [path.removeprefix("/etc/almoxarife/") for path in installed.split()]
    assert {name for name in rendered if any(fnmatch(name, pattern) for pattern in patterns)} == units
    kept = {"cluster.toml", "chaves-de-servico", SERVICE_KEY}  # which ``render`` adds
    assert set(re.findall(r"/etc/almoxarife/([a-z][a-z.-]+\w)", guide)) <= rendered | kept


def test_nodes_with_ipv6_addresses_find_each_other() -> None:
    nodes = [{**node, "endereco": f"fd00::{place}"} for place, node in enumerate((N1, N2, N3), 11)]
    plan = parse_plan({**with_chain(lojas="fd00::/64"), "nos": nodes})
    files = files_of(plan, plan.nodes[0], PASSWORDS)
    assert "n2=https://[fd00::12]:2380" in files["etcd.yml"]
    assert 'hosts: ["[fd00::11]:2379", "[fd00::12]:2379", "[fd00::13]:2379"]' in files["patroni.yml"]
    assert "connect_address: [fd00::11]:5432" in files["patroni.yml"]
    assert "server n2 [fd00::12]:5432 check" in files["haproxy.cfg"]
    settings = dict(line.split("=", 1) for line in files["almoxarife.env"].splitlines() if "=" in line)
    assert settings["ALMOXARIFE_HOST"] == "fd00::11"
    assert "@[fd00::11]:5432/" in settings["ALMOXARIFE_READ_URL"]
    read = Settings.from_mapping({"ALMOXARIFE_CLUSTER": settings["ALMOXARIFE_CLUSTER"]})
    assert read.cluster == tuple(f"https://[fd00::{place}]:8008" for place in (11, 12, 13))


def test_a_second_rendering_keeps_passwords_and_certificates(tmp_path: Path) -> None:
    plan = parse_plan(TOLD)
    written = {path: path.read_bytes() for path in render(plan, tmp_path)}
    assert {path: path.read_bytes() for path in render(plan, tmp_path)} == written
    secret = [path for path in written if path.name in {"patroni.yml", "no.key", "almoxarife.env", SERVICE_KEY}]
    assert len(secret) == 12
    for path in [*secret, tmp_path / "senhas.json", tmp_path / "ca.key"]:
        assert path.stat().st_mode & 0o077 == 0, path
    texts = b"".join(written.values())
    assert len(set(json.loads((tmp_path / "senhas.json").read_text()).values())) == 7
    assert b"192.168.0.12" in texts


def test_each_node_has_a_service_key_of_its_own_and_one_is_made_anew_alone(tmp_path: Path) -> None:
    plan = parse_plan(TOLD)

    def read_keys() -> list[str]:
        return [(tmp_path / node.name / SERVICE_KEY).read_text("utf-8").strip() for node in plan.nodes]

    def find(node: Node, key: str) -> str | None:
        found = ServiceKeys(tmp_path, tmp_path / node.name / "chaves-de-servico").find(key)
        return found and found.name

    render(plan, tmp_path)
    first = read_keys()
    (tmp_path / "n2" / SERVICE_KEY).unlink()
    render(plan, tmp_path)
    second = read_keys()

    assert [old == new for old, new in zip(first, second, strict=True)] == [True, False, True]
    for node in plan.nodes:
        assert [find(node, key) for key in (*second, first[1])] == ["n1", "n2", "n3", None]


def test_the_key_of_a_node_that_is_gone_is_carried_nowhere_any_more(tmp_path: Path) -> None:
    plan = parse_plan(TOLD)
    render(plan, tmp_path)
    first = plan.nodes[0]
    gone = (tmp_path / plan.nodes[1].name / SERVICE_KEY).read_text("utf-8").strip()
    keys = ServiceKeys(tmp_path, tmp_path / first.name / "chaves-de-servico")
    assert keys.find(gone) is not None

    render(replace(plan, nodes=(first, *plan.nodes[2:])), tmp_path)

    assert (keys.find(gone), [key.name for key in keys.list_keys()]) == (None, ["n1", "n3"])


def test_damaged_passwords_are_never_made_anew(tmp_path: Path) -> None:
    render(parse_plan(TOLD), tmp_path)
    (tmp_path / "senhas.json").write_text("{")
    with pytest.raises(StartupError, match=r"senhas.json está danificado"):
        render(parse_plan(TOLD), tmp_path)


def test_without_openssl_one_sentence_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(StartupError, match="apt-get install openssl"):
        render(parse_plan(TOLD), tmp_path)


def test_nothing_is_confirmed_that_one_machine_alone_has() -> None:
    settings = dynamic_settings(parse_plan(TOLD))
    assert settings["synchronous_mode"] is settings["synchronous_mode_strict"] is settings["failsafe_mode"] is True
    assert settings["ttl"] >= settings["loop_wait"] + 2 * settings["retry_timeout"]
    small = dynamic_settings(replace(parse_plan(TOLD), is_small=True))
    assert small["ttl"] >= small["loop_wait"] + 2 * small["retry_timeout"]


def test_what_runs_otherwise_than_it_was_set_up_is_named() -> None:
    plan: Plan = parse_plan(TOLD)
    running = json.loads(json.dumps(dynamic_settings(plan)))
    assert list_wrong_settings(dynamic_settings(plan), running) == []
    running["synchronous_mode_strict"] = False
    del running["postgresql"]["parameters"]["wal_keep_size"]
    assert list_wrong_settings(dynamic_settings(plan), running) == [
        "synchronous_mode_strict é false, e devia ser true.",
        'postgresql.parameters.wal_keep_size é null, e devia ser "1GB".',
    ]


@pytest.mark.parametrize(
    ("ours", "unit", "theirs"),
    [
        ("256MB", "8kB", "32768"),
        ("1GB", "MB", "1024"),
        ("5s", "ms", "5000"),
        ("500ms", "ms", "500"),
        (5000, "ms", "5000"),
        (5, "s", "5"),
        (200, None, "200"),
        ("on", None, "on"),
    ],
)
def test_settings_are_compared_as_postgresql_counts_them(ours: object, unit: str | None, theirs: str) -> None:
    assert to_unit(ours, unit) == theirs


def test_a_folder_that_was_not_rendered_is_named(tmp_path: Path) -> None:
    render(parse_plan(TOLD), tmp_path)
    (tmp_path / "n1" / "almoxarife.env").unlink()
    with pytest.raises(StartupError, match="n1 não tem tudo o que almoxarife cluster render escreve"):
        compare(parse_plan(TOLD), tmp_path)


def test_whoever_no_node_answers_is_told_where_to_ask(tmp_path: Path) -> None:
    nodes = [{**node, "endereco": f"127.0.0.{place}"} for place, node in enumerate((N1, N2, N3), 11)]
    plan = parse_plan({**with_chain(), "nos": nodes})
    nobody = replace(plan, nodes=tuple(replace(node, ports=Ports(patroni=free_port())) for node in plan.nodes))
    render(nobody, tmp_path)
    *silent, last = compare(nobody, tmp_path).differences
    assert [sentence.split(" não")[0] for sentence in silent] == ["n1: Patroni", "n2: Patroni", "n3: Patroni"]
    assert "num dos nós" in last


@pytest.mark.parametrize("version", ["3.3.25", "3.4.23", "3.4.30", "3.5.0", "3.5.12", "3.5.12+dfsg"])
def test_an_etcd_with_which_a_node_that_wakes_up_may_lose_sales_is_warned_of(version: str) -> None:
    [warning] = list_faulty_etcds({"n1": version, "n2": "3.5.16", "n3": version})
    assert f"o etcd {version} (n1, n3) tem uma falha" in warning


@pytest.mark.parametrize("version", ["3.4.31", "3.4.39", "3.5.13", "3.5.16", "3.6.0-rc.1", "4.0.0", "None"])
def test_an_etcd_without_that_fault_is_not(version: str) -> None:
    assert list_faulty_etcds({"n1": version}) == []
