"""*Lojas*: an administrator creates, changes and deactivates shops and chains."""

from collections.abc import Callable
from functools import partial

from almoxarife.clients.api.client import ApiClient
from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.desktop.cadastro.footer import Footer
from almoxarife.clients.desktop.cadastro.pages import Page
from almoxarife.clients.desktop.cadastro.server_call import describe_failed_change
from almoxarife.clients.desktop.cadastro.stores import forms
from almoxarife.clients.desktop.cadastro.stores.forms import LABELS, NO_CHAIN, NO_LABEL, Form
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.forms import FormInvalid, merge
from almoxarife.clients.desktop.kit.virtual_list import Column, VirtualList
from almoxarife.clients.desktop.kit.widgets import Button, Choice, Field, Frame, Label, Tabs, on_enter, show_if, stack
from almoxarife.wire.stores import Chain, Shop

_SHOPS, _CHAINS = "lojas", "redes"
_TABS = {_SHOPS: "Lojas", _CHAINS: "Redes"}
_COLUMNS = {
    _SHOPS: (
        Column("nome", "Loja", 160, stretches=True),
        Column("cnpj", "CNPJ", 164, gives_way=2),
        Column("rede", "Rede", 150, gives_way=1),
        Column("situacao", "Situação", 118),
    ),
    _CHAINS: (
        Column("nome", "Rede", 180),
        Column("quantas", "Lojas", 64, anchor="e"),
        Column("quais", "Quais", 200, stretches=True),
    ),
}
_PANEL_PX = 300
_STALE = "versao-desatualizada"
_CHANGED_ELSEWHERE = "Outra pessoa mudou este cadastro. O que você não mexeu já está como ela deixou: confira e salve."

Loaded = tuple[list[Shop], list[Chain]]


def load(api: ApiClient) -> Loaded:
    return api.shops(), api.chains()


class StoresPage(Page):
    """``changed`` is called after a shop or chain was created or changed."""

    def __init__(self, shell: Shell, *, changed: Callable[[], None]) -> None:
        super().__init__(shell, "Lojas")
        self._listing = self.reading = self.new_call("lojas-e-redes")
        self._change = self.new_call("loja")
        self._tell_change = changed
        self._shops: dict[str, Shop] = {}
        self._chains: dict[str, Chain] = {}
        self._edited: Shop | Chain | None = None
        self._shown = Form()
        """The form as it was filled, to tell what has been typed since."""
        self._is_busy = False
        self._build()

    def opened(self) -> None:
        self._go(_SHOPS)
        self._list.tree.focus_set()
        self.refresh()

    def closed(self) -> None:
        super().closed()
        self._set_busy(False)
        self._begin(None)
        self._foot.say("Quiet", "")

    def refresh(self) -> None:
        self._listing.ask(load, then=self._loaded, failed=lambda error: self._foot.say_not_loaded(error.message))

    def submit(self) -> None:
        if not self._is_busy:
            edited = self._edited
            self._save(self._typed, is_active=edited.active if isinstance(edited, Shop) else True)

    # --- building ---------------------------------------------------------------------

    def _build(self) -> None:
        theme, body = self._theme, self.body
        body.columnconfigure(0, weight=1)
        body.rowconfigure(1, weight=1)
        self._tabs = Tabs(body, _TABS, chosen=self._go)
        self._tabs.frame.grid(row=0, column=0, sticky="w")
        self._lists = {
            tab: VirtualList(
                body, columns, theme, colours=lambda t: {"inactive": t.muted}, selection_changed=self._selection_changed
            )
            for tab, columns in _COLUMNS.items()
        }
        for each in self._lists.values():
            each.frame.grid(row=1, column=0, sticky="nsew", pady=(8, 0))
        self._side = Frame(body)
        self._side.grid(row=0, column=1, rowspan=2, sticky="nsew", padx=(16, 0))
        self._foot = Footer(body, home=lambda: self._list.tree)
        self._foot.frame.grid(row=2, column=0, columnspan=2, sticky="ew", pady=(8, 0))
        self._build_side()
        self._restyle()
        theme.on_change(self._restyle)
        self._go(_SHOPS)

    def _build_side(self) -> None:
        side = self._side
        self._heading = Label(side, style="Strong.TLabel")
        self._name = Field(side, "Nome")
        self._cnpj = Field(side, "CNPJ (se houver)")
        self._chain = Choice(side, "Rede")
        self._label = Choice(side, "Etiqueta da balança")
        self._label.offer([NO_LABEL, *LABELS])
        self._main = Button(side, style="Main.TButton", command=self.submit)
        self._other = Button(side, command=self._ask_switch)
        self._new = Button(side, command=lambda: self._begin(None, focus=True))
        order = [
            (self._heading, 0), (self._name.frame, 8), (self._cnpj.frame, 8), (self._chain.frame, 8),
            (self._label.frame, 8), (self._main, 14), (self._other, 6), (self._new, 6),
        ]  # fmt: skip
        stack(order)
        side.columnconfigure(0, weight=1)
        on_enter(self._name.entry, self._leave_name)
        on_enter(self._cnpj.entry, self._chain.box.focus_set)
        self._cnpj.variable.trace_add("write", lambda *_: self._check_cnpj())

    def _restyle(self) -> None:
        self._side.columnconfigure(0, minsize=self._theme.px(_PANEL_PX))
        self._heading.configure(wraplength=self._theme.px(_PANEL_PX))

    @property
    def _list(self) -> VirtualList:
        return self._lists[self._tabs.key]

    @property
    def _chain_names(self) -> dict[str, str]:
        return forms.chain_names(list(self._chains.values()))

    # --- the lists --------------------------------------------------------------------

    def _go(self, tab: str) -> None:
        self._tabs.key = tab
        for name, each in self._lists.items():
            show_if(name == tab, each.frame)
        for widget in (self._cnpj.frame, self._chain.frame, self._label.frame):
            show_if(tab == _SHOPS, widget)
        self._list.select(None)
        self._begin(None)

    def _loaded(self, loaded: Loaded) -> None:
        """Show the new lists. A form with unsaved changes is left as it is."""
        self._foot.loaded()
        shops, chains = loaded
        self._shops = {shop.id: shop for shop in shops}
        self._chains = {chain.id: chain for chain in chains}
        self._show_lists()
        if self._typed == self._shown:
            self._begin(self._find(self._list.selected or ""))

    def _show_lists(self) -> None:
        shops = list(self._shops.values())
        self.title.configure(text=forms.counted(shops, self._chains))
        self._lists[_SHOPS].show(forms.shop_rows(shops, self._chain_names))
        self._lists[_CHAINS].show(forms.chain_rows(self._chain_names, shops))
        self._chain.offer([NO_CHAIN, *self._chain_names.values()])

    def _find(self, number: str) -> Shop | Chain | None:
        return self._shops.get(number) if self._tabs.key == _SHOPS else self._chains.get(number)

    def _selection_changed(self, number: str) -> None:
        self._foot.say("Quiet", "")
        self._begin(self._find(number))

    # --- the form ---------------------------------------------------------------------

    @property
    def _typed(self) -> Form:
        return Form(self._name.text, self._cnpj.text, self._chain.text, self._label.text)

    def _fill(self, form: Form) -> None:
        self._name.text, self._cnpj.text = form.name, form.cnpj
        self._chain.text = form.chain
        self._label.text = form.label

    def _begin(self, edited: Shop | Chain | None, *, focus: bool = False) -> None:
        """Fill the form with an existing shop or chain, or with an empty one."""
        self._edited = edited
        self._shown = self._form_of(edited)
        self._fill(self._shown)
        self._show_errors({})
        self._show_buttons()
        if edited is None:
            self._list.select(None)
        if focus:
            self._name.focus()

    def _form_of(self, edited: Shop | Chain | None) -> Form:
        if isinstance(edited, Shop):
            return forms.form_of(edited, self._chain_names)
        return Form(edited.name) if edited else Form()

    def _show_buttons(self) -> None:
        edited, is_shop = self._edited, self._tabs.key == _SHOPS
        what = "loja" if is_shop else "rede"
        self._heading.configure(text=edited.name if edited else f"Nova {what}")
        verb = "Salvar" if edited else "Cadastrar"
        self._main.configure(text="Um momento…" if self._is_busy else f"{verb}  Ctrl+Enter")
        self._new.configure(text=f"+ Nova {what}")
        show_if(isinstance(edited, Shop), self._other)
        show_if(edited is not None, self._new)
        if isinstance(edited, Shop):
            self._other.configure(text="Desativar…" if edited.active else "Reativar")
        for button in (self._main, self._other):
            button.state(["disabled" if self._is_busy else "!disabled"])

    def _leave_name(self) -> None:
        if self._tabs.key == _SHOPS:
            self._cnpj.focus(select=True)
        else:
            self.submit()

    def _check_cnpj(self) -> None:
        known = self._edited.cnpj if isinstance(self._edited, Shop) else None
        self._cnpj.show_state(*forms.check_cnpj(self._cnpj.text, known))

    def _show_errors(self, errors: dict[str, str]) -> None:
        self._name.show_error(errors.get("nome"))
        if "cnpj" in errors:
            self._cnpj.show_error(errors["cnpj"])
        else:
            self._check_cnpj()
        if "nome" in errors:
            self._name.focus(select=True)
        elif "cnpj" in errors:
            self._cnpj.focus(select=True)
        rest = " ".join(text for name, text in errors.items() if name not in {"nome", "cnpj"})
        if rest:
            self._foot.say("Bad", rest)

    # --- the server -------------------------------------------------------------------

    def _save(self, form: Form, *, is_active: bool) -> None:
        try:
            request = self._make_request(form, is_active=is_active)
        except FormInvalid as invalid:
            self._show_errors(invalid.errors)
            return
        self._show_errors({})
        self._set_busy(True)
        self._change.ask(request, then=partial(self._saved, self._edited), failed=self._refused)

    def _make_request(self, form: Form, *, is_active: bool) -> Callable[[ApiClient], Shop | Chain]:
        """Raises FormInvalid."""
        edited, chains = self._edited, self._chain_names
        if isinstance(edited, Shop):
            change = forms.parse_change(form, chains, edited, is_active=is_active)
            return lambda api: api.change_shop(edited.id, change, version=edited.version)
        if self._tabs.key == _SHOPS:
            shop = forms.parse_new(form, chains)
            return lambda api: api.create_shop(shop)
        chain = forms.parse_chain(form)
        if edited is None:
            return lambda api: api.create_chain(chain)
        return lambda api: api.change_chain(edited.id, chain, version=edited.version)

    def _ask_switch(self) -> None:
        shop = self._edited
        if not isinstance(shop, Shop) or self._is_busy:
            return
        if not shop.active:
            self._switch(shop)
            return
        question = f"Desativar {shop.name}? Ela não recebe mais movimentações nem vendas; o que foi registrado fica."
        self._foot.ask("Warn", question, yes=("Desativar", partial(self._switch, shop)))

    def _switch(self, shop: Shop) -> None:
        """Change only whether the shop is active. Unsaved changes in the form are not sent."""
        self._foot.say("Quiet", "")
        self._save(forms.form_of(shop, self._chain_names), is_active=not shop.active)

    def _saved(self, before: Shop | Chain | None, after: Shop | Chain) -> None:
        self._set_busy(False)
        if isinstance(after, Shop):
            self._shops[after.id] = after
        else:
            self._chains[after.id] = after
        self._show_lists()
        self._list.select(after.id)
        self._begin(after)
        self._foot.say("Good", _outcome(before, after))
        self._tell_change()

    def _refused(self, error: ApiError) -> None:
        self._set_busy(False)
        if error.code == _STALE:
            self._listing.ask(load, then=self._merge, failed=self._refused)
        elif error.errors:
            self._show_errors({wrong.field: wrong.message for wrong in error.errors})
        else:
            self._foot.say("Bad", describe_failed_change(error))

    def _merge(self, loaded: Loaded) -> None:
        """Somebody else saved first: show their values in the fields that this person has not changed."""
        typed, before, edited = self._typed, self._shown, self._edited
        shops, chains = loaded
        self._shops = {shop.id: shop for shop in shops}
        self._chains = {chain.id: chain for chain in chains}
        self._show_lists()
        newer = self._find(edited.id) if edited else None
        self._begin(newer)
        if newer is None:
            self._foot.say("Bad", "Este cadastro não existe mais.")
            return
        self._list.select(newer.id)
        self._fill(merge(before, typed, self._shown))
        self._foot.say("Bad", _CHANGED_ELSEWHERE)
        self._name.focus()

    def _set_busy(self, is_busy: bool) -> None:
        self._is_busy = is_busy
        self._show_buttons()


def _outcome(before: Shop | Chain | None, after: Shop | Chain) -> str:
    if before is None:
        return f"{after.name} cadastrada."
    if isinstance(before, Shop) and isinstance(after, Shop) and before.active != after.active:
        return f"{after.name} {'voltou a funcionar' if after.active else 'foi desativada'}."
    return f"{after.name}: alterações salvas."
