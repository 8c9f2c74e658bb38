"""Types of command-line arguments, the words of their help, and the person's documents folder."""

import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from platformdirs import user_documents_path

from almoxarife.files import typed_path

_HEADINGS = {"Options": "Opções", "Commands": "Comandos"}
_USAGE = {"[OPTIONS]": "[OPÇÕES]", "COMMAND": "COMANDO", "[COMMAND]": "[COMANDO]", "[ARGS]...": "[DADOS]..."}
_SENTENCES = {
    "Show this message and exit.": "Mostra esta ajuda.",
    "Show the version and exit.": "Mostra a versão.",
}
_AT_THE_END = re.compile(r"\[[^\[\]]+\]$")
"""What Click says of an option's value: "[default: log]", "[1<=x<=3650; required]"."""
_RANGE = re.compile(r"(\d+)<=x<=(\d+)")


class TypedPath(click.ParamType[Path]):
    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        return value if isinstance(value, Path) else typed_path(value)


class PortugueseHelp(click.HelpFormatter):
    """Click's own words of ``--help`` in the language of the rest of it."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, " ".join(_USAGE.get(word, word) for word in args.split()), prefix or "Uso: ")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        super().write_dl([(name, _tell(text)) for name, text in rows], col_max, col_spacing)


def _tell(text: str) -> str:
    return _AT_THE_END.sub(_tell_of_value, _SENTENCES.get(text, text))


def _tell_of_value(found: re.Match[str]) -> str:
    text = _RANGE.sub(r"de \1 a \2", found[0])
    return text.replace("default: ", "se não disser: ").replace("required", "obrigatório")


def help_in_portuguese(command: click.Command) -> None:
    """Of this command and those below it. A list of commands says all of each, where Click cuts what is long."""
    command.short_help = command.help
    command.context_class = _Context
    if isinstance(command, click.Group):
        for below in command.commands.values():
            help_in_portuguese(below)


class WrongUse(click.UsageError):
    """With a sentence to be shown."""


def explain_usage(error: click.ClickException) -> str:
    """What is wrong about the typed command, and what may stand there."""
    context: click.Context | None = getattr(error, "ctx", None)
    match error:
        case click.NoSuchOption():
            return f"Não existe a opção “{error.option_name}”.{_list_options(context)}"
        case click.BadOptionUsage() if error.message.endswith("does not take a value."):
            return f"A opção “{error.option_name}” fica sem valor."
        case click.BadOptionUsage():
            return f"Falta o valor da opção “{error.option_name}”."
        case click.MissingParameter(param=click.Parameter() as param):
            return f"Falta {_name(param)}.{_list_choices(param)}"
        case click.BadParameter(param=click.Parameter() as param):
            typed = _TYPED.search(error.message)
            wrong = f"“{typed[1] or typed[2]}” não serve" if typed else "O valor não serve"
            return f"{wrong} em {_name(param)}.{_list_choices(param)}"
        case WrongUse():
            return error.message
        case click.UsageError() if context is not None and isinstance(context.command, click.Group):
            unknown = _UNKNOWN.match(error.message)
            wrong = f"Não existe o comando “{unknown[1]}”." if unknown else "Falta o comando."
            return f"{wrong} Existem: {', '.join(sorted(context.command.commands))}."
        case click.UsageError() if extra := _EXTRA.search(error.message):
            return f"“{extra[1]}” está sobrando."
    return "Comando incompleto ou desconhecido."


_TYPED = re.compile(r"""['"](.*?)['"]|^(\S+) is not in the range""")
"""What was typed, as click quotes it first."""
_UNKNOWN = re.compile(r"""No such command ['"](.*)['"]""")
_EXTRA = re.compile(r"\((.+)\)$")


def _name(param: click.Parameter) -> str:
    return param.opts[0] if isinstance(param, click.Option) else (param.metavar or "").strip("[].")


def _list_choices(param: click.Parameter) -> str:
    match param.type:
        case click.Choice(choices=choices):
            return f" Pode ser: {', '.join(map(str, choices))}."
        case click.IntRange(min=int() as least, max=int() as most):
            return f" Pode ser: de {least} a {most}."
    return ""


def _list_options(context: click.Context | None) -> str:
    params = context.command.params if context else []
    known = [param.opts[0] for param in params if isinstance(param, click.Option)]
    return f" Existem: {', '.join(known)}." if known else ""


class _Context(click.Context):
    formatter_class = PortugueseHelp

    def __exit__(self, exc_type: Any, exc_value: BaseException | None, tb: Any) -> bool | None:
        # Click's parser names no command in some of its errors, such as that a value is missing.
        if isinstance(exc_value, click.UsageError) and exc_value.ctx is None:
            exc_value.ctx = self
        return super().__exit__(exc_type, exc_value, tb)


def find_documents() -> Path:
    """The person's documents folder, which may not exist; OneDrive may have moved it into its own."""
    folder = user_documents_path()
    with suppress(OSError):  # reported when a file is written there
        folder.mkdir(parents=True, exist_ok=True)
    return folder
