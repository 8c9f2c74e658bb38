"""What administradores do with shops, chains, and people in two programs."""

from http import HTTPStatus
from urllib.parse import quote

from almoxarife.clients.api.errors import ApiError
from almoxarife.clients.api.session import ApiSession, json_body
from almoxarife.clients.api.transport import RawAnswer
from almoxarife.wire.programs.directory import DirectoryUser
from almoxarife.wire.stores import Chain, ChainIn, Shop, ShopChange, ShopIn


class AdministrationClient(ApiSession):
    def create_shop(self, shop: ShopIn) -> Shop:
        return self._read(Shop, self._post("/lojas", shop))

    def change_shop(self, shop_id: str, change: ShopChange, *, version: int) -> Shop:
        """The whole shop as it should be; ``version`` is the one that was looked at."""
        body = change.model_dump_json(by_alias=True, exclude_unset=True).encode()  # what is not said stays
        return self._read(Shop, self._put(f"/lojas/{quote(shop_id, safe='')}", body, version))

    def create_chain(self, chain: ChainIn) -> Chain:
        return self._read(Chain, self._post("/redes", chain))

    def change_chain(self, chain_id: str, change: ChainIn, *, version: int) -> Chain:
        return self._read(Chain, self._put(f"/redes/{quote(chain_id, safe='')}", json_body(change), version))

    def erase_person(self, person_id: str) -> None:
        """Their personal data, for ever; what they registered stays."""
        self._send("DELETE", f"/usuarios/{quote(person_id, safe='')}")

    def directory_person(self, number: int) -> DirectoryUser | None:
        """Whom another program knows by this number; None where it knows nobody."""
        try:
            return self._read(DirectoryUser, self._send("GET", f"/users/{number}"))
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    def link_person(self, person_id: str, number: int) -> None:
        """Another program's ``number`` is this person: erasing one erases the other."""
        self._send("PUT", f"/usuarios/{quote(person_id, safe='')}/pessoas/{number}")

    def unlink_person(self, person_id: str, number: int) -> None:
        self._send("DELETE", f"/usuarios/{quote(person_id, safe='')}/pessoas/{number}")

    def _put(self, path: str, body: bytes, version: int) -> RawAnswer:
        return self._send("PUT", path, body=body, headers={"If-Match": f'"{version}"'})
