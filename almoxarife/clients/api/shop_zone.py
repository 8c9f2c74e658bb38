"""The time zone of the shop: the server's, whatever this computer is set to."""

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from almoxarife.brazil import SAO_PAULO


def find_zone(name: str) -> tzinfo:
    """The zone that a server names; São Paulo's where this computer does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(SAO_PAULO)
