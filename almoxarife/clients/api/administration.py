"""Routes for administrators: shops, chains, erasing people and linking them to another program's records."""

from almoxarife.clients.api.session import ApiSession, json_body, path_of
from almoxarife.clients.api.transport import RawResponse
from almoxarife.wire.programs.directory import DirectoryPerson
from almoxarife.wire.stores import Chain, ChainIn, Shop, ShopChange, ShopIn


class AdministrationClient(ApiSession):
    def create_shop(self, shop: ShopIn) -> Shop:
        return self._read(Shop, self._post("/lojas", shop))

    def change_shop(self, shop_id: str, change: ShopChange, *, version: int) -> Shop:
        """``version`` is the one the change is based on; the server refuses it when the shop has changed since."""
        body = change.model_dump_json(by_alias=True, exclude_unset=True).encode()  # unset fields stay as they are
        return self._read(Shop, self._put(path_of("lojas", shop_id), body, version))

    def create_chain(self, chain: ChainIn) -> Chain:
        return self._read(Chain, self._post("/redes", chain))

    def change_chain(self, chain_id: str, change: ChainIn, *, version: int) -> Chain:
        return self._read(Chain, self._put(path_of("redes", chain_id), json_body(change), version))

    def erase_user(self, user_id: str) -> None:
        """Erase the personal data for good. What the person recorded stays."""
        self._send("DELETE", path_of("usuarios", user_id))

    def directory_person(self, number: int) -> DirectoryPerson | None:
        """The person with this number in the other program, or None."""
        return self._find(DirectoryPerson, f"/users/{number}")

    def link_directory_person(self, user_id: str, number: int) -> None:
        """Declare ``number`` of the other program to be this person: erasing one then erases the other."""
        self._send("PUT", path_of("usuarios", user_id, "pessoas", number))

    def unlink_directory_person(self, user_id: str, number: int) -> None:
        self._send("DELETE", path_of("usuarios", user_id, "pessoas", number))

    def _put(self, path: str, body: bytes, version: int) -> RawResponse:
        return self._send("PUT", path, body=body, headers={"If-Match": f'"{version}"'})
