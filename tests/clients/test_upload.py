"""A long body can be called back until its last byte has gone, and not after."""

import threading

import pytest

from almoxarife.clients.api.upload import Upload, UploadCancelled


def test_it_is_read_in_pieces_and_tells_how_far_it_got():
    upload = Upload(b"x" * 200_000)

    assert len(upload) == 200_000
    assert upload.fraction == 0
    pieces = []
    for piece in upload:
        pieces.append(len(piece))
        assert upload.fraction == sum(pieces) / 200_000
    assert pieces == [65_536, 65_536, 65_536, 3_392]
    assert upload.is_sent


def test_what_was_called_back_is_not_sent_to_its_end():
    upload = Upload(b"x" * 10)
    upload.read(9)

    assert upload.cancel()
    with pytest.raises(UploadCancelled):
        upload.read(1)
    assert not upload.is_sent


def test_after_the_last_byte_it_is_too_late():
    upload = Upload(b"x" * 10)
    upload.read()

    assert not upload.cancel()
    assert upload.read() == b""


def test_a_server_that_got_half_is_told_no_more(server, client):
    from tests.clients.conftest import Reply

    started = threading.Event()
    upload = Upload(b"[" + b" " * 5_000_000 + b"]")
    server.next = Reply(hangs_on=started)

    class Half(Upload):
        def read(self, size=-1):
            piece = super().read(size)
            if self.fraction > 0.5:
                assert self.cancel()
            return piece

    with pytest.raises(UploadCancelled):
        client.import_products(Half(upload._content), simulate=False, key="k")
    assert [seen.body for seen in server.seen if len(seen.body) == len(upload)] == []
