import math
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genconvit.method import Crop, Finding, Method, Rule, Sampling, Scoring, WeightsRef
from genconvit.records import Analysis, FaceScore, Label, NotUsed, Provenance, Reason, Verdict, Video
from genconvit.verdict import decide, deciding, describe, fake_of, follows

VIDEO = Video(
    Path("a.mp4"), 1, "0" * 64, "mp4", "h264", "yuv420p", 0, 64, 48, 0, Fraction(1, 30), 300, 10.0, 30.0, "none"
)
BARE = Method(
    "m", "", "", Sampling("even", 5, 0.0), Finding("centerface", 640, 0.5, 40, 0), Crop("square", 0.2, 160),
    Scoring("float32", False, 0), (WeightsRef("w", "ed", "0" * 64),), None,
)  # fmt: skip


def ruled(kind: str = "tracks", upper: float = 0.7, lower: float = 0.3, frame: float = 0.8, least: int = 2) -> Method:
    return replace(BARE, rule=Rule(kind, upper, lower, frame, least, (BARE.core_sha256,), "", ()))


def face(
    frame: int, fake: float | None, track: int = 0, pairs: dict[str, tuple[float, float]] | None = None
) -> FaceScore:
    pairs = pairs or ({} if fake is None else {"ed": (fake, 1.0 - fake)})
    value = fake_of(pairs) if pairs else None
    reason = None if pairs else NotUsed.TOO_SMALL
    return FaceScore(frame, frame, frame / 30, (0, 0, 50, 50), 0.9, track, pairs, value, bool(pairs), reason, None)


def verdict(scores: list[FaceScore], method: Method) -> Verdict:
    return decide(scores, method, VIDEO, [(i, i, i / 30) for i in range(5)], 5)[1]


@pytest.mark.parametrize(
    ("fakes", "label", "reason"),
    [
        ([0.7, 0.7], Label.FAKE, Reason.AT_OR_ABOVE_UPPER),
        ([0.9, 0.6], Label.FAKE, Reason.AT_OR_ABOVE_UPPER),
        ([0.69, 0.7], Label.INCONCLUSIVE, Reason.BETWEEN_THRESHOLDS),
        ([0.3, 0.3], Label.INCONCLUSIVE, Reason.BETWEEN_THRESHOLDS),
        ([0.29, 0.3], Label.REAL, Reason.BELOW_LOWER),
        ([0.99], Label.INCONCLUSIVE, Reason.TOO_FEW_FACES),
        ([0.01], Label.INCONCLUSIVE, Reason.TOO_FEW_FACES),
    ],
)
def test_one_person(fakes: list[float], label: Label, reason: Reason) -> None:
    found = verdict([face(i, fake) for i, fake in enumerate(fakes)], ruled())
    assert (found.label, found.reason, found.track) == (label, reason, 0)
    assert found.fake == pytest.approx(sum(fakes) / len(fakes))
    assert found.published_score is None


@pytest.mark.parametrize("kind", ["tracks", "released"])
@pytest.mark.parametrize(("fake", "label"), [(0.1, Label.REAL), (0.9, Label.FAKE)])
def test_what_is_missing_or_damaged_takes_away_real_and_leaves_fake(kind: str, fake: float, label: Label) -> None:
    method = ruled(kind, 0.7, 0.3) if kind == "tracks" else ruled(kind, 0.5, 0.5, 0.5, 1)
    scores, read = [face(i, fake) for i in range(4)], [(i, i, i / 30) for i in range(4)]
    sound = decide(scores, method, VIDEO, read, 4)[1]
    assert sound.label is label
    told = decide(scores, method, replace(VIDEO, damaged=True), read, 4)[1]
    missing = decide(scores, method, VIDEO, read, 5, (4,))
    unnamed = decide(scores, method, VIDEO, read, 5)[1]
    assert missing[2].frames_not_decoded == (4,)
    for found in (told, missing[1], unnamed):
        if label is Label.FAKE:
            assert found == sound
        else:
            assert found == replace(sound, label=Label.INCONCLUSIVE, reason=Reason.DAMAGED)
            assert "could not be decoded, or the file is damaged" in describe(found, method.rule)


def test_frames_that_were_not_asked_for_are_not_missing() -> None:
    bare = replace(BARE, finding=replace(BARE.finding, most_faces=2))
    method = replace(bare, rule=Rule("released", 0.5, 0.5, 0.5, 1, (bare.core_sha256,), "", ()))
    found = decide([face(0, 0.1), face(75, 0.1)], method, VIDEO, [(0, 0, 0.0), (75, 75, 2.5)], 5)[1]
    assert (found.label, found.reason) == (Label.REAL, Reason.BELOW_LOWER)


def test_the_highest_person_with_enough_faces_decides() -> None:
    scores = [face(0, 0.1, 0), face(0, 0.8, 1), face(0, 0.99, 2), face(1, 0.1, 0), face(1, 0.8, 1)]
    found = verdict(scores, ruled())
    assert (found.label, found.track, found.fake) == (Label.FAKE, 1, pytest.approx(0.8))


def test_of_equal_persons_the_first() -> None:
    scores = [face(0, 0.8, 1), face(0, 0.8, 0), face(1, 0.8, 0), face(1, 0.8, 1)]
    assert verdict(scores, ruled()).track == 0


def test_faces_not_used_do_not_count() -> None:
    tracks, found, coverage = decide(
        [face(0, 0.9), face(1, None), face(2, None)], ruled(), VIDEO, [(0, 0, 0.0), (1, 1, 1 / 30), (2, 2, 2 / 30)], 5
    )
    assert found.reason is Reason.TOO_FEW_FACES
    assert (tracks[0].faces, tracks[0].enough, tracks[0].last_s) == (1, False, pytest.approx(2 / 30))
    assert coverage.faces_not_used == {"too_small": 2, "beyond_limit": 0}
    assert (coverage.faces_found, coverage.faces_used, coverage.frames_with_face) == (3, 1, 3)


def apart(apart_s: float, least: int = 3) -> Method:
    rule = ruled(least=least).rule
    assert rule is not None
    return replace(BARE, rule=replace(rule, apart_s=apart_s))


def at(times: list[float]) -> list[FaceScore]:
    return [replace(face(number, 0.9), time_s=time_s) for number, time_s in enumerate(times)]


def test_neighbouring_frames_do_not_add_up_to_the_faces_that_the_rule_asks_for() -> None:
    """A passer-by of half a second, every frame of whom is examined, says no more than a few frames of her."""
    brief, long = [face(i, 0.9, 1) for i in range(60, 75)], [face(i, 0.1, 0) for i in range(0, 300, 6)]
    every = verdict(brief + long, apart(0.0, least=12))
    assert (every.label, every.track) == (Label.FAKE, 1)
    method = apart(0.15, least=12)
    tracks, found, _ = decide(brief + long, method, VIDEO, [(i, i, i / 30) for i in range(5)], 5)
    assert [(track.faces, track.enough) for track in tracks] == [(50, True), (15, False)]
    assert (found.label, found.track, found.reason) == (Label.INCONCLUSIVE, 0, Reason.PERSON_UNDECIDED)
    said = describe(found, method.rule)
    assert "0.100 (the highest of the persons with enough faces) is below" in said
    assert "a person with too few faces for the rule scores at or above 0.7" in said


@pytest.mark.parametrize(("fake", "reason"), [(0.69, Reason.BELOW_LOWER), (0.7, Reason.PERSON_UNDECIDED)])
def test_a_video_is_not_real_beside_someone_who_scores_like_a_fake_too_briefly(fake: float, reason: Reason) -> None:
    long, brief = [face(i * 6, 0.1, 0) for i in range(20)], [face(40, fake, 1)]
    assert verdict(long + brief, apart(0.15)).reason is reason
    before = verdict(long + brief, apart(0.0))
    assert (before.label, before.reason) == (Label.REAL, Reason.BELOW_LOWER)


@pytest.mark.parametrize(
    "times",
    [
        [i * 0.15 for i in range(12)],
        [i / 5 + 0.004 * (-1) ** i for i in range(12)],
        [-0.3 + i * 0.15 for i in range(12)],
        [i * 0.15 for i in range(11, -1, -1)],
        [time_s for i in range(12) for time_s in (i * 0.2, i * 0.2 + 0.02)],
    ],
    ids=["just apart", "jittering", "from before 0", "in no order", "in pairs"],
)
def test_faces_far_enough_apart_count(times: list[float]) -> None:
    assert verdict(at(times), apart(0.15, least=12)).label is Label.FAKE
    assert verdict(at(times), apart(0.15, least=13)).reason is Reason.TOO_FEW_FACES


def test_pairs_of_neighbours_count_once_wherever_they_lie() -> None:
    times = [i * 0.2 + beside for i in range(6) for beside in (-0.01, 0.01)]
    assert verdict(at(times), apart(0.15, least=7)).reason is Reason.TOO_FEW_FACES
    assert verdict(at(times), apart(0.15, least=6)).label is Label.FAKE


def test_too_few_faces_apart_are_said() -> None:
    method = apart(0.15)
    found = verdict([face(i, 0.9) for i in range(5)], method)
    assert (found.label, found.reason) == (Label.INCONCLUSIVE, Reason.TOO_FEW_FACES)
    assert "3 usable faces that the rule asks for (one counts 0.15 s or more" in describe(found, method.rule)


def test_unused_faces_do_not_count_however_far_apart() -> None:
    scores = [face(0, 0.9), face(30, None), face(60, 0.9)]
    assert verdict(scores, apart(0.15)).reason is Reason.TOO_FEW_FACES


@pytest.mark.parametrize("method", [ruled(), ruled("released", 0.5, 0.5, 0.5, 1), BARE])
def test_without_a_face_there_is_no_number_and_no_fake(method: Method) -> None:
    found = verdict([], method)
    assert found == Verdict(Label.INCONCLUSIVE, None, None, Reason.NO_FACE, None, ())
    unused = verdict([face(0, None)], method)
    assert unused == Verdict(Label.INCONCLUSIVE, None, None, Reason.TOO_FEW_FACES, None, ())


def test_without_a_rule_a_score_but_no_label_and_no_flags() -> None:
    found = verdict([face(0, 0.99), face(1, 0.97)], BARE)
    assert found == Verdict(Label.INCONCLUSIVE, pytest.approx(0.98), None, Reason.NO_RULE, 0, ())


@pytest.mark.parametrize("reason", Reason)
def test_nobody_is_said_to_decide_where_the_rule_says_nothing_of_them(reason: Reason) -> None:
    shown = (Reason.TOO_FEW_FACES, Reason.NO_RULE, Reason.PERSON_UNDECIDED)
    found = Verdict(Label.INCONCLUSIVE, 0.3, None, reason, 2, ())
    assert deciding(found) == (None if reason in shown else 2)
    assert deciding(replace(found, track=None)) is None


def test_flagged_frames_ascend_and_each_is_named_once() -> None:
    scores = [face(4, 0.8, 0), face(4, 0.9, 1), face(7, 0.79), face(9, 0.85), face(11, None)]
    assert verdict(scores, ruled()).flagged_frames == (4, 9)


def released(*rows: dict[str, tuple[float, float]]) -> Verdict:
    return verdict([face(i, None, 0, row) for i, row in enumerate(rows)], ruled("released", 0.5, 0.5, 0.5, 1))


def test_released_takes_the_means_over_all_rows_of_both_networks() -> None:
    found = released({"ed": (0.9, 0.2), "vae": (0.7, 0.1)}, {"ed": (0.4, 0.5), "vae": (0.2, 0.6)})
    assert (found.label, found.track) == (Label.FAKE, None)
    assert found.published_score == pytest.approx(0.55)
    assert found.fake == pytest.approx((0.55 + 1 - 0.35) / 2)


def test_released_real() -> None:
    found = released({"ed": (0.2, 0.9)}, {"ed": (0.3, 0.6)})
    assert (found.label, found.reason) == (Label.REAL, Reason.BELOW_LOWER)
    assert found.published_score == pytest.approx(1 - 0.75)


def test_released_takes_the_first_of_equals() -> None:
    found = released({"ed": (0.3, 0.3)})
    assert (found.label, found.fake, found.published_score) == (Label.FAKE, 0.5, 0.7)


@pytest.mark.parametrize(
    ("most", "mean"),
    [
        (0, (4 * 0.2 + 4 * 0.4 + 0.9) / 9),
        (5, (3 * 0.2 + 2 * 0.4) / 5),
        (8, (4 * 0.2 + 4 * 0.4) / 8),
    ],
)
def test_released_counts_a_face_as_often_as_its_frame_is_named_up_to_its_limit(most: int, mean: float) -> None:
    """``linspace(0, 1, 5)`` names frame 0 four times and frame 1 once."""
    bare = replace(BARE, finding=replace(BARE.finding, most_faces=most))
    method = replace(bare, rule=Rule("released", 0.5, 0.5, 0.5, 1, (bare.core_sha256,), "", ()))
    scores = [face(0, 0.2, 0), face(0, 0.4, 1), face(0, None, 2), face(1, 0.9, 0)]
    short = replace(VIDEO, frame_count=2)
    found = decide(scores, method, short, [(0, 0, 0.0), (1, 1, 1 / 30)], 2)[1]
    assert found.published_score == pytest.approx(mean)
    assert found.fake == pytest.approx(mean)
    by_track = decide(scores, replace(method, rule=ruled(least=1).rule), short, [(0, 0, 0.0), (1, 1, 1 / 30)], 2)[1]
    assert by_track.fake == pytest.approx((0.2 + 0.9) / 2)


units = st.floats(0.0, 1.0)


@given(st.lists(st.tuples(units, units), min_size=1, max_size=8))
def test_released_says_fake_exactly_when_the_mean_fake_is_at_least_the_mean_real(
    rows: list[tuple[float, float]],
) -> None:
    found = released(*({"ed": row} for row in rows))
    fake, real = (math.fsum(column) / len(rows) for column in zip(*rows, strict=True))
    assert (found.label is Label.FAKE) == (fake >= real)
    assert found.fake is not None and 0.0 <= found.fake <= 1.0
    if abs(fake - real) > 1e-12:
        assert (found.fake >= 0.5) == (found.label is Label.FAKE)


@given(st.lists(st.tuples(units, st.integers(0, 3)), max_size=12), st.integers(1, 4))
def test_one_threshold_higher_never_makes_a_video_more_fake(faces: list[tuple[float, int]], least: int) -> None:
    scores = [face(i, fake, track) for i, (fake, track) in enumerate(faces)]
    low, high = (verdict(scores, ruled(upper=upper, least=least)) for upper in (0.5, 0.9))
    assert low.fake == high.fake
    assert not (high.label is Label.FAKE and low.label is not Label.FAKE)


def test_coverage_knows_the_longest_stretch_not_looked_at() -> None:
    examined = [(30, 30, 1.0), (60, 60, 2.0), (150, 150, 5.0)]
    coverage = decide([], BARE, VIDEO, examined, 4)[2]
    assert (coverage.frames_total, coverage.frames_planned, coverage.frames_read) == (300, 4, 3)
    assert (coverage.first_s, coverage.last_s, coverage.longest_gap_s) == (1.0, 5.0, 5.0)
    nothing = decide([], BARE, VIDEO, [], 4)[2]
    assert (nothing.first_s, nothing.last_s, nothing.longest_gap_s) == (None, None, None)


ALL = [
    (verdict([face(i, fake) for i, fake in enumerate(fakes)], method), method.rule)
    for method in (BARE, ruled(), ruled("released", 0.5, 0.5, 0.5, 1))
    for fakes in ([], [None], [0.9], [0.9, 0.9], [0.5, 0.5], [0.1, 0.1])
]


@pytest.mark.parametrize(("found", "rule"), ALL)
def test_every_verdict_has_an_honest_sentence(found: Verdict, rule: Rule | None) -> None:
    text = describe(found, rule)
    assert text.startswith(f"{found.label}: ")
    assert text.endswith(".") and text.count(".  ") == 0
    for word in ("authentic", "probab", "likely", "certain", "genuine", "None"):
        assert word not in text
    if found.fake is not None:
        assert f"{found.fake:.3f}" in text
    if found.label is not Label.INCONCLUSIVE and rule is not None:
        assert f"{rule.upper if found.label is Label.FAKE else rule.lower:g}" in text


@pytest.mark.parametrize(
    ("fake", "shown", "label"),
    [(0.69996, "0.69996", "INCONCLUSIVE"), (0.7, "0.700", "FAKE"), (0.29999, "0.29999", "REAL")],
)
def test_a_score_next_to_a_threshold_never_reads_like_it(fake: float, shown: str, label: str) -> None:
    method = ruled(least=1)
    text = describe(verdict([face(0, fake)], method), method.rule)
    assert text.startswith(label)
    assert f"score of {shown} " in text


def test_an_analysis_whose_verdict_is_not_that_of_its_scores_is_found_out() -> None:
    scores = (face(0, 0.9), face(1, 0.8), face(2, None))
    examined = tuple((i, i, i / 30) for i in range(3))
    tracks, decided, coverage = decide(scores, ruled(), VIDEO, examined, 3)
    made = Provenance("", "", "", "", {}, "", "", "float32", 0, (), "", "")
    whole = Analysis(VIDEO, ruled(), scores, tracks, decided, coverage, made, {}, examined)
    assert follows(whole)
    assert not follows(replace(whole, verdict=replace(decided, label=Label.REAL)))
    assert not follows(replace(whole, scores=(replace(scores[0], fake=0.1), *scores[1:])))
    assert not follows(replace(whole, scores=scores[1:]))
    assert not follows(replace(whole, tracks=()))
    assert not follows(replace(whole, coverage=replace(coverage, faces_used=9)))


def test_an_analysis_that_hides_what_it_lacks_is_found_out() -> None:
    scores, examined = tuple(face(i, 0.1) for i in range(3)), tuple((i, i, i / 30) for i in range(3))
    tracks, decided, coverage = decide(scores, ruled(), VIDEO, examined, 5, (3, 4))
    made = Provenance("", "", "", "", {}, "", "", "float32", 0, (), "", "")
    whole = Analysis(VIDEO, ruled(), scores, tracks, decided, coverage, made, {}, examined)
    assert follows(whole)
    real = replace(whole, verdict=replace(decided, label=Label.REAL, reason=Reason.BELOW_LOWER))
    assert not follows(real)
    assert not follows(replace(real, coverage=replace(coverage, frames_not_decoded=())))
