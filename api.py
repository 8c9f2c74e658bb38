"""The API: ``python api.py``."""

import sys

from launcher.entry import enter_venv

if __name__ == "__main__":
    enter_venv()
    from almoxarife.server.operations.serving import main

    sys.exit(main())
