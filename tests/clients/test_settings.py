import json
from threading import Thread

import pytest

from almoxarife.clients.desktop.frame import preferences
from almoxarife.clients.desktop.frame.preferences import (
    FILE_NAME,
    Preferences,
    PreferencesFile,
    poll_seconds,
)
from almoxarife.clients.queue.folder import client_dir
from almoxarife.files import try_lock


def test_what_is_remembered_is_there_after_a_restart(tmp_path):
    folder = tmp_path / "ainda não existe"
    PreferencesFile(folder).remember(last_user="José", is_dark=True, text_percent=125)

    assert PreferencesFile(folder).values == Preferences(last_user="José", is_dark=True, text_percent=125)
    assert list(folder.glob("*.tmp")) == []


def test_two_programs_do_not_undo_each_other(tmp_path):
    cadastro, monitor = PreferencesFile(tmp_path), PreferencesFile(tmp_path)
    cadastro.remember(last_user="ana")
    monitor.remember(is_dark=True)

    assert PreferencesFile(tmp_path).values == Preferences(last_user="ana", is_dark=True)


def test_two_programs_that_remember_at_one_moment_lose_nothing(tmp_path, monkeypatch):
    # Fifty times without a pause one may be passed by the other for longer than a person would wait.
    monkeypatch.setattr(preferences, "_LOCK_WAIT_S", 60)

    def remember(program):
        file = PreferencesFile(tmp_path)
        for number in range(50):
            file.remember_columns(f"{program} {number}", {"nome": 300})

    programs = [Thread(target=remember, args=[name]) for name in ("cadastro", "monitor")]
    for program in programs:
        program.start()
    for program in programs:
        program.join()

    assert len(PreferencesFile(tmp_path).values.columns) == 100


def test_a_program_that_hangs_keeps_the_other_from_remembering_nothing(tmp_path):
    held = try_lock(tmp_path / "preferencias.lock")
    assert held is not None
    with held:
        PreferencesFile(tmp_path).remember(last_user="ana")

    assert PreferencesFile(tmp_path).values.last_user == "ana"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"escuro": "sim"}',
        b'{"servidor": "ftp://x"}',
        b'{"janelas": []}',
        b'{"loja": 1}',
        b"\xff\xfe\x00",
        b"[" * 100_000,
        rb'{"ultimo_usuario": "\ud800"}',
        rb'{"loja": "a\udfffb"}',
        rb'{"ultimo_usuario": "a\u0000b"}',
        rb'{"janelas": {"\ud800": "900x620+1+2"}}',
        rb'{"colunas": {"\udc00": {"nome": 300}}}',
        rb'{"servidor": "http://\ud800"}',
        b'{"servidor": 5}',
        b'{"servidor": true}',
        b'{"texto_porcento": true}',
        b'{"texto_porcento": 1e400}',
        b'{"texto_porcento": NaN}',
        b'{"colunas": {"produtos": {"nome": 999999999999999999999}}}',
        b'{"colunas": {"produtos": {"nome": -1}}}',
        b'{"colunas": {"produtos": {"nome": true}}}',
        b'{"texto_porcento": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_damaged_file_is_put_aside_and_not_fatal(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)

    preferences = PreferencesFile(tmp_path)

    assert preferences.values == Preferences()
    (aside,) = tmp_path.glob("preferencias.danificado-*.json")
    assert preferences.put_aside == aside
    assert aside.read_bytes() == content
    preferences.remember(last_user="ana")
    assert PreferencesFile(tmp_path).values.last_user == "ana"


def test_each_window_and_each_list_is_remembered_apart(tmp_path):
    cadastro, monitor = PreferencesFile(tmp_path), PreferencesFile(tmp_path)
    cadastro.remember(shop_id="l2")
    cadastro.remember_window("cadastro", "900x620+1+2")
    monitor.remember_window("monitor", "maximizada")
    cadastro.remember_columns("produtos", {"nome": 300})
    monitor.remember_columns("movimentacoes", {"quem": 90})

    assert PreferencesFile(tmp_path).values == Preferences(
        shop_id="l2",
        windows={"cadastro": "900x620+1+2", "monitor": "maximizada"},
        columns={"produtos": {"nome": 300}, "movimentacoes": {"quem": 90}},
    )


def test_a_preference_that_cannot_be_written_stops_nobody(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    preferences = PreferencesFile(tmp_path)
    preferences.remember(last_user="ana")

    assert preferences.values == Preferences(last_user="ana")
    assert list(tmp_path.glob("*.tmp")) == []


@pytest.mark.parametrize("columns", [[1], {"produtos": [1]}, {"produtos": {"codigo": "x"}}])
def test_columns_that_are_none_are_damage(tmp_path, columns):
    (tmp_path / FILE_NAME).write_text(json.dumps({"colunas": columns}), encoding="utf-8")

    assert PreferencesFile(tmp_path).values.columns == {}
    assert not (tmp_path / FILE_NAME).exists()


def test_unknown_entries_of_a_newer_version_are_no_damage(tmp_path):
    (tmp_path / FILE_NAME).write_text(json.dumps({"ultimo_usuario": "ana", "paineis": [1]}), encoding="utf-8")

    assert PreferencesFile(tmp_path).values.last_user == "ana"


def test_the_server_is_the_variables_then_the_remembered_then_this_computer(tmp_path):
    preferences = PreferencesFile(tmp_path)
    assert preferences.server_url({}) == "http://127.0.0.1:5000"
    preferences.remember(server_url="http://loja:5000")
    assert preferences.server_url({}) == "http://loja:5000"
    assert preferences.server_url({"ALMOXARIFE_URL": "caixa:80"}) == "http://caixa:80"
    with pytest.raises(ValueError, match=r"ALMOXARIFE_URL='x y'.*http://192"):
        preferences.server_url({"ALMOXARIFE_URL": "x y"})


def test_the_folder_can_be_chosen(tmp_path):
    assert client_dir({"ALMOXARIFE_CLIENT_DIR": str(tmp_path)}) == tmp_path
    assert client_dir({}).name == "almoxarife-cliente"


def test_the_poll_interval_is_five_seconds_or_a_valid_setting():
    assert poll_seconds({}) == 5
    assert poll_seconds({"ALMOXARIFE_POLL_SECONDS": "0.5"}) == 0.5
    for wrong in ("x", "0", "-1", "nan", "inf", "1e9"):
        with pytest.raises(ValueError, match="ALMOXARIFE_POLL_SECONDS"):
            poll_seconds({"ALMOXARIFE_POLL_SECONDS": wrong})
