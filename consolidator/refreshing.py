"""New figures in an old draft: only the text inside its controls changes, and not where a person changed it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from consolidator.draftwords import CELL, Fill, fill
from consolidator.submission import Submission
from consolidator.visible import visible
from consolidator.wordcontrols import BODY, HIGHLIGHT, WORD, Memory, memory_of, memory_text

MOST = 200 * 2**20
"""Bytes a document may unpack to; a real one needs a hundredth of it."""


class CannotDraft(Exception):
    """A draft that cannot be written or refreshed as asked; the message is for the person who asked (Vietnamese)."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A place that a person changed by hand: what stands there, what we wrote last, what the summary says now."""

    label: str
    stands: str
    written: str
    now: str


@dataclass(frozen=True, slots=True)
class Refreshed:
    """A document with its figures renewed.

    Attributes:
        changed: what changed, by key: label, old and new text.
        kept: places changed by hand, left as they stand.
        unknown: keys that the form does not know (any more), left as they stand.
        unplaced: labels of figures that arrived since and stand in an appendix only.
    """

    content: bytes
    changed: dict[str, tuple[str, str, str]]
    kept: tuple[Kept, ...]
    unknown: tuple[str, ...]
    unplaced: tuple[str, ...]


def refreshed(content: bytes, summary: Submission) -> Refreshed:
    """A draft with the summary's figures of now. Raises CannotDraft for a file that is no draft of this report."""
    parts = _parts(content)
    place, memory = _memory(parts)
    _check(memory, summary)
    try:
        tree = etree.fromstring(parts[BODY], etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    except (KeyError, etree.XMLSyntaxError) as error:
        raise CannotDraft("Tệp Word này hỏng: không đọc được nội dung. Mở bằng Word, lưu lại rồi thử lại.") from error
    said, changed, kept, unknown = dict(memory.said), dict[str, tuple[str, str, str]](), list[Kept](), list[str]()
    for key, control in _controls(tree, memory):
        now = _now(summary, key)
        if now is None:
            unknown.append(key)
            continue
        stands, written = _text(control), memory.said[key]
        if stands not in (written, visible(now.text)):
            kept.append(Kept(now.label, stands, written, now.text))
        elif stands != visible(now.text):
            changed[key] = (now.label, stands, now.text)
        if stands == written or stands == visible(now.text):
            _say(control, now)
        said[key] = now.text
    arrived = [key for key, (_, old, new) in changed.items() if key.endswith(CELL) and old.startswith("[")]
    unplaced = [changed[key][0] for key in arrived if key.removesuffix(CELL) not in memory.said]
    if changed:
        parts[BODY] = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
    parts[place] = memory_text(replace(memory, said=said))
    made = _packed(content, parts)
    return Refreshed(made, changed, tuple(kept), tuple(dict.fromkeys(unknown)), tuple(unplaced))


def _parts(content: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MOST:
                raise CannotDraft("Tệp Word này quá lớn so với một bản dự thảo báo cáo.")
            return {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise CannotDraft("Tệp này không phải tệp Word .docx đọc được (hỏng, có mật khẩu, hoặc dạng khác).") from error


def _memory(parts: dict[str, bytes]) -> tuple[str, Memory]:
    for name, content in parts.items():
        if name.startswith("customXml/") and name.endswith(".xml") and (found := memory_of(content)):
            return name, found
    raise CannotDraft(
        "Tệp Word này không phải bản dự thảo do chương trình lập, hoặc đã mất phần ghi nhớ số liệu (thường do lưu bằng "
        "phần mềm khác Word). Lập bản dự thảo mới với tên khác rồi chép phần đã sửa sang."
    )


def _check(memory: Memory, summary: Submission) -> None:
    here = (summary.view.form.id, visible(summary.unit), summary.period)
    if (memory.form, memory.unit, memory.period) != here:
        raise CannotDraft(
            f"Bản dự thảo này là của đơn vị “{memory.unit}”, biểu mẫu “{memory.form}”, kỳ “{memory.period}”; sổ tổng "
            f"hợp là của đơn vị “{here[1]}”, biểu mẫu “{here[0]}”, kỳ “{here[2]}”."
        )


def _controls(tree: Any, memory: Memory) -> Iterator[tuple[str, Any]]:
    """Controls of ours, in their order; a control that the memory does not know is somebody else's."""
    for control in tree.iter(f"{{{WORD}}}sdt"):
        tag = control.find(f"{{{WORD}}}sdtPr/{{{WORD}}}tag")
        key = tag.get(f"{{{WORD}}}val", "") if tag is not None else ""
        if key in memory.said:
            yield key, control


def _now(summary: Submission, key: str) -> Fill | None:
    try:
        return fill(summary, key)
    except KeyError:
        return None


def _texts(control: Any) -> list[Any]:
    content = control.find(f"{{{WORD}}}sdtContent")
    return [] if content is None else list(content.iter(f"{{{WORD}}}t"))


def _text(control: Any) -> str:
    return "".join(one.text or "" for one in _texts(control))


def _say(control: Any, now: Fill) -> None:
    """Writes into the first run of a control and empties the others; marks what is missing, and only that."""
    first, *others = _texts(control)
    first.text = visible(now.text)
    first.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    for one in others:
        one.text = ""
    run = first.getparent()
    look = run.find(f"{{{WORD}}}rPr")
    mark = None if look is None else look.find(f"{{{WORD}}}highlight")
    if mark is not None and not now.missing and mark.get(f"{{{WORD}}}val") == HIGHLIGHT:
        look.remove(mark)
    elif mark is None and now.missing:
        if look is None:
            look = etree.Element(f"{{{WORD}}}rPr")
            run.insert(0, look)
        etree.SubElement(look, f"{{{WORD}}}highlight").set(f"{{{WORD}}}val", HIGHLIGHT)


def _packed(content: bytes, parts: dict[str, bytes]) -> bytes:
    """The same archive, part by part in its order and with its times; only what changed is new."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            fresh = zipfile.ZipInfo(info.filename, info.date_time)
            new.writestr(fresh, parts[info.filename], zipfile.ZIP_DEFLATED)
    return made.getvalue()
