"""A list draws as many rows as it has room for."""

import subprocess
import sys

from tests.gui.desk import Desk
from tests.programs import ROOT

ONE_ROW_AFTER_ANOTHER = """
from almoxarife.clients.desktop.kit.theme import ROW_HEIGHT_PX, Theme, new_root
from almoxarife.clients.desktop.kit.virtual_list import Column, Row, VirtualList

root = new_root("Lista", "AlmoxarifeLista")
theme = Theme(root, is_dark=False, text_percent=100)
shown = VirtualList(root, (Column("nome", "Nome", 100),), theme)
shown.frame.pack(fill="both", expand=True)
shown.show([Row(str(number), (str(number),)) for number in range(10)])
root.deiconify()
for height in range(150, 150 + theme.px(ROW_HEIGHT_PX) + 1):
    root.geometry(f"300x{height}")
    root.update()
    shown.select("9")
    root.update()
    (item,) = shown.tree.selection()
    _, top, _, row_height = shown.tree.bbox(item) or (0, height, 0, 0)
    if top + row_height > shown.tree.winfo_height():
        print(height)
"""


def test_the_last_row_is_whole_at_any_height(desk: Desk) -> None:
    command = [sys.executable, "-c", ONE_ROW_AFTER_ANOTHER]
    done = subprocess.run(command, env=desk.env, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
