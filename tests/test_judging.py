"""Side by side, every rule has the verdict that it has alone."""

from __future__ import annotations

import pytest

from consolidator.facts import Batch
from consolidator.judging import live_verdicts, verdicts
from consolidator.layout import layout_of
from consolidator.rulebook import form_ids, load
from consolidator.verdict import Verdict, judge
from tests.test_checking import random_submission


@pytest.mark.parametrize("form_id", form_ids())
def test_every_rule_has_the_verdict_that_it_has_alone(form_id: str) -> None:
    form = load(form_id)
    for level in form.levels:
        view = form.at(level)
        batch = Batch([random_submission(form, level, seed) for seed in range(3)])
        rules, live = view.row_checks[""], layout_of(view).live_checks
        for checks, found in ((rules, verdicts(batch)), (live, live_verdicts(batch))):
            alone = [judge(one.node, batch, one.rule.tolerated).tolist() for one in checks]
            assert found.tolist() == alone
            assert {verdict for row in alone for verdict in row} == {*Verdict}
        assert {*map(id, live)} < {*map(id, rules)}
