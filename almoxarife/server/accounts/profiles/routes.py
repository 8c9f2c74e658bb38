"""``/conta/perfil``: a person's own data, which only they themselves read."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from almoxarife.server.accounts import service
from almoxarife.server.accounts.profiles import service as profiles
from almoxarife.server.context import reading
from almoxarife.server.http.access import current_identity, requires
from almoxarife.server.http.openapi import describe
from almoxarife.server.http.responses import respond
from almoxarife.wire.accounts import Role
from almoxarife.wire.people.profile import OwnProfile

bp = Blueprint("profiles", __name__)


@bp.get("/conta/perfil")
@describe("O que a própria pessoa informou de si.", responses={200: OwnProfile})
@requires(Role.SELLER)
def show_own_profile() -> ResponseReturnValue:
    with reading() as session:
        profile = profiles.read(service.get_user(session, current_identity().user_id))
    if profile is None:
        return respond(OwnProfile())
    return respond(
        OwnProfile(
            fname=profile.first_name,
            lname=profile.last_name,
            patr=profile.patronymic,
            birthday=profile.birthday,
            email=profile.email,
            phone=profile.phone,
        )
    )
