"""A server between the windows and the API, which answers 503 to what is held back."""

import http.client
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_LENGTH = "Content-Length"


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A window that is closed leaves its connections."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Relay:
    """``held``: the paths that get no answer from the API."""

    def __init__(self, port: int) -> None:
        self.held: set[str] = set()
        relay = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get(_LENGTH, 0)))
                if self.path.partition("?")[0] in relay.held:
                    self._answer(503, [], b"")
                    return
                api = http.client.HTTPConnection("127.0.0.1", port)
                api.request(self.command, self.path, body, dict(self.headers))
                with api.getresponse() as response:
                    self._answer(response.status, response.getheaders(), response.read())
                api.close()

            do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the library's names

            def _answer(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers:
                    if name.title() not in {_LENGTH, "Transfer-Encoding", "Connection"}:
                        self.send_header(name, value)
                self.send_header(_LENGTH, str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing: it is not what is tested."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self) -> "Relay":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
