"""Describes the machine of a run, and how busy it is with other work."""

import os
import platform
import sqlite3
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.slow_disk import fsync_ms

PACKAGES = ("flask", "werkzeug", "granian", "waitress", "sqlalchemy", "pydantic", "orjson")
_STAT = Path("/proc/stat")


def describe(folder: Path) -> dict[str, Any]:
    """``folder``: where the data are kept, whose disk is timed."""
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory_gib(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "fsync_ms": round(fsync_ms(folder), 3),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def busy_seconds() -> float | None:
    """CPU time of all processes since the machine was started; None if unknown."""
    if not _STAT.exists():
        return None
    user, nice, system, _, _, irq, softirq = (int(field) for field in _STAT.read_text().split(maxsplit=8)[1:8])
    return float(user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def own_seconds() -> float:
    """CPU time of this process and its finished load generators."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _memory_gib() -> float | None:
    if not hasattr(os, "sysconf"):
        return None
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except FileNotFoundError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
