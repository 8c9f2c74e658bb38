"""Messages between people: ``/mensagens``."""

from pydantic import TypeAdapter

from almoxarife.clients.api.session import ApiSession, Listing, path_of, without_none
from almoxarife.wire.messages import Box, Message, MessageIn, UnreadMessages

_MESSAGES = TypeAdapter(list[Message])


class MessagesClient(ApiSession):
    def messages(self, box: Box, *, etag: str | None = None) -> Listing[Message]:
        """The whole inbox or outbox, oldest first."""
        return self._listing(_MESSAGES, "/mensagens", {"caixa": box.value}, etag)

    def new_messages(self, *, after: str | None) -> list[Message]:
        """Unread messages received after the one with this id, oldest first, at most 500."""
        params = without_none(caixa=Box.IN.value, nao_lidas="1", depois=after, limite=500)
        return self._read_list(_MESSAGES, self._send("GET", "/mensagens", params=params))

    def unread_messages(self) -> UnreadMessages:
        return self._read(UnreadMessages, self._send("GET", "/mensagens/resumo"))

    def send_message(self, message: MessageIn, *, key: str) -> Message:
        return self._read(Message, self._post("/mensagens", message, key=key))

    def mark_message_read(self, message_id: str) -> Message:
        return self._read(Message, self._post(path_of("mensagens", message_id, "leitura"), None))

    def remove_message(self, message_id: str) -> None:
        """Remove it from this person's own box; the other person keeps theirs."""
        self._send("DELETE", path_of("mensagens", message_id))
