"""A conversation held with somebody: over a socket, or on this screen."""

from collections.abc import Iterable
from typing import Protocol

from almoxarife.clients.queue.store import OutboxFailed
from almoxarife.clients.terminal.conversation.prompter import Conversation
from almoxarife.clients.terminal.line_reader import BadLine


class Channel(Protocol):
    """Raises EOFError or OSError when nobody is there any more."""

    def write(self, lines: Iterable[str]) -> None:
        """Whole lines, of any length."""

    def ask(self, prompt: str, *, is_secret: bool) -> str:
        """The line typed, without its end. Raises BadLine for one that cannot be used."""


def hold(conversation: Conversation, channel: Channel) -> None:
    """Until it has ended."""
    try:
        question = next(conversation)
        while True:
            channel.write(question.said)
            question = conversation.send(_ask(channel, question.prompt, is_secret=question.is_secret))
    except StopIteration as end:
        channel.write(end.value)
    except OutboxFailed as error:
        channel.write([str(error), "Esta sessão foi encerrada."])
    finally:
        conversation.close()


def _ask(channel: Channel, prompt: str, *, is_secret: bool) -> str:
    while True:
        try:
            return channel.ask(prompt, is_secret=is_secret)
        except BadLine as error:
            channel.write([str(error)])
