"""What the C library keeps of the memory that was freed."""

import ctypes
import sys


def give_memory_back() -> None:
    """Return it to the system, where it can be told to (glibc): after work of a size that is rare."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)
