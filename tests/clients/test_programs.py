"""Starting without what a window needs, our own faults, and the keys: all without a screen."""

import os
import subprocess
import sys

import pytest

from almoxarife.clients.desktop.frame.error_reports import FaultHandler
from almoxarife.clients.desktop.kit import startup


@pytest.mark.skipif(sys.platform != "linux", reason="only X11 can be without a screen")
@pytest.mark.parametrize("program", ["cadastro", "monitor"])
def test_without_a_screen_one_sentence_and_exit_code_2(program, tmp_path):
    done = run(program, tmp_path)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "Não há tela para abrir a janela (a variável DISPLAY não indica uma que responda).\n"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ALMOXARIFE_URL": "ftp://x"}, "ALMOXARIFE_URL='ftp://x' não é um endereço."),
        ({"ALMOXARIFE_POLL_SECONDS": "5s"}, "ALMOXARIFE_POLL_SECONDS='5s' não é um número de segundos"),
    ],
)
def test_a_wrong_variable_is_named_before_anybody_logs_in(tmp_path, wrong, sentence):
    done = run("cadastro", tmp_path, **wrong)

    assert done.returncode == 2
    assert done.stderr.startswith(sentence)
    assert len(done.stderr.splitlines()) == 1


def test_a_folder_that_cannot_be_used_is_named(tmp_path):
    taken = tmp_path / "arquivo"
    taken.touch()

    done = run("monitor", taken)

    assert done.returncode == 2
    assert done.stderr.startswith(f"Não é possível gravar em {taken}")
    assert "ALMOXARIFE_CLIENT_DIR" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def run(program, folder, **settings):
    environment = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY"}}
    code = f"import sys; from almoxarife.clients.desktop.{program} import main; sys.exit(main())"
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-c", code],
        env={**environment, "ALMOXARIFE_CLIENT_DIR": str(folder), **settings},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


@pytest.mark.parametrize(
    ("system", "program"), [("linux", "python start_sistema_completo.py"), ("win32", "start_sistema_completo.bat")]
)
def test_a_missing_package_is_named(monkeypatch, capsys, system, program):
    pytest.importorskip("tkinter")  # as the system that there is
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(startup.importlib.util, "find_spec", lambda name: None if name == "ttkbootstrap" else object())

    assert startup.start(lambda: pytest.fail("must not open")) == 2
    assert capsys.readouterr().err == f"Falta o pacote ttkbootstrap. Rode: {program}\n"


def test_python_without_tkinter_is_told_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "tkinter", None)

    assert startup.start(lambda: pytest.fail("must not open")) == 2
    assert "python3-tk" in capsys.readouterr().err


def test_a_fault_of_ours_has_a_code_for_the_person_and_a_trace_in_the_file(tmp_path):
    shown = []
    faults = FaultHandler(tmp_path, "cadastro", shown.append)
    try:
        raise KeyError("coluna")
    except KeyError as error:
        faults.handle(error)
    faults.close()

    (fault,) = shown
    log = (tmp_path / "cadastro.log").read_text(encoding="utf-8")
    assert fault.sentence == f"Algo deu errado. Código {fault.code}"
    assert "coluna" not in fault.sentence
    assert fault.code in log
    assert "KeyError: 'coluna'" in log
    assert "KeyError: 'coluna'" in fault.details
