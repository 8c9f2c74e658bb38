"""How deep JSON may nest: what walks through it later, or writes it again, does so by recursion."""

from typing import Any

DEEPEST = 64


def is_deeper(value: object, deepest: int = DEEPEST) -> bool:
    """Whether lists and objects stand in one another more than ``deepest`` times."""
    level: list[Any] = [value] if isinstance(value, dict | list) else []
    for _ in range(deepest):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) in {dict, list}
        ]
        if not level:
            return False
    return True
