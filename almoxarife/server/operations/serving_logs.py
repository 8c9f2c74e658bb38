"""``almoxarife serve-logs``: the log service, alone on a port of its own.

It uses the log's file and the service keys, which a server beside it may use too, but neither the lock of the data
directory nor the shop's database.
"""

import os
import sys
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from typing import NoReturn

from almoxarife.build import name_build
from almoxarife.server.app import create_log_app, log_uncaught
from almoxarife.server.context import Services
from almoxarife.server.data_directory import folder
from almoxarife.server.errors import StartupError
from almoxarife.server.intake.listening import bind, verify_certificate
from almoxarife.server.logs.service import GatewayReceiver, open_queue
from almoxarife.server.operations.http_servers import choose_server
from almoxarife.server.operations.log_lines import configure_log
from almoxarife.server.operations.stopping import wait_for
from almoxarife.server.operations.typed_commands import report
from almoxarife.server.settings import Settings
from almoxarife.signals import stop_on_signals


def main(port: int) -> NoReturn:
    """Serve until SIGTERM or Ctrl-C, and end the process."""
    code = 0
    try:
        serve(replace(Settings.from_environment(), port=port))
    except StartupError as error:
        report(str(error))
        code = 2
    with suppress(OSError):
        sys.stdout.flush()
    os._exit(code)  # as serving.main does, for the same reason


def serve(settings: Settings) -> None:
    """Raises StartupError with the sentence for the person who started it."""
    with ExitStack() as stack:
        stopping = stop_on_signals()
        folder.prepare(settings.data_dir)
        lines = configure_log()  # ALMOXARIFE_LOG_FILE is the file of the server beside it
        stack.callback(lines.close)
        log_uncaught()
        verify_certificate(settings)
        listener = stack.enter_context(bind(settings.host, settings.port))
        logs = open_queue(settings)
        logs.start()
        stack.callback(logs.close)
        print(f"Registros do Almoxarife {name_build()} no ar em {settings.host}, porta {settings.port}.", flush=True)
        app = create_log_app(settings, logs=logs, write_line=lines.put)
        receiver = GatewayReceiver(settings, logs, comes_first=True)
        Services.of(app).add(receiver)
        receiver.start()
        stack.callback(receiver.close)
        choose_server(settings)(app, listener, settings, partial(wait_for, stopping))
        print("Registros encerrados. Até logo!", flush=True)
