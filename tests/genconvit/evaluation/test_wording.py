from __future__ import annotations

import json
from typing import Any

import pytest

from genconvit.evaluation.results import Result
from genconvit.evaluation.summary import summarise, to_json
from genconvit.evaluation.wording import area, evaluated
from tests.genconvit.evaluation.rows import eight, made


def words(rows: list[Result]) -> tuple[str, str]:
    document: dict[str, Any] = json.loads(to_json(summarise(rows)))
    return evaluated(document)


def test_an_area_over_fewer_videos_than_have_a_label_says_over_how_many() -> None:
    n, result = words(eight())
    assert n == "3 originals, 4 manipulated"
    assert result.startswith("area under the ROC curve 0.75 (")
    assert result.split("; ")[0].endswith(") over the 2 originals and 3 manipulated ones with a score")


def test_an_area_over_all_of_them_does_not() -> None:
    rows = [made("REAL", 0.1), made("REAL", 0.5), made("FAKE", 0.4), made("FAKE", 0.9)]
    assert " over the " not in words(rows)[1]


def test_videos_without_a_score_and_failed_ones_are_told_apart() -> None:
    assert words(eight())[1].endswith("; 2 of 7 inconclusive (8 to 64 %), 1 of them without a score; 1 not analyzed")


def test_of_each_label_both_verdicts_are_counted() -> None:
    rows = [made("REAL", 0.1, "REAL"), made("REAL", 0.5, "INCONCLUSIVE"), made("FAKE", 0.9, "FAKE")]
    assert (
        "; 0 of 2 originals called FAKE (0 to 66 %), 1 of 2 originals called REAL (9 to 91 %), "
        "1 of 1 manipulated ones called FAKE (21 to 100 %), 0 of 1 manipulated ones called REAL (0 to 79 %); "
    ) in words(rows)[1]


def test_an_interval_without_width_is_none() -> None:
    assert area(1.0, 1.0, 1.0, 16) == "1.00 (no interval)"
    assert area(0.9, 0.85, 1.0, 16) == "0.90 (0.85 to 1.00)"
    assert area(0.87, 0.857, 0.882, 1124) == "0.870 (0.857 to 0.882)"
    assert area(0.75, None, None, 4) == "0.75 (no interval)"
    assert area(1.0, 0.7, 1.0, 16, "Newcombe") == "1.00 (0.70 to 1.00, Newcombe)"
    apart = [made("REAL", 0.1, "REAL"), made("REAL", 0.2, "REAL"), made("FAKE", 0.8, "FAKE"), made("FAKE", 0.9, "FAKE")]
    document = json.loads(to_json(summarise(apart)))
    document["scores"]["auc"] |= {"low": 1.0, "high": 1.0}
    assert "area under the ROC curve 1.00 (no interval); " in evaluated(document)[1]
    document["scores"]["auc"] |= {"low": 0.5, "interval": "newcombe"}
    assert "area under the ROC curve 1.00 (0.50 to 1.00, Newcombe); " in evaluated(document)[1]


@pytest.mark.parametrize(("label", "missing"), [("REAL", "no manipulated ones"), ("FAKE", "no originals")])
def test_videos_of_one_label_have_no_area(label: str, missing: str) -> None:
    result = words([made(label, 0.2)])[1]
    assert result.startswith("no area; ") and missing in result
