"""The monitor window: ``python monitor_ui.py``."""

import sys

from launcher import only_one
from launcher.entry import enter_venv

if __name__ == "__main__":
    enter_venv()
    one_monitor = only_one.claim()
    from almoxarife.clients.desktop.monitor import main

    sys.exit(main())
