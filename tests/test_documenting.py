"""A form's own documentation: everything in the form is on the page, and texts cannot break it."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest

from consolidator.documenting import form_page, rules_in_use
from consolidator.rulebook import form_ids, load


class Reader(HTMLParser):
    """Collects the text of a page and checks that tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("form_id", form_ids())
def test_the_page_has_every_row_prompt_table_and_rule(form_id: str) -> None:
    form, reader = load(form_id), Reader()
    reader.feed(form_page(form))
    assert reader.open == []
    text = "".join(reader.words)
    for sheet in form.sheets:
        for code in sheet.indicators:
            assert form.indicators[code].label in text
    for narrative in form.narratives:
        assert narrative.heading in text and narrative.prompt in text
    for table in form.tables:
        assert table.title in text and all(column.label in text for column in table.columns)
    for rule, checks in rules_in_use(form):
        assert rule.code in text and rule.check in text and rule.source in text and checks
    assert form.disclaimer in text


def test_both_examples_of_a_rule_are_shown() -> None:
    page = form_page(load("quy3_2023_004"))
    rule = page[page.index('id="SP001"') :]
    assert "đúng: tvpl_luot = 130" in rule and "sai: tvpl_luot = 131" in rule
