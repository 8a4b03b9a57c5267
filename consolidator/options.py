"""What argparse says to the person at the screen, in Vietnamese: how a command is used, and what is wrong with it."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from typing import Any, NoReturn

_KINDS = {"int": "số nguyên", "float": "số"}
"""What is asked for, by the name of its type."""
_WORDS = {
    r"the following arguments are required: (.+)": "Còn thiếu: {0}.",
    r"unrecognized arguments: (.+)": "Không có tham số hay tùy chọn này: {0}.",
    r"ambiguous option: (.+) could match (.+)": "“{0}” có thể là {1}: gõ cho đủ.",
    r"argument (.+?): expected (?:one|at least one|\d+) arguments?": "Sau {0} còn thiếu giá trị.",
    r"""argument (.+?): ignored explicit argument ['"](.*)['"]""": "{0} không nhận giá trị (“{1}”).",
    r"argument (.+?): not allowed with argument (.+)": "Không dùng {0} cùng với {1}.",
    r"""argument (.+?): invalid (?P<kind>\w+) value: ['"](.*)['"]""": "{0}: “{2}” không phải là {kind}.",
    r"""argument (.+?): invalid choice: ['"](.*?)['"](?:, maybe .*)? \(choose from (.+)\)""": (
        "{0}: không có “{1}”. Chọn một trong: {2}."
    ),
}
"""Sentences of argparse, with what is said instead."""


class Options(argparse.ArgumentParser):
    """The options of a command, and those of its commands, which are of this class too."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{**settings, "add_help": False, "formatter_class": _Help})
        self.add_argument("-h", "--help", action="help", help="in hướng dẫn này rồi thoát")
        self._positionals.title, self._optionals.title = "tham số", "tùy chọn"

    def error(self, message: str) -> NoReturn:
        """Ends with 2, and says how the command is used and what is wrong."""
        self.exit(2, f"{self.format_usage()}{said_of(message)}\nXem đủ: {self.prog} --help\n")


class _Help(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, "cách dùng: " if prefix is None else prefix)


def said_of(message: str) -> str:
    """A sentence of argparse in Vietnamese; one that no Python said so far, as it is."""
    for english, words in _WORDS.items():
        if found := re.fullmatch(english, message, re.DOTALL):
            kind = _KINDS.get(found.groupdict().get("kind", ""), "giá trị hợp lệ")
            return words.format(*(re.sub("'([^' ]*)'", r"\1", one) for one in found.groups()), kind=kind)
    return message
