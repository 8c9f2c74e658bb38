"""Caches the number of unread messages: every window asks with every poll, and nearly always nothing has changed."""

import orjson

from almoxarife.server.http.response_cache import CachedPage
from almoxarife.server.identity import Identity
from almoxarife.server.messaging import reports
from almoxarife.server.store.database import Database

TOPICS = ("messages",)
"""The topics whose changes invalidate the cached response."""


class CachedUnread:
    topics: tuple[str, ...] = TOPICS
    max_age_s: float = 0.0  # a message that was just read, perhaps through another server, must not be announced again

    def __init__(self, database: Database) -> None:
        self._database = database

    def can_answer(self, query: str) -> bool:
        return not query

    def find_page(self, identity: Identity, query: str) -> CachedPage:
        with self._database.reading() as session:
            return CachedPage(orjson.dumps(reports.count_unread(session, identity.user_id)))
