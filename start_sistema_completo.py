# -*- coding: utf-8 -*-
"""Opens the whole system: ``python start_sistema_completo.py``.

Any Python must be able to read this file, to say which one is needed; the work is in
``launcher/``.
"""

import os
import sys

if sys.version_info < (3, 11):
    # No accents and nothing newer than Python 2: this is what an old one prints.
    sys.stderr.write(
        "O Almoxarife precisa do Python 3.11 ou mais novo; este aqui tem a versao %d.%d.\n"
        "Instale-o por python.org/downloads e rode de novo.\n" % sys.version_info[:2]
    )
    sys.exit(2)

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  # PYTHONSAFEPATH leaves it out
    from launcher.main import main

    sys.exit(main(sys.argv[1:]))
