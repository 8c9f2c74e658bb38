"""CPU time and memory of a process and all its descendants, from /proc (Linux only)."""

import os
from collections.abc import Iterator
from pathlib import Path

PROC = Path("/proc")


def is_measurable() -> bool:
    return (PROC / "self/stat").exists()


def cpu_seconds(root: int) -> float:
    """User and system time of the tree, including children that have ended."""
    ticks = sum(sum(int(field) for field in _stat(pid)[11:15]) for pid in tree(root))
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_mib(root: int) -> float:
    """The sum of the peak resident memory of all processes."""
    return sum(_peak_kib(pid) for pid in tree(root)) / 1024


def tree(root: int) -> list[int]:
    parents = {pid: int(fields[1]) for pid in _processes() if (fields := _stat(pid))}
    found = [root] if root in parents else []
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _processes() -> Iterator[int]:
    return (int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit())


def _stat(pid: int) -> list[str]:
    """The fields after the name: state, parent, …; empty once the process has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _peak_kib(pid: int) -> int:
    try:
        lines = (PROC / str(pid) / "status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)
