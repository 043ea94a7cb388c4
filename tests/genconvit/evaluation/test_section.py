from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import accuracy_section, section_in_readme
from benchmarks.accuracy_section import section
from genconvit.errors import ResultsInvalid
from genconvit.evaluation.kinds import KindFigure, Kinds, read_kinds
from genconvit.evaluation.section import (
    BEGIN,
    END,
    PLACE,
    Evaluation,
    FixedSet,
    read_evaluation,
    read_fixed_set,
    render,
)
from genconvit.evaluation.summary import summarise, to_json
from genconvit.evaluation.wording import CAVEATS
from genconvit.method import Method, changed, load
from tests.genconvit.evaluation.rows import eight

WEAK = {"kind": "weak", "pairs": 300, "auc": 0.8, "low": 0.75, "high": 0.84}
FIXED: dict[str, Any] = {"weights_sha256": "", "n": 1200, "auc": 0.9, "low": 0.88, "high": 0.92, "parts": [WEAK]}


@pytest.fixture
def method(root: Path) -> Method:
    return load(root / "weight" / "methods" / "standard.toml")


@pytest.fixture
def fixed(method: Method) -> FixedSet:
    return FixedSet(**{**FIXED, "weights_sha256": method.weights[0].sha256, "parts": (KindFigure(**WEAK),)})


@pytest.fixture
def kinds(method: Method) -> Kinds:
    return Kinds(method.core_sha256, (KindFigure("swapped", 400, 0.8, 0.7, 0.9), KindFigure("bent", 30, 0.6, 0.5, 0.7)))


def evaluated(method: Method | None) -> Evaluation:
    return Evaluation("eight videos", Path("eight.json"), json.loads(to_json(summarise(eight(), method))))


def test_the_readme_has_the_figures_that_were_measured(root: Path) -> None:
    """Mend it with: python -m benchmarks.accuracy_section"""
    readme = (root / "README.md").read_text("utf-8")
    assert PLACE.replaced(readme, section()) == readme


def test_a_row_of_each_kind_by_hand(fixed: FixedSet, kinds: Kinds, method: Method) -> None:
    lines = render(fixed, kinds, method, [evaluated(method)]).splitlines()
    assert lines[0] == BEGIN and lines[-1] == END and method.name in lines[2]
    first, each, simulated, eight_videos = (line.strip("| ").split(" | ") for line in lines[6:10])
    assert each[1:] == [
        "400 pairs a kind",
        "area under the ROC curve, swapped: 0.800 (0.700 to 0.900); bent: 0.60 (0.50 to 0.70)",
    ]
    area = "area under the ROC curve 0.900 (0.880 to 0.920)"
    assert first[1:] == ["1,200 pairs", f"{area}; of its parts, weak (300 pairs): 0.800 (0.750 to 0.840)"]
    assert method.rule is not None
    evidence = {entry.what: entry for entry in method.rule.evidence}
    called = evidence["Simulated videos: real ones called FAKE"]
    assert f"real ones called FAKE {called.value * 100:.1f} % ({called.low * 100:.1f} to" in simulated[2]
    # Wilson of 1 of 3: 6 to 79 %, of 1 of 4: 5 to 70 %.
    assert eight_videos[:2] == ["eight videos", "3 originals, 4 manipulated"]
    assert (
        "; 1 of 3 originals called FAKE (6 to 79 %), 1 of 3 originals called REAL (6 to 79 %), "
        "1 of 4 manipulated ones called FAKE (5 to 70 %), 1 of 4 manipulated ones called REAL (5 to 70 %); "
        in eight_videos[2]
    )
    assert lines[-2 - len(CAVEATS) - 2 : -2] == ["To be read with them:", "", *(f"- {caveat}" for caveat in CAVEATS)]


def test_figures_of_other_weights_are_refused(fixed: FixedSet, kinds: Kinds, method: Method) -> None:
    with pytest.raises(ResultsInvalid, match="weights_sha256"):
        render(replace(fixed, weights_sha256="00" * 32), kinds, method, [])
    with pytest.raises(ResultsInvalid, match=r"kinds\.json.*core_sha256"):
        render(fixed, replace(kinds, core_sha256="00" * 32), method, [])


def test_figures_of_another_rule_are_refused(fixed: FixedSet, kinds: Kinds, method: Method) -> None:
    assert method.rule is not None
    other = replace(method, rule=replace(method.rule, upper=0.99))
    with pytest.raises(ResultsInvalid, match=r"method\.upper"):
        render(fixed, kinds, method, [evaluated(other)])
    with pytest.raises(ResultsInvalid, match=r"method\.core_sha256"):
        render(fixed, kinds, method, [evaluated(None)])


def test_figures_of_another_sampling_are_refused(fixed: FixedSet, kinds: Kinds, method: Method) -> None:
    other = changed(method, count=method.sampling.count + 1)
    assert other.rule == method.rule and other.core_sha256 == method.core_sha256
    with pytest.raises(ResultsInvalid, match=r"method\.sha256"):
        render(fixed, kinds, method, [evaluated(other)])


def test_a_rule_without_such_evidence_is_refused(fixed: FixedSet, kinds: Kinds, method: Method) -> None:
    assert method.rule is not None
    with pytest.raises(ResultsInvalid, match="area under the ROC curve"):
        render(fixed, kinds, replace(method, rule=replace(method.rule, evidence=())), [])
    with pytest.raises(ResultsInvalid, match=r"rule\.evidence"):
        render(fixed, kinds, replace(method, rule=None), [])


def test_a_readme_without_one_section_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = tmp_path / "README.md"
    monkeypatch.setattr(section_in_readme, "README", readme)
    monkeypatch.setattr("sys.argv", ["accuracy_section", "--check"])
    for text, said in (("words\n", "There is no accuracy section."), (BEGIN, "There must be one accuracy section")):
        readme.write_text(text, encoding="utf-8")
        assert accuracy_section.main() == 1
        assert said in capsys.readouterr().err and readme.read_text("utf-8") == text


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"auc": 1.2}, "auc.*from 0 to 1"),
        ({"low": "0.8"}, "low.*from 0 to 1"),
        ({"n": 0}, "n.*number of pairs"),
        ({"parts": {"weak": 0.8}}, "parts.*must list"),
        ({"parts": [{"weak": 0.8}]}, "parts.*kind, pairs"),
        ({"parts": [{**WEAK, "auc": None}]}, r"parts\.weak.*from 0 to 1"),
        ({"more": 1}, "must have the fields"),
    ],
)
def test_a_fixed_set_of_another_shape_is_refused(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    path = tmp_path / "fixed_set.json"
    path.write_text(json.dumps(FIXED), encoding="utf-8")
    assert read_fixed_set(path) == FixedSet(**{**FIXED, "parts": (KindFigure(**WEAK),)})
    path.write_text(json.dumps({**FIXED, **changes}), encoding="utf-8")
    with pytest.raises(ResultsInvalid, match=problem):
        read_fixed_set(path)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"schema": "another/1"}'])
def test_a_summary_of_another_shape_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "clips.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ResultsInvalid):
        read_evaluation(path, "clips")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "must be an object"),
        ("{}", "core_sha256 and figures"),
        ('{"core_sha256": "", "figures": []}', "must list"),
        ('{"core_sha256": "", "figures": [{"kind": "a"}]}', "each must have"),
        ('{"core_sha256": "", "figures": [{"kind": "a", "pairs": 1, "auc": 2, "low": 0, "high": 1}]}', "0 to 1"),
        ('{"core_sha256": "", "figures": [{"kind": "a", "pairs": 0, "auc": 1, "low": 0, "high": 1}]}', "number of"),
    ],
)
def test_figures_of_kinds_of_another_shape_are_refused(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "kinds.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ResultsInvalid, match=words):
        read_kinds(path)
