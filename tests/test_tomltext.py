"""The normal form of a rule book's text: the same meaning, the same comments, one spelling."""

from __future__ import annotations

import tomllib
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consolidator.formnormal import normalised
from consolidator.formschema import FILES
from consolidator.rulebook import form_ids, source_texts
from consolidator.tomltext import Book, read, value_text, write

TEXT = """\
# Above all.

# Why this name.
name = 'Báo "cáo"'
levels = ["A",
  "B"]  # behind

# About the period.
[period]
start = 2020-01-01  # no day is given

# First.
#   indented

# Second paragraph.
[[rule]]
check = "a # b"  # of the rule
good = [{ "x.a" = 1, b = "#" }, { n = "" }]
[[rule.row]]
no = 1
# Of the next.
[[rule]]
check = "c"

# Below all.
"""


def test_comments_belong_to_what_follows_them() -> None:
    book = read(TEXT)
    assert (book.comment, book.tail) == ("Above all.", "Below all.")
    assert book.comments == {
        "name": "Why this name.",
        "levels": "behind",
        "[period]": "About the period.\nno day is given",
    }
    first, second = book.blocks["rule"]
    assert first.comment == "First.\n  indented\n\nSecond paragraph.\nof the rule"
    assert [(name, one.values) for name, one in first.inner] == [("row", {"no": 1})]
    assert (first.values["check"], second.comment) == ("a # b", "Of the next.")


def test_what_is_written_means_the_same_and_is_written_so_again() -> None:
    once = write(read(TEXT))
    assert tomllib.loads(once) == tomllib.loads(TEXT)
    assert write(read(once)) == once
    assert once.startswith('# Above all.\n\n# Why this name.\nname = \'Báo "cáo"\'\n# behind\nlevels = ["A", "B"]\n\n')
    assert once.endswith('# Of the next.\n[[rule]]\ncheck = "c"\n\n# Below all.\n')


def test_only_a_line_feed_ends_a_line() -> None:
    text = '# a\u2028b\x85\n\n# c\u2028\n[[rule]]\ncode = "d"\n'
    assert (read(text).comment, read(text).blocks["rule"][0].comment) == ("a\u2028b\x85", "c\u2028")
    assert write(read(text)) == text


def test_a_long_list_has_a_line_for_each_value() -> None:
    words = [f"chi_tieu_{number}" for number in range(20)]
    text = write(Book(head={"indicators": words}))
    assert text.splitlines()[:2] == ["indicators = [", '  "chi_tieu_0",']
    assert tomllib.loads(text) == {"indicators": words}


VALUES = st.recursive(
    st.text(st.characters(exclude_categories=["Cs"])) | st.integers(-(2**60), 2**60) | st.booleans() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_every_value_comes_back(value: object) -> None:
    assert tomllib.loads(f"a = {value_text(value)}")["a"] == value


@pytest.mark.parametrize("form_id", form_ids())
def test_the_shipped_forms_keep_meaning_and_comments(form_id: str) -> None:
    """But for empty lists, which say nothing; comments behind a key come to stand above it."""
    for file, text in source_texts(form_id, FILES).items():
        once = normalised(file, text)
        wanted = {key: value for key, value in tomllib.loads(text).items() if value != []}
        assert (tomllib.loads(once), normalised(file, once)) == (wanted, once)
        assert words_of_comments(once) == words_of_comments(text)


def words_of_comments(text: str) -> list[str]:
    lines = (line for line in text.splitlines() if line.startswith("#") or "  # " in line)
    return sorted(line.partition("#")[2].strip() for line in lines)


def test_days_and_numbers_are_not_texts() -> None:
    assert [value_text(one) for one in (date(2020, 2, 1), 3, 0.5, True, "1.10")] == [
        *("2020-02-01", "3", "0.5", "true", '"1.10"')
    ]
