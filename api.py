"""The API: ``python api.py``."""

import gc
import sys

from launcher.entry import enter_venv, explain_options

if __name__ == "__main__":
    explain_options()
    enter_venv()
    gc.disable()  # while everything is loaded, of which nothing is garbage: a sixth of a start. ``serve`` enables it
    from almoxarife.server.operations import lean_flask, lean_libraries

    lean_flask.load()  # before any module of ours imports these
    lean_libraries.load()
    from almoxarife.server.operations.serving import main

    sys.exit(main())
