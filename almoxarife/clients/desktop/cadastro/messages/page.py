"""*Recados*: a person's inbox and outbox, and writing a message. The text stays until the server has it."""

import tkinter as tk
import uuid
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.footer import Footer
from almoxarife.clients.desktop.cadastro.messages import words
from almoxarife.clients.desktop.cadastro.messages.draft import Draft, DraftFile
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.forms import FormInvalid
from almoxarife.clients.desktop.kit.virtual_list import Column, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Combobox, Frame, Label, Tabs, TextArea, say, show_if
from almoxarife.wire.messages import Box, Message, MessageIn

_COLUMNS = (
    Column("estado", "", 76),
    Column("quem", "Quem", 150),
    Column("recado", "Recado", 240, stretches=True),
    Column("quando", "Quando", 152, gives_way=1),
)
_PANEL_PX = 340
_KEEP_AFTER_MS = 500
_KEPT = "O que você escreveu continua aqui."
_TWICE = "Envie de novo quando o servidor voltar; o recado não vai duas vezes."


class MessagesPage(Page):
    """``seen`` is called after a message was read or removed, to update the number in the status bar."""

    def __init__(self, shell: Shell, *, seen: Callable[[], None]) -> None:
        super().__init__(shell, "Recados")
        self._drafts = DraftFile(shell.folder)
        self._listing = self.reading = self.new_call("recados")
        self._names = self.new_call("recados-nomes")
        self._marking = self.new_call("lido")
        self._removing = self.new_call("apagar-recado")
        self._sending = self.new_call("enviar-recado")
        self._seen = seen
        self._messages: dict[str, Message] = {}
        self._chosen: Message | None = None
        self._sent: tuple[MessageIn, str] | None = None
        self._is_busy = False
        self._writer = ""
        """The account whose draft is in the fields."""
        self._saving: str | None = None
        """The timer that saves the draft."""
        self._build()

    def opened(self) -> None:
        user, owner = self._shell.user, self._shell.owner
        if user is None or owner is None:
            return
        if owner.account != self._writer:
            self._writer = owner.account
            self._start_draft(self._drafts.load(self._writer))
        self._names.ask(
            lambda api: words.list_names(api, user),
            then=lambda names: self._to_box.configure(values=names),
            failed=lambda _: None,  # A name can be typed.
        )
        self._list.tree.focus_set()
        self._go(Box.IN)

    def closed(self) -> None:
        """Save the draft and clear everything else."""
        self._keep()
        super().closed()
        self._set_busy(False)
        self._messages, self._chosen = {}, None
        self._list.select(None)
        self._list.show([])
        self._show_chosen()
        self._foot.say("Quiet", "")

    def refresh(self) -> None:
        box = self._box
        self._listing.ask(lambda api: api.messages(box).items or [], then=self._loaded, failed=self._not_loaded)

    def submit(self) -> None:
        """Send the message. The same text again gets the same key, since the first attempt may have arrived."""
        if self._is_busy:
            return
        try:
            message = words.parse_message(self._to.get(), self._text.text)
        except FormInvalid as invalid:
            self._show_errors(invalid.errors)
            return
        self._show_errors({})
        if self._sent is None or self._sent[0] != message:
            self._sent = message, str(uuid.uuid4())
        key = self._sent[1]
        self._keep()
        self._set_busy(True)
        self._sending.ask(lambda api: api.send_message(message, key=key), then=self._went, failed=self._not_sent)

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        theme, body = self._theme, self.body
        body.columnconfigure(0, weight=1)
        body.rowconfigure(1, weight=1)
        labels = {box.value: name for box, name in words.BOX.items()}
        self._boxes = Tabs(body, labels, chosen=lambda key: self._go(Box(key)))
        self._boxes.frame.grid(row=0, column=0, sticky="w")
        self._list = VirtualList(
            body, _COLUMNS, theme, colours=lambda t: {"unread": t.link}, selection_changed=self._selection_changed
        )
        self._list.frame.grid(row=1, column=0, sticky="nsew", pady=(8, 0))
        self._side = Frame(body)
        self._side.grid(row=0, column=1, rowspan=2, sticky="nsew", padx=(16, 0))
        self._foot = Footer(body, home=lambda: self._list.tree)
        self._foot.frame.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(8, 0))
        self._build_reading()
        self._build_writing()
        self._restyle()
        theme.on_change(self._restyle)
        self._show_chosen()

    def _build_reading(self) -> None:
        side = self._side
        side.columnconfigure(0, weight=1)
        side.rowconfigure(1, weight=3)
        side.rowconfigure(6, weight=2)
        self._head = Label(side, style="Strong.TLabel", justify="left")
        self._shown = TextArea(side, self._theme, height=3, is_closed=True)
        buttons = Frame(side)
        self._answer = Button(buttons, text="Responder", command=self._begin_answer)
        self._remove = Button(buttons, text="Apagar…", command=self._ask_removal)
        self._answer.grid(row=0, column=0)
        self._remove.grid(row=0, column=1, padx=(8, 0))
        self._head.grid(row=0, column=0, sticky="w")
        self._shown.frame.grid(row=1, column=0, sticky="nsew", pady=(4, 0))
        buttons.grid(row=2, column=0, sticky="w", pady=(6, 0))

    def _build_writing(self) -> None:
        side = self._side
        to = Frame(side)
        to.columnconfigure(0, weight=1)
        self._to = tk.StringVar(master=side)
        self._to.trace_add("write", lambda *_: self._keep_soon())
        Label(to, text="Novo recado para").grid(row=0, column=0, sticky="w")
        self._to_box = Combobox(to, textvariable=self._to)
        self._to_box.grid(row=1, column=0, sticky="ew", pady=(2, 0))
        self._wrong_to = Label(to, justify="left")
        text = Frame(side)
        text.columnconfigure(0, weight=1)
        self._text = TextArea(text, self._theme, "Recado", height=3)
        self._text.changed = self._written
        self._text.frame.grid(row=1, column=0, columnspan=2, sticky="nsew")
        text.rowconfigure(1, weight=1)
        self._wrong_text = Label(text, justify="left")
        self._send = Button(side, style="Main.TButton", command=self.submit)
        to.grid(row=5, column=0, sticky="ew", pady=(12, 0))
        text.grid(row=6, column=0, sticky="nsew", pady=(6, 0))
        self._send.grid(row=7, column=0, sticky="ew", pady=(8, 0))
        self._set_busy(False)

    def _restyle(self) -> None:
        width = self._theme.px(_PANEL_PX)
        self._side.columnconfigure(0, minsize=width)
        for label in (self._head, self._wrong_to, self._wrong_text):
            label.configure(wraplength=width)

    # --- the box ----------------------------------------------------------------------

    @property
    def _box(self) -> Box:
        return Box(self._boxes.key)

    def _go(self, box: Box) -> None:
        self._boxes.key = box.value
        self._messages, self._chosen = {}, None
        self._list.select(None)
        self._list.show([], first=0)
        self._show_chosen()
        self.refresh()

    def _loaded(self, messages: list[Message]) -> None:
        """Show the list, keeping the selection."""
        self._foot.loaded()
        self._messages = {message.id: message for message in messages}
        self._show_list()
        if self._chosen is not None:
            self._chosen = self._messages.get(self._chosen.id)
        self._list.select(self._chosen.id if self._chosen else None)
        self._show_chosen()

    def _show_list(self) -> None:
        messages = list(self._messages.values())
        self.title.configure(text=words.counted(messages, self._box))
        self._list.show(words.rows_of(messages, self._box, self._shell.zone))

    def _not_loaded(self, error: ApiError) -> None:
        self._foot.say_not_loaded(error.message)

    def _selection_changed(self, message_id: str) -> None:
        self._chosen = self._messages.get(message_id)
        self._foot.say("Quiet", "")
        self._show_chosen()

    def _show_chosen(self) -> None:
        """Show the selected message and mark it as read."""
        message = self._chosen
        self._head.configure(
            text=words.headed(message, self._box, self._shell.zone) if message else "Escolha um recado."
        )
        self._shown.text = (message.text or words.GONE) if message else ""
        for button in (self._answer, self._remove):
            button.state(["!disabled" if message else "disabled"])
        if message is not None and self._box is Box.IN and message.read_at is None:
            self._marking.ask(
                lambda api: api.mark_message_read(message.id),
                then=self._was_read,
                failed=lambda _: None,  # it stays unread and is announced again
            )

    def _was_read(self, message: Message) -> None:
        self._seen()
        if message.id in self._messages:
            self._messages[message.id] = message
            self._show_list()
            if self._chosen is not None and self._chosen.id == message.id:
                self._chosen = message

    # --- removing ---------------------------------------------------------------------

    def _ask_removal(self) -> None:
        message = self._chosen
        if message is not None:
            who = words.other_side(message, self._box)
            question = f"Apagar este recado da sua caixa? {who} continua com o seu."
            self._foot.ask("Warn", question, yes=("Apagar", partial(self._do_remove, message)), no="Não apagar")

    def _do_remove(self, message: Message) -> None:
        self._foot.say("Quiet", "Um momento…")
        self._removing.ask(
            lambda api: api.remove_message(message.id), then=lambda _: self._removed(message), failed=self._not_removed
        )

    def _removed(self, message: Message) -> None:
        self._messages.pop(message.id, None)
        if self._chosen is not None and self._chosen.id == message.id:
            self._chosen = None
        self._list.select(None)
        self._show_list()
        self._show_chosen()
        self._foot.say("Good", "Recado apagado da sua caixa.")
        self._seen()

    def _not_removed(self, error: ApiError) -> None:
        self._foot.say("Bad", error.message)

    # --- writing ----------------------------------------------------------------------

    def _begin_answer(self) -> None:
        message = self._chosen
        if message is not None:
            self._to.set(message.sender if self._box is Box.IN else message.recipient)
            self._show_errors({})
            self._text.focus()

    def _start_draft(self, draft: Draft) -> None:
        self._to.set(draft.to)
        self._text.text = draft.text
        self._sent = None
        if draft.key:
            with suppress(FormInvalid):
                self._sent = words.parse_message(draft.to, draft.text), draft.key
        self._show_errors({})

    def _written(self) -> None:
        text, kind = words.room_left(self._text.text)
        say(self._text.note, kind, text)
        self._keep_soon()

    def _keep_soon(self) -> None:
        if self._saving is None:
            self._saving = self.frame.after(_KEEP_AFTER_MS, self._keep)

    def _keep(self) -> None:
        """Save the draft now."""
        if self._saving is not None:
            self.frame.after_cancel(self._saving)
            self._saving = None
        if self._writer:
            key = self._sent[1] if self._sent else ""
            self._drafts.save(self._writer, Draft(self._to.get(), self._text.text, key))

    def _went(self, message: Message) -> None:
        self._set_busy(False)
        self._start_draft(Draft())
        self._keep()
        self._foot.say("Good", f"Recado enviado para {message.recipient_name or message.recipient}.")
        self._text.focus()
        if self._box is Box.OUT:
            self.refresh()

    def _not_sent(self, error: ApiError) -> None:
        self._set_busy(False)
        if error.code == "destinatario-desconhecido":
            self._show_errors({"para": error.message})
        elif error.errors:
            self._show_errors({wrong.field: wrong.message for wrong in error.errors})
        elif error.is_worth_repeating:
            self._foot.say("Bad", f"{error.message} {_KEPT} {_TWICE}")
        else:
            self._foot.say("Bad", f"{error.message} {_KEPT}")

    def _show_errors(self, errors: dict[str, str]) -> None:
        for name, label, row in (("para", self._wrong_to, 2), ("texto", self._wrong_text, 2)):
            say(label, "Bad", errors.get(name, ""))
            show_if(name in errors, label, row=row, column=0, columnspan=2, sticky="w")
        self._to_box.state(["invalid" if "para" in errors else "!invalid"])
        self._text.show_error(is_wrong="texto" in errors)
        if "para" in errors:
            self._to_box.focus_set()
            self._to_box.selection_range(0, "end")
        elif "texto" in errors:
            self._text.focus()

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._send.configure(text="Enviando…" if is_busy else "Enviar  Ctrl+Enter")
        self._send.state(["disabled" if is_busy else "!disabled"])
