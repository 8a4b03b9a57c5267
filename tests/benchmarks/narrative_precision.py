"""Figures found in the text of seed 004: `python -m tests.benchmarks.narrative_precision SEED.txt`.

The inventory says of every digit string of the seed whether it is a figure (`laichau_quotes.csv`, with its line) or not
(`laichau_non_values.csv`). Prints precision and recall with every miss. Dates are none of ours: two rows are left out.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

from consolidator.narrativefigures import Said, figures_of

DATA = Path(__file__).parents[1] / "data"


def expected() -> dict[int, list[tuple[str, float]]]:
    """Figures by line of the seed: (indicator, value)."""
    found: dict[int, list[tuple[str, float]]] = defaultdict(list)
    with (DATA / "laichau_quotes.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["unit"] != "ngày":
                found[int(row["line"])].append((row["indicator_code"], float(row["value"])))
    return found


def numbers(said: Said) -> list[float]:
    """What a figure of the text may stand for in the inventory: of a fraction or a range both its numbers."""
    return [one for one in (said.value, said.high, said.of) if one is not None]


def main(seed: Path) -> None:
    lines = seed.read_text(encoding="utf-8").splitlines()
    wanted, found, matched, missed = expected(), 0, 0, []
    started = time.perf_counter()
    by_line = [figures_of(line) for line in lines]
    spent = time.perf_counter() - started
    extra: list[str] = []
    for number, said in enumerate(by_line, 1):
        left = Counter(value for one in said for value in numbers(one))
        rows = wanted.get(number, [])
        for code, value in rows:
            if left[value] > 0:
                left[value] -= 1
                matched += 1
            else:
                missed.append(f"line {number}: {code} = {value:g}")
        values = {value for _, value in rows}
        found += len(said)
        extra += [f"line {number}: {one.value:g} {one.unit} | {one.quote}" for one in said if one.value not in values]
    total = sum(map(len, wanted.values()))
    print(f"{found} figures found, {len(extra)} of them none: precision {(found - len(extra)) / found:.3f}")
    print(f"{matched} of {total} values found: recall {matched / total:.3f}; {spent * 1000:.1f} ms")
    print(*(f"  missed {one}" for one in missed), *(f"  extra  {one}" for one in extra), sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
