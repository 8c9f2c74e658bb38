"""``python -m tests.wine smoke``: does a shop's Windows PC get a server that keeps what it confirmed?

``--windows FOLDER`` keeps what was made there, for the next run.
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.wine import prefix, smoke


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.wine", description=__doc__)
    parser.add_argument("what", choices=["smoke"])
    parser.add_argument("--windows", type=Path, metavar="FOLDER", help="where Wine's files are, or will be")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="almoxarife-wine-")))
        try:
            windows = prefix.make((arguments.windows or folder / "windows").absolute())
        except prefix.CannotRun as reason:
            print(f"Nothing was tried on Windows. {reason}", file=sys.stderr)
            return 1
        stack.callback(windows.end)
        smoke.run(windows, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
