"""The cadastro window: ``python cadastro.py``."""

import sys

from launcher.entry import enter_venv

if __name__ == "__main__":
    enter_venv()
    from almoxarife.clients.desktop.cadastro import main

    sys.exit(main())
