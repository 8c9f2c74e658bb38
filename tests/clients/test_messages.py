"""Messages in words, and new ones told of once."""

from datetime import UTC, datetime

import pytest

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.messages import words
from almoxarife.clients.desktop.cadastro.messages.draft import FILE_NAME, Draft, DraftFile
from almoxarife.clients.desktop.cadastro.messages.unread import UnreadWatch
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.kit.forms import FormInvalid
from almoxarife.wire.messages import Box, Message, UnreadMessages
from tests.clients.queue_things import InOrder

AT = datetime(2026, 11, 20, 15, 4, tzinfo=UTC)


def message(number, text="Chegou a nota", *, by="ana", name=None, to="bruno", read=False):
    return Message(
        id=f"c{number}", de=by, de_id="u1", de_nome=name, para=to, para_id="u2", texto=text, enviada_em=AT,
        lida_em=AT if read else None,
    )  # fmt: skip


def test_the_newest_is_above_with_its_first_line():
    rows = words.rows_of([message(1, read=True), message(2, "um\ndois", name="Ana Prado")], Box.IN)

    assert [row.cells for row in rows] == [
        ("● novo", "Ana Prado", "um", "20/11/2026 12:04"),
        ("", "ana", "Chegou a nota", "20/11/2026 12:04"),
    ]
    assert [row.key for row in rows] == ["c2", "c1"]
    assert [row.cells[0] for row in words.rows_of([message(1, read=True), message(2)], Box.OUT)] == ["", "✓ lido"]
    assert words.rows_of([message(1, "")], Box.OUT)[0].cells[2] == "(texto apagado)"
    assert words.rows_of([], Box.IN)[0].sentence == "Nenhum recado recebido."


def test_what_is_counted_and_said():
    assert words.counted([message(1), message(2, read=True)], Box.IN) == "Recados  2 · 1 não lido"
    assert words.counted([message(1)], Box.OUT) == "Recados  1"
    assert words.announced([message(1)]) == "Recado novo de ana."
    assert words.announced([message(1), message(2, by="bia")]) == "2 recados novos; o último é de bia."
    assert words.headed(message(1), Box.OUT) == "Para bruno · 20/11/2026 12:04 · ainda não lido"
    assert words.headed(message(1, read=True), Box.IN) == "De ana · 20/11/2026 12:04"


def test_a_message_keeps_its_lines_and_a_tab_is_a_blank():
    sent = words.parse_message(" ana ", "um\tdois\n\n três \n")

    assert (sent.to, sent.text) == ("ana", "um dois\n\ntrês")


@pytest.mark.parametrize(
    ("to", "text", "errors"),
    [
        ("", "oi", {"para": "Digite o nome de usuário de quem recebe."}),
        ("ana", " \n", {"texto": "Escreva o recado."}),
        ("ana", "x" * 2001, {"texto": "Um recado tem no máximo 2.000 caracteres."}),
        ("", "", {"para": "Digite o nome de usuário de quem recebe.", "texto": "Escreva o recado."}),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(to, text, errors):
    with pytest.raises(FormInvalid) as invalid:
        words.parse_message(to, text)

    assert invalid.value.errors == errors


class Post:
    """A window with its watch, and a server with one box."""

    def __init__(self, scheduler):
        self.scheduler = scheduler
        self.background = InOrder()
        self.is_at_work = True
        self.messages = []
        self.is_away = False
        self.told, self.shown = [], []
        server_call = ServerCall("k", background=self.background, api=lambda: self, session_over=lambda error: True)
        self.watch = UnreadWatch(
            scheduler, server_call, interval_s=5, may_ask=lambda: self.is_at_work, tell=self.told.append,
            show=self.shown.append,
        )  # fmt: skip

    def unread_messages(self):
        if self.is_away:
            raise ApiError("Servidor fora do ar.")
        unread = sum(m.read_at is None for m in self.messages)
        return UnreadMessages(nao_lidas=unread, ultima=self.messages[-1].id if self.messages else None)

    def new_messages(self, *, after):
        since = int((after or "c0")[1:])
        return [m for m in self.messages if m.read_at is None and int(m.id[1:]) > since]

    def poll(self, *new):
        self.messages += new
        self.scheduler.advance(5000)
        self.background.answer_all()

    def log_in(self, who="u1"):
        self.watch.logged_in(who)
        self.background.answer_all()


@pytest.fixture
def box(scheduler):
    return Post(scheduler)


def test_the_login_tells_how_many_wait_and_each_poll_what_is_new(box):
    box.messages = [message(1), message(2, read=True)]
    box.log_in()
    box.poll()
    box.poll(message(3, by="bia"))
    box.poll()

    assert box.told == ["Você tem 1 recado não lido.", "Recado novo de bia."]
    assert box.shown == [1, 1, 2, 2]


def test_what_came_while_the_server_was_away_is_told_after_it(box):
    box.log_in()
    box.is_away = True
    box.poll(message(1))
    box.is_away = False
    box.poll(message(2, by="bia"))

    assert box.told == ["2 recados novos; o último é de bia."]


def test_nothing_is_asked_while_nobody_is_at_work_and_the_next_person_is_told_anew(box):
    box.messages = [message(1)]
    box.log_in()
    box.is_at_work = False
    box.poll(message(2))
    assert len(box.told) == 1

    box.is_at_work = True
    box.log_in()
    box.log_in("u2")
    assert box.told[1:] == ["Recado novo de ana.", "Você tem 2 recados não lidos."]


def test_a_draft_outlives_the_program_and_is_its_writer_s(tmp_path):
    DraftFile(tmp_path).save("ana s", Draft("bia", "Volto às 15h\nou antes", "k1"))
    DraftFile(tmp_path).save("bia s", Draft("", " \n"))

    assert DraftFile(tmp_path).load("ana s") == Draft("bia", "Volto às 15h\nou antes", "k1")
    assert DraftFile(tmp_path).load("bia s") == Draft()
    DraftFile(tmp_path).save("ana s", Draft())
    assert (tmp_path / FILE_NAME).read_text() == "{}"


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b'{"ana": 7}', b'{"ana": {"to": 1, "text": "", "key": ""}}'])
def test_a_damaged_file_of_drafts_is_as_none(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)

    assert DraftFile(tmp_path).load("ana") == Draft()
    DraftFile(tmp_path).save("ana", Draft("bia", "oi"))
    assert DraftFile(tmp_path).load("ana") == Draft("bia", "oi")


def test_a_folder_that_cannot_be_written_to_loses_nothing_on_the_screen(tmp_path):
    DraftFile(tmp_path / "gone").save("ana", Draft("bia", "oi"))
