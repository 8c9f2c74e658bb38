"""The smallest library that Windows loads: one function, which is another library's."""

import struct

AT = 0x1000
"""Where the one section lies in memory."""
IN_FILE = 0x200


def forward(library: str, function: str, to: str) -> bytes:
    """A 64-bit DLL in which ``function`` is what ``to`` names (``advapi32.SystemFunction036``)."""
    exports = _exports(library, function, to)
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    # x86-64, one section, 240 bytes of optional header; a DLL.
    coff = struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x2022)
    optional = struct.pack("<HBBIIIII", 0x20B, 0, 0, 0, IN_FILE, 0, 0, AT)  # PE32+, no code, no entry point
    optional += struct.pack("<QII", 0x180000000, 0x1000, IN_FILE)  # where it would like to lie, alignments
    optional += struct.pack("<HHHHHHI", 6, 0, 0, 0, 6, 0, 0)  # for Windows Vista and newer
    optional += struct.pack("<IIIHH", 2 * AT, IN_FILE, 0, 3, 0x100)  # sizes, console, may be loaded anywhere
    optional += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    optional += struct.pack("<II", AT, len(exports)) + bytes(15 * 8)  # the first of sixteen directories: exports
    section = struct.pack("<8sIIIIIIHHI", b".rdata", len(exports), AT, IN_FILE, IN_FILE, 0, 0, 0, 0, 0x40000040)
    head = dos + b"PE\0\0" + coff + optional + section
    return head.ljust(IN_FILE, b"\0") + exports.ljust(IN_FILE, b"\0")


def _exports(library: str, function: str, to: str) -> bytes:
    """The table, its three lists of one, and the names: an address within the table itself means "go there"."""
    texts = [text.encode("ascii") + b"\0" for text in (library, function, to)]
    starts = [52, 52 + len(texts[0]), 52 + len(texts[0]) + len(texts[1])]
    table = struct.pack("<IIHHIIIIIII", 0, 0, 0, 0, AT + starts[0], 1, 1, 1, AT + 40, AT + 44, AT + 48)
    lists = struct.pack("<IIHxx", AT + starts[2], AT + starts[1], 0)
    return table + lists + b"".join(texts)
