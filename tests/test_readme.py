"""README and LEIAME promise the same, and what they promise works."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.processes import almoxarife

ROOT = Path(__file__).resolve().parent.parent
GUIDES = ("README.md", "LEIAME.md")
LAUNCHER = "python start_sistema_completo.py"

# What the tests themselves are told, and what the launcher tells a window.
INTERNAL = {"ALMOXARIFE_TESTES_COMPLETOS", "ALMOXARIFE_TESTES_TRAVA", "ALMOXARIFE_IMAGENS", "ALMOXARIFE_JANELA"}


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def commands(guide):
    """Every command line of a guide: in its fenced blocks and in the command table."""
    text = read(guide)
    fenced = [line for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    in_tables = re.findall(r"^\| (`python .*?) \|", text, re.MULTILINE)
    lines = [*fenced, *(command for cell in in_tables for command in re.findall(r"`([^`]+)`", cell))]
    return {re.sub(r"\s+#.*", "", line).strip() for line in lines}


def documented_variables(guide):
    return set(re.findall(r"^\|.*?`(ALMOXARIFE_\w+)`", read(guide), re.MULTILINE)) | set(
        re.findall(r"^\| `ALMOXARIFE_\w+`, `(ALMOXARIFE_\w+)`", read(guide), re.MULTILINE)
    )


def variables_read():
    text = "".join(file.read_text(encoding="utf-8") for file in sorted(ROOT.glob("almoxarife/**/*.py")))
    text += "".join(file.read_text(encoding="utf-8") for file in sorted(ROOT.glob("launcher/*.py")))
    named = set(re.findall(r"\bALMOXARIFE_[A-Z_]*[A-Z]", text))
    named |= {f"ALMOXARIFE_{name}" for name in re.findall(r'\bread\("([A-Z_]+)"', text)}
    return named - INTERNAL


def test_both_guides_give_the_same_commands():
    assert commands("README.md") == commands("LEIAME.md")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_variable_that_is_read_is_documented(guide):
    assert documented_variables(guide) == variables_read()


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_that_a_guide_names_is_there(guide):
    named = re.findall(r"\]\(((?!http)[^)#]+)\)", read(guide))

    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_decision_stands_once_in_their_list_by_subject():
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"\[(\d+)\]\((\d{4}-[\w-]+\.md)\)", (folder / "README.md").read_text(encoding="utf-8"))

    assert sorted(name for _, name in listed) == sorted(path.name for path in folder.glob("0*.md"))
    assert all(int(name[:4]) == int(number) for number, name in listed)


def test_ci_runs_the_documented_test_command():
    assert f"{LAUNCHER} test" in commands("README.md")
    assert '"$python" start_sistema_completo.py test || code=$?\n' in read(".ci/run")


class Shop:
    """A data directory, and the documented commands run on it as a person would."""

    def __init__(self, folder):
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ALMOXARIFE_")}
        self.environ = {**kept, "ALMOXARIFE_VENV": sys.prefix, "ALMOXARIFE_DATA_DIR": str(folder / "dados")}

    def run(self, command):
        program, script, *arguments = command.split()
        assert (program, script) == tuple(LAUNCHER.split())
        return subprocess.run(
            [sys.executable, str(ROOT / script), *arguments],
            cwd=self.folder,
            env=self.environ,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )


def test_the_data_commands_work_in_the_order_a_person_needs_them(tmp_path):
    order = ["users create-admin maria", "check", "backup copia.db", "restore copia.db --force", "check"]
    order += ["users reset-password maria", "shops create Centro", "rotate-key"]
    documented = commands("README.md")

    for number, words in enumerate(order):
        assert f"{LAUNCHER} {words}" in documented
        if number == 0:  # the launcher hands all of them on in the same way, and takes two starts of Python for it
            done = Shop(tmp_path).run(f"{LAUNCHER} {words}")
        else:
            done = almoxarife(*words.split(), data=tmp_path / "dados")
        assert done.returncode == 0, (words, done.stdout, done.stderr)
    assert (tmp_path / "copia.db").stat().st_size > 0


def test_the_launcher_lists_the_documented_commands(tmp_path):
    listed = Shop(tmp_path).run(f"{LAUNCHER} ajuda").stdout

    for command in commands("README.md"):
        words = command.removeprefix(LAUNCHER).split()
        if command.startswith(LAUNCHER) and words and words[0] != "--help":
            assert f"{LAUNCHER} {words[0]}" in listed


SHOWN_ON_WINDOWS = {
    "release/installer.nsi": ("Copiar os dados agora", "Dados e cópias", "Abrir o servidor com o computador"),
    "launcher/window.py": ("Almoxarife: servidor",),
    "launcher/server.py": ("Almoxarife: servidor", "Parar o servidor", "F10", "Estoque"),
    "almoxarife/clients/desktop/cadastro/window.py": ("Parar o servidor",),
    "almoxarife/clients/desktop/frame/shell.py": ("F10",),
    "almoxarife/clients/desktop/frame/commands.py": ("Estoque",),
    "copiar_dados.bat": ("start_sistema_completo.bat", "backup"),
    "almoxarife/server/operations/commands/main.py": ("--into",),
    "almoxarife/server/operations/commands/version.py": ("--check",),
}


def test_what_the_windows_part_of_leiame_says_a_shop_sees_is_what_the_program_shows():
    windows = " ".join(read("LEIAME.md").partition("## No Windows\n")[2].partition("\n## ")[0].split())
    for file, shown in SHOWN_ON_WINDOWS.items():
        assert [words for words in shown if words not in windows or words not in read(file)] == [], file
