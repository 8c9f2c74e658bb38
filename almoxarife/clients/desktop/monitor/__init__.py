"""The program for following the stock live."""

from almoxarife.clients.desktop.kit.startup import start


def main() -> int:
    """The exit code: 0, or 2 where no window can be opened."""
    return start(_open)


def _open() -> None:
    from almoxarife.clients.desktop.frame.shell import Shell

    shell = Shell(
        program="monitor", title="Almoxarife - Monitor", invitation="Entre para acompanhar o estoque ao vivo."
    )
    if shell.show():
        from almoxarife.clients.desktop.monitor.window import Monitor

        Monitor(shell).run()
