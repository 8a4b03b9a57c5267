"""The smallest form there is and a batch of it: runs of a tenth of a second, for tests that need many of them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from consolidator import isolation, rulebook
from consolidator.cli import main
from consolidator.naming import RETURNS
from tests.district import DISTRICT, A, B, C, entry, put, put_roster, retype

FORM_ID = "be"
INDICATORS = """
[indicators]
luot_tong = { label = "Lượt tư vấn", unit = "lượt", type = "int", agg = "sum", kind = "flow", level = "CDCS", dept = "VP", sheet = "PL01", source = "1" }
luot_moi = { label = "Trong đó mới", unit = "lượt", type = "int", agg = "sum", kind = "flow", level = "CDCS", dept = "VP", sheet = "PL01", source = "1" }
"""  # noqa: E501
FORM = """
id = "be"
name = "Báo cáo thử"
kind = "quarterly"
version = "1"
seed = "000"
disclaimer = "Biểu mẫu thử."
issuer = "LĐLĐ tỉnh"
levels = ["CDCS", "CTTT"]
measures = ["actual"]
[period]
id = "2023-Q3"
label = "Quý III"
start = 2023-07-01
end = 2023-09-30
[[sheet]]
code = "PL01"
indicators = ["luot_tong", "luot_moi"]
"""
NARRATIVES = """
[[narrative]]
path = "I"
id = "tinh_hinh"
kind = "answer"
heading = "Tình hình"
prompt = "Nêu tình hình."
"""
RULES = """
[[rule]]
code = "B1"
check = "luot_moi <= luot_tong"
severity = "error"
message = "Số mới vượt tổng."
fix = "Xem lại hai ô."
source = "1"
good = [{ luot_moi = 1, luot_tong = 2 }]
bad = [{ luot_moi = 3, luot_tong = 2 }]
"""


def put_rules(folder: Path) -> Path:
    """Writes the rule book of the smallest form."""
    shared, own = folder / rulebook.SHARED, folder / FORM_ID
    shared.mkdir(parents=True)
    own.mkdir()
    for name in ("catalogue.toml", "documents.toml", "notices.toml", "tables.toml"):
        shutil.copy(rulebook.rules_folder() / rulebook.SHARED / name, shared)
    (shared / "indicators.toml").write_text(INDICATORS, "utf-8")
    (shared / "rules.toml").touch()
    for name, text in {"form": FORM, "narratives": NARRATIVES, "rules": RULES}.items():
        (own / f"{name}.toml").write_text(text, "utf-8")
    return folder


class Inline:
    """In the place of a pool of processes: the work is done at once, here."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> Inline:
        return self

    def __exit__(self, *_: object) -> None: ...

    def submit(self, function: Any, *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(function(*arguments))
        except Exception as error:
            done.set_exception(error)
        return done


@contextmanager
def small_world(folder: Path, *, inline: bool = True) -> Iterator[None]:
    """While it lasts there is only the smallest form, and every file is read in this process unless asked otherwise."""
    rules = put_rules(folder / "rules")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "profile"))
        patch.setattr(rulebook, "rules_folder", lambda: rules)
        if inline:
            patch.setattr(isolation, "ProcessPoolExecutor", Inline)
        rulebook.load.cache_clear()
        yield
    rulebook.load.cache_clear()


class Batch:
    """A folder of reports with an earlier summary in which the parent has typed; then two more reports came.

    `old` is what stood in the folder of outputs before, `new` what an undisturbed run makes of it, by name.
    """

    def __init__(self, home: Path) -> None:
        form = rulebook.load(FORM_ID)
        self.home, self.inbox, self.out = home, home / "hộp thư", home / "kết quả"
        self.summary, self.report = self.out / "Tổng hợp.xlsx", self.out / "Báo cáo.xlsx"
        self.decisions = self.out / "decisions.xlsx"
        roster = put_roster(home / "units.xlsx")
        self.arguments = ["run", str(self.inbox), "--units", str(roster), "--parent", "D"]
        self.arguments += ["--out", str(self.summary), "--report", str(self.report), "--returns"]
        put(self.inbox, form, entry(A, {"luot_tong": 5, "luot_moi": 9}))
        put(self.inbox, form, entry(DISTRICT, {"luot_tong": 1}))
        main(self.arguments)
        retype(self.summary, {"own.luot_moi.actual": 1000, "n.tinh_hinh": "Của huyện."})
        put(self.inbox, form, entry(B, {"luot_tong": 7, "luot_moi": 2}))
        put(self.inbox, form, entry(C, {"luot_tong": 3}))
        self.inputs = self.read(self.inbox) | {"units.xlsx": roster.read_bytes()}
        self.old = self.read(self.out)
        main(self.arguments)
        self.new = self.read(self.out)

    @staticmethod
    def read(folder: Path) -> dict[str, bytes]:
        """Every file below a folder but locks, by name."""
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and path.suffix != ".lock"
        }

    def set_back(self) -> None:
        """As it was before the run. What has not changed stays, so that it costs little."""
        now = self.read(self.out)
        for name in now.keys() - self.old.keys():
            (self.out / name).unlink()
        for name, content in self.old.items():
            if now.get(name) != content:
                (self.out / name).parent.mkdir(exist_ok=True)
                (self.out / name).write_bytes(content)

    def inputs_are_whole(self) -> bool:
        """Whether nobody wrote into what units sent."""
        return self.read(self.inbox) | {"units.xlsx": (self.home / "units.xlsx").read_bytes()} == self.inputs


__all__ = ["RETURNS", "Batch", "small_world"]
