import errno
import os

import pytest

from almoxarife.files import disk_reason


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "o disco está cheio"),
        (errno.EACCES, "sem permissão"),
        (errno.EIO, "o disco falhou"),
        (errno.EDOM, f"erro {errno.EDOM} do sistema"),
    ],
)
def test_a_fault_of_the_disk_is_said_in_portuguese(number, words):
    assert disk_reason(OSError(number, os.strerror(number))) == words


def test_a_fault_without_a_number_is_said_as_it_is():
    assert disk_reason(OSError("estranho")) == "estranho"
