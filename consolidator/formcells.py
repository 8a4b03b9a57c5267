"""What stands in a cell of a form's workbook, by the kind of its column."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Set
from datetime import date
from typing import Any

from consolidator.formschema import CHOICES, COMMENT, NO, YES, Field
from consolidator.grid import CellValue, Day, key_of, nfc
from consolidator.verdict import day_of

_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})|(\d{4})-(\d{2})-(\d{2})")
_ID = re.compile(r"[a-z][a-z0-9_]*")
_YES, _NO = {YES, "x", "true", "1", "đúng"}, {NO, "false", "0", "sai"}


class CannotRead(Exception):
    """A cell that does not hold what its column asks for; says what to type (Vietnamese)."""


def read_cell(one: Field, raw: CellValue, lists: Mapping[str, Set[str]]) -> Any:
    """A cell as the value of its key, None where it is blank. Raises CannotRead."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        return None
    match one.kind:
        case "flag":
            return _flag(raw)
        case "day":
            return _day(raw)
        case "whole" | "number":
            return _number(raw, one.kind == "whole")
    text = _text(one, raw)
    match one.kind:
        case "code":
            if one.key in ("id", "table", "key") and not _ID.fullmatch(text):
                raise CannotRead(f"“{text}” không dùng làm mã được: chỉ chữ thường không dấu, số và dấu _.")
            return text
        case "codes":
            return _codes(one, text, lists)
        case "lines":
            return [part.strip() for part in text.split("\n") if part.strip()]
        case "choice":
            return _choice(one, text, lists)
        case "pairs":
            return _pairs(text)
        case "examples":
            return [_example(part, place) for place, part in enumerate(_lines(text), 1)]
    return text


def _text(one: Field, raw: CellValue) -> str:
    if isinstance(raw, Day):
        raise CannotRead("Excel đã đổi ô này thành ngày. Định dạng ô là Văn bản (Text) rồi gõ lại.")
    if isinstance(raw, bool):
        raise CannotRead("gõ chữ, không để TRUE hay FALSE.")
    if isinstance(raw, float):
        if not raw.is_integer():
            if one.kind in ("code", "codes"):
                raise CannotRead(f"Excel đã hiểu mã này là số {raw:g}. Định dạng ô là Văn bản (Text) rồi gõ lại.")
            return f"{raw:g}"
        return str(int(raw))
    text = str(raw).replace("\r\n", "\n").replace("\xa0", " ")
    if any((ord(char) < 32 and char not in "\n\t") or ord(char) == 127 for char in text):
        raise CannotRead("có ký tự điều khiển không nhìn thấy. Gõ lại ô này.")
    return nfc(text.strip("\n") if one.key == COMMENT else text.strip())


def _flag(raw: CellValue) -> bool:
    word = str(raw).strip().casefold() if not isinstance(raw, float) else f"{raw:g}"
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CannotRead(f"“{raw}” không rõ là có hay không. Chọn “{YES}” hoặc “{NO}”.")


def _day(raw: CellValue) -> date:
    try:
        if isinstance(raw, float) and not isinstance(raw, bool):
            return day_of(raw)
        if found := _DAY.fullmatch(str(raw).strip()):
            parts = [int(part) for part in found.groups() if part]
            return date(*parts) if found[4] else date(*reversed(parts))
    except (OverflowError, ValueError):
        pass
    raise CannotRead(f"“{raw}” không phải là ngày. Gõ dạng 31/12/2023.")


def _number(raw: CellValue, is_whole: bool) -> float | int:
    try:
        value = raw if isinstance(raw, float) else float(str(raw).strip().replace(",", "."))
    except ValueError:
        raise CannotRead(f"“{raw}” không phải là số.") from None
    if isinstance(raw, bool | Day) or (is_whole and not value.is_integer()) or not 0 <= value < 1e9:
        raise CannotRead(f"“{raw}” không phải là {'số nguyên' if is_whole else 'số'} dùng được.")
    return int(value) if value.is_integer() else value


def _codes(one: Field, text: str, lists: Mapping[str, Set[str]]) -> list[str]:
    found = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    known = lists.get(one.choices)
    for code in found:
        if known is not None and code not in known:
            raise CannotRead(f"không có “{code}” trong danh sách. Xem trang “Danh mục”.")
        if found.count(code) > 1:
            raise CannotRead(f"“{code}” đứng hai lần trong ô.")
    return found


def _choice(one: Field, text: str, lists: Mapping[str, Set[str]]) -> str:
    worded = CHOICES.get(one.choices)
    if worded is None:
        if text in lists[one.choices]:
            return text
        raise CannotRead(f"không có “{text}” trong danh sách. Chọn trong danh sách thả xuống.")
    for code, words in worded.items():
        if key_of(text) in (key_of(code), key_of(words)):
            return code
    raise CannotRead(f"“{text}” không có trong danh sách: {', '.join(worded.values())}.")


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


def _pairs(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for place, line in enumerate(_lines(text), 1):
        for key, value in _example(line, place).items():
            if key in found:
                raise CannotRead(f"dòng {place} trong ô: “{key}” đứng hai lần.")
            found[key] = value
    return found


def _example(line: str, place: int) -> dict[str, Any]:
    """`key = value, key = value` in the writing of TOML."""
    straight = line.translate({ord(sign): '"' for sign in "“”„"}) if '"' not in line else line
    for way in (line, straight):
        try:
            return _flat(tomllib.loads(f"e = {{ {way} }}")["e"])
        except tomllib.TOMLDecodeError:
            continue
    raise CannotRead(
        f'dòng {place} trong ô không đọc được: “{line}”. Viết dạng: ma_a = 3, ma_b = "chữ", ma_c = 2023-12-31.'
    )


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    """`x.actual = 1` without quotes is a nested table to TOML, and one name to us."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, dict):
            found |= {f"{key}.{inner}": one for inner, one in _flat(value).items()}
        else:
            found[key] = value
    return found
