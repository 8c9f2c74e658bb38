import pytest

from almoxarife.clients.desktop.frame.commands import Command, Group, bind_commands, in_groups
from almoxarife.clients.desktop.frame.shortcuts import in_columns, list_rows


class Focused:
    def __init__(self, kind):
        self._kind = kind

    def winfo_class(self):
        return self._kind


class Root:
    """As much of a window as keys need."""

    def __init__(self):
        self.bound = {}
        self.taken_from = {}
        self.focused = None

    def bind(self, sequence, handler):
        self.bound[sequence] = handler

    def bind_class(self, kind, sequence, handler):
        self.taken_from.setdefault(sequence, set()).add(kind)

    def focus_get(self):
        return self.focused

    def press(self, sequence, *, on=None):
        """What the window answers: "break" keeps the key from meaning anything else."""
        self.focused = Focused(on) if on else None
        return self.bound[sequence](None)


@pytest.fixture
def done():
    return []


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("Control-n", "Ctrl+N"),
        ("F5", "F5"),
        ("Control-Return", "Ctrl+Enter"),
        ("Escape", "Esc"),
        ("Control-plus", "Ctrl +"),
        ("Control-minus", "Ctrl -"),
        ("space", "Espaço"),
    ],
)
def test_keys_are_named_as_on_the_keyboard(keys, shown):
    assert Command("Algo", (keys,), lambda: None).button_label == f"Algo  {shown}"


def test_what_cannot_be_done_now_is_not_done(done):
    Command("Algo", ("F5",), lambda: done.append(1), lambda: False).run()
    Command("Algo", ("F5",), lambda: done.append(2), is_offered=lambda: False).run()
    Command("Algo", ("F5",), lambda: done.append(3)).run()

    assert done == [3]


def test_a_key_means_the_first_of_its_commands_that_can_run(done):
    root, is_open = Root(), [True]
    close = Command("Fechar", ("Escape",), lambda: done.append("fechar"), lambda: is_open[0])
    bind_commands(root, [close, Command("Limpar", ("Escape",), lambda: done.append("limpar"))])

    root.press("<Escape>")
    is_open[0] = False
    assert root.press("<Escape>") == "break"

    assert done == ["fechar", "limpar"]


def test_a_key_of_text_fields_is_theirs_while_one_types(done):
    root = Root()
    bind_commands(root, [Command("Desfazer", ("Control-z",), lambda: done.append(1), is_outside_text_only=True)])

    assert root.press("<Control-z>", on="TEntry") is None
    assert done == []
    assert root.press("<Control-Z>", on="Treeview") == "break"  # with Caps Lock
    assert root.press("<Control-z>") == "break"
    assert done == [1, 1]


def test_a_key_of_text_fields_is_the_commands_where_nothing_was_typed(done):
    root, is_untouched = Root(), [True]
    undo = Command(
        "Desfazer",
        ("Control-z",),
        lambda: done.append(1),
        is_outside_text_only=True,
        is_meant_in_text=lambda: is_untouched[0],
    )
    bind_commands(root, [undo])

    assert root.press("<Control-z>", on="TEntry") == "break"
    is_untouched[0] = False
    assert root.press("<Control-z>", on="TEntry") is None
    assert done == [1]


def test_a_key_of_the_window_is_no_key_of_its_text_fields_any_more():
    root = Root()
    undo = Command("Desfazer", ("Control-z",), lambda: None, is_outside_text_only=True)
    bind_commands(root, [Command("Claro ou escuro", ("Control-d",), lambda: None), undo])

    assert set(root.taken_from) == {"<Control-d>", "<Control-D>"}
    assert "TEntry" in root.taken_from["<Control-d>"]


def test_the_space_bar_presses_the_button_it_finds(done):
    root = Root()
    bind_commands(root, [Command("Pausar", ("space",), lambda: done.append(1), is_outside_text_only=True)])

    for kind in ("TButton", "TCheckbutton", "TEntry", "TCombobox"):
        assert root.press("<space>", on=kind) is None
    assert done == []
    root.press("<space>", on="Treeview")
    assert done == [1]


def test_another_key_does_not_press_a_button(done):
    root = Root()
    bind_commands(root, [Command("Desfazer", ("Control-z",), lambda: done.append(1), is_outside_text_only=True)])
    root.press("<Control-z>", on="TButton")

    assert done == [1]


def test_menus_and_the_list_of_keys_show_the_same_declarations():
    commands = [
        Command("Ajuda", ("F1",), lambda: None, group=Group.HELP),
        Command("Entrada", ("F2",), lambda: None),
        Command("Usuários", ("F7",), lambda: None, is_offered=lambda: False, group=Group.PEOPLE),
        Command("Exportar", (), lambda: None),
        Command("Saída", ("F3",), lambda: None, lambda: False),
    ]

    assert [(group, [c.label for c in members]) for group, members in in_groups(commands)] == [
        (Group.STOCK, ["Entrada", "Exportar", "Saída"]),
        (Group.HELP, ["Ajuda"]),
    ]
    assert list_rows(commands) == [
        ("", "Estoque"),
        ("F2", "Entrada"),
        ("F3", "Saída"),
        ("", "Ajuda"),
        ("F1", "Ajuda"),
    ]


def test_the_shortcuts_of_a_menu_stay_below_its_heading():
    stock = [("", "Estoque"), ("F2", "Entrada")]
    view = [("", "Exibir"), ("F5", "Atualizar"), ("F6", "Outra"), ("F7", "Mais uma")]
    people = [("", "Pessoas"), ("F8", "Usuários")]

    assert in_columns([*stock, *view]) == [stock, view]
    assert in_columns([*stock, *view, *people]) == [[*stock, *view], people]
    assert in_columns(stock) == [stock, []]
