"""The workbench: the product list, and beside it the form for movements or for a product."""

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from almoxarife.clients.desktop.cadastro.registering import example, forms
from almoxarife.clients.desktop.cadastro.registering.catalog_search import Catalog
from almoxarife.clients.desktop.cadastro.registering.movement_panel import MovementPanel
from almoxarife.clients.desktop.cadastro.registering.product_list import Loaded, ProductCommands, ProductList
from almoxarife.clients.desktop.cadastro.registering.product_panel import ProductPanel
from almoxarife.clients.desktop.cadastro.registering.shop_choice import ShopChoice
from almoxarife.clients.desktop.cadastro.registering.usual_quantities import UsualQuantities
from almoxarife.clients.desktop.cadastro.sending.recent import MAX_RECENT, Recent
from almoxarife.clients.desktop.cadastro.sending.sender import Sender
from almoxarife.clients.desktop.cadastro.server_call import ServerCall
from almoxarife.clients.desktop.frame.shell import Shell
from almoxarife.clients.desktop.kit.widgets import Frame, Label, Separator
from almoxarife.clients.queue.outgoing import Outgoing, QueuedRow, State, of_movement, of_reversal
from almoxarife.clients.queue.store import NotWritten
from almoxarife.wire.accounts import LoggedInUser, Role
from almoxarife.wire.catalog import ImportReport, Product
from almoxarife.wire.codes.gtin import is_gtin
from almoxarife.wire.stock import MovementIn, RecordedKind

_PANEL_PX = 310
_READS_ONLY = (
    "Você vende (F12) e consulta os produtos e as movimentações. Para registrar entradas e saídas, peça a um"
    " administrador o papel de estoquista."
)


class Workbench:
    """``refresh`` asks the server for the products; ``shop_changed`` is called after another shop was chosen,
    ``status_changed`` when the names of the shops are known.
    """

    def __init__(
        self,
        parent: Any,
        shell: Shell,
        *,
        sender: Sender,
        commands: ProductCommands,
        refresh: Callable[[], None],
        shop_changed: Callable[[], None],
        status_changed: Callable[[], None],
    ) -> None:
        self._shell = shell
        self._sender = sender
        self._refresh = refresh
        self._shop_changed = shop_changed
        self._user_id: str | None = None
        self.catalog = Catalog([])
        self.usual = UsualQuantities(ServerCall.of(shell, "costume"))
        self._example = ServerCall.of(shell, "exemplo")
        self.frame = Frame(parent)
        self.frame.columnconfigure(0, weight=1)
        self.frame.rowconfigure(0, weight=1)
        # Tab follows the order of creation.
        self.list = ProductList(
            self.frame,
            theme=shell.theme,
            preferences=shell.preferences,
            commands=commands,
            activated=self.use_product,
        )
        head = self.list.head
        self.shop = ShopChoice(
            head.frame,
            server_call=ServerCall.of(shell, "lojas-do-cadastro"),
            remembered=lambda: shell.preferences.values.shop_id,
            remember=lambda shop_id: shell.preferences.remember(shop_id=shop_id),
            changed=self._change_shop,
            arrived=lambda: self._shops_arrived(status_changed),
        )
        head.add(self.shop.frame)
        head.show(self.shop.frame, is_shown=False)
        self._build_side()

    def _build_side(self) -> None:
        px = self._shell.theme.px
        side = Frame(self.frame)
        side.columnconfigure(0, weight=1, minsize=px(_PANEL_PX))
        self._movement = MovementPanel(
            side,
            over=self.frame,
            px=px,
            shop=self.shop,
            usual=self.usual,
            confirmed=self._confirmed,
            create=self._create_named,
            scanned=self.scanned,
        )
        self._product = ProductPanel(
            side,
            server_call=ServerCall.of(self._shell, "produto"),
            saved=self._saved,
            use_existing=self._use_existing,
            find=lambda product_id: self.catalog.find(product_id),
            find_similar=lambda name: self.catalog.find_similar(name),
            cancelled=self.leave_product,
            units=ServerCall.of(self._shell, "unidades"),
            wrap_px=px(_PANEL_PX),
        )
        self._recent = Recent(
            side,
            undo=self._undo,
            discard=self._sender.discard,
            wrap_px=lambda: px(_PANEL_PX - 120),
            zone=lambda: self._shell.zone,
        )
        self._reader_note = Label(
            side, text=_READS_ONLY, style="Quiet.TLabel", justify="left", wraplength=px(_PANEL_PX - 10)
        )
        self.list.frame.grid(row=0, column=0, sticky="nsew")
        side.grid(row=0, column=1, sticky="nsew", padx=(16, 0))
        self._movement.frame.grid(row=0, column=0, sticky="ew")
        self._product.frame.grid(row=0, column=0, sticky="ew")
        self._product.frame.grid_remove()
        Separator(side).grid(row=1, column=0, sticky="ew", pady=(16, 8))
        self._recent.frame.grid(row=2, column=0, sticky="new")
        side.rowconfigure(2, weight=1)

    # --- events: login, products, queue, scanner ------------------------------------------

    def logged_in(self, user: LoggedInUser) -> None:
        if self._user_id not in {None, user.id}:
            self._forget_the_last_user()
        self._user_id = user.id
        self._show_what_may_be_done(user)
        self.usual.start_over()
        self.shop.start(user.shops)
        self._product.logged_in()
        self._example.logged_in()

    def show(self, loaded: Loaded) -> None:
        if loaded.catalog is not None:
            self.catalog = loaded.catalog
            self._movement.use(loaded.catalog)
        self.list.show(loaded)
        self.shop.ask_if_unknown()

    def show_queue(self) -> None:
        self._recent.show(self._sender.newest(MAX_RECENT))

    def scanned(self, barcode: str) -> None:
        """Fill the barcode of an open product form; else choose the product for the movement."""
        if self.is_making_product:
            self._product.fill_barcode(barcode)
            return
        found = self.catalog.codes.find(barcode, self.shop.scale_label)
        if found is None:
            self._movement.search_for(barcode)
        elif found.product.active:
            self._movement.choose_scanned(found.product, found.quantity or Decimal(1))
        else:
            self.edit(found.product)

    def _forget_the_last_user(self) -> None:
        """Clear the forms, so that nothing is sent in the next person's name."""
        self._product.forget()
        self._example.forget()
        self.leave_product()
        self._movement.clear()

    def _show_what_may_be_done(self, user: LoggedInUser) -> None:
        """Show a note instead of the form to people who may only read."""
        may_register = user.role.includes(Role.STOCK_CLERK)
        self.list.offer_changes(may_register)
        if not may_register:
            self._product.frame.grid_remove()
            self._movement.frame.grid_remove()
            self._reader_note.grid(row=0, column=0, sticky="ew")
        elif not self.is_making_product:
            self._reader_note.grid_remove()
            self._movement.frame.grid()

    # --- what a person does -------------------------------------------------------------

    @property
    def is_making_product(self) -> bool:
        return bool(self._product.frame.winfo_manager())

    @property
    def target(self) -> Product | None:
        """The product for *Editar* and *Por que este saldo?*: the selected one, or the one in the movement form."""
        marked = self.catalog.find(self.list.selected or "")
        return marked or self._movement.product

    def start(self, kind: RecordedKind) -> None:
        self.leave_product()
        self._movement.start(kind)

    def submit(self) -> None:
        if self.is_making_product:
            self._product.submit()
        elif self._may_register:
            self._movement.submit()

    def cancel(self) -> None:
        if self.is_making_product:
            self.leave_product()
        elif self._may_register:
            self._movement.clear()

    def focus(self) -> None:
        if self._may_register:
            self._movement.focus()
        else:
            self.list.focus_search()

    @property
    def _may_register(self) -> bool:
        user = self._shell.user
        return user is not None and user.role.includes(Role.STOCK_CLERK)

    def new_product(self, *, name: str = "", barcode: str = "") -> None:
        self._open_product()
        self._product.start(name=name, barcode=barcode)

    def edit(self, product: Product) -> None:
        self._open_product()
        self._product.edit(product)

    def use_product(self, product_id: str) -> None:
        """Choose a product for a movement; open a deactivated one for editing."""
        product = self.catalog.find(product_id)
        if product is not None and self._may_register:
            self._use_existing(product)

    def use_example(self) -> None:
        """Create the example's products and record their entries."""
        if self.shop.must_choose:
            self._shell.warn("Escolha em cima da lista a loja que recebe o estoque do exemplo.")
            self.shop.focus()
            return
        key, shop_id = str(uuid.uuid4()), self.shop.shop_id
        self._example.ask(
            lambda api: example.make(api, key),
            then=lambda report: self._example_made(report, shop_id),
            failed=lambda error: self._shell.warn(error.message),
        )

    def leave_product(self) -> None:
        if self.is_making_product:
            self._product.frame.grid_remove()
            self._movement.frame.grid()
            self._movement.focus()

    @property
    def is_where_confirmed(self) -> bool:
        """Whether nothing has been typed since a movement was confirmed, so that undoing means that movement."""
        return not self.is_making_product and self._movement.is_where_confirmed

    def undo_newest(self) -> None:
        row = self._recent.newest_undoable()
        if row is not None:
            self._undo(row)

    def _example_made(self, report: ImportReport, shop_id: str | None) -> None:
        if not report.written:
            self._shell.warn("O exemplo não foi gravado: já há produtos com estes nomes.")
            return
        self._refresh()
        for movement, name in example.entries(report, shop_id):
            self.confirm(of_movement(movement, f"{forms.effect_text(movement)} {name}"))

    def _open_product(self) -> None:
        self._movement.frame.grid_remove()
        self._product.frame.grid()

    def _create_named(self, term: str) -> None:
        """Create a product from a text that found nothing: a barcode or a name."""
        if is_gtin(term):
            self.new_product(barcode=term)
        else:
            self.new_product(name=term)

    def _use_existing(self, product: Product) -> None:
        if product.active:
            self.leave_product()
            self._movement.choose(product)
        else:
            self.edit(product)

    def _saved(self, product: Product, is_new: bool) -> None:  # called by ProductPanel
        self.leave_product()
        if is_new:
            self._movement.choose(product)
        self._refresh()

    # --- shops ------------------------------------------------------------------------

    def _shops_arrived(self, status_changed: Callable[[], None]) -> None:
        self.list.head.show(self.shop.frame, is_shown=self.shop.is_a_choice)
        status_changed()

    def _change_shop(self) -> None:
        self.list.forget()
        self.usual.start_over()
        self._movement.shop_changed()
        self._shop_changed()

    # --- registering ------------------------------------------------------------------

    def _confirmed(self, movement: MovementIn, product: Product) -> bool:
        return self.confirm(of_movement(movement, f"{forms.effect_text(movement)} {product.name}"))

    def confirm(self, outgoing: Outgoing, key: str | None = None) -> bool:
        """Add to the queue. True if it is on disk; only then the form may be cleared."""
        owner = self._shell.owner
        if owner is None:
            return False
        try:
            self._sender.confirm(outgoing, owner, key=key)
        except NotWritten as error:
            self._shell.warn(str(error))
            return False
        return True

    def _undo(self, row: QueuedRow) -> None:
        if row.state is State.PENDING:
            self._sender.withdraw(row)
        elif row.state is State.ACKED:
            self.confirm(of_reversal(row, "Desfeito no cadastro"))
