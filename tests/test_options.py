"""What is said of a command that was not understood, and of how commands are used: nothing of it in English."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator

import pytest

from consolidator.cli import _parser, main
from consolidator.options import said_of

RUN = ["run", "hộp", "--units", "u.xlsx", "--parent", "B"]
ENGLISH = re.compile(
    r"\b(?:usage|options?:|arguments?|positional|show this|error|invalid|choose|expected|required|unrecognized)\b"
)


def parsers() -> Iterator[argparse.ArgumentParser]:
    whole = _parser()
    yield whole
    for action in whole._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ([], "Còn thiếu: LỆNH."),
        (["run", "hộp"], "Còn thiếu: --units, --parent."),
        ([*RUN, "--không"], "Không có tham số hay tùy chọn này: --không."),
        ([*RUN, "--re"], "“--re” có thể là --report, --recursive, --returns: gõ cho đủ."),
        ([*RUN, "--out"], "Sau --out còn thiếu giá trị."),
        (["check"], "Còn thiếu: TỆP."),
        (["history", "--unit"], "Sau --unit còn thiếu giá trị."),
        ([*RUN, "--json=3"], "--json không nhận giá trị (“3”)."),
        ([*RUN, "--json", "--quiet"], "Không dùng --quiet cùng với --json."),
        (["demo", "--units", "mười"], "--units: “mười” không phải là số nguyên."),
        (["demo", "--units", "o'int"], "--units: “o'int” không phải là số nguyên."),
        (["watch", *RUN[1:], "--settle", "lâu"], "--settle: “lâu” không phải là số."),
        ([*RUN, "--engine", "spark"], "--engine: không có “spark”. Chọn một trong: local, dask."),
    ],
)
def test_what_is_wrong_is_said_in_vietnamese(line: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(line)
    printed = capsys.readouterr()
    assert (ended.value.code, printed.out) == (2, "")
    *usage, told, more = printed.err.splitlines()
    assert usage[0].startswith("cách dùng: consolidator") and not ENGLISH.search(printed.err)
    assert told == said and re.fullmatch(r"Xem đủ: consolidator(?: \w+)? --help", more)


def test_a_choice_may_come_with_a_guess() -> None:
    """As later Pythons have it."""
    later = "argument LỆNH: invalid choice: 'rum', maybe you meant 'run'? (choose from issue, run)"
    assert said_of(later) == "LỆNH: không có “rum”. Chọn một trong: issue, run."


def test_a_sentence_that_nobody_knows_is_said_as_it_is() -> None:
    assert said_of("something new") == "something new"


@pytest.mark.parametrize("parser", list(parsers()), ids=lambda one: one.prog)
def test_help_is_in_vietnamese(parser: argparse.ArgumentParser) -> None:
    told = parser.format_help()
    assert told.startswith(f"cách dùng: {parser.prog}") and not ENGLISH.search(told)
    unnamed = [one.option_strings for one in parser._actions if one.nargs != 0 and one.metavar is None]
    assert unnamed == [] and all(one.help for one in parser._actions if one.option_strings)
