"""What the pane says of how a result came about."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.report.words import NAMED, TOO_FEW_TO_DECIDE
from desktop.ui.details_tab import DetailsTab
from desktop.ui.verdict_card import _facts
from genconvit import verdict
from genconvit.method import Rule
from genconvit.records import Analysis, FaceScore, Label, Reason
from tests.desktop.conftest import a_method, analysis_of
from tests.desktop.samples import facts_of


def seen_briefly(video_file: Path, rule: Rule) -> Analysis:
    """Nine faces of one person within .32 s."""
    analysis = analysis_of(facts_of(video_file))
    method = replace(analysis.method, rule=rule)
    first = analysis.scores[0]
    scores: list[FaceScore] = []
    for number in range(9):
        time_s = round(first.time_s + number * 0.04, 6)
        scores.append(replace(first, frame=first.frame + number, pts=first.pts + number * 512, time_s=time_s))
    examined = tuple((score.frame, score.pts, score.time_s) for score in scores)
    tracks, decided, coverage = verdict.decide(scores, method, analysis.video, examined, len(scores))
    parts = {"scores": tuple(scores), "tracks": tracks, "verdict": decided, "coverage": coverage, "examined": examined}
    return replace(analysis, method=method, **parts)


def test_the_card_names_who_is_seen_too_briefly_to_decide(videos: list[Path]) -> None:
    analysis = analysis_of(facts_of(videos[0]))
    rule = a_method().rule
    assert rule is not None
    brief = replace(analysis.tracks[0], id=7, fake=0.93, enough=False)
    method = replace(analysis.method, rule=replace(rule, apart_s=0.15))
    decided = replace(analysis.verdict, label=Label.INCONCLUSIVE, reason=Reason.BETWEEN_THRESHOLDS)
    seen = replace(analysis, method=method, tracks=(*analysis.tracks, brief), verdict=decided)
    row = ("At or above the upper threshold, but with too few faces for the rule to decide", "Person 7 (0.930)")
    assert row in _facts(seen)
    # As in the report: where nobody has enough faces, the sentence above says so of all of them.
    for other in (replace(decided, label=Label.FAKE), replace(decided, reason=Reason.TOO_FEW_FACES)):
        assert TOO_FEW_TO_DECIDE not in dict(_facts(replace(seen, verdict=other)))


def test_the_card_names_no_more_persons_than_the_report(videos: list[Path]) -> None:
    analysis = analysis_of(facts_of(videos[0]))
    rule = a_method().rule
    assert rule is not None
    brief = tuple(replace(analysis.tracks[0], id=10 + n, fake=0.93, enough=False) for n in range(8))
    method = replace(analysis.method, rule=replace(rule, apart_s=0.15))
    decided = replace(analysis.verdict, label=Label.INCONCLUSIVE, reason=Reason.PERSON_UNDECIDED)
    seen = replace(analysis, method=method, tracks=(*analysis.tracks, *brief), verdict=decided)
    named = dict(_facts(seen))[TOO_FEW_TO_DECIDE]
    assert named.count("Person") == NAMED == 6
    assert named.endswith("Person 15 (0.930), and 2 more (listed under “Details”)")


def people(qtbot: QtBot, analysis: Analysis) -> list[str]:
    tab = DetailsTab()
    qtbot.addWidget(tab)
    tab.show_analysis(analysis)
    tab.show()
    return [value for _, value in tab.facts["People"].rows]


def test_faces_too_close_in_time_are_said_not_to_count(qtbot: QtBot, clip: Path) -> None:
    rule = a_method().rule
    assert rule is not None
    plain = people(qtbot, seen_briefly(clip, replace(rule, least_faces=5)))
    assert len(plain) == 1 and "9 used faces, 0:00" in plain[0] and "count" not in plain[0]
    apart = people(qtbot, seen_briefly(clip, replace(rule, least_faces=5, apart_s=0.15)))
    assert len(apart) == 1
    assert "9 used faces (3 count, the others are too close in time)" in apart[0]
    assert apart[0].endswith(", too few for the rule")
