"""Files made to do harm, or to be read as other figures than Excel shows: each is turned away or disarmed, by name."""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

from consolidator.outcome import Status
from tests.corpus import Base, Special
from tests.spoiling import (
    ANSWER,
    CELL,
    COUNTED,
    MAIN,
    PARTNER,
    RELATIONS,
    ROOT,
    SHEET,
    STRINGS,
    STYLES,
    WORKBOOK,
    Build,
    Spoiled,
    lying,
    of_sheet,
    parts,
    passed_over,
    refused,
    renamed,
    swapped,
    taken,
    with_cell,
    with_entry,
    with_named,
    with_parts,
    with_relation,
    with_value,
    zipped,
)
from tests.tampering import put

# ---------- the zip


def _bomb(base: Base) -> bytes:
    return zipped({**parts(), "xl/media/image1.png": bytes(60_000_000)}, zipfile.ZIP_DEFLATED)


def _lying(**said: int) -> Build:
    return lambda base: lying(zipped(parts(), zipfile.ZIP_DEFLATED), SHEET, **said)


def _twice(name: str, other: str) -> Build:
    """The workbook with a sheet twice: programs take the first, or the last."""
    spoilt = parts()[SHEET].replace(b"<v>30</v>", b"<v>99</v>")
    return lambda base: zipped(
        [*((n, c) for n, c in parts().items() if n != name), (name, parts()[name]), (other, spoilt)]
    )


def _overlapping(base: Base) -> bytes:
    """Two entries of the directory with one header: the bytes of one file counted twice, as a quine bomb does."""
    content = bytearray(zipped({**parts(), "xl/theme/theme2.xml": b"x"}))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        other = archive.getinfo("xl/theme/theme1.xml").header_offset
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(b"xl/theme/theme2.xml"))
    struct.pack_into("<L", content, at + 42, other)
    return bytes(content)


def _reaching_in(base: Base) -> bytes:
    """An entry that claims to be so long that the following ones lie within it."""
    return lying(zipped(parts()), "xl/theme/theme1.xml", packed=20_000, size=20_000)


def _million(base: Base) -> bytes:
    """A zip whose end declares a directory of 2 GB."""
    content = bytearray(base.content)
    struct.pack_into("<L", content, content.rindex(b"PK\x05\x06") + 12, 2**31 - 1)
    return bytes(content)


ZIPS = (
    refused("độc - bom nén.xlsx", _bomb, "bomb", why="60 MB số 0"),
    refused("độc - hai nghìn phần.xlsx", with_named({f"xl/media/{n}.png": b"" for n in range(2000)}), "bomb"),
    refused("độc - thư mục nén 2 GB.xlsx", _million, "bomb"),
    refused("độc - khai cỡ 4 GB.xlsx", _lying(size=2**32 - 2), "bomb"),
    refused("độc - khai cỡ nhỏ hơn thật.xlsx", _lying(size=1000), "bomb"),
    refused("độc - khai cỡ lớn hơn thật.xlsx", _lying(size=900_000), "cut"),
    refused("độc - sai CRC.xlsx", _lying(crc=0x12345678), "cut"),
    refused("độc - hai bản một trang.xlsx", _twice(SHEET, SHEET), "twice"),
    refused("độc - hai bản khác chữ hoa.xlsx", _twice(SHEET, "XL/worksheets/SHEET5.xml"), "twice"),
    refused("độc - các phần chồng nhau.xlsx", _overlapping, "cut"),
    refused("độc - phần này trùm phần kia.xlsx", _reaching_in, "overlap"),
    refused(
        "độc - tên khác nhau trong tệp nén.xlsx",
        lambda base: renamed(zipped(parts()), "xl/theme/theme1.xml", "xl/theme/theme9.xml", in_header=False),
        "cut",
    ),
    refused("độc - đi lên thư mục trên.xlsx", with_entry("../../../tmp/ra-ngoai.xml"), "path"),
    refused("độc - đường dẫn gốc.xlsx", with_entry("/etc/cron.d/x"), "path"),
    refused("độc - gạch chéo ngược.xlsx", with_entry("xl\\worksheets\\sheet5.xml"), "path"),
    refused("độc - ổ đĩa.xlsx", with_entry("C:/Windows/x.dll"), "path"),
    refused("độc - tên có ký tự 0.xlsx", with_entry("xl/khac.xml\0.png"), "path"),
    refused(
        "độc - liên kết trong tệp nén.xlsx", with_entry("xl/lien-ket", b"/etc/passwd", stat.S_IFLNK | 0o777), "path"
    ),
    Spoiled("độc - phần bị khóa.xlsx", _lying(flags=1), "rejected", frozenset({"file-password"})),
    refused("độc - nén bzip2.xlsx", lambda base: zipped(parts(), zipfile.ZIP_BZIP2), "method"),
    refused("độc - PDF mang sổ Excel.xlsx", lambda base: b"%PDF-1.4\n" + base.content, "pdf", "file-kind"),
    refused("độc - chèn 100 KB trước tệp nén.xlsx", lambda base: bytes(100_000) + base.content, "unknown", "file-kind"),
)


# ---------- the XML

_DTD = '<!DOCTYPE x [<!ENTITY a "{}">{}]>'
_LETTERS = "abcdefghij"
_LAUGHS = "".join(f'<!ENTITY {letter} "{f"&{before};" * 10}">' for before, letter in pairwise(_LETTERS))


def _with_dtd(entities: str, part: str = SHEET) -> Build:
    return with_named({part: lambda text: text.replace("?>", f"?>{entities}", 1)})


def _moved(text: str) -> str:
    """The rows 7 and 8 in the wrong order."""
    begin, middle, end = text.index('<row r="7"'), text.index('<row r="8"'), text.index('<row r="9"')
    return text[:begin] + text[middle:end] + text[begin:middle] + text[end:]


def _again(row: str) -> Callable[[str], str]:
    return lambda text: text.replace("</sheetData>", f"{row}</sheetData>")


def _deep(base: Base) -> bytes:
    nested = "<x>" * 100_000 + "</x>" * 100_000
    return with_parts(sheet=lambda text: text.replace("<sheetData>", f"{nested}<sheetData>"))(base)  # type: ignore[return-value]


_SECOND = f'<sheetData><row r="7">{CELL.replace("30", "99")}</row></sheetData>'

XML = (
    refused("độc - tỷ tràng cười.xlsx", _with_dtd(_DTD.format("ha", _LAUGHS)), "", "file-markup"),
    refused(
        "độc - đọc tệp của máy.xlsx",
        _with_dtd('<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>', STRINGS),
        "xml",
    ),
    refused("độc - DTD trên mạng.xlsx", _with_dtd('<!DOCTYPE x SYSTEM "http://vi.du/x.dtd">', WORKBOOK), "xml"),
    refused("độc - chú thích trong số.xlsx", with_value("<v>3<!-- -->0</v>"), "", "file-markup", "calamine đọc là 3"),
    refused("độc - CDATA trong số.xlsx", with_value("<v>3<![CDATA[0]]></v>"), "", "file-markup"),
    refused("độc - chỉ thị trong số.xlsx", with_value("<v>3<?x?>0</v>"), "", "file-markup"),
    refused("độc - thẻ trong số.xlsx", with_value("<v>3<b>0</b></v>"), "", "file-markup"),
    refused(
        "độc - chú thích trong chữ.xlsx",
        with_cell('<c r="F7" t="inlineStr"><is><t>3<!-- -->0</t></is></c>'),
        "",
        "file-markup",
    ),
    refused("độc - hai giá trị một ô.xlsx", with_value("<v>30</v><v>99</v>"), "", "file-markup"),
    refused("độc - hai ô một chỗ.xlsx", with_cell(CELL + CELL.replace("30", "99")), "order"),
    refused(
        "độc - hai dòng một chỗ.xlsx", with_parts(sheet=_again('<row r="7"><c r="F7"><v>99</v></c></row>')), "order"
    ),
    refused("độc - dòng lộn xộn.xlsx", with_parts(sheet=_moved), "order"),
    refused("độc - ô của dòng khác.xlsx", with_cell(CELL.replace("F7", "F8")), "", "file-markup"),
    refused("độc - địa chỉ chữ thường.xlsx", with_cell(CELL.replace("F7", "f7")), "", "file-markup"),
    refused("độc - địa chỉ ngoài trang.xlsx", with_cell(CELL + '<c r="XFE7"><v>1</v></c>'), "order"),
    refused("độc - dòng quá 4 tỷ.xlsx", with_parts(sheet=_again('<row r="4294967297"/>')), "", "file-markup"),
    refused(
        "độc - ô góc cuối trang.xlsx",
        with_parts(sheet=_again('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
        "bomb",
        why="calamine đòi 550 GB và sập",
    ),
    refused(
        "độc - hai phần dữ liệu.xlsx",
        with_parts(sheet=lambda text: text.replace("</sheetData>", f"</sheetData>{_SECOND}")),
        "",
        "file-markup",
    ),
    refused("độc - dòng thuộc từ vựng khác.xlsx", swapped('<row r="7"', '<row xmlns="urn:x" r="7"'), "", "file-markup"),
    refused(
        "độc - dữ liệu giấu trong lựa chọn.xlsx",
        with_parts(
            sheet=lambda text: text.replace(
                "<sheetData>",
                '<mc:AlternateContent xmlns:mc="urn:mc"><mc:Choice>' + _SECOND + "</mc:Choice></mc:AlternateContent>"
                "<sheetData>",
            )
        ),
        "",
        "file-markup",
    ),
    refused("độc - lồng 100 nghìn lớp.xlsx", _deep, "xml"),
    refused(
        "độc - trăm nghìn vùng gộp.xlsx",
        with_parts(
            sheet=lambda text: text.replace(
                "</sheetData>", "</sheetData><mergeCells>" + '<mergeCell ref="A1:B2"/>' * 100_001 + "</mergeCells>", 1
            )
        ),
        "bomb",
    ),
    refused(
        "độc - hai triệu ô.xlsx",
        with_parts(
            sheet=_again(
                "".join(
                    f'<row r="{row}">' + "".join(f'<c r="{chr(65 + col)}{row}"/>' for col in range(26)) + "</row>"
                    for row in range(100, 60_100)
                )
            )
        ),
        "bomb",
    ),
    refused(
        "độc - chữ 33 nghìn ký tự.xlsx",
        lambda base: put(base.content, ANSWER, f"<is><t>{'a' * 32_768}</t></is>", "inlineStr"),
        "long",
    ),
    refused("độc - mã ký tự cấm.xlsx", with_cell('<c r="F7" t="inlineStr"><is><t>&#x0;</t></is></c>'), "xml"),
    refused("độc - thực thể lạ.xlsx", with_cell('<c r="F7" t="inlineStr"><is><t>&xin;</t></is></c>'), "xml"),
    taken(
        "độc - khai 4 tỷ chữ.xlsx", swapped('count="', 'count="4294967295" x="', STRINGS), why="calamine giữ chỗ và sập"
    ),
    taken(
        "độc - khai sai vùng dữ liệu.xlsx",
        with_parts(sheet=lambda text: text.replace('ref="A1:K14"', 'ref="A1:A1"')),
        why="openpyxl chỉ đọc vùng được khai",
    ),
    taken("độc - số gạch dưới.xlsx", with_value("<v>1_234</v>"), "not-a-number", figures={COUNTED: None}),
    taken("độc - số mũ vô cực.xlsx", with_value("<v>1e999</v>"), "not-a-number", figures={COUNTED: None}),
    taken("độc - số hệ 16.xlsx", with_value("<v>0x1F</v>"), "not-a-number", figures={COUNTED: None}),
    taken(
        "độc - số dưới ô gộp.xlsx",
        with_parts(
            sheet=lambda text: text.replace(
                "</sheetData>", '</sheetData><mergeCells count="1"><mergeCell ref="E7:F7"/></mergeCells>', 1
            )
        ),
        "hidden-by-merge",
        figures={COUNTED: None},
        why="Excel không hiện số này",
    ),
)


# ---------- the parts of a workbook

_RANGE = f'<definedName name="{COUNTED}">'


def _hidden_sheet(base: Base) -> bytes:
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>9</v></c></row></sheetData></worksheet>'
    changed: dict[str, bytes | str | Callable[[str], str] | None] = {
        WORKBOOK: lambda text: text.replace(
            "</sheets>", '<sheet name="Ẩn" sheetId="99" state="hidden" r:id="rIdX"/></sheets>'
        )
    }
    linked = with_relation("worksheet", "worksheets/sheet99.xml")(base)
    assert isinstance(linked, bytes)
    with zipfile.ZipFile(io.BytesIO(linked)) as archive:
        changed[RELATIONS] = archive.read(RELATIONS)
    made = with_named({**changed, "xl/worksheets/sheet99.xml": sheet})(base)
    assert isinstance(made, bytes)
    return made


def _in_two_vocabularies(text: str) -> str:
    """A second list of sheets that only programs with a look at namespaces see."""
    listed = '<m:sheets><m:sheet name="Khác" sheetId="77" r:id="rId1"/></m:sheets>'
    return text.replace("<sheets>", f"{listed}<sheets>").replace(" xmlns:r=", f' xmlns:m="{MAIN}" xmlns:r=')


_TWO_MAINS = '<Relationship Id="rIdX" Type="{}/officeDocument" Target="xl/other.xml"/></Relationships>'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

PARTS = (
    taken("độc - macro VBA.xlsm", with_relation("vbaProject", "vbaProject.bin", part=b"x"), "has-macros"),
    taken(
        "độc - macro Excel 4.xlsm", with_relation("xlMacrosheet", "worksheets/trang.xml", part=b"<x/>"), "has-macros"
    ),
    taken(
        "độc - sổ liên kết.xlsx",
        with_relation("externalLink", "externalLinks/externalLink1.xml", part=b"<x/>"),
        "has-links",
    ),
    taken("độc - DDE.xlsx", with_relation("externalLink", "phan1.xml", part=b"<ddeLink/>"), "has-links"),
    taken("độc - ảnh trên mạng.xlsx", of_sheet("image", "http://vi.du/a.png", ' TargetMode="External"'), "has-links"),
    taken(
        "độc - đối tượng nhúng.xlsx", of_sheet("oleObject", "../embeddings/oleObject1.bin", part=b"x"), "has-embedded"
    ),
    taken("độc - ActiveX.xlsx", of_sheet("control", "../activeX/activeX1.xml", part=b"<x/>"), "has-embedded"),
    taken(
        "độc - kết nối dữ liệu.xlsx", with_relation("connections", "connections.xml", part=b"<x/>"), "has-connections"
    ),
    taken("độc - phần lạ.xlsx", with_named({"xl/media/chay.exe": b"MZ"}), "has-other-parts"),
    taken("độc - trang ẩn.xlsx", _hidden_sheet, "hidden-sheet"),
    taken("độc - công thức DDE.xlsx", with_value("<f>cmd|'/c calc'!A0</f><v>30</v>"), "web-formula"),
    taken("độc - công thức WEBSERVICE.xlsx", with_value('<f>WEBSERVICE("http://vi.du")</f><v>30</v>'), "web-formula"),
    taken("độc - công thức gọi chương trình.xlsx", with_value('<f>call("x","y")</f><v>30</v>'), "web-formula"),
    taken("độc - công thức từ tệp khác.xlsx", with_value("<f>[1]Sheet1!A1</f><v>30</v>"), "has-links"),
    taken("độc - tên trỏ tệp khác.xlsx", swapped(f"{_RANGE}'PL03'", f"{_RANGE}'[1]PL03'", WORKBOOK), "re-anchored"),
    refused(
        "độc - một tên hai chỗ.xlsx",
        swapped("</definedNames>", f"{_RANGE}'PL03'!$F$8</definedName></definedNames>", WORKBOOK),
        "names",
    ),
    refused(
        "độc - một tên khác chữ hoa.xlsx",
        swapped(
            "</definedNames>",
            f"{_RANGE.upper().replace('DEFINEDNAME NAME', 'definedName name')}'PL03'!$F$8</definedName></definedNames>",
            WORKBOOK,
        ),
        "names",
    ),
    refused("độc - hai trang một tên.xlsx", swapped('name="PL04"', 'name="pl03"', WORKBOOK), "part"),
    refused(
        "độc - trang tính trên mạng.xlsx",
        swapped('Target="worksheets/sheet5.xml"', 'Target="http://vi.du/sheet5.xml" TargetMode="External"', RELATIONS),
        "part",
    ),
    refused("độc - hai liên hệ một số.xlsx", swapped('Id="rId5"', 'Id="rId6"', RELATIONS), "part"),
    refused("độc - hai sổ trong một tệp.xlsx", swapped("</Relationships>", _TWO_MAINS.format(_OFFICE), ROOT), "part"),
    refused("độc - sổ thật ở chỗ khác.xlsx", swapped("xl/workbook.xml", "xl/that.xml", ROOT), "odd-xlsx", "file-old"),
    refused("độc - hai danh sách trang.xlsx", with_parts(workbook=_in_two_vocabularies), "part"),
    refused(
        "độc - hai bảng chữ dùng chung.xlsx",
        with_relation("sharedStrings", "sharedStrings2.xml", part=b"<sst/>"),
        "part",
    ),
    taken("độc - kiểu ô ngoài bảng.xlsx", with_cell(CELL.replace('s="15"', 's="99999"'))),
    taken(
        "độc - HYPERLINK thành chữ.xlsx",
        lambda base: put(base.content, ANSWER, '<is><t>=HYPERLINK("http://vi.du","x")</t></is>', "inlineStr"),
    ),
    taken(
        "độc - ký tự đảo chiều.xlsx",
        lambda base: put(base.content, ANSWER, "<is><t>a\u202eb_x0007_</t></is>", "inlineStr"),
    ),
    taken("độc - trang trỏ nhau vòng quanh.xlsx", with_value(f"<f>{PARTNER}+F7</f><v>30</v>")),
    refused("độc - kiểu ô có DTD.xlsx", _with_dtd(_DTD.format("ha", _LAUGHS), STYLES), "xml"),
)


# ---------- no regular files, and odd names


def _link(to: str) -> Build:
    return lambda base: lambda path: path.symlink_to(to)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        before = Path.cwd()
        os.chdir(path.parent)  # the address of a socket is short
        try:
            made.bind(path.name)
        finally:
            os.chdir(before)


def _huge(path: Path) -> None:
    with path.open("wb") as stream:
        stream.truncate(31 * 2**20)


def _special(make: Special) -> Build:
    return lambda base: make


def _good(base: Base) -> bytes:
    return base.content


SPECIALS = (
    passed_over("độc - liên kết tới mật khẩu.xlsx", _link("/etc/passwd"), "ignored-special"),
    passed_over("độc - liên kết tới thiết bị.xlsx", _link("/dev/zero"), "ignored-special"),
    passed_over("độc - liên kết vòng.xlsx", _link("độc - liên kết vòng.xlsx"), "ignored-special"),
    passed_over("độc - liên kết gãy.xlsx", _link("không có"), "ignored-special"),
    passed_over("độc - ống.xlsx", _special(os.mkfifo), "ignored-special"),
    passed_over("độc - ổ cắm.xlsx", _special(_socket), "ignored-special"),
    passed_over("độc - thư mục.xlsx", _special(Path.mkdir), "ignored-folder"),
    refused("độc - 31 MB.xlsx", _special(_huge), "large"),
    taken("=cmd|'calc'!A0.xlsx", _good),
    taken("-rf.xlsx", _good),
    taken("độc - \u202eslx.exe.xlsx", _good, why="tên đảo chiều"),
    taken("độc - xuống\ndòng.xlsx", _good),
    taken("CON.xlsx", _good),
    taken("đ" * 125 + ".xlsx", _good, why="255 byte"),
    taken(os.fsdecode(b"BC\xff\xfe.xlsx"), _good, why="tên không phải UTF-8"),
)


# ---------- archives


def _archive(*entries: tuple[str, bytes | Build], method: int = zipfile.ZIP_DEFLATED) -> Build:
    def build(base: Base) -> bytes:
        made = []
        for name, content in entries:
            content = content if isinstance(content, bytes) else content(base)
            assert isinstance(content, bytes)
            made.append((name, content))
        return zipped(made, method)

    return build


def _unpacked(name: str, build: Build, inside: Mapping[str, Status], *codes: str) -> Spoiled:
    """An archive that is opened: it is passed over itself, and each file in it has a fate, those passed over first."""
    return Spoiled(name, build, "ignored", frozenset({"archive-unpacked", *codes}), inside=inside)


def _archives() -> Iterator[Spoiled]:
    yield _unpacked("độc - gói báo cáo.zip", _archive(("xã/bc.xlsx", _good)), {"bc.xlsx": "accepted"})
    yield _unpacked(
        "độc - gói lẫn lộn.zip",
        _archive(("~$bc.xlsx", b"x"), ("Thumbs.db", b"x"), ("bc.xlsx", _good), ("a.pdf", b"%PDF-1.7")),
        {"~$bc.xlsx": "ignored", "Thumbs.db": "ignored", "bc.xlsx": "accepted", "a.pdf": "rejected"},
        "ignored-lock",
        "ignored-system",
        "file-kind",
    )
    nested = _archive(("bc.xlsx", _good))
    yield _unpacked(
        "độc - gói trong gói.zip", _archive(("trong.zip", nested)), {"trong.zip": "rejected"}, "file-archive"
    )
    yield _unpacked("độc - gói có bom.zip", _archive(("bom.xlsx", _bomb)), {"bom.xlsx": "rejected"}, "file-unreadable")
    yield refused("độc - gói ra ngoài.zip", _archive(("../../ra-ngoai.xlsx", _good)), "path")
    yield refused("độc - gói hai bản.zip", _archive(("bc.xlsx", _good), ("BC.xlsx", b"x")), "twice")
    yield refused("độc - gói là bom.zip", _archive(("a.xlsx", bytes(120_000_000))), "bomb")
    yield refused("độc - gói cụt.zip", lambda base: zipped({"a.xlsx": base.content}, zipfile.ZIP_DEFLATED)[:-30], "cut")
    yield Spoiled(
        "độc - gói mật khẩu.zip",
        lambda base: lying(zipped({"a.xlsx": base.content}), "a.xlsx", flags=1),
        "rejected",
        frozenset({"file-password"}),
    )
    yield refused("độc - gói rỗng.zip", lambda base: zipped({}), "zip", "file-archive")


CASES: tuple[Spoiled, ...] = (*ZIPS, *XML, *PARTS, *SPECIALS, *_archives())
