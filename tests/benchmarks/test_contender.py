"""A contender's answer is checked before anything is measured."""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from benchmarks import contender, process_tree
from benchmarks.contender import Server
from benchmarks.operations import Request, WrongAnswer, is_list_of


@pytest.fixture
def served(monkeypatch):
    """A server that gives these answers in turn, the last one for ever."""
    monkeypatch.setattr(contender, "REFUSED_PAUSE_S", 0)
    answers = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as http:
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        server = object.__new__(Server)
        server.port = http.server_port
        yield server, answers
        http.shutdown()


def test_a_refusal_is_asked_again(served):
    server, answers = served
    answers += [(503, b"later"), (429, b"later"), (200, b"[1]")]

    assert server.verify(Request("GET", "/", is_list_of(1))).status == 200


@pytest.mark.parametrize("answer", [(200, b"[]"), (200, b"no json"), (500, b"[1]"), (503, b"[1]")])
def test_a_wrong_status_or_content_is_not_measured(served, answer):
    server, answers = served
    answers.append(answer)

    with pytest.raises(WrongAnswer, match=f"GET / was answered {answer[0]}"):
        server.verify(Request("GET", "/", is_list_of(1)))


def test_the_cpu_of_companions_counts_too():
    if not process_tree.is_measurable():
        pytest.skip("only Linux tells what a process has used")
    server = object.__new__(Server)
    server._process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        server._companions = []
        alone = server.cpu_seconds()
        server._companions = [os.getpid()]

        assert server.cpu_seconds() > alone + 0.1
    finally:
        server._process.communicate()
