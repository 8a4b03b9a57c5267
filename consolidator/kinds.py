"""What a file is that is no .xlsx, by its bytes and never by its name. Kinds are keys of `sentences.KINDS`."""

from __future__ import annotations

import re
from collections.abc import Collection

from consolidator.packaging import Unreadable
from consolidator.sentences import KINDS

OLD_SHEETS = frozenset({"xls", "xlsb", "ods", "html-sheet", "mhtml", "xml-2003", "xls-2", "odd-xlsx"})
"""Kinds that Excel opens and can save as .xlsx."""
ARCHIVES = frozenset({"rar", "7z", "gz", "bz2", "xz", "tar", "zip"})
PLACEHOLDERS = frozenset({"shortcut", "cloud", "zeros"})

_MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"{\\rtf", "rtf"),
    (b"Rar!", "rar"),
    (b"PK\x05\x06", "zip"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "gz"),
    (b"BZh", "bz2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"BM", "image"),
    (b"II*\x00", "image"),
    (b"MM\x00*", "image"),
    (b"L\x00\x00\x00\x01\x14\x02", "shortcut"),
    (b"[InternetShortcut]", "shortcut"),
    (b"bplist00", "cloud"),
    (b"\x09\x08", "xls-2"),
    (b"\x09\x04\x06\x00", "xls-2"),
    (b"\x09\x02\x06\x00", "xls-2"),
    (b"\x09\x00\x04\x00", "xls-2"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
    (b"\x00\x00\x00\x01Bud1", "system"),
)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "password"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("WordDocument", "doc"),
    ("PowerPoint Document", "ppt"),
    ("__properties_version1.0", "mail"),
)
"""Names in the directory of a compound file, the telling ones first."""
_ENTRY = 128


def refusal(kind: str) -> Unreadable:
    """What is raised for a file of a kind that is not read."""
    if kind == "password":
        return Unreadable("file-password")
    code = "file-kind"
    for kinds, other in ((OLD_SHEETS, "file-old"), (ARCHIVES, "file-archive"), (PLACEHOLDERS, "file-placeholder")):
        code = other if kind in kinds else code
    return Unreadable(code, kind=KINDS[kind])


def kind_of(content: bytes) -> str:
    """The kind of bytes that are no zip."""
    if not content:
        return "empty"
    if not content.strip(b"\x00"):
        return "zeros"
    if content.startswith(_COMPOUND):
        return _compound_kind(content)
    for magic, kind in _MAGICS:
        if content.startswith(magic):
            return kind
    if content[4:12] in (b"ftypheic", b"ftypmif1", b"ftypheix") or content[8:12] == b"WEBP":
        return "image"
    if content[257:262] == b"ustar":
        return "tar"
    return _text_kind(content[:4096])


def _compound_kind(content: bytes) -> str:
    """What is in an OLE compound file: read off the names in its directory, wherever its sectors lie."""
    for name, kind in _STREAMS:
        entry = name.encode("utf-16-le") + b"\x00\x00"
        at = content.find(entry)
        while at >= 0:
            if at % _ENTRY == 0 and content[at + 64 : at + 66] == len(entry).to_bytes(2, "little"):
                return kind
            at = content.find(entry, at + 1)
    return "ole"


def _text_kind(head: bytes) -> str:
    """What a text is; "unknown" for what is none."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
    else:
        text = head.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    start = text.lstrip().casefold()
    if start.startswith("mime-version:") or "content-type: multipart/related" in start:
        return "mhtml"
    if start.startswith("<"):
        return _markup_kind(start)
    if start.startswith("{") and ("docs.google" in start or '"url"' in start):
        return "cloud"
    if start.startswith(("version https://git-lfs", "[.shellclassinfo]")):
        return "cloud"
    if re.search(r"[\x00-\x08\x0e-\x1f]", text) or text.count("\ufffd") > len(text) // 3:
        return "unknown"
    return "text"


def _markup_kind(start: str) -> str:
    if "urn:schemas-microsoft-com:office:spreadsheet" in start:
        return "xml-2003"
    if "<table" in start or "office:excel" in start:
        return "html-sheet"
    return "web"


def zip_kind(names: Collection[str], mimetype: bytes = b"") -> str:
    """What a zip is that is no workbook; `mimetype` is what its entry of that name says."""
    known = {name.casefold() for name in names}
    if mimetype.startswith(b"application/vnd.oasis.opendocument."):
        return "ods" if b"spreadsheet" in mimetype else "odt"
    for part, kind in (
        ("word/document.xml", "docx"),
        ("ppt/presentation.xml", "pptx"),
        ("xl/workbook.bin", "xlsb"),
        ("content.xml", "ods"),
    ):
        if part in known:
            return kind
    return "odd-xlsx" if "[content_types].xml" in known else "zip"
