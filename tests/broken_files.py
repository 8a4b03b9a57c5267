"""Files that accidents spoil: half of them arrived, another program wrote them, they are something else altogether.

What is legal but odd is taken, for Excel opens it; what Excel opens after a repair, or not at all, is turned away.
"""

from __future__ import annotations

import base64
import io
import json
import re
import struct
import zipfile
from collections.abc import Iterator

from openpyxl import Workbook

from consolidator.compoundfile import compound_file
from tests.corpus import Base
from tests.spoiling import (
    ANSWER,
    CELL,
    COUNTED,
    MAIN,
    OFFICE,
    RELATIONS,
    ROOT,
    SHEET,
    STRINGS,
    STYLES,
    TYPES,
    WORKBOOK,
    Build,
    Spoiled,
    lying,
    parts,
    passed_over,
    refused,
    swapped,
    taken,
    with_cell,
    with_named,
    with_parts,
    with_value,
    zipped,
)
from tests.tampering import put

# ---------- something else


def _bytes(content: bytes) -> Build:
    return lambda base: content


def _compound(*streams: str) -> Build:
    return lambda base: compound_file(dict.fromkeys(streams, b"x" * 5000))


def _package(*names: str, mimetype: bytes = b"") -> Build:
    first = {"mimetype": mimetype} if mimetype else {TYPES: b"<Types/>"}
    return lambda base: zipped({**first, **dict.fromkeys(names, b"<x/>")})


_LIBRE = b"application/vnd.oasis.opendocument."
_TABLE = "<table><tr><td>Tổng số</td><td>30</td></tr></table>"
_XML_2003 = '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
_PLACE = json.dumps({"url": "https://docs.google.com/open?id=1", "doc_id": "1"}).encode()

OTHER_KINDS = (
    refused("hỏng - rỗng.xlsx", _bytes(b""), "empty", "file-kind"),
    refused("hỏng - toàn số 0.xlsx", _bytes(bytes(40_000)), "zeros", "file-placeholder", "chỗ giữ của OneDrive"),
    refused("hỏng - Google Drive.gsheet", _bytes(_PLACE), "cloud", "file-placeholder"),
    refused("hỏng - lối tắt.xlsx.lnk", _bytes(b"L\0\0\0\x01\x14\x02\0" + bytes(60)), "shortcut", "file-placeholder"),
    refused("hỏng - PDF.xlsx", _bytes(b"%PDF-1.7\n1 0 obj\n"), "pdf", "file-kind", "bản quét đổi đuôi"),
    refused("hỏng - ảnh chụp.jpg", _bytes(b"\xff\xd8\xff\xe0" + bytes(90)), "image", "file-kind"),
    refused("hỏng - ảnh iPhone.heic", _bytes(b"\0\0\0\x18ftypheic" + bytes(90)), "image", "file-kind"),
    refused("hỏng - RTF.xlsx", _bytes(b"{\\rtf1\\ansi B\\'e1o c\\'e1o}"), "rtf", "file-kind"),
    refused("hỏng - Word.docx", _package("word/document.xml"), "docx", "file-kind"),
    refused("hỏng - Word đổi đuôi.xlsx", _package("word/document.xml"), "docx", "file-kind"),
    refused("hỏng - PowerPoint.pptx", _package("ppt/presentation.xml"), "pptx", "file-kind"),
    refused("hỏng - Writer.odt", _package("content.xml", mimetype=_LIBRE + b"text"), "odt", "file-kind"),
    refused("hỏng - Word cũ.doc", _compound("WordDocument"), "doc", "file-kind"),
    refused("hỏng - thư Outlook.msg", _compound("__properties_version1.0"), "mail", "file-kind"),
    refused("hỏng - OLE lạ.xls", _compound("Contents"), "ole", "file-kind"),
    refused("hỏng - chương trình.xlsx.exe", _bytes(b"MZ\x90\0" + bytes(200)), "program", "file-kind"),
    refused("hỏng - CSV.csv", _bytes("Chỉ tiêu;Số\r\nTư vấn;30\r\n".encode("utf-8-sig")), "text", "file-kind"),
    refused("hỏng - CSV UTF-16.xls", _bytes("Chỉ tiêu\tSố\r\nTư vấn\t30\r\n".encode("utf-16")), "text", "file-kind"),
    refused("hỏng - trang web.xlsx", _bytes(b"<!DOCTYPE html><html><p>404</p></html>"), "web", "file-kind"),
    refused("hỏng - byte lạ.xlsx", _bytes(bytes(range(1, 256)) * 8), "unknown", "file-kind"),
    refused("hỏng - Excel 97.xls", _compound("Workbook"), "xls", "file-old"),
    refused("hỏng - Excel 95.xls", _compound("Book"), "xls", "file-old"),
    refused("hỏng - Excel 2.xls", _bytes(b"\x09\x00\x04\x00\x02\x00\x10\x00" + bytes(40)), "xls-2", "file-old"),
    refused("hỏng - nhị phân.xlsb", _package("xl/workbook.bin"), "xlsb", "file-old"),
    refused("hỏng - Calc.ods", _package("content.xml", mimetype=_LIBRE + b"spreadsheet"), "ods", "file-old"),
    refused("hỏng - HTML.xls", _bytes(f"<html><body>{_TABLE}</body></html>".encode()), "html-sheet", "file-old"),
    refused("hỏng - MHTML.xls", _bytes(f"MIME-Version: 1.0\r\n\r\n{_TABLE}".encode()), "mhtml", "file-old"),
    refused("hỏng - XML 2003.xls", _bytes(_XML_2003.encode()), "xml-2003", "file-old"),
    refused("hỏng - RAR.rar", _bytes(b"Rar!\x1a\x07\x01\x00" + bytes(90)), "rar", "file-archive"),
    refused("hỏng - 7-Zip.7z", _bytes(b"7z\xbc\xaf\x27\x1c" + bytes(90)), "7z", "file-archive"),
    refused("hỏng - gzip.xlsx.gz", _bytes(b"\x1f\x8b\x08" + bytes(90)), "gz", "file-archive"),
    refused("hỏng - zip tên xlsx.xlsx", _package("ảnh.jpg"), "odd-xlsx", "file-old"),
    Spoiled(
        "hỏng - mật khẩu.xlsx",
        _compound("EncryptionInfo", "EncryptedPackage"),
        "rejected",
        frozenset({"file-password"}),
    ),
    passed_over("~$báo cáo đang mở.xlsx", _bytes(b"x" * 165), "ignored-lock"),
    passed_over(".~lock.báo cáo.xlsx#", _bytes(b",office,pc,"), "ignored-lock"),
    passed_over("Thumbs.db", _compound("256_1"), "ignored-system"),
    passed_over("desktop.ini", _bytes(b"[.ShellClassInfo]"), "ignored-system"),
    passed_over("._báo cáo.xlsx", _bytes(b"\0\x05\x16\x07" + bytes(60)), "ignored-system", "tệp kèm của máy Mac"),
)


# ---------- lost on the way


def _flipped(base: Base) -> bytes:
    """One bit of a packed sheet turned, as on a worn USB stick."""
    with zipfile.ZipFile(io.BytesIO(base.content)) as archive:
        info = archive.getinfo(SHEET)
    at = info.header_offset + 30 + len(SHEET) + info.compress_size // 2
    return base.content[:at] + bytes([base.content[at] ^ 4]) + base.content[at + 1 :]


LOST = (
    refused("hỏng - nửa đầu.xlsx", lambda base: base.content[: len(base.content) // 2], "cut"),
    refused("hỏng - thiếu 10 byte cuối.xlsx", lambda base: base.content[:-10], "cut"),
    refused("hỏng - thiếu thư mục nén.xlsx", lambda base: base.content[: base.content.rindex(b"PK\x05\x06")], "cut"),
    refused("hỏng - thiếu khúc giữa.xlsx", lambda base: base.content[:5000] + base.content[9000:], "cut"),
    refused("hỏng - thiếu khúc đầu.xlsx", lambda base: base.content[40:], "cut"),
    refused("hỏng - lật một bit.xlsx", _flipped, "cut"),
    refused("hỏng - khúc giữa toàn số 0.xlsx", lambda base: _holed(base.content), "cut"),
    refused("hỏng - FTP kiểu chữ.xlsx", lambda base: base.content.replace(b"\n", b"\r\n"), "cut"),
    refused("hỏng - mất bit cao.xlsx", lambda base: bytes(one & 127 for one in base.content), "cut"),
    refused("hỏng - base64.xlsx", lambda base: base64.encodebytes(base.content), "text", "file-kind"),
    refused("hỏng - hai tệp nối nhau.xlsx", lambda base: base.content + base.content, "junk"),
    refused("hỏng - XML cụt.xlsx", with_parts(sheet=lambda text: text[: len(text) // 2]), "xml"),
    refused("hỏng - XML rỗng.xlsx", with_parts(sheet=""), "xml"),
    refused("hỏng - sổ rỗng.xlsx", with_parts(workbook=b""), "xml"),
    refused("hỏng - byte không phải UTF-8.xlsx", with_named({WORKBOOK: b'<?xml version="1.0"?><workbook>\xff'}), "xml"),
    refused("hỏng - mất trang tính.xlsx", with_parts(sheet=None), "part"),
    refused("hỏng - mất chữ dùng chung.xlsx", with_parts(strings=None), "part"),
    refused("hỏng - mất kiểu ô.xlsx", with_parts(styles=None), "part"),
    refused("hỏng - mất liên hệ.xlsx", with_parts(relations=None), "part"),
    refused("hỏng - mất liên hệ gốc.xlsx", with_named({ROOT: None}), "part"),
    refused("hỏng - mất danh mục phần.xlsx", with_named({TYPES: None}), "part"),
    refused("hỏng - không còn trang nào.xlsx", swapped("<sheets>", "<sheets/><old>", WORKBOOK), "xml"),
    refused("hỏng - chữ dùng chung sai số.xlsx", with_cell('<c r="F7" t="s"><v>999999</v></c>'), "xml"),
)


def _holed(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes(4096) + content[middle + 4096 :]


# ---------- other programs


def _prefixed(text: str) -> str:
    """As .NET libraries write: every element with a prefix."""
    text = re.sub(r"<(/?)([A-Za-z])", r"<\1x:\2", text)
    return text.replace("xmlns=", "xmlns:x=", 1)


def _strict(base: Base) -> bytes:
    """As Excel saves "Strict Open XML Spreadsheet"."""
    pure = {MAIN: "http://purl.oclc.org/ooxml/spreadsheetml/main", OFFICE: OFFICE.replace(*_PURE)}

    def changed(content: bytes) -> bytes:
        for old, new in pure.items():
            content = content.replace(old.encode(), new.encode())
        return content

    return zipped({name: changed(content) for name, content in parts().items()})


_PURE = ("schemas.openxmlformats.org/officeDocument/2006", "purl.oclc.org/ooxml/officeDocument")


def _all_sheets(change: object) -> dict[str, object]:
    return {name: change for name in parts() if name.startswith("xl/worksheets/sheet")}


def _without_references(text: str) -> str:
    """Cells and rows counted, not named: only where none is left out, as in rows that we wrote whole."""
    row = re.search(r'<row r="7".*?</row>', text)
    assert row
    letters = re.findall(r'<c r="([A-Z]+)7"', row[0])
    assert letters == [chr(65 + number) for number in range(len(letters))], letters
    return text.replace(row[0], re.sub(r'<c r="[A-Z]+7"', "<c", row[0]))


def _inline(text: str) -> str:
    """Every shared string written into its cell."""
    strings = re.findall(r"<si>(.*?)</si>", parts()[STRINGS].decode(), re.S)
    cell = re.compile(r'(<c r="[A-Z]+\d+"(?: s="\d+")?) t="s"><v>(\d+)</v></c>')
    return cell.sub(lambda match: f'{match[1]} t="inlineStr"><is>{strings[int(match[2])]}</is></c>', text)


def _streamed(base: Base) -> bytes:
    """As written to a stream that cannot go back: sizes after the data."""

    class Stream(io.RawIOBase):
        def __init__(self) -> None:
            self.content = b""

        def writable(self) -> bool:
            return True

        def write(self, data: object) -> int:
            self.content += bytes(data)  # type: ignore[call-overload]
            return len(data)  # type: ignore[arg-type]

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[arg-type]
        for name, content in parts().items():
            archive.writestr(name, content)
    assert struct.unpack_from("<H", stream.content, 6)[0] & 8
    return stream.content


def _answer(inside: str) -> Build:
    return lambda base: put(base.content, ANSWER, inside, "inlineStr")


def _other_workbook(base: Base) -> bytes:
    book, found = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "Tổng hợp"
    book.save(found)
    return found.getvalue()


def _macro_book(base: Base) -> bytes:
    types = parts()[TYPES].replace(b"spreadsheetml.sheet.main+xml", b"spreadsheet.macroEnabled.main+xml")
    return zipped({**parts(), TYPES: types, "xl/vbaProject.bin": compound_file({"VBA/dir": b"x"})})


_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_MS = "http://schemas.microsoft.com/office/spreadsheetml"


def _of_excel_365(base: Base) -> bytes:
    """With what today's Excel writes beside: other vocabularies, where the file lies, dynamic arrays, a label."""
    spaces = f' xmlns:mc="{_MC}" mc:Ignorable="x14ac xr" xmlns:x14ac="{_MS}/2009/9/ac" xmlns:xr="{_MS}/2014/revision"'
    where = f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="x15"><x15ac:absPath url="C:\\x\\" '
    where += f'xmlns:x15ac="{_MS}/2010/11/ac"/></mc:Choice></mc:AlternateContent>'
    more = f'<extLst><ext uri="{{1}}" xmlns:x14="{_MS}/2009/9/main"><x14:conditionalFormattings/></ext></extLst>'

    def sheet(text: str) -> str:
        text = text.replace(" xmlns:r=", spaces + ' xr:uid="{2}" xmlns:r=').replace(
            '<row r="7" ', '<row r="7" x14ac:dyDescent="1" '
        )
        return text.replace("</worksheet>", f"{more}</worksheet>").replace(CELL, CELL.replace(">", ' vm="1">', 1))

    def book(text: str) -> str:
        return text.replace(" xmlns:r=", f"{spaces} xmlns:r=").replace("<bookViews>", f"{where}<bookViews>")

    made = with_named({SHEET: sheet, WORKBOOK: book, "docMetadata/LabelInfo.xml": "<x/>"})(base)
    assert isinstance(made, bytes)
    return made


def _programs() -> Iterator[Spoiled]:
    yield taken("lạ - Excel 365.xlsx", _of_excel_365)
    yield taken("lạ - đã nén lại không nén.xlsx", lambda base: zipped(parts()))
    yield taken("lạ - ghi theo luồng.xlsx", _streamed)
    yield taken("lạ - cổng thư chèn đầu.xlsx", lambda base: b"X-Scanned: yes\r\n" * 40 + base.content)
    yield taken("lạ - thừa số 0 ở cuối.xlsx", lambda base: base.content + bytes(3000))
    yield taken("lạ - tiền tố x.xlsx", lambda base: with_named(_prefixed_all())(base))
    yield taken("lạ - Strict OOXML.xlsx", _strict)
    yield taken("lạ - có macro.xlsm", _macro_book, "has-macros")
    yield taken("lạ - UTF-16.xlsx", with_named({SHEET: _as_utf_16(SHEET), STRINGS: _as_utf_16(STRINGS)}))
    yield taken("lạ - dấu BOM.xlsx", with_named({name: b"\xef\xbb\xbf" + parts()[name] for name in (SHEET, STRINGS)}))
    yield taken("lạ - nháy đơn.xlsx", with_parts(sheet=lambda text: text.replace('r="F7" s="15"', "r='F7' s='15'")))
    yield taken(
        "lạ - dấu cách trong thẻ.xlsx", with_parts(sheet=lambda text: text.replace('<c r="F7" ', '<c  r = "F7"\n'))
    )
    yield taken(
        "lạ - xuống dòng giữa các thẻ.xlsx", with_parts(sheet=lambda text: text.replace("</row>", "</row>\n  "))
    )
    yield taken("lạ - ô không có địa chỉ.xlsx", with_parts(sheet=_without_references))
    yield taken("lạ - chữ ghi trong ô.xlsx", with_parts(sheet=_inline))
    yield taken("lạ - không có dimension.xlsx", with_parts(sheet=lambda text: re.sub("<dimension[^>]*>", "", text)))
    yield taken("lạ - không có kiểu ô nào.xlsx", _styleless)
    yield taken(
        "lạ - đường dẫn tuyệt đối.xlsx",
        with_parts(relations=lambda text: text.replace('Target="', 'Target="/xl/')),
    )
    yield taken("lạ - đường dẫn vòng.xlsx", swapped('Target="worksheets/', 'Target="./x/../worksheets/', RELATIONS))
    yield taken(
        "lạ - chỉ có phần cần thiết.xlsx", with_named({n: None for n in parts() if "docProps" in n or "theme" in n})
    )
    yield taken(
        "lạ - chú thích giữa các ô.xlsx", with_parts(sheet=lambda text: text.replace(CELL, f"<!-- A -->{CELL}"))
    )
    yield taken("lạ - CDATA trong chữ.xlsx", _answer("<is><t><![CDATA[Đạt 8/10 < kế hoạch]]></t></is>"))
    yield taken("lạ - chữ nhiều kiểu.xlsx", _answer("<is><r><rPr><b/></rPr><t>Đạt</t></r><r><t> 8/10</t></r></is>"))
    yield taken("lạ - số viết bằng mã ký tự.xlsx", with_value("<v>&#51;0</v>"), why="Excel hiện 30")
    yield taken("lạ - số mũ.xlsx", with_value("<v>3.0E1</v>"))
    yield taken(
        "lạ - dấu cách quanh số.xlsx", with_value("<v> 30 </v>"), "read-as", why="không chương trình nào ghi vậy"
    )
    yield taken("lạ - số có dấu cộng.xlsx", with_value("<v>+30</v>"), "read-as")
    yield refused("lạ - sổ khác.xlsx", _other_workbook, "", "not-ours")
    yield refused(
        "lạ - nén kiểu lạ.xlsx",
        lambda base: lying(zipped(parts()), SHEET, method=93),
        "method",
        why="nén kiểu Zstandard",
    )


def _prefixed_all() -> dict[str, object]:
    named: dict[str, object] = {SHEET: _prefixed, STRINGS: _prefixed, WORKBOOK: _prefixed, STYLES: _prefixed}
    return named | {RELATIONS: _prefixed}


def _as_utf_16(name: str) -> bytes:
    return parts()[name].decode().replace('encoding="UTF-8"', 'encoding="UTF-16"').encode("utf-16")


def _styleless(base: Base) -> bytes:
    bare = {name: re.sub(rb' s="\d+"', b"", content) for name, content in parts().items() if "sheet" in name}
    relations = re.sub(rb"<Relationship [^>]*/styles\"[^>]*/>", b"", parts()[RELATIONS])
    return zipped({**{n: c for n, c in parts().items() if n != STYLES}, **bare, RELATIONS: relations})


CASES: tuple[Spoiled, ...] = (*OTHER_KINDS, *LOST, *_programs())
assert COUNTED and len(CASES) >= 40
