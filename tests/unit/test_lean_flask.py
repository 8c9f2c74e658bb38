"""A start loads Flask without its tools and templates, and whoever needs these later has them."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOAD = "import sys; from almoxarife.server.operations import lean_flask; lean_flask.load()\n"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", LOAD + code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_start_loads_no_tools_and_no_templates() -> None:
    loaded = run("import almoxarife.server.operations.serving; print(*sys.modules)").split()

    seldom = {"click", "jinja2", "flask.cli", "flask.templating", "werkzeug.serving", "werkzeug.test", "http.server"}
    seldom |= {"werkzeug.formparser", "http.client"}
    assert "flask.app" in loaded
    assert not seldom & set(loaded)


def test_the_start_uses_it_before_anything_else_imports_flask() -> None:
    start = (ROOT / "api.py").read_text("utf-8").partition("gc.disable()")[2]

    assert start.index("lean_flask.load()") < start.index("import main")


def test_templates_are_loaded_by_the_first_page() -> None:
    code = (
        "import flask\n"
        "app = flask.Flask('almoxarife.server.web')\n"
        "app.testing = True\n"
        "@app.get('/<name>')\n"
        "def show(name):\n"
        "    flask.g.shop = 'Matriz'\n"
        "    return flask.render_template_string('{{ request.path }}, {{ g.shop }}: {{ name }}', name=name)\n"
        "assert 'jinja2' not in sys.modules\n"
        "print(app.test_client().get('/a&b').text)\n"
        "print('offline.html' in app.jinja_env.list_templates())"
    )

    assert run(code).splitlines() == ["/a&amp;b, Matriz: a&amp;b", "True"]


def test_forms_and_files_are_read() -> None:
    code = (
        "import flask, io\n"
        "app = flask.Flask('x')\n"
        "app.testing = True\n"
        "@app.post('/')\n"
        "def read(): return f\"{flask.request.form['a']}, {flask.request.files['b'].read().decode()}\"\n"
        "assert 'werkzeug.formparser' not in sys.modules\n"
        "print(app.test_client().post('/', data={'a': 'one', 'b': (io.BytesIO(b'two'), 'b.txt')}).text)"
    )

    assert run(code) == "one, two"


def test_what_a_class_keeps_is_called_as_it_is() -> None:
    code = (
        "import flask\n"
        "kept = [flask.Request.form_data_parser_class, flask.Flask.jinja_environment]\n"
        "print(*(type(value).__module__ for value in kept))\n"
        "assert not any(hasattr(type(value), '__get__') for value in kept)"
    )

    assert set(run(code).split()) == {"almoxarife.server.operations.lean_flask"}


def test_tools_are_the_real_ones_for_whoever_imports_them_later() -> None:
    code = (
        "import click, flask, flask.cli, jinja2, werkzeug, werkzeug.serving\n"
        "from flask.templating import Environment\n"
        "assert werkzeug.run_simple is werkzeug.serving.run_simple\n"
        "assert werkzeug.Request is not None and werkzeug.Client is not None\n"
        "assert not hasattr(werkzeug, 'nothing')\n"
        "assert issubclass(Environment, jinja2.Environment)\n"
        "assert isinstance(flask.Flask('x').jinja_env, Environment)\n"
        "print(flask.cli.AppGroup('shops').name, click.Group.__module__)"
    )

    assert run(code) == "shops click.core"


def test_flask_that_is_loaded_already_stays_as_it_is() -> None:
    code = "import flask, click; before = dict(sys.modules); lean_flask.load(); print(before == dict(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", LOAD.removesuffix("lean_flask.load()\n") + code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "True"
