"""The monitor window: ``python monitor_ui.py``."""

import sys

from launcher import file_lock
from launcher.entry import enter_venv

if __name__ == "__main__":
    enter_venv()
    one_monitor = file_lock.claim()
    from almoxarife.clients.desktop.monitor import main

    sys.exit(main())
