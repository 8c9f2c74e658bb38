"""Work that no test looks at, done once or weakly: it would be most of what a short test costs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from werkzeug.routing import Rule
from werkzeug.security import generate_password_hash

from almoxarife.server.accounts import passwords

WEAK = "scrypt:256:8:1"


@contextmanager
def weak_passwords() -> Iterator[None]:
    """Hashing takes 0.1 s, for known and unknown people alike; here it takes nothing for both."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "generate_password_hash", partial(generate_password_hash, method=WEAK))
        patch.setattr(passwords, "_NOBODY", generate_password_hash("nobody's", method=WEAK))
        yield


@contextmanager
def routes_compiled_once() -> Iterator[None]:
    """werkzeug compiles two functions for each rule of each application: 14 of the 19 ms that making one takes."""
    compiled: dict[tuple[Any, ...], Callable[..., Any]] = {}
    compile_builder = Rule._compile_builder

    def compile_once(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        key = (rule.rule, repr(rule.defaults), append_unknown)
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", compile_once)
        yield
