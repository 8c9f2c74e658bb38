"""Models of the wire are built when they are used first: all can be, by any number of threads at once."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from threading import Barrier
from time import sleep
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, GetCoreSchemaHandler, ValidationError
from pydantic_core import CoreSchema

import almoxarife.wire
from almoxarife.wire.model import Request, Response

ROOT = Path(__file__).resolve().parents[2]
THREADS = 12
OF_CONSTANTS = {"Discount", "FieldError", "ScaleLabel"}
"""Modules make one of these while they are imported."""


def models() -> Iterator[type[BaseModel]]:
    for module in walk_packages(almoxarife.wire.__path__, "almoxarife.wire."):
        for found in vars(import_module(module.name)).values():
            if isinstance(found, type) and issubclass(found, BaseModel) and found.__module__ == module.name:
                yield found


@pytest.mark.parametrize("model", list(models()), ids=lambda model: model.__name__)
def test_each_model_can_be_built(model: type[BaseModel]) -> None:
    model.model_rebuild(force=True)

    assert model.__pydantic_complete__


def test_importing_the_server_builds_hardly_any() -> None:
    code = (
        "import almoxarife.server.operations.serving\n"
        "from pydantic import BaseModel\n"
        "models = [BaseModel]\n"
        "for model in models:\n"
        "    models += model.__subclasses__()\n"
        "ours = [one for one in models if one.__module__.startswith('almoxarife')]\n"
        "print(*(one.__name__ for one in ours if one.__pydantic_complete__))"
    )

    built = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)

    assert set(built.stdout.split()) <= OF_CONSTANTS


def test_threads_that_use_one_first_at_the_same_moment_build_it_once() -> None:
    built = []

    class Total:
        @classmethod
        def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            built.append(source)
            sleep(0.05)  # so that the other threads get as far as this, too
            return handler(int)

    class Line(Response):
        amount: int
        note: str | None = None

    class Sale(Request):
        lines: list[Line]
        total: Annotated[int, Total]

    barrier = Barrier(THREADS)

    def use(thread: int) -> str:
        barrier.wait()
        match thread % 4:
            case 0:
                return Sale.model_validate_json('{"lines":[{"amount":2}],"total":2}').model_dump_json()
            case 1:
                return Sale(lines=[Line(amount=2)], total=2).model_dump_json()
            case 2:
                return Sale.model_construct(lines=[Line(amount=2)], total=2).model_dump_json()
            case _:
                with pytest.raises(ValidationError, match=r"1 validation error for Sale\nlines\.0\.amount"):
                    Sale.model_validate({"lines": [{"amount": "two"}], "total": 2})
                return Sale.model_validate({"lines": [{"amount": 2}], "total": 2}).model_dump_json()

    with ThreadPoolExecutor(THREADS) as pool:
        said = list(pool.map(use, range(THREADS)))

    assert set(said) == {'{"lines":[{"amount":2,"note":null}],"total":2}'}
    assert len(built) == 1
