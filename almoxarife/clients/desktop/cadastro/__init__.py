"""The program for registering products, entries and exits."""

from almoxarife.clients.desktop.kit.startup import start


def main() -> int:
    """The exit code: 0, or 2 where no window can be opened."""
    return start(_open)


def _open() -> None:
    from almoxarife.clients.desktop.frame.shell import Shell

    shell = Shell(
        program="cadastro", title="Almoxarife - Cadastro", invitation="Entre para vender e cuidar do estoque."
    )
    if shell.show():
        from almoxarife.clients.desktop.cadastro.window import Cadastro

        Cadastro(shell).run()
