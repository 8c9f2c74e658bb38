"""``almoxarife cluster``: sets up and checks machines that share one PostgreSQL, and runs a demo on one machine."""

import getpass
import os
import shlex
import sys
import tempfile
from datetime import datetime
from functools import partial
from pathlib import Path
from time import sleep

import click

from almoxarife.files import disk_reason
from almoxarife.server.errors import StartupError
from almoxarife.server.operations.cluster import checking, demo_control, failback
from almoxarife.server.operations.cluster.cluster_file import read_plan
from almoxarife.server.operations.cluster.demo import PARTS, Demo, StartCancelled
from almoxarife.server.operations.cluster.live_view import ChangeLines, Screen
from almoxarife.server.operations.cluster.render import render as render_plan
from almoxarife.server.operations.typed_commands import as_typed_here
from almoxarife.server.settings import Settings
from almoxarife.signals import stop_on_signals

_PLAN = click.argument("plan", metavar="CLUSTER.TOML", type=click.Path(path_type=Path))
_out = partial(click.option, "--out", metavar="DIR", type=click.Path(path_type=Path), required=True)
_FOLDER = click.option(
    "--dir",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=lambda: _usual_folder(),
    help="Onde ficam os dados da demonstração.",
)
_NODE = click.argument("node", metavar="NÓ")
_PARTS = click.argument("parts", metavar="[PARTE]...", nargs=-1, type=click.Choice(("postgres", *PARTS)))
_PARTS_IN_WORDS = f"PARTE: postgres, {', '.join(PARTS)}; sem ela, o nó todo."


def _print(sentence: str) -> None:
    print(sentence, flush=True)


def _usual_folder() -> Path:
    """The default folder of the demo. It is short, because the path of a Unix socket is limited."""
    return Path(tempfile.gettempdir()) / f"almoxarife-demo-{getpass.getuser()}"


@click.group(help="Vários computadores no mesmo PostgreSQL: quando o principal cai, outro coordena.")
def cluster() -> None:
    pass


@cluster.command(help="Escreve em DIR tudo o que cada nó precisa.")
@_PLAN
@_out(help="Uma pasta que só você pode abrir; de novo a mesma, depois de mudar o arquivo.")
def render(plan: Path, out: Path) -> None:
    read = read_plan(plan)
    render_plan(read, out)
    for node in read.nodes:
        (out / node.name / "cluster.toml").write_bytes(plan.read_bytes())
        print(f"{node.name}: copie {out / node.name} para {read.config} em {node.address}.")
    print(f"Guarde {out} em lugar seguro: tem as senhas. O passo a passo está em docs/cluster.md.")


@cluster.command(help="Compara os nós no ar com o que foi escrito em DIR; diz o que difere.")
@_PLAN
@_out(help="A pasta que render escreveu; num nó, a dele: /etc/almoxarife.")
def check(plan: Path, out: Path) -> int:
    found = checking.compare(read_plan(plan), out)
    for sentence in [*found.differences, *found.warnings]:
        print(as_typed_here(sentence))
    if not found.differences:
        print("Todos os nós estão como foi pedido.")
    return 1 if found.differences else 0


@cluster.command(
    "failback",
    help="Traz a coordenação ao nó principal quando ele está bem, e a passa adiante quando o disco enche;"
    " não deixa a quem coordena a liderança do etcd; roda em cada nó até ser encerrado.",
)
@_PLAN
@click.option("--node", "name", metavar="NÓ", required=True, help="O nó em que roda.")
@click.option("--config", "config", metavar="DIR", type=click.Path(path_type=Path), default=None)
def run_failback(plan: Path, name: str, config: Path | None) -> None:
    read = read_plan(plan)
    folder = config or Path(read.config)
    try:
        password = (folder / "senha-rest.txt").read_text("utf-8").strip()
    except OSError as error:
        raise StartupError(f"{folder / 'senha-rest.txt'} não pode ser lido ({disk_reason(error)}).") from error
    patroni = failback.PatroniApi(read, password=password, authority=folder / "ca.crt")
    etcd, alarm = failback.EtcdApi(read, folder), failback.TimelineAlarm()
    own_disk = failback.free_bytes_of({read.node(name).name: Path(read.folder)})
    policy, stopping = failback.SwitchoverPolicy(read, own_disk), stop_on_signals()
    zone = Settings.from_environment().timezone
    while not stopping.wait(failback.EVERY_S):
        state = patroni.cluster()
        for sentence in filter(None, (alarm.look(state), etcd.leave_coordinator(state, only=name))):
            print(sentence, flush=True)
        if wanted := policy.decide(state, datetime.now(zone)):
            print(f"Passando a coordenação de {wanted.leader} a {wanted.candidate}.", flush=True)
            try:
                status = patroni.switch(wanted)
            except OSError as error:
                print(f"Ninguém respondeu ao pedido ({error}).", flush=True)
            else:
                print("Feito." if status == 200 else f"Ainda não ({status}).", flush=True)
            sleep(failback.EVERY_S)


def explain_breaking(main: str, folder: Path) -> list[str]:
    """What to type in another terminal, which has to name the demo's folder, too, unless it is the usual one."""
    where = "" if folder == _usual_folder() else f" --dir {shlex.quote(str(folder.absolute()))}"
    words = (f"kill{where} {main} postgres", *(f"{verb}{where} {main}" for verb in ("kill", "freeze", "cut", "heal")))
    return [as_typed_here("Em outro terminal, almoxarife cluster e um destes:"), f"  {' · '.join(words)}"]


@cluster.command(help="Três nós neste computador, para ver e para quebrar. Ctrl+C encerra tudo.")
@_FOLDER
def demo(folder: Path) -> None:
    stopping = stop_on_signals()
    running = Demo(folder, tell=_print, is_over=stopping.is_set)
    try:
        running.start()
        _print(f"No ar: coordenador {running.leader()}.")
        head = [
            "Nas janelas e no terminal use",
            f"  ALMOXARIFE_URL={running.urls()}",
            *explain_breaking(running.plan.main.name, folder),
        ]
        for line in head:
            _print(line)
        demo_control.serve(running, stopping.is_set, Screen(_print, head) if _may_draw() else ChangeLines(_print))
    except StartCancelled:
        pass
    except BaseException:
        running.keep_folder()  # its logs show why
        raise
    finally:
        print("Encerrando…", flush=True)
        running.stop()


def _may_draw() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


@cluster.command(help=f"Mata um nó da demonstração, ou partes dele, como uma queda de energia. {_PARTS_IN_WORDS}")
@_NODE
@_PARTS
@_FOLDER
def kill(node: str, parts: tuple[str, ...], folder: Path) -> None:
    print(demo_control.ask(folder, "kill", node, *parts))


@cluster.command(help=f"Congela um nó da demonstração, ou partes dele: não responde mais, e não cai. {_PARTS_IN_WORDS}")
@_NODE
@_PARTS
@_FOLDER
def freeze(node: str, parts: tuple[str, ...], folder: Path) -> None:
    print(demo_control.ask(folder, "freeze", node, *parts))


@cluster.command(help="Tira um nó da demonstração da rede; com nos, só a dos outros nós: as lojas ainda chegam a ele.")
@_NODE
@click.argument("parts", metavar="[nos]", nargs=-1, type=click.Choice((demo_control.ONLY_NODES,)))
@_FOLDER
def cut(node: str, parts: tuple[str, ...], folder: Path) -> None:
    print(demo_control.ask(folder, "cut", node, *parts))


@cluster.command(help="Traz de volta um nó da demonstração.")
@_NODE
@_FOLDER
def heal(node: str, folder: Path) -> None:
    print(demo_control.ask(folder, "heal", node))
