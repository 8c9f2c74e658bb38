"""``Channel``: how a conversation reads and writes lines, on a socket or on the screen."""

from collections.abc import Iterable
from typing import Protocol

from almoxarife.clients.queue.store import OutboxFailed
from almoxarife.clients.terminal.conversation.prompter import Conversation
from almoxarife.clients.terminal.line_reader import BadLine


class Channel(Protocol):
    """Both methods raise EOFError or OSError when the other side is gone."""

    def write(self, lines: Iterable[str]) -> None:
        """Write lines, which are wrapped."""

    def ask(self, prompt: str, *, is_secret: bool) -> str:
        """Ask for a line and return it without line break. Raises BadLine for an unusable one."""


def run_conversation(conversation: Conversation, channel: Channel) -> None:
    """Ask the conversation's questions on the channel until it ends."""
    try:
        question = next(conversation)
        while True:
            channel.write(question.lines)
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
