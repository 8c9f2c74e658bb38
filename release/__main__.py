"""``python -m release windows|installer [--out FOLDER]``: build the ZIP or the installer for Windows."""

import argparse
import sys
from pathlib import Path

from release import installer, windows, windows_python


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("what", choices=["windows", "installer"])
    parser.add_argument("--out", type=Path, metavar="FOLDER", default=Path("dist"))
    arguments = parser.parse_args()
    try:
        build = installer.build if arguments.what == "installer" else windows.build
        made = build(arguments.out.absolute())
    except windows_python.Failed as reason:
        print(f"Nothing was made. {reason}", file=sys.stderr)
        return 1
    print(f"{made} ({made.stat().st_size / 2**20:.1f} MiB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
