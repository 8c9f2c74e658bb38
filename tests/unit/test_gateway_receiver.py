"""How lines of the gateway's log are received."""

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from almoxarife.server.logs.entries import Wanted
from almoxarife.server.logs.gateway.receiver import GatewayReceiver
from almoxarife.server.logs.queue import LogQueue
from almoxarife.server.logs.storage.sqlite import LogStore
from almoxarife.server.settings import Settings
from tests.gateway.doors import free_udp_port
from tests.programs import wait_until
from tests.unit.test_gateway_lines import FIELDS, frame


def test_lines_are_received_by_a_process_that_has_a_thousand_connections_open(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2048), hard))
    held = [os.open(os.devnull, os.O_RDONLY)]
    port = free_udp_port()
    settings = Settings.from_mapping(
        {"ALMOXARIFE_DATA_DIR": str(tmp_path), "ALMOXARIFE_GATEWAY_LOG": f"127.0.0.1:{port}"}
    )
    try:
        while held[-1] < 1100:
            held.append(os.dup(held[0]))
        with closing(LogQueue(LogStore(tmp_path / "registros.db"))) as queue:
            receiver = GatewayReceiver(settings, queue)
            receiver.start()
            try:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gateway:

                    def is_stored() -> bool:
                        gateway.sendto(frame(FIELDS), ("127.0.0.1", port))
                        return queue.flush() and queue.store.count(Wanted(service="gateway")) != []

                    wait_until(is_stored, "a line is an entry")
            finally:
                receiver.close()
    finally:
        for file in held:
            os.close(file)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
