"""What can be recorded, as ``subject:object:verb_past``, and how it ended."""

from enum import StrEnum


class Outcome(StrEnum):
    SUCCESS = "SUCESSO"
    ERROR = "ERRO"
    SYSTEM = "SISTEMA"


class Tag(StrEnum):
    USER_REGISTERED = "accounts:user:registered"
    USERNAME_REFUSED = "accounts:user:name_refused"
    USER_ERASED = "accounts:user:erased"
    USER_CHANGED = "accounts:user:changed"
    LOGIN_SUCCEEDED = "accounts:login:succeeded"
    LOGIN_FAILED = "accounts:login:failed"
    LOGIN_THROTTLED = "accounts:login:throttled"
    SESSION_ENDED = "accounts:session:ended"
    PASSWORD_CHANGED = "accounts:password:changed"  # noqa: S105  # a tag, not a password
    PASSWORD_REFUSED = "accounts:password:refused"  # noqa: S105
    PASSWORD_RESET = "accounts:password:reset"  # noqa: S105
    WINDOW_CLOSED = "clients:window:closed"
    DIRECTORY_PERSON_CREATED = "directory:person:created"
    DIRECTORY_PERSON_CHANGED = "directory:person:changed"
    DIRECTORY_PERSON_REMOVED = "directory:person:removed"
    DIRECTORY_PERSON_LINKED = "directory:person:linked"
    DIRECTORY_PERSON_UNLINKED = "directory:person:unlinked"
    PRODUCT_CREATED = "catalog:product:created"
    PRODUCT_CHANGED = "catalog:product:changed"
    PRODUCTS_IMPORTED = "catalog:products:imported"
    IMPORT_UNDONE = "catalog:products:import_undone"
    UNIT_CREATED = "catalog:unit:created"
    UNIT_REMOVED = "catalog:unit:removed"
    EVENT_CREATED = "calendar:event:created"
    EVENT_CHANGED = "calendar:event:changed"
    EVENT_REMOVED = "calendar:event:removed"
    MESSAGE_SENT = "messaging:message:sent"
    MESSAGE_READ = "messaging:message:read"
    MESSAGE_REMOVED = "messaging:message:removed"
    MOVEMENT_RECORDED = "stock:movement:recorded"
    MOVEMENT_REVERSED = "stock:movement:reversed"
    SALE_RECORDED = "sales:sale:recorded"
    SALE_CANCELLED = "sales:sale:cancelled"
    LOGS_EXPORTED = "logs:entries:exported"
    LOGS_PRUNED = "logs:entries:pruned"
    SERVICE_KEY_CREATED = "programs:key:created"
    SERVICE_KEY_REVOKED = "programs:key:revoked"
    SIGNING_KEY_ROTATED = "server:key:rotated"
    SETTING_CHANGED = "server:setting:changed"
    DATA_SEALED = "server:data:sealed"
    TRIGGERS_MADE_AGAIN = "server:triggers:made_again"
    BACKUP_MADE = "server:copy:made"
    BACKUP_RESTORED = "server:copy:restored"
    TRAIL_CHAINED = "audit:trail:chained"
    SHOP_CREATED = "stores:shop:created"
    SHOP_CHANGED = "stores:shop:changed"
    CHAIN_CREATED = "stores:chain:created"
    CHAIN_CHANGED = "stores:chain:changed"


MOVEMENT_TAGS = frozenset({Tag.MOVEMENT_RECORDED, Tag.MOVEMENT_REVERSED})
"""Of entries that cover a new movement."""
SALE_TAGS = frozenset({Tag.SALE_RECORDED, Tag.SALE_CANCELLED})
"""Of entries that cover a new sale or cancellation."""
CHANGE_TAGS = frozenset(
    {
        Tag.USER_REGISTERED,
        Tag.USER_CHANGED,
        Tag.USER_ERASED,
        Tag.PASSWORD_CHANGED,
        Tag.PASSWORD_RESET,
        Tag.PRODUCT_CREATED,
        Tag.PRODUCT_CHANGED,
        Tag.SHOP_CREATED,
        Tag.SHOP_CHANGED,
        Tag.CHAIN_CREATED,
        Tag.CHAIN_CHANGED,
    }
)
"""Of entries that cover a person, a product, a shop or a chain, which is new or was changed."""
