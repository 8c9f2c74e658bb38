"""``python -m release windows [--out FOLDER]``: what a shop unpacks and double-clicks."""

import argparse
import sys
from pathlib import Path

from release import windows, windows_python


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m release", description=__doc__)
    parser.add_argument("what", choices=["windows"])
    parser.add_argument("--out", type=Path, metavar="FOLDER", default=Path("dist"))
    arguments = parser.parse_args()
    try:
        archive = windows.build(arguments.out.absolute())
    except windows_python.Failed as reason:
        print(f"Nothing was made. {reason}", file=sys.stderr)
        return 1
    print(f"{archive} ({archive.stat().st_size / 2**20:.1f} MiB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
