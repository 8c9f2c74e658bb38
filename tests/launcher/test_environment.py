"""The .venv is made, kept, and made anew when it is broken.

It is a real one, with nothing to download. Python itself makes it for the first start and for the launcher.
"""

import ast
import hashlib
import os
import shutil
import zipfile

import pytest

from launcher import environment
from tests.launcher.conftest import PREPARE, ROOT

INSTALLING = "Instalando os componentes"
REMADE = "vou refazê-lo"


def test_a_second_start_installs_nothing(first_start):
    folder, first = first_start

    second = folder.prepare()

    assert INSTALLING in first.stdout
    assert second.stdout.splitlines() == [str(folder.venv / "bin" / "python")]
    assert not list(folder.venv.glob("almoxarife-instalando"))


def test_new_requirements_are_installed_into_it(folder):
    kept = folder.venv / "kept"
    kept.touch()
    (folder.path / "requirements.txt").write_text("# still nothing\n")

    again = folder.prepare()

    assert INSTALLING in again.stdout
    assert REMADE not in again.stdout
    assert kept.exists()


def make_wheel(folder, name, **modules):
    """The line that names it in a requirements file."""
    wheel = folder / f"{name}-1.0-py3-none-any.whl"
    files = {f"{name}/{module}.py": text for module, text in modules.items()} | {f"{name}-1.0.dist-info/RECORD": ""}
    files[f"{name}-1.0.dist-info/METADATA"] = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    files[f"{name}-1.0.dist-info/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        for file, text in files.items():
            archive.writestr(file, text)
    return f"{name}==1.0 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"


def test_what_is_installed_is_compiled_but_for_what_is_no_python(folder, tmp_path):
    (folder.path / "requirements.txt").write_text(make_wheel(tmp_path, "loja", __init__="", modelo="{{ nome }} =\n"))

    done = folder.prepare(PIP_FIND_LINKS=str(tmp_path), PIP_NO_INDEX="1", PYTHONDONTWRITEBYTECODE="")

    assert done.returncode == 0, done.stderr
    (installed,) = folder.venv.glob("lib/python*/site-packages/loja")
    assert [file.name.split(".")[0] for file in (installed / "__pycache__").iterdir()] == ["__init__"]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_newer_pip_is_installed_where_it_can_be_had(folder, tmp_path, is_there):
    (folder.path / "requirements.txt").write_text(make_wheel(tmp_path, "loja", __init__=""))
    newer = make_wheel(tmp_path, "instalador", __init__="")
    (folder.path / "requirements-pip.txt").write_text(newer if is_there else newer.replace("1.0", "2.0"))

    done = folder.prepare(PIP_FIND_LINKS=str(tmp_path), PIP_NO_INDEX="1")

    assert done.returncode == 0, done.stderr
    assert list(folder.venv.glob("lib/python*/site-packages/loja"))
    assert bool(list(folder.venv.glob("lib/python*/site-packages/instalador"))) == is_there


@pytest.mark.parametrize("damage", ["interrupted", "without pip", "without Python"])
def test_a_broken_one_is_made_anew(folder, damage):
    if damage == "interrupted":
        (folder.venv / "almoxarife-instalando").touch()
    elif damage == "without pip":
        (folder.venv / "almoxarife-requirements.txt.sha256").unlink()
        next(folder.venv.glob("lib/python*/site-packages/pip/__init__.py")).unlink()
        next(folder.venv.glob("lib/python*/site-packages/pip/__main__.py")).unlink()
        next(folder.venv.glob("lib/python*/site-packages/pip")).rename(folder.venv / "gone")
    else:
        (folder.venv / "bin" / "python").unlink()

    repaired = folder.prepare()

    assert REMADE in repaired.stdout
    assert repaired.returncode == 0
    assert folder.prepare().stdout.splitlines() == [str(folder.venv / "bin" / "python")]


def test_one_that_fails_a_check_stays_until_the_new_one_is_whole(folder):
    """Its pip is broken, and what is new cannot be had: the network is away."""
    good = (folder.path / "requirements.txt").read_text()
    next(folder.venv.glob("lib/python*/site-packages/pip")).rename(folder.venv / "gone")
    (folder.venv / "kept").touch()
    (folder.path / "requirements.txt").write_text("nowhere==1.0 --hash=sha256:" + 64 * "0")

    refused = folder.prepare(PIP_NO_INDEX="1")

    assert REMADE in refused.stdout
    assert "Não consegui instalar os componentes" in refused.stderr
    assert (folder.venv / "kept").exists()
    (folder.path / "requirements.txt").write_text(good)
    assert folder.prepare().stdout.splitlines() == [str(folder.venv / "bin" / "python")]
    (folder.path / "requirements.txt").write_text("# another list\n")
    assert folder.prepare().returncode == 0
    assert not (folder.venv / "kept").exists()
    assert sorted(path.name for path in folder.path.glob(".venv*")) == [".venv", ".venv.lock"]


@pytest.mark.parametrize("moment", ["moved away", "empty", "without packages", "whole", "to be deleted"])
def test_a_start_that_was_killed_while_it_made_a_new_one_is_made_good(folder, moment):
    """Everything is as a kill leaves it there; nothing can be installed now."""
    former = folder.path / ".venv.anterior"
    shutil.copytree(folder.venv, former, symlinks=True)
    (former / "kept").touch()
    if moment in {"moved away", "empty"}:
        shutil.rmtree(folder.venv)
    if moment == "empty":
        folder.venv.mkdir()
    if moment == "without packages":
        (folder.venv / "almoxarife-instalando").touch()
    if moment == "to be deleted":
        former.rename(folder.path / ".venv.velho")
    broken = "import venv\n\ndef create(*_, **__):\n    raise OSError('no network')\n\nvenv.create = create\n"

    again = folder.run(broken + PREPARE)

    assert again.stdout.splitlines() == [str(folder.venv / "bin" / "python")]
    assert (folder.venv / "kept").exists() == (moment not in {"whole", "to be deleted"})
    assert not former.exists()


def test_a_rest_of_a_former_one_stops_no_start(folder):
    """It was being deleted by hand."""
    rest = folder.path / ".venv.anterior" / "lib"
    rest.mkdir(parents=True)
    (rest / "left").touch()
    (folder.path / "requirements.txt").write_text("# another list\n")
    next(folder.venv.glob("lib/python*/site-packages/pip")).rename(folder.venv / "gone")

    again = folder.prepare()

    assert again.returncode == 0, again.stderr
    assert sorted(path.name for path in folder.path.glob(".venv*")) == [".venv", ".venv.lock"]


@pytest.mark.parametrize("obstacle", ["the lock", "the place for what is deleted"])
def test_a_whole_one_is_used_though_the_former_one_cannot_be_deleted(folder, obstacle):
    """As in a folder that its administrator may write to alone."""
    shutil.copytree(folder.venv, folder.path / ".venv.anterior", symlinks=True)
    (folder.venv / "kept").touch()
    if obstacle == "the lock":
        (folder.path / ".venv.lock").unlink()
        (folder.path / ".venv.lock").mkdir()
    else:
        (folder.path / ".venv.velho").touch()

    assert folder.prepare().stdout.splitlines() == [str(folder.venv / "bin" / "python")]
    if obstacle != "the lock":
        good = (folder.path / "requirements.txt").read_text()
        (folder.path / "requirements.txt").write_text("nowhere==1.0 --hash=sha256:" + 64 * "0")
        assert "Não consegui instalar os componentes" in folder.prepare(PIP_NO_INDEX="1").stderr
        (folder.path / "requirements.txt").write_text(good)
        assert folder.prepare().stdout.splitlines() == [str(folder.venv / "bin" / "python")]
    assert (folder.venv / "kept").exists()


def test_a_folder_that_is_no_environment_is_left_alone(folder, tmp_path):
    photos = tmp_path / "Fotos"
    photos.mkdir()
    (photos / "loja.jpg").touch()

    refused = folder.prepare(ALMOXARIFE_VENV=str(photos))

    assert "não é um ambiente Python" in refused.stderr
    assert [file.name for file in photos.iterdir()] == ["loja.jpg"]


@pytest.mark.parametrize("module", ["venv", "ensurepip"])
def test_a_python_that_came_without_venv_is_said_with_the_package(folder, tmp_path, module):
    (tmp_path / "sitecustomize.py").write_text(f"import sys; sys.modules[{module!r}] = None\n")
    shutil.rmtree(folder.venv)

    refused = folder.run(PREPARE, PYTHONPATH=str(tmp_path))

    assert refused.returncode != 0
    assert "Falta uma parte do Python, o módulo venv. Instale o pacote python3-venv" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_failed_installation_is_explained_and_tried_again(folder):
    good = (folder.path / "requirements.txt").read_text()
    (folder.path / "requirements.txt").write_text("almoxarife-nowhere==1.0  # has no hash, so pip refuses\n")

    refused = folder.prepare()

    assert "Não consegui instalar os componentes. Onde eles são procurados não há todos" in refused.stderr
    assert "O instalador (pip) disse:" in refused.stderr
    (folder.path / "requirements.txt").write_text(good)
    assert folder.prepare().returncode == 0


def test_without_the_quality_tools_the_tests_still_run(folder):
    (folder.path / "requirements-dev.txt").write_text("nowhere==1.0  # has no hash, so pip refuses\n")

    done = folder.launch("test")

    assert "Ficam de fora ruff e mypy" in done.stdout
    assert done.stdout.index("Ficam de fora ruff e mypy") < done.stdout.index("== pytest")
    # This environment is empty, so what runs is a Python that does not find pytest.
    assert "No module named pytest" in done.stderr


@pytest.mark.parametrize("said", [{"PIP_USER": "1"}, {"PIP_TARGET": "{}"}, {"PIP_PREFIX": "{}"}, {"PIP_DRY_RUN": "1"}])
def test_how_somebody_installs_elsewhere_does_not_matter_here(folder, tmp_path, said):
    (folder.path / "requirements.txt").write_text("# another list\n")

    done = folder.prepare(**{name: value.format(tmp_path / "elsewhere") for name, value in said.items()})

    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "elsewhere").exists()


def test_of_a_configuration_of_pip_the_network_is_heeded_and_nothing_else(folder, tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)  # this machine's own
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    elsewhere = tmp_path / "pip.conf"
    elsewhere.write_text(
        "[global]\nindex-url = https://shop.example/simple\ntimeout = 1\nproxy = http://a%%20b@proxy.example:1\n"
        f"[install]\nuser = true\ntarget = {tmp_path}\ntimeout = 7\n"
    )
    program = (
        "from launcher import environment; found = environment._pip_environment();"
        "print(sorted((n, v) for n, v in found.items() if n.startswith('PIP_')))"
    )

    told = folder.run(program, PIP_CONFIG_FILE=str(elsewhere), PIP_CERT="/c.pem", PIP_RETRIES="2", PIP_USER="1")

    assert ast.literal_eval(told.stdout) == [
        ("PIP_CERT", "/c.pem"),
        ("PIP_CONFIG_FILE", os.devnull),
        ("PIP_INDEX_URL", "https://shop.example/simple"),
        ("PIP_PROXY", "http://a%%20b@proxy.example:1"),
        ("PIP_RETRIES", "2"),
        ("PIP_TIMEOUT", "7"),
    ]


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        (
            (
                "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError('<pip>: Failed to "
                "establish a new connection: [Errno -3] Temporary failure in name resolution')': /simple/flask/\n"
                "ERROR: Could not find a version that satisfies the requirement flask==3.1 (from versions: none)\n"
                "ERROR: No matching distribution found for flask==3.1"
            ),
            "Confira a internet",
        ),
        (
            (
                "WARNING: Retrying after connection broken by 'ProxyError('Cannot connect to proxy.', "
                "NewConnectionError('[Errno 111] Connection refused'))': /simple/flask/\n"
                "ERROR: No matching distribution found for flask==3.1"
            ),
            "O proxy desta rede",
        ),
        (
            (
                "WARNING: Retrying after connection broken by 'SSLError(SSLCertVerificationError(1, '[SSL: "
                "CERTIFICATE_VERIFY_FAILED] certificate verify failed'))': /simple/flask/\n"
                "ERROR: No matching distribution found for flask==3.1"
            ),
            "PIP_CERT",
        ),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disco está cheio"),
        ("ERROR: Could not install packages due to an OSError: [WinError 5] Acesso negado: 'C:\\\\loja'", "antivírus"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "não é o que foi publicado"),
        (
            (
                "ERROR: Ignored the following versions that require a different python: 3.1 Requires-Python <3.14\n"
                "ERROR: No matching distribution found for orjson==3.11"
            ),
            "novo demais",
        ),
        ("ERROR: something nobody has seen", "Veja acima"),
    ],
)
def test_a_failure_of_pip_is_told_by_its_cause(said, remedy):
    assert remedy in environment._find_remedy(said.splitlines())


def test_what_another_program_has_for_its_python_stays_out_of_ours(folder, tmp_path):
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").write_text("raise ImportError('of another program')\n")
    (tmp_path / "flask.py").write_text("raise ImportError('of another program')\n")
    (folder.path / "requirements-dev.txt").write_text("nowhere==1.0  # has no hash, so pip refuses\n")
    others = {"PYTHONPATH": str(tmp_path), "PYTHONINSPECT": "1", "PYTHONWARNINGS": "error", "PYTHONSAFEPATH": "1"}
    shutil.rmtree(folder.venv)

    done = folder.launch("test", **others)

    assert "Ficam de fora ruff e mypy" in done.stdout, done.stderr
    assert "of another program" not in done.stdout + done.stderr
    assert (folder.venv / "almoxarife-requirements.txt.sha256").exists()


@pytest.mark.parametrize("name", ["PYTHONINSPECT", "PYTHONWARNINGS", "PYTHONPATH"])
def test_an_environment_that_works_is_not_made_anew_for_such_a_variable(folder, tmp_path, name):
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").write_text("raise ImportError('of another program')\n")
    (folder.path / "requirements.txt").write_text("# another list\n")
    values = {"PYTHONINSPECT": "1", "PYTHONWARNINGS": "error", "PYTHONPATH": str(tmp_path)}
    kept = folder.venv / "kept"
    kept.touch()

    done = folder.prepare(**{name: values[name]})

    assert kept.exists(), done.stdout
    assert "Componentes instalados" in done.stdout


def test_the_locked_requirements_name_no_place():
    for file in ROOT.glob("requirements*.txt"):
        text = file.read_text()
        assert "://" not in text
        assert "file:" not in text
        assert "--hash=sha256:" in text
