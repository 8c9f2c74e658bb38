"""Makes each fsync take 2 ms longer, as on a slow or busy disk.

A small C library is preloaded into the measured process. Needs Linux and a C compiler.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

DELAY_US = 2000

SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>
static int slowly(const char *name, int fd) {
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    usleep(DELAY_US);
    return real(fd);
}
int fsync(int fd) { return slowly("fsync", fd); }
int fdatasync(int fd) { return slowly("fdatasync", fd); }
"""


def build(folder: Path) -> Path | None:
    """Compile the library to preload; None if that is not possible."""
    compiler = shutil.which("cc")
    if sys.platform != "linux" or compiler is None:
        return None
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(SOURCE.replace("DELAY_US", str(DELAY_US)))
    made = subprocess.run([compiler, "-shared", "-fPIC", "-o", library, source, "-ldl"], check=False)
    return library if made.returncode == 0 else None


def fsync_ms(folder: Path, times: int = 200) -> float:
    """The median time to make 4 KiB durable in a file of this folder, in milliseconds."""
    path = folder / "fsync.tmp"
    sync = getattr(os, "fdatasync", os.fsync)
    took = []
    with path.open("wb") as file:
        for _ in range(times):
            file.write(bytes(4096))
            file.flush()
            began = time.perf_counter()
            sync(file.fileno())
            took.append(time.perf_counter() - began)
    path.unlink()
    return median(took) * 1000
