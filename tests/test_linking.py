"""Links that Excel can follow, from wherever the workbook lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from consolidator.linking import link_target


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.xlsx", "external:./a.xlsx"),
        ("a", "external:./a"),
        ("Báo cáo.xlsx", "external:./Báo%20cáo.xlsx"),
        ("100%.xlsx", "external:./100%25.xlsx"),
        ("sub/a.xlsx", "external:./sub/a.xlsx"),
        ("../a.xlsx", "external:../a.xlsx"),
        ("a#b.xlsx", ""),
        ("a\nb.xlsx", ""),
        ("a\udcffb.xlsx", ""),
        ("a" * 3_000, ""),
    ],
)
def test_link_target(name: str, expected: str) -> None:
    assert link_target(f"/lo/x/{name}", Path("/lo/x")) == expected


def test_link_target_escapes_the_name_of_a_sheet() -> None:
    assert link_target("/x/a.xlsx", Path("/x"), "Bìa 'cũ' #1", "B2") == "external:./a.xlsx#'Bìa ''cũ'' #1'!B2"


def test_link_target_is_absolute_where_nothing_is_relative(monkeypatch: pytest.MonkeyPatch) -> None:
    def other_drive(path: object, start: object) -> str:
        raise ValueError("path is on mount 'D:'")

    monkeypatch.setattr(os.path, "relpath", other_drive)
    assert link_target("/x/a b.xlsx", Path("/y")) == "external:/x/a%20b.xlsx"


def test_no_file_no_link() -> None:
    assert link_target("", Path("/x")) == ""
