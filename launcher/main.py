"""The launcher's commands. Without arguments: install packages, start the API, open monitor and cadastro."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType

from launcher import checks, environment, facts, file_lock, server, terminal, windows
from launcher.entry import ROOT, drop_variables_of_other_programs, how_to_call, why_unfit
from launcher.messages import Stop, Terminated, complain, replace_unprintable_characters, say, wait_to_be_read

USAGE = """\
{program}                    abre o sistema: servidor, monitor e cadastro
{program} stop               para o servidor e o terminal, depois de responder a quem espera
{program} start              abre só o servidor, sem janela
{program} backup ARQUIVO     guarda uma cópia dos dados
{program} restore ARQUIVO    traz uma cópia de volta (com o servidor parado)
{program} check              confere os dados
{program} audit --help       trilha de auditoria: conferir, mostrar a cabeça
{program} copy DE PARA       leva os dados do arquivo para um PostgreSQL
{program} users --help       contas: primeiro administrador, senha temporária
{program} shops --help       lojas: mostrar, criar, saldo negativo
{program} demo               redes, lojas e vendas para experimentar, num banco vazio
{program} keys --help        chaves para outros programas
{program} logs --help        registros: apagar os velhos, exportar
{program} serve-logs         só o serviço de registros, na porta 8003
{program} cluster demo       três nós neste computador: derrube um e veja outro assumir
{program} gateway            a porta de entrada (nginx) na frente do servidor
{program} terminal           vende por texto, nesta tela ou em HOST:PORTA
{program} terminal-server    atende vendas por texto na porta 3333 (nc, telnet)
{program} version --check PASTA  atualiza o programa com o pacote de um pendrive
{program} rotate-key         troca a chave que assina as sessões"""
_HELP = frozenset({"-h", "--help", "ajuda"})
USAGE_OF_TESTS = "{program} test [--quick]     roda todas as verificações do programa, ou só as rápidas"


def main(arguments: Sequence[str]) -> int:
    replace_unprintable_characters()
    drop_variables_of_other_programs()
    signal.signal(signal.SIGTERM, _terminate)
    try:
        if reason := why_unfit():
            raise Stop(reason)
        if not arguments:
            return _open_everything()
        if arguments[0] in _HELP or (arguments[0] in {"start", "test"} and _HELP.intersection(arguments[1:])):
            usage = [USAGE, USAGE_OF_TESTS] if (ROOT / "tests").is_dir() else [USAGE]  # a package comes without tests
            say("\n".join(usage).format(program=how_to_call()))
            return 0
        if arguments[0] == "test":
            return checks.run(arguments[1:])
        if arguments[0] == "start":
            if len(arguments) > 1:
                raise Stop(f"“{arguments[1]}” está sobrando: start não tem opções.")
            return _start_server()
        return _run_command(arguments)
    except Stop as stop:
        complain(str(stop))
        return stop.exit_code
    except KeyboardInterrupt:
        complain("\nInterrompido.")
        return 130


def _open_everything() -> int:
    python = environment.prepare("requirements.txt")
    known = facts.ask(python)
    if known.elsewhere:
        return _open_windows_elsewhere(python, known)
    if known.no_windows:
        return _serve_without_windows(python, known)
    opened, running, text = windows.Windows(python, known.data_dir), None, None
    try:
        running = _find_or_start_server(python, known, meanwhile=lambda: opened.open_next(known.url))
        # From here on ``running`` is set: Ctrl+C stops what was started.
        _say_where(running)
        opened.open(running.url)
        text = terminal.start(python, running.url, known.data_dir)
        exit_code = opened.wait()
    except (Stop, KeyboardInterrupt):
        opened.close()
        if running is None:
            raise
        if text:
            server.stop(text)
        return _stop_what_we_started(running)
    _say_what_stays(running, known.data_dir)
    return exit_code


def _find_or_start_server(
    python: Path, known: facts.Facts, *, in_a_window: bool = True, meanwhile: Callable[[], object] = lambda: None
) -> server.Server:
    with _one_start_at_a_time(known.data_dir):
        running = server.find_running(known)
        if running:
            return running
        say("Abrindo o servidor…")
        return server.start(known, python, in_a_window=in_a_window, meanwhile=meanwhile)


def _say_where(running: server.Server) -> None:
    if not running.is_new:
        say(f"O servidor já está no ar em {running.url}; uso este mesmo.")
        return
    say(f"Servidor no ar em {running.url}")
    for notice in running.notices:
        say(notice)


def _start_server() -> int:
    """Start the server without windows. It keeps running, as at the computer's start or after an update."""
    python = environment.prepare("requirements.txt")
    _say_where(_find_or_start_server(python, facts.ask(python, for_windows=False), in_a_window=False))
    return 0


def _open_windows_elsewhere(python: Path, known: facts.Facts) -> int:
    """Open the two windows for a server on another computer. They show by themselves whether it answers."""
    if known.no_windows:
        raise Stop(f"As janelas não podem abrir aqui: {known.no_windows}.")
    say(f"O servidor fica em outro computador: {known.elsewhere}")
    terminal.start(python, known.elsewhere, known.data_dir)
    opened = windows.Windows(python, known.data_dir)
    try:
        opened.open(known.elsewhere)
        return opened.wait()
    except KeyboardInterrupt:
        opened.close()
        raise


def _say_what_stays(running: server.Server, folder: Path) -> None:
    is_monitor_open = windows.is_monitor_open(folder)
    if server.is_answering(running):
        what = "o servidor e o monitor continuam abertos" if is_monitor_open else "o servidor continua no ar"
        say(f"O cadastro foi fechado; {what}.")
        say(f"Para parar o servidor: {server.how_to_stop()}")
    else:
        say("O cadastro foi fechado; o servidor já não está no ar.")
    say(f"Para abrir de novo: {how_to_call()}")
    wait_to_be_read()


def _stop_what_we_started(running: server.Server) -> int:
    if running.process:
        say("\nParando o servidor…")
        server.stop(running.process)
        say("Servidor e janelas fechados. Tudo o que foi confirmado está guardado.")
    else:
        say("\nJanelas fechadas. O servidor já estava no ar e continua.")
    return 130


def _serve_without_windows(python: Path, known: facts.Facts) -> int:
    say(f"As janelas não podem abrir aqui: {known.no_windows}. Abro só o servidor.")
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, _terminate)
    try:
        with _one_start_at_a_time(known.data_dir):
            running = server.find_running(known)
            if running:
                say(f"O servidor já está no ar em {running.url}. Para parar: {server.how_to_stop()}")
                terminal.start(python, running.url, known.data_dir)
                return 0
            # The API itself prints address, data directory and how to stop it.
            running = server.start_in_foreground(known, python)
        with contextlib.ExitStack() as stack:
            if running.process:
                stack.callback(server.stop, running.process)
            if text := terminal.start(python, running.url, known.data_dir):
                stack.callback(server.stop, text)
            return server.stay_with(running.process) if running.process else 0
    except KeyboardInterrupt:
        say("Tudo o que foi confirmado está guardado.")
        return 0


def _run_command(arguments: Sequence[str]) -> int:
    """Run the ``almoxarife`` command inside the environment."""
    python = environment.prepare("requirements.txt")
    code = (
        "import sys; sys.argv[0] = 'start_sistema_completo.py'; "
        "from almoxarife.server.operations.commands import main; sys.exit(main.main())"
    )
    done = subprocess.run(
        [str(python), "-P", "-c", code, *arguments], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False
    )
    return done.returncode


@contextlib.contextmanager
def _one_start_at_a_time(data_dir: Path) -> Iterator[None]:
    """A lock, so that two starts at once start one server: the second waits and finds it."""
    with contextlib.ExitStack() as stack:
        # If the folder cannot be used, the API will report it.
        with contextlib.suppress(OSError):
            data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = file_lock.wait_for(data_dir / "inicio.lock", when_taken=_say_we_wait)
            stack.enter_context(lock)
        yield


def _say_we_wait() -> None:
    say("Outra janela está abrindo o sistema; espero por ela…")


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated
