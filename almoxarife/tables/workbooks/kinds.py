"""Detects a file's format by its first bytes, not by its name, and explains why other formats are refused."""

import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from almoxarife.tables.cells import MergedCell, TableRow, TableUnreadable
from almoxarife.tables.text.encodings import NOT_A_TABLE
from almoxarife.tables.workbooks.excel_2003 import OTHER_XML, XmlWorkbook, is_xml
from almoxarife.tables.workbooks.ods import OdsWorkbook
from almoxarife.tables.workbooks.pages import PageTables, is_page
from almoxarife.tables.workbooks.xlsx import Workbook, check_directory

MAX_TEXT_BYTES = 32 * 2**20

_HEAD = 4096
_OLD_EXCEL = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    *(b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00", b"\x09\x08\x08\x00", b"\x09\x08\x10\x00"),
)
"""Starts of .xls files: OLE containers, and the bare stream from before 1995, which some programs still write."""

_PACKED = "É um arquivo compactado. Extraia a planilha que está dentro dele e escolha-a."
_IMAGE = "É uma imagem. Escolha a planilha de onde ela veio, ou digite a lista numa planilha."
_DOCUMENT = "É um documento de texto. Copie a tabela dele para uma planilha, salve-a como .xlsx e tente de novo."
_DATA = "São dados de um programa, e não uma planilha. Exporte desse programa a lista de produtos como .xlsx ou .csv."
_EXCHANGE = (
    "É um formato antigo de troca (.slk ou .dif). Abra o arquivo no Excel ou no LibreOffice, salve-o como .xlsx e tente"
    " de novo."
)
_SHORTCUT = (
    "É um atalho para uma página da internet. Abra-o, baixe a lista como .xlsx ou .csv e escolha o arquivo baixado."
)
_XML = re.compile(rb"<[A-Za-z][\w:.-]*[\s>]")
_JSON = re.compile(rb"[\[{]\s*(?:[\[{]\s*)?\"[^\"]*\"\s*:")
_SQL = re.compile(rb"(?:--|/\*)(?s:.)*?\b(?:INSERT INTO|CREATE TABLE) ")
_DBF = "É uma tabela de banco de dados (.dbf). Abra-a no LibreOffice, salve-a como .xlsx e tente de novo."
_DBF_VERSIONS, _FOXPRO = {bytes([version]) for version in (0x03, 0x30, 0x31, 0x83, 0x8B, 0xF5)}, 263
_FLAT_ODS = "É uma planilha do LibreOffice em XML (.fods). Abra-a nele, salve-a como .xlsx e tente de novo."
_STARTS = (
    (b"%PDF", "É um PDF. Abra a planilha de origem e salve-a como .xlsx ou .csv."),
    *(
        (start, _PACKED)
        for start in (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh91AY", b"\xfd7zXZ", b"(\xb5/\xfd")
    ),
    *((start, _IMAGE) for start in (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"<svg")),
    (b"[InternetShortcut]", _SHORTCUT),
    (b"{\\rtf", _DOCUMENT),
    *((start, _EXCHANGE) for start in (b"ID;P", b"TABLE\r\n0,1", b"TABLE\n0,1")),
    *((start, _DATA) for start in (b"SQLite format 3", b"INSERT INTO", b"CREATE TABLE", b"PAR1")),
)
_BINARY = (
    "É uma planilha binária do Excel (.xlsb). Abra-a no Excel, escolha Arquivo, Salvar como, Pasta de Trabalho do"
    " Excel (.xlsx), e importe a que salvou."
)
_NUMBERS = "É uma planilha do Numbers. Abra-a nele, escolha Arquivo, Exportar para, Excel, e importe a que exportou."
_PARTS = (("xl/workbook.bin", _BINARY), ("word/document.xml", _DOCUMENT), ("index/document.iwa", _NUMBERS))
_LISTS = (".csv", ".txt", ".xlsx", ".xls", ".ods")


class Book(Protocol):
    """An open workbook. Implementations raise TableUnreadable when they are created and while they are read."""

    sheets: tuple[str, ...]
    active: str
    has_more_columns: bool
    hidden_columns: dict[str, set[int]]
    """Hidden columns by sheet, for sheets whose rows were read."""
    merged: dict[str, list[MergedCell]]
    """Cells that reach over several rows, likewise."""

    def rows(self, sheet: str, progress: Callable[[float], None]) -> Iterator[TableRow]: ...

    def close(self) -> None: ...


def open_book(file: Path, progress: Callable[[float], None]) -> Book | None:
    """Open a workbook; None for a text file. The caller closes it. Raises TableUnreadable."""
    with file.open("rb") as opened:
        head = opened.read(_HEAD)
    if head.startswith(_OLD_EXCEL):
        # imported here, because the library is slow to import and rarely needed
        from almoxarife.tables.workbooks.old_excel import OldWorkbook

        return OldWorkbook(file)
    if head.startswith(b"PK"):
        return _open_archive(file)
    if is_xml(head):
        if b"office:document" in head.replace(b"\0", b""):
            raise TableUnreadable(_FLAT_ODS)
        return XmlWorkbook(read_text_file(file), progress)
    if is_page(head):
        return PageTables(read_text_file(file), progress)
    if _is_dbf(head):
        raise TableUnreadable(_DBF)
    _refuse_others(head.lstrip(b"\xef\xbb\xbf \r\n\t"))
    return None


def _refuse_others(start: bytes) -> None:
    """Raises TableUnreadable for a file that does not begin as a text with a list does."""
    for signature, sentence in _STARTS:
        if start.startswith(signature):
            raise TableUnreadable(sentence)
    if _XML.match(start) and b"</" in start:
        raise TableUnreadable(OTHER_XML)
    if _JSON.match(start) or _SQL.match(start):
        raise TableUnreadable(_DATA)


def _is_dbf(head: bytes) -> bool:
    """Whether the file is dBASE: a version, a date, and the end of the field list where the header says."""
    if len(head) < 10 or head[:1] not in _DBF_VERSIONS or not (1 <= head[2] <= 12 and 1 <= head[3] <= 31):
        return False
    ends = int.from_bytes(head[8:10], "little") - 1
    return b"\r" in (head[ends : ends + 1], head[ends - _FOXPRO : ends - _FOXPRO + 1])


def read_text_file(file: Path) -> bytes:
    """Raises TableUnreadable for more than ``MAX_TEXT_BYTES``, OSError."""
    content = file.read_bytes()
    if len(content) > MAX_TEXT_BYTES:
        raise TableUnreadable(f"O arquivo passa de {MAX_TEXT_BYTES // 2**20} MB. Divida-o em partes.")
    return content


def _open_archive(file: Path) -> Book:
    check_directory(file)
    try:
        with zipfile.ZipFile(file) as archive:
            names = [name.replace("\\", "/").casefold() for name in archive.namelist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise TableUnreadable(NOT_A_TABLE) from error
    for part, sentence in _PARTS:
        if part in names:
            raise TableUnreadable(sentence)
    if "content.xml" in names:
        return OdsWorkbook(file)
    if "xl/workbook.xml" not in names and any(name.endswith(_LISTS) for name in names):
        raise TableUnreadable(_PACKED)
    return Workbook(file)
