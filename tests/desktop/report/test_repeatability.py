"""What a report says of repeatability: what was compared, and never more."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from desktop.cases.records import RUN_HERE, CertificateEntry
from desktop.report.blocks import ReportContent, Table
from desktop.report.content import describe
from desktop.report.repeatability import contradiction
from desktop.report.words import clock
from genconvit.certificate import Certificate
from genconvit.certifying import FreshRun, certify
from genconvit.records import Analysis, Label, Reason
from tests.desktop.report.reading import fields, section, words

GPU = "cuda:0 (NVIDIA H200)"


def moved(analysis: Analysis, step: float, device: str = "") -> Analysis:
    """The same analysis with every score higher, on another device."""
    scores = tuple(
        replace(s, networks={"ed": (s.fake + step, 1 - s.fake - step)}, fake=s.fake + step) for s in analysis.scores
    )
    tracks = tuple(replace(t, fake=t.fake + step) for t in analysis.tracks)
    verdict = replace(analysis.verdict, fake=analysis.verdict.fake + step)
    made = replace(analysis.provenance, device=device or analysis.provenance.device)
    return replace(analysis, scores=scores, tracks=tracks, verdict=verdict, provenance=made)


def pixels(analysis: Analysis) -> dict[int, str]:
    return {frame: "ab" * 32 for frame, _, _ in analysis.examined}


def certified(analysis: Analysis, *others: Analysis, across: Analysis | None = None) -> Certificate:
    runs = [FreshRun(each, pixels(each)) for each in (analysis, *others)]
    gpu = FreshRun(across, pixels(across)) if across else None
    return certify(runs, gpu, "This machine has no device that computes but its CPU.")


def described(records: SimpleNamespace, certificate: Certificate | None, kept: bool = True) -> ReportContent:
    entry = CertificateEntry("k-1", "a-1", "cd" * 32, "2026-11-20T15:01:00Z", RUN_HERE)
    sample = records.a_case(certificates=(entry,) if kept else ())
    known = {"k-1": certificate} if certificate else {}
    return describe(sample.snapshot, sample.analyses, (), records.ISSUED, records.VERSION, known)


def part(content: ReportContent) -> str:
    """What the section on the one item says."""
    titles = [s.title for s in content.sections]
    return repr(content.sections[titles.index("Repeatability") + 1])


def stages(content: ReportContent) -> list[Table]:
    return [b for s in content.sections for b in s.blocks if isinstance(b, Table) and b.columns[0].title == "Stage"]


def test_without_a_certificate_the_section_says_so(records: SimpleNamespace) -> None:
    content = described(records, None, kept=False)
    assert section(content, "Repeatability")
    assert "Repeatability certificate: not supplied." in part(content)
    assert "repeatability-" not in words(content)


def test_the_same_number_on_a_second_run(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis()
    content = described(records, certified(analysis, analysis))
    said = part(content)
    assert "The same number on a second run on the same machine; the records are equal byte for byte" in said
    rows = fields(content)
    assert (
        "The reported analysis is that of every run, byte for byte, but for times"
        in rows["Against the reported analysis"][0]
    )
    assert rows["Certificate SHA-256"] == ["cd" * 32]
    assert rows["CPU against GPU"] == ["Not compared. This machine has no device that computes but its CPU."]
    (table,) = stages(content)
    assert [row[0] for row in table.rows] == ["frames", "faces", "crops", "scores", "persons", "verdict"]
    assert {row[3] for row in table.rows} == {"yes"}
    assert table.rows[0][1] == "32 frames; time stamps; decoded pixels of 32 by SHA-256"
    assert table.rows[3][2] == "ed: fake 0, real 0; score 0"
    assert [a.name for a in content.attachments] == ["analysis-a-1.json", "repeatability-k-1.json"]
    assert "See section “Repeatability”" not in words(content)


def test_pixels_that_were_not_looked_at_are_not_claimed(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis()
    content = described(records, certify([FreshRun(analysis, {})] * 2, None, "None."))
    assert stages(content)[0].rows[0][1] == "32 frames; time stamps; decoded pixels not compared"


def test_runs_that_differ_are_on_the_first_page(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis()
    content = described(records, certified(analysis, moved(analysis, 0.001)))
    sentence = "NOT the same on a second run on the same machine: different in scores, persons, verdict."
    assert sentence in part(content)
    assert f"Item 1: {sentence} See section “Repeatability”." in repr(content.sections[0])
    (table,) = stages(content)
    assert [row[3] for row in table.rows] == ["yes", "yes", "yes", "no", "no", "no"]
    assert table.rows[3][2] == "ed: fake 0.001, real 0.001; score 0.001"
    assert "The two analysis records differ in: scores[*].fake (32 places)" in part(content)


def test_other_pixels_are_a_difference_even_where_the_records_are_equal(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis()
    runs = [FreshRun(analysis, pixels(analysis)), FreshRun(analysis, {**pixels(analysis), 0: "ef" * 32})]
    content = described(records, certify(runs, None, "None."))
    assert "NOT the same on a second run on the same machine: different in frames." in part(content)
    assert stages(content)[0].rows[0][2:] == ("1 frame with other pixels: 0 (0:00.000)", "no")


def test_a_video_without_a_face_has_no_number(records: SimpleNamespace) -> None:
    analysis = records.an_analysis([], Label.INCONCLUSIVE, Reason.NO_FACE, frames=(0, 10, 20))
    entry = CertificateEntry("k-1", "a-1", "cd" * 32, "2026-11-20T15:01:00Z", RUN_HERE)
    sample = records.a_case(analysis, certificates=(entry,))
    known = {"k-1": certified(analysis, analysis)}
    content = describe(sample.snapshot, sample.analyses, (), records.ISSUED, records.VERSION, known)
    assert "The same result, without a score, on a second run on the same machine" in part(content)
    assert stages(content)[0].rows[3][1:] == ("networks' outputs and score of 0 faces", "none", "yes")


def test_cpu_and_gpu(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis()
    near = described(records, certified(analysis, analysis, across=moved(analysis, 3e-6, GPU)))
    assert "CPU and GPU of that machine: the same within 0.0001 of every score." in part(near)
    assert "Run 3 against run 1, CPU against GPU, tolerance 0.0001" in part(near)
    assert GPU in part(near)
    assert fields(near)["CPU against GPU"] == ["Compared"]
    far = described(records, certified(analysis, analysis, across=moved(analysis, 3e-3, GPU)))
    assert "CPU and GPU of that machine: DIFFERENT by more than 0.0001, in scores, persons, verdict." in part(far)


def test_another_result_than_the_one_reported_is_told_on_the_first_page(records: SimpleNamespace) -> None:
    other = moved(records.fake_analysis(), -0.01)
    content = described(records, certified(other, other))
    assert fields(content)["Against the reported analysis"] == [
        "Label the same in every run; largest difference of the score 0.01"
    ]
    said = "The reported analysis was NOT borne out by runs 1, 2 of its repeatability certificate: "
    assert said in part(content)
    assert f"Item 1: {said}" in repr(content.sections[0])


def test_a_difference_of_late_digits_is_told_as_what_it_is(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis()
    near = moved(analysis, 2e-8)
    content = described(records, certified(near, near))
    said = (
        "Same label as reported, FAKE, in runs 1, 2 of its repeatability certificate; the score differs by 2e-08, less "
        "than is shown and within the 0.0001 that CPU and GPU may differ by. Of the records, label and score were "
        "compared, and no other field. The runs were made on the same device with the same program and libraries, "
        "where the records should be equal byte for byte; they are not."
    )
    assert said in part(content)
    assert f"Item 1: {said}" in repr(content.sections[0])
    assert "NOT borne out" not in words(content)
    between = part(described(records, certified(analysis, near)))
    assert "Same label on a second run on the same machine; a face's score differs by up to 2e-08, within " in between
    assert "The records are not equal byte for byte." in between
    assert "NOT the same" not in between


def shown(analysis: Analysis, border: float) -> Analysis:
    """The same analysis with this score."""
    assert analysis.verdict.fake is not None
    return moved(analysis, border - analysis.verdict.fake)


def contradicted(analysis: Analysis, *runs: Analysis, **change: object) -> str:
    made = certified(*runs)
    return contradiction(replace(made, runs=tuple(replace(run, **change) for run in made.runs)), analysis)  # type: ignore[arg-type]


def test_late_digits_across_the_border_of_what_is_shown_are_late_digits_too(records: SimpleNamespace) -> None:
    below, above = (shown(records.fake_analysis(), 0.90005 + step) for step in (-1e-8, 1e-8))
    said = contradicted(below, above, above)
    assert "the score differs by 2e-08 (0.9001 in run 1, 0.9000 reported), within the 0.0001 that CPU" in said
    assert "NOT borne out" not in said
    assert "NOT borne out" in contradicted(below, moved(below, 1.1e-4), moved(below, 1.1e-4))


def test_of_several_runs_the_farthest_is_quoted(records: SimpleNamespace) -> None:
    analysis = shown(records.fake_analysis(), 0.90005 - 1e-8)
    said = contradicted(analysis, moved(analysis, 1e-9), moved(analysis, 2e-8))
    assert "by up to 2e-08 (0.9001 in run 2, 0.9000 reported)" in said


def test_what_each_run_gave_is_told_where_they_gave_different_things(records: SimpleNamespace) -> None:
    analysis = shown(records.fake_analysis(), 0.9)
    assert contradicted(analysis, moved(analysis, -0.01), moved(analysis, -0.02)) == (
        "The reported analysis was NOT borne out by runs 1, 2 of its repeatability certificate: run 1 gave FAKE, score "
        "0.8900; run 2 gave FAKE, score 0.8800; reported FAKE, score 0.9000."
    )


def test_other_records_with_the_same_label_and_score(records: SimpleNamespace) -> None:
    analysis = shown(records.fake_analysis(), 0.9)
    other = replace(analysis, coverage=replace(analysis.coverage, faces_found=99))
    runs = "The reported analysis was NOT borne out by runs 1, 2 of its repeatability certificate: "
    assert contradicted(analysis, other, other) == (
        f"{runs}FAKE, score 0.9000, as reported; but the runs were made on the same device with the same program and "
        "libraries, where the records should be equal byte for byte, and they are not. What they differ in is not "
        "known."
    )
    # Facts that do not belong to the hash beside them.
    for change in ({"platform": "Windows-11"}, {"fake": analysis.verdict.fake + 1e-8}):  # type: ignore[operator]
        assert contradicted(analysis, analysis, analysis, **change) == (
            f"{runs}FAKE, score 0.9000, as reported; but the certificate gives their records the hash of the reported "
            "one, and facts that do not belong to it."
        )
    made = certified(analysis, analysis)
    elsewhere = replace(made, video=replace(made.video, size_bytes=1))
    assert contradiction(elsewhere, analysis) == (
        f"{runs}FAKE, score 0.9000, as reported; but what the certificate says of video and method does not belong to "
        "the hashes it gives for them."
    )


def test_the_number_of_the_released_script_is_quoted_too(records: SimpleNamespace) -> None:
    analysis = shown(records.fake_analysis(), 0.9)
    ours, theirs = (replace(analysis, verdict=replace(analysis.verdict, published_score=n)) for n in (0.5, 0.6))
    said = contradicted(ours, theirs, theirs)
    assert ": FAKE, score 0.9000, the released script's number 0.6000; reported FAKE, score 0.9000, the" in said


def published(analysis: Analysis, value: float) -> Analysis:
    return replace(analysis, verdict=replace(analysis.verdict, published_score=value))


def test_a_difference_is_told_with_its_own_numbers(records: SimpleNamespace) -> None:
    score = shown(records.fake_analysis(), 0.9)
    ours = published(score, 0.50005 - 1e-8)
    said = contradicted(ours, *[published(score, 0.50005 + 1e-8)] * 2)
    assert "; the released script's number differs by 2e-08 (0.5001 in run 1, 0.5000 reported), within the" in said
    # The score differs by more, but is shown the same.
    theirs = published(moved(score, 3e-8), 0.50005 + 1e-8)
    said = contradicted(ours, theirs, theirs)
    assert (
        "; the score differs by 3e-08, less than is shown; the released script's number differs by 2e-08 (0.5001 in "
        "run 1, 0.5000 reported); both within the 0.0001 that" in said
    )
    below = shown(score, 0.90005 - 1e-8)
    said = contradicted(below, moved(below, 2e-8), moved(below, -3e-8))
    assert (
        "; the score differs by up to 3e-08, less than is shown, and in run 1 by 2e-08 (0.9001, 0.9000 reported), "
        "within the 0.0001 that" in said
    )


def test_runs_on_another_platform_are_told(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis()
    windows = replace(analysis, provenance=replace(analysis.provenance, platform="Windows-11"))
    content = described(records, certified(windows, windows))
    here = analysis.provenance.platform
    assert fields(content)["Platform of the reported analysis"] == [f"{here}; NOT that of the runs"]
    assert "NOT borne out" not in words(content)
    assert "Platform of the reported analysis" not in fields(described(records, certified(analysis, analysis)))


def test_its_origin_is_printed(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis()
    content = described(records, certified(analysis, analysis))
    assert fields(content)["Origin"] == ["run by this program here; not signed"]
    assert "It is not signed: what it says is said by whoever made it." in words(content)


def test_a_time_that_is_none_is_printed_as_it_is() -> None:
    assert (clock(1e308), clock(float("inf")), clock(float("nan"))) == ("1e+308 s", "inf s", "nan s")
    assert clock(1e9) == "277777:46:40.000"


def test_of_many_runs_those_that_differ_are_printed(records: SimpleNamespace) -> None:
    analysis = records.fake_analysis()
    content = described(records, certified(analysis, *[analysis] * 7, moved(analysis, 0.5)))
    assert "NOT the same on 8 more runs" in part(content)
    assert len(stages(content)) == 4
    assert "Run 9 against run 1" in part(content)
    assert "4 more comparisons are in the attached certificate." in part(content)


@pytest.mark.parametrize("what", ["video", "method", "file"])
def test_a_certificate_of_something_else_is_not_printed(records: SimpleNamespace, what: str) -> None:
    analysis = records.fake_analysis()
    certificate: Certificate | None = certified(analysis, analysis)
    if what == "file":
        certificate = None
    else:
        certificate = replace(certificate, **{what: replace(getattr(certificate, what), sha256="ef" * 32)})
    content = described(records, certificate)
    assert "1 repeatability certificate is listed in the case and not printed" in part(content)
    assert "Repeatability certificate: not supplied." in part(content)
    assert "not printed" in repr(content.sections[0])
    assert "repeatability-" not in words(content)


def test_a_video_without_an_analysis_has_no_certificate(records: SimpleNamespace) -> None:
    snapshot = records.a_snapshot([records.evidence_of(records.a_video(), "e-1")])
    content = describe(snapshot, {}, (), records.ISSUED, records.VERSION)
    assert "Repeatability certificate: not supplied." in part(content)
