"""A new product: name, unit, barcode, minimum stock, price. It needs the server, and says so."""

import tkinter as tk
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from almoxarife.clients.api_client import ApiClient
from almoxarife.clients.desktop.background import Background
from almoxarife.clients.desktop.cadastro import forms
from almoxarife.clients.desktop.forms import FormInvalid
from almoxarife.clients.desktop.widgets import Button, Combobox, Field, Frame, Label, on_enter, say
from almoxarife.clients.errors import ApiError
from almoxarife.wire.catalog import Product, ProductIn, Unit

_NEEDS_SERVER = "O cadastro de produtos precisa do servidor; tente de novo quando ele voltar."


class ProductPanel:
    """``created`` hears the product; ``use_existing`` the id of the one that is there already."""

    def __init__(
        self,
        parent: Any,
        *,
        background: Background,
        api: Callable[[], ApiClient],
        created: Callable[[Product], None],
        use_existing: Callable[[str], None],
        describe: Callable[[str], str],
        cancelled: Callable[[], None],
        session_over: Callable[[ApiError], bool],
        wrap_px: int,
    ) -> None:
        self._background = background
        self._api = api
        self._created = created
        self._use_existing = use_existing
        self._describe = describe
        self._cancelled = cancelled
        self._session_over = session_over
        self._sent: tuple[ProductIn, str] | None = None
        self._is_busy = False
        self._waits_for_login = False
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self._build(wrap_px)

    def start(self, name: str = "") -> None:
        for field in self._fields.values():
            field.text = ""
            field.show_error(None)
        self._fields["nome"].text = name
        self._unit.set(Unit.UN.value)
        self._answer("")
        self._set_busy(False)
        self._fields["nome"].focus(select=True)

    def submit(self) -> None:
        if self._is_busy:
            return
        self._answer("")
        try:
            product = forms.parse_product(self._typed())
        except FormInvalid as invalid:
            self._show_errors(invalid.errors)
            return
        self._show_errors({})
        # The same product sent again after a lost answer keeps its key, or it might be made twice.
        key = self._sent[1] if self._sent and self._sent[0] == product else str(uuid.uuid4())
        self._sent = (product, key)
        self._send()

    def logged_in(self) -> None:
        """Send what a session that ended kept from being sent."""
        if self._waits_for_login:
            self._waits_for_login = False
            self._send()

    # --- building ---------------------------------------------------------------------

    def _build(self, wrap_px: int) -> None:
        self._title = Label(self.frame, text="Novo produto", style="Strong.TLabel")
        self._fields = {
            "nome": Field(self.frame, "Nome"),
            "codigo_barras": Field(self.frame, "Código de barras (se houver)"),
            "estoque_minimo": Field(self.frame, "Estoque mínimo (se quiser aviso)"),
            "preco": Field(self.frame, "Preço (R$)"),
        }
        self._unit = tk.StringVar(master=self.frame, value=Unit.UN.value)
        unit = Frame(self.frame)
        Label(unit, text="Unidade").grid(row=0, column=0, sticky="w")
        box = Combobox(unit, textvariable=self._unit, values=[u.value for u in Unit], state="readonly", width=8)
        box.grid(row=1, column=0, sticky="w", pady=(2, 0))
        self._said = Label(self.frame, style="Bad.TLabel", wraplength=wrap_px, justify="left")
        self._use = Button(self.frame, text="Usar este")
        self._save = Button(self.frame, text="Cadastrar  Ctrl+Enter", style="Main.TButton", command=self.submit)
        self._cancel = Button(self.frame, text="Cancelar  Esc", command=self._cancelled)
        frames = [self._fields["nome"].frame, unit, *(self._fields[n].frame for n in list(self._fields)[1:])]
        order = [self._title, *frames, self._said, self._use, self._save, self._cancel]
        for row, widget in enumerate(order):
            widget.grid(row=row, column=0, sticky="ew", pady=(0 if row == 0 else 8, 0))
        self._use.grid_remove()
        self._said.grid_remove()
        for field in self._fields.values():
            on_enter(field.entry, partial(self._enter, field))
        self._fields["nome"].entry.bind("<FocusOut>", lambda _: self._left_name(), add="+")

    # --- typing -----------------------------------------------------------------------

    def _typed(self) -> forms.ProductForm:
        texts = {name: field.text for name, field in self._fields.items()}
        return forms.ProductForm(
            name=texts["nome"],
            unit=self._unit.get(),
            barcode=texts["codigo_barras"],
            minimum=texts["estoque_minimo"],
            price=texts["preco"],
        )

    def _enter(self, field: Field) -> None:
        """Enter goes to the next field and submits at the last."""
        fields = list(self._fields.values())
        at = fields.index(field)
        if at + 1 < len(fields):
            fields[at + 1].focus(select=True)
        else:
            self.submit()

    def _left_name(self) -> None:
        if self.frame.winfo_viewable() and not self._fields["nome"].text.strip():
            self._fields["nome"].show_error("Digite o nome do produto.")

    def _show_errors(self, errors: dict[str, str]) -> None:
        for name, field in self._fields.items():
            field.show_error(errors.get(name))
        first = next((field for name, field in self._fields.items() if name in errors), None)
        if first is not None:
            first.focus(select=True)
        self._answer(" ".join(text for name, text in errors.items() if name not in self._fields))

    # --- the server -------------------------------------------------------------------

    def _send(self) -> None:
        if self._sent is None:
            return
        product, key = self._sent
        self._set_busy(True)
        api = self._api()
        self._background.run(
            lambda: api.create_product(product, key=key), then=self._done, failed=self._refused, key="novo-produto"
        )

    def _done(self, product: Product) -> None:
        self._sent = None
        self._set_busy(False)
        self._created(product)

    def _refused(self, error: ApiError) -> None:
        self._set_busy(False)
        if error.is_session_over:
            self._waits_for_login = self._session_over(error)
            if not self._waits_for_login:
                self._send()
        elif error.errors:
            self._show_errors({wrong.field: wrong.message for wrong in error.errors})
        elif error.existing:
            self._offer(error.existing)
        elif error.is_connection_fault:
            self._answer(f"{error.message} {_NEEDS_SERVER}")
        else:
            self._answer(error.message)

    def _offer(self, existing: str) -> None:
        self._answer(f"Já existe {self._describe(existing)}.")
        self._use.configure(command=lambda: self._use_existing(existing))
        self._use.grid()
        self._use.focus_set()

    def _answer(self, text: str) -> None:
        say(self._said, "Bad", text)
        self._use.grid_remove()
        if text:
            self._said.grid()
        else:
            self._said.grid_remove()

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._save.configure(text="Cadastrando…" if is_busy else "Cadastrar  Ctrl+Enter")
        self._save.state(["disabled" if is_busy else "!disabled"])
