"""The shop's time zone, which the server names; the zone of this computer does not matter."""

from datetime import tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from almoxarife.brazil import SAO_PAULO


def find_zone(name: str) -> tzinfo:
    """The zone of this name, or São Paulo's if this computer does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(SAO_PAULO)
