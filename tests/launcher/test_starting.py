"""One command starts the system, finds the one that runs, and says why it cannot."""

import ast
import errno
import itertools
import os
import re
import signal
import socket
import subprocess
import sys
import sysconfig
import threading
import time
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from almoxarife.build import name_build
from launcher import entry, file_lock, log, main, server, terminal, windows
from launcher.facts import Facts
from launcher.messages import Stop
from tests.programs import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
IS_UP = "no ar em http://127.0.0.1"
BASE_PYTHON = sys._base_executable


def test_without_a_screen_it_serves_alone_and_says_so(computer):
    launch = computer.launch()

    reason = "este computador está sem tela" if find_spec("_tkinter") else "falta o pacote python3-tk"
    assert reason in launch.wait_for("Abro só o servidor.")
    launch.wait_for(f"no ar em {computer.url}")
    launch.wait_for("Ctrl+C")
    computer.wait_until_up()
    assert computer.health()["nome"] == "almoxarife"

    assert launch.interrupt() == 0
    assert "Tudo o que foi confirmado está guardado." in launch.text
    assert "Traceback" not in launch.text
    assert not computer.is_answering()


def test_sigterm_stops_the_api_too(computer):
    launch = computer.launch()
    launch.wait_for(IS_UP)

    launch.process.send_signal(signal.SIGTERM)

    assert launch.finish() == 0
    assert not computer.is_answering()


def test_a_second_start_finds_the_first_ones_api(open_shop):
    first = open_shop.health()["instancia"]

    second = open_shop.launch()

    assert second.finish() == 0
    assert f"O servidor já está no ar em {open_shop.url}" in second.text
    assert open_shop.health()["instancia"] == first


def test_it_finds_the_api_of_the_same_data_on_another_port(open_shop):
    second = open_shop.launch(ALMOXARIFE_PORT="1")

    assert second.finish() == 0
    assert f"O servidor já está no ar em {open_shop.url}" in second.text


def test_two_starts_at_once_make_one_server(computer):
    launches = [computer.launch(), computer.launch()]

    sentences = [launch.wait_for(f"no ar em {computer.url}") for launch in launches]

    assert sorted(sentence.split(" no ar")[0] for sentence in sentences) == [
        f"Almoxarife {name_build()}",
        "O servidor já está",
    ]


def test_after_a_kill_it_starts_again(computer):
    computer.launch().wait_for(IS_UP)
    first = computer.health()["instancia"]
    announced = computer.data / "servidor.json"
    left_behind = announced.read_bytes()
    computer.pull_the_plug()
    announced.write_bytes(left_behind)

    computer.launch().wait_for(IS_UP)

    assert computer.health()["instancia"] != first


def test_a_port_in_use_is_explained(computer):
    with socket.socket() as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.0.0.1", computer.port))
        stranger.listen()

        launch = computer.launch()

        assert launch.finish() == 2
    assert f"A porta {computer.port} já é usada por outro programa." in launch.text
    assert "ALMOXARIFE_PORT" in launch.text


def test_an_almoxarife_with_other_data_on_the_port_is_explained(open_shop, tmp_path):
    other = open_shop.launch(ALMOXARIFE_DATA_DIR=str(tmp_path / "outra loja"))

    assert other.finish() == 2
    assert f"A porta {open_shop.port} já é usada por outro Almoxarife, com outra pasta de dados." in other.text
    assert "ALMOXARIFE_PORT" in other.text
    assert open_shop.is_answering()


def test_a_wrong_variable_is_one_sentence(computer):
    launch = computer.launch(ALMOXARIFE_PORT="80x")

    assert launch.finish() == 2
    assert launch.text == "ALMOXARIFE_PORT='80x' não é um número de porta. Use um número de 1 a 65535."


def test_an_api_that_dies_at_the_start_gives_its_reason_at_once(computer):
    computer.data.write_text("a file where the folder should be")
    started = time.monotonic()

    launch = computer.launch()

    assert launch.finish() == 2
    assert time.monotonic() - started < 60  # an API that says nothing is waited for twice as long
    assert "não é uma pasta" in launch.text
    assert "Traceback" not in launch.text


def test_the_reason_is_found_in_the_log_of_an_api_without_a_terminal(computer):
    computer.data.mkdir()
    (computer.data / "almoxarife.db").write_bytes(b"not a database " * 1000)
    start = (
        "import sys; from pathlib import Path; from launcher import facts, server\n"
        "python = Path(sys.executable); server.start(facts.ask(python), python)"
    )

    done = subprocess.run(
        [sys.executable, "-c", start], cwd=computer.folder, env=computer.environ, capture_output=True, text=True
    )

    assert "launcher.messages.Stop: " in done.stderr
    reason = done.stderr.split("launcher.messages.Stop: ")[1]
    assert "danificado" in reason
    assert "Traceback" not in reason


def test_entry_points_find_the_environment_by_themselves(computer):
    asked = subprocess.run(
        [BASE_PYTHON, str(computer.folder / "api.py")],
        env={**computer.environ, "ALMOXARIFE_PORT": "80x"},
        capture_output=True,
        text=True,
    )

    assert asked.returncode == 2
    assert asked.stderr.strip().startswith("ALMOXARIFE_PORT='80x' não é um número de porta")


@pytest.mark.parametrize(("option", "code"), [("--help", 0), ("--port=80", 2)])
def test_the_server_serves_nothing_where_options_were_given(computer, option, code):
    asked = subprocess.run(
        [BASE_PYTHON, "api.py", option], cwd=ROOT, env=computer.environ, capture_output=True, encoding="utf-8"
    )

    assert asked.returncode == code
    assert "Uso: python api.py" in asked.stdout


@pytest.mark.parametrize("program", ["api.py", "cadastro.py", "monitor_ui.py"])
def test_entry_points_without_any_environment_say_what_to_run(computer, tmp_path, program):
    environ = {**computer.environ, "ALMOXARIFE_VENV": str(tmp_path / "nowhere")}

    asked = subprocess.run(
        [BASE_PYTHON, "-S", str(computer.folder / program)], env=environ, capture_output=True, text=True
    )

    assert asked.returncode == 2
    assert asked.stderr == "Falta instalar os componentes. Rode antes: python start_sistema_completo.py\n"


def test_old_pythons_can_read_the_launcher_far_enough():
    tree = ast.parse((ROOT / "start_sistema_completo.py").read_text(encoding="utf-8"), feature_version=(3, 4))
    newer = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Match, ast.AsyncFunctionDef)
    assert not [node for node in ast.walk(tree) if isinstance(node, newer)]


BATCH_FILES = sorted(ROOT.glob("*.bat"))


@pytest.mark.parametrize("file", BATCH_FILES, ids=lambda file: file.name)
def test_a_batch_file_is_ascii_with_windows_line_ends_and_quotes_every_path(file):
    text = file.read_bytes()

    assert text.isascii()
    assert text.count(b"\r\n") == text.count(b"\n")
    for line in text.decode().splitlines():
        for path in re.finditer("%HERE%|%VENV_PYTHON%|%PROGRAM%|%~dp0|%TARGET%", line):
            assert line[: path.start()].count('"') % 2 == 1, line
        assert not line.lower().startswith("call"), "it takes what stands between two % for a variable"


def test_what_a_batch_file_does_after_python_stands_on_the_line_that_runs_it():
    """An update may replace the file meanwhile, and cmd goes on at the same byte: in the midst of another line."""
    lines = (ROOT / "start_sistema_completo.bat").read_text("ascii").splitlines()
    running = [line for line in lines if line.endswith("%*") or "%* " in line]

    assert len(running) == 4
    assert [line for line in running if not line.endswith('start_sistema_completo.py" %* & goto ended')] == []
    labels = [line[1:] for line in lines if line.startswith(":")]
    assert sorted(labels) == sorted({*re.findall(r"\bgoto (\w+)", "\n".join(lines))})


def test_a_python_that_is_a_batch_file_comes_back():
    lines = (ROOT / "start_sistema_completo.bat").read_text("ascii").splitlines()
    assert [line for line in lines if line.startswith("python ")] == []
    assert len([line for line in lines if line.startswith("cmd /d /c python ")]) == 2


def test_a_space_behind_the_folder_for_a_copy_is_no_part_of_its_name():
    """``%*`` has it, as a shortcut or a task may. Windows opens no file below "D:\\copias \\"."""
    lines = (ROOT / "copiar_dados.bat").read_text("ascii").splitlines()

    assert [line for line in lines if "TARGET=" in line][-1] == 'if "%~2"=="" set "TARGET=%~1"'


def test_what_somebody_has_installed_for_all_pythons_stays_out_of_ours(monkeypatch, tmp_path):
    packages = Path(sysconfig.get_path("purelib", f"{os.name}_user", {"userbase": str(tmp_path)}))
    packages.mkdir(parents=True)
    (packages / "usercustomize.py").write_text("print('of another program')")
    code = [BASE_PYTHON, "-c", "print('ours')"]
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path))
    monkeypatch.delenv("PYTHONNOUSERSITE", raising=False)
    assert "of another program" in subprocess.run(code, capture_output=True, encoding="utf-8").stdout

    entry.drop_variables_of_other_programs()
    monkeypatch.setenv("PYTHONUSERBASE", str(tmp_path))

    assert subprocess.run(code, capture_output=True, encoding="utf-8").stdout == "ours\n"


def test_a_full_log_that_windows_does_not_rename_since_a_window_has_it_open_grows(monkeypatch, tmp_path):
    (tmp_path / "janelas.log").write_bytes(b"before\n")
    monkeypatch.setattr(log, "LIMIT_BYTES", 1)

    def refuse(*_):
        raise PermissionError(13, "O arquivo já está sendo usado por outro processo")

    with monkeypatch.context() as machine:
        machine.setattr(Path, "replace", refuse)
        begun, file = log.Log.begin(tmp_path, "janelas.log")
    with file:
        file.write(b"since\n")

    assert (begun.path, begun.lines()) == (tmp_path / "janelas.log", ["since", ""])
    assert (tmp_path / "janelas.log").read_bytes() == b"before\nsince\n"


def test_the_servers_window_shows_and_keeps_what_is_said(tmp_path):
    program = tmp_path / "api.py"
    program.write_text(
        "import sys; print('Código para criar o primeiro administrador: 1A', flush=True)\n"
        "print('A porta está em uso.', file=sys.stderr); sys.exit(2)",
        encoding="utf-8",
    )
    log = tmp_path / "servidor.log"
    window = ROOT / "launcher" / "window.py"

    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(window), str(log), str(program)],
        capture_output=True,
        encoding="utf-8",
        check=False,
    )

    assert done.returncode == 2
    kept = log.read_text(encoding="utf-8").splitlines()
    assert kept == ["Código para criar o primeiro administrador: 1A", "A porta está em uso."]
    assert done.stdout.splitlines()[1:] == kept[:1]
    assert done.stderr.splitlines() == kept[1:]


def test_the_server_of_an_environment_runs_in_the_python_behind_it(tmp_path):
    base = tmp_path / "Python 3.13"
    scripts = tmp_path / "Loja São João" / ".venv" / "Scripts"
    for folder in (base, scripts):
        folder.mkdir(parents=True)
        (folder / "python.exe").touch()
    (scripts.parent / "pyvenv.cfg").write_text(f"home = {base}\nversion = 3.13.2\n", encoding="utf-8")

    python = scripts / "python.exe"

    assert server.without_redirector(python) == (base / "python.exe", {"__PYVENV_LAUNCHER__": str(python)})
    assert server.without_redirector(base / "python.exe") == (base / "python.exe", {})
    (base / "python.exe").unlink()
    assert server.without_redirector(python) == (python, {})


def test_who_is_interrupted_in_the_first_word_of_a_new_server_stops_it(tmp_path, monkeypatch, capsys):
    facts = Facts(version="0", data_dir=tmp_path, url="http://127.0.0.1:1", port=1, elsewhere="", no_windows="")
    up = server.Server(facts.url, 1, object(), is_new=True)
    stopped = []
    monkeypatch.setattr(main.environment, "prepare", lambda *requirements: tmp_path / "python")
    monkeypatch.setattr(main.facts, "ask", lambda python: facts)
    monkeypatch.setattr(server, "find_running", lambda facts: None)
    monkeypatch.setattr(server, "start", lambda *arguments, **more: up)
    monkeypatch.setattr(server, "stop", stopped.append)

    def interrupted(sentence):
        if sentence.startswith("Servidor no ar"):
            raise KeyboardInterrupt
        print(sentence)

    monkeypatch.setattr(main, "say", interrupted)

    assert main.main([]) == 130
    assert stopped == [up.process]
    assert "Servidor e janelas fechados." in capsys.readouterr().out


@pytest.mark.parametrize("kind", ["server", "server in foreground", "terminal", "window"])
def test_who_is_interrupted_while_a_process_is_being_started_leaves_none_behind(tmp_path, monkeypatch, kind):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 600\n")
    python.chmod(0o755)
    monkeypatch.setenv(terminal.PORT, "0")
    facts = Facts(version="0", data_dir=tmp_path, url="http://127.0.0.1:1", port=1, elsewhere="", no_windows="")
    both = windows.Windows(python, tmp_path)
    popen, made = subprocess.Popen, []

    def start_slowly(*arguments, **how):
        made.append(popen(*arguments, **how))
        os.kill(os.getpid(), signal.SIGINT)
        return made[-1]

    monkeypatch.setattr(subprocess, "Popen", start_slowly)
    with pytest.raises(KeyboardInterrupt):
        {
            "server": lambda: server.start(facts, python),
            "server in foreground": lambda: server.start_in_foreground(facts, python),
            "terminal": lambda: terminal.start(python, facts.url, tmp_path),
            "window": lambda: both.open_next(facts.url),
        }[kind]()
    both.close()

    assert [process.poll() is not None for process in made] == [True]


def test_a_slow_start_is_waited_for_with_a_word_now_and_then_until_it_falls_silent(tmp_path, monkeypatch, capsys):
    seconds = itertools.count(0, 50)
    monkeypatch.setattr(server, "time", SimpleNamespace(monotonic=lambda: next(seconds), sleep=lambda _: None))
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\nexec sleep 600\n")
    python.chmod(0o755)
    facts = Facts(version="0", data_dir=tmp_path, url="http://127.0.0.1:1", port=1, elsewhere="", no_windows="")
    reports = iter(["ainda trabalha"] * 5)

    def report():
        with (tmp_path / "servidor.log").open("a") as written:
            written.writelines(itertools.islice(reports, 1))

    with pytest.raises(Stop, match="não deu sinal de vida por 120 segundos"):
        server.start(facts, python, meanwhile=report)

    said = capsys.readouterr().out.splitlines()
    assert [int(line.partition("(")[2].partition(" s")[0]) for line in said] == [50, 100, 150, 200, 250, 300, 350, 400]
    assert all(line.startswith("O servidor ainda está começando (") for line in said)


def test_a_server_that_dies_while_the_windows_come_up_is_told_of_before_the_last_one_opens(tmp_path, monkeypatch):
    monkeypatch.setattr(windows, "MONITOR_HEAD_START_S", 60)  # longer than the death takes on a busy machine
    opened, python = tmp_path / "opened", tmp_path / "python"
    python.write_text(
        f'#!/bin/sh\ncase "$1" in *api.py) sleep 0.3; echo Danificado. >&2; exit 2;; esac\n'
        f'basename "$1" >> "{opened}"; exec sleep 600\n'
    )
    python.chmod(0o755)
    facts = Facts(version="0", data_dir=tmp_path, url="http://127.0.0.1:1", port=1, elsewhere="", no_windows="")
    both = windows.Windows(python, tmp_path)

    with pytest.raises(Stop, match="Danificado"):
        server.start(facts, python, meanwhile=lambda: both.open_next(facts.url))

    both.close()
    assert not opened.exists() or opened.read_text() == "monitor_ui.py\n"


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        ({"maxsize": 2**31 - 1}, "de 64 bits"),
        (
            {"base_prefix": r"C:\Program Files\WindowsApps\PythonSoftwareFoundation.Python"},
            "loja da Microsoft",
        ),
        ({"base_prefix": r"C:\Users\Ana\AppData\Local\Programs\Python\Python313", "maxsize": 2**63 - 1}, ""),
    ],
)
def test_a_python_of_windows_that_no_shop_should_use_is_named(monkeypatch, machine, words):
    monkeypatch.setattr(sys, "platform", "win32")
    for name, value in machine.items():
        monkeypatch.setattr(sys, name, value)

    reason = entry.why_unfit()

    assert words in reason
    assert bool(reason) == bool(words)
    if words:
        with pytest.raises(SystemExit):
            entry.enter_venv()
        assert main.main([]) == 2


def test_a_program_folder_that_cannot_be_written_to_is_explained(computer, tmp_path):
    (tmp_path / "cd").touch()

    launch = computer.launch(ALMOXARIFE_VENV=str(tmp_path / "cd" / ".venv"))

    assert launch.finish() == 2
    assert f"Não é possível gravar na pasta {tmp_path / 'cd'}. Copie a pasta do programa" in launch.text
    assert "Traceback" not in launch.text


def test_a_start_that_looks_whether_the_monitor_is_open_costs_it_no_claim(tmp_path, monkeypatch):
    """The one who looks is held at that moment, until the monitor has been refused and waits."""
    lock = tmp_path / "monitor.lock"
    looks, waits = threading.Event(), threading.Event()

    def look_slowly(file, *, look):
        look(file)
        if threading.current_thread() is looker:
            looks.set()
            assert waits.wait(60)

    def wait(_):
        waits.set()
        looker.join(60)

    for name in {"_lock", "_lock_shared"} & set(vars(file_lock)):
        monkeypatch.setattr(file_lock, name, partial(look_slowly, look=getattr(file_lock, name)))
    monkeypatch.setattr(file_lock, "time", SimpleNamespace(monotonic=time.monotonic, sleep=wait))
    looker = threading.Thread(target=file_lock.is_taken, args=[lock], daemon=True)
    looker.start()
    assert looks.wait(60)
    monkeypatch.setenv(file_lock.CLAIM_VARIABLE, str(lock))

    claimed = file_lock.claim()

    waits.set()
    looker.join(60)
    assert claimed is not None
    assert file_lock.is_taken(lock)
    claimed.close()
    assert not file_lock.is_taken(lock)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows locks for reading and writing alike")
def test_a_home_on_nfs_is_not_taken_by_nobody(tmp_path, monkeypatch):
    def share_as_nfs(file):
        if not file.readable():
            raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(file_lock, "_lock_shared", share_as_nfs)

    assert not file_lock.is_taken(tmp_path / "monitor.lock")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows' locks are not refused so")
def test_where_the_disk_has_no_locks_no_start_waits_for_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(file_lock, "_lock", refuse)
    monkeypatch.setattr(file_lock, "_lock_shared", refuse)

    file_lock.wait_for(tmp_path / "lock", when_taken=lambda: pytest.fail("nobody has it")).close()
    assert not file_lock.is_taken(tmp_path / "lock")


@pytest.mark.parametrize(("answers", "words"), [(True, "o servidor continua no ar"), (False, "já não está no ar")])
def test_what_stays_is_asked_before_it_is_said(monkeypatch, capsys, tmp_path, answers, words):
    monkeypatch.setattr(server, "_ask_health", lambda url: {"nome": "almoxarife"} if answers else None)

    main._say_what_stays(server.Server("http://127.0.0.1:1", 1), tmp_path)

    said = capsys.readouterr().out
    assert words in said
    assert ("Para parar o servidor" in said) == answers


@pytest.mark.parametrize("asked", [["--help"], ["start", "--help"], ["test", "--help"]])
def test_on_windows_every_command_is_named_as_it_can_be_typed_there(monkeypatch, capsys, asked):
    monkeypatch.setattr(sys, "platform", "win32")

    assert main.main(asked) == 0

    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {"start_sistema_completo.bat"}
    assert [line for line in lines if line.startswith("start_sistema_completo.bat stop ")]


def test_start_takes_nothing_else(capsys):
    assert main.main(["start", "agora"]) != 0

    assert "“agora” está sobrando" in capsys.readouterr().err


def test_a_package_without_tests_does_not_offer_to_run_them(monkeypatch, capsys, tmp_path):
    for root, is_offered in ((main.ROOT, True), (tmp_path, False)):
        monkeypatch.setattr(main, "ROOT", root)

        assert main.main(["--help"]) == 0

        assert ("verificações do programa" in capsys.readouterr().out) == is_offered


def test_the_text_terminal_is_started_where_its_port_is_named(computer):
    port = free_port()
    launch = computer.launch(ALMOXARIFE_TERMINAL_PORT=str(port))
    launch.wait_for(f"Terminal de texto no ar na porta {port}")
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        assert connection.recv(100).startswith(b"Almoxarife, terminal de texto")
        second = computer.launch(ALMOXARIFE_TERMINAL_PORT=str(port))
        assert second.finish() == 0
        assert f"O terminal de texto já está no ar na porta {port}." in second.text

    assert launch.interrupt() == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=60)


def test_a_terminal_that_cannot_start_keeps_nobody_from_working(computer):
    launch = computer.launch(ALMOXARIFE_TERMINAL_PORT="33x3")

    assert "não é um número de porta" in launch.wait_for("O terminal de texto não começou.")
    assert computer.is_answering()
    assert launch.interrupt() == 0
