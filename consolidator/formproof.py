"""A form out of a workbook, put to the proof of every rule book; what is refused is told by cell, in Vietnamese."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from consolidator.formfound import Mistake, Read
from consolidator.formimport import read_form
from consolidator.formschema import FILES, FORM, INDICATORS, RULES, TABLES
from consolidator.grid import Grid
from consolidator.rulebook import SHARED, RulebookError, load, rules_folder
from consolidator.tomltext import value_text
from consolidator.wording import BROKEN, HOLDS, UNDECIDED

MOST = 30
"""Refusals told at once; each costs loading the form again."""
LIBRARY = f"{SHARED}/indicators.toml"

_KINDS = {"number": "số", "text": "chữ", "truth": "đúng hay sai"}
_VERDICTS = {"holds": HOLDS, "broken": BROKEN, "undecided": UNDECIDED}
_REASONS: tuple[tuple[str, str, str], ...] = (
    (r"stands twice", "", "đứng hai lần trong biểu mẫu (hoặc trùng mã của quy tắc, bảng dùng chung)"),
    (
        r"(?:a code|an id) is small ASCII.*",
        "",
        "mã chỉ gồm chữ thường không dấu, số và dấu _, và không giống địa chỉ ô",
    ),
    (r"an answer needs a prompt", "prompt", "mục phải viết cần có gợi ý viết"),
    (r"no such indicator in the library", "", "không có trong thư viện chỉ tiêu"),
    (r"needs (\S+), which is not in the form", "", "cần chỉ tiêu “{0}”, mà biểu mẫu chưa có; thêm một dòng cho “{0}”"),
    (r"is no (?:measure|sheet) of the catalogue", "", "không có trong danh mục"),
    (r"unknown (?:dept|sheet|level) (.+)", "dept", "“{0}” không có trong danh mục"),
    (r"unknown indicator (\S+)", "", "không có chỉ tiêu “{0}”"),
    (r"derived names an unknown indicator (\S+)", "derived", "công thức nêu chỉ tiêu “{0}” không có"),
    (r"(part_of|weight) names an unknown indicator (\S+)", "{0}", "nêu chỉ tiêu “{1}” không có"),
    (r"(?:derived names an )?unknown measure (\S+)", "", "không có cột số liệu “{0}”"),
    (r"unknown narrative (\S+)", "", "không có mục “{0}” trong đề cương"),
    (r"unknown (?:table|table or column) (\S+)", "", "không có bảng hoặc cột “{0}”"),
    (r"(?:unknown|no such) column (\S+)", "", "không có cột “{0}” trong bảng này"),
    (r"unknown fact (\S+)", "", "không có dữ kiện “{0}”"),
    (r"unknown word (\S+)", "", "không có hàm “{0}”"),
    (r"unexpected.* at line (\d+), column (\d+).*", "", "không đọc được từ ký tự thứ {1} (dòng {0})"),
    (r"no terminal matches '(.+)' in.* at line (\d+) col (\d+).*", "", "ký tự “{0}” ở vị trí {2} không đọc được"),
    (r"a check must be true or false", "check", "phải là một điều đúng hoặc sai (có dấu =, <=, >= …)"),
    (r"(\S+) takes (\d+) values, not (\d+)", "", "{0} cần {1} giá trị, đang có {2}"),
    (r"(\S+) takes names only", "", "{0} chỉ nhận mã, không nhận phép tính"),
    (r"(\S+) takes a (\w+), not a (\w+)", "", "{0} cần {1}, đang có {2}"),
    (r"(\S+) mixes a (\w+) with a (\w+)", "", "{0} lẫn {1} với {2}"),
    (r"(\S+) compares figures or texts.*", "", "{0} so sánh số hoặc chữ; nối các điều kiện bằng AND, OR, NOT"),
    (r"(ROUND|DATE) takes .*", "", "{0} cần con số viết thẳng, không phải phép tính"),
    (r"for_each selects by an unknown key (\S+)", "for_each", "không chọn được theo “{0}”"),
    (r"no fact fills \{(.*?)\}.*", "message", "không có gì để điền vào {{{0}}}"),
    (r"needs a good and a bad example", "good", "cần ít nhất một ví dụ đúng và một ví dụ sai"),
    (r"its (good|bad) example (.*) is (\w+)", "{0}", "ví dụ {1} cho kết quả “{2}”, trái với cột này"),
    (r"checks nothing at any level of this form", "check", "không kiểm tra được gì: biểu mẫu không có các mã này"),
    (r"derived is a (\w+)", "derived", "công thức cho ra {0}, không hợp với kiểu của cột"),
    (r"derived is (?:not a number|nothing that).*", "derived", "công thức không cho ra con số tính được trong Excel"),
    (r"derived in a circle: (.*)", "derived", "công thức vòng về chính nó: {0}"),
    (r"an indicator with agg (\S+) and derived (.*)", "derived", "cách tổng hợp và công thức không khớp nhau"),
    (r"a weighted mean needs.*", "weight", "bình quân gia quyền cần cột “Quyền số”"),
    (
        r"accepts a regime .*?(\S+?),? (?:which )?it lacks",
        "accepts",
        "biểu mẫu được nhận có “{0}” mà biểu mẫu này không có",
    ),
    (r"(?:.*\.)?(\w+): Field required", "{0}", "còn trống mà bắt buộc phải có"),
    (r"(\w+)[\w.]*: Input should be (.+)", "{0}", "giá trị không dùng được; chỉ nhận: {1}"),
    (r"no such form.*", "accepts", "không có biểu mẫu này"),
)
"""What the proof says, the column it is about, and how people are told; the first that fits counts."""


def import_form(grid: Grid) -> Read:
    """The form in a workbook with every mistake, those of its meaning too once every cell can be read."""
    done = read_form(grid)
    if not done.mistakes:
        done.mistakes += _refused(done)
    return done


def added_text(added: Mapping[str, Mapping[str, object]]) -> str:
    """Lines for the library of indicators (`shared/indicators.toml`)."""
    return "".join(f"{code} = {value_text(values)}\n" for code, values in added.items())


def _refused(done: Read) -> list[Mistake]:
    """What the proof refuses, one thing after the other: what is refused is left out and the rest proved again."""
    found: list[Mistake] = []
    with tempfile.TemporaryDirectory() as name:
        for turn in range(MOST):
            home = Path(name, str(turn))
            try:
                _prove(done, home)
                return found
            except RulebookError as error:
                found.append(_told(done, error))
                if not _left_out(done, error):
                    return found
            finally:
                shutil.rmtree(home, ignore_errors=True)
    return found


def _prove(done: Read, home: Path) -> None:
    """Loads the form beside all others. Raises RulebookError."""
    shutil.copytree(rules_folder(), home)
    folder = home / done.form_id
    folder.mkdir(exist_ok=True)
    for file in FILES:
        (folder / file).unlink(missing_ok=True)
    for file, text in done.texts().items():
        (folder / file).write_text(text, "utf-8")
    library = home / LIBRARY
    library.write_text(library.read_text("utf-8") + "\n" + added_text(done.added), "utf-8")
    load(done.form_id, home)


def _told(done: Read, error: RulebookError) -> Mistake:
    field, words = _words(error.reason)
    file = error.file.rpartition("/")[2]
    if error.file == LIBRARY:
        file = INDICATORS.file
    block = error.block
    if file == FORM.file and block == "form":
        block = next((key for f, key, _ in done.places if f == file and key.rpartition(".")[2] == field), "id")
    guesses = [(file, block, field or _DEFAULT.get(file, "")), (file, block, ""), (file, field, "")]
    sheet, cell = next((done.places[one] for one in guesses if one in done.places), (FORM.sheet, ""))
    return Mistake(sheet, cell, f"“{error.block}”: {words}.")


_DEFAULT = {RULES.file: "check", TABLES.file: "derived"}
"""The column that a mistake without a column of its own is most likely in."""


def _words(reason: str) -> tuple[str, str]:
    """(column, Vietnamese) of what the proof says; what is not known is quoted for those who maintain the program."""
    for pattern, field, words in _REASONS:
        if found := re.fullmatch(pattern, reason, re.DOTALL | re.IGNORECASE):
            parts = [_KINDS.get(part, _VERDICTS.get(part, _days(part))) for part in found.groups()]
            return field.format(*found.groups()), words.format(*parts)
    return "", f"không hợp lệ (chi tiết cho người bảo trì: {reason})"


def _days(text: str) -> str:
    """An example as the proof quotes it, its days as people write them."""
    return re.sub(r"datetime\.date\((\d+), (\d+), (\d+)\)", r"\3/\2/\1", text).strip("{}")


def _left_out(done: Read, error: RulebookError) -> bool:
    """Leaves out a rule that was refused, so that the rest can be proved; False for all else: rules stand on it."""
    blocks = done.books[RULES.file].blocks.get(RULES.block, [])
    kept = [one for one in blocks if one.values.get("code") != error.block]
    done.books[RULES.file].blocks[RULES.block] = kept
    return len(kept) < len(blocks) and error.file.endswith(RULES.file)
