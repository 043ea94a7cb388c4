"""Analyses that differ in one stage, and what the certificate says of it."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from genconvit.certificate import TIMES, Certificate, Comparison, Differing, Scope, beyond, scope_of
from genconvit.certificate_document import parse, to_document
from genconvit.certifying import FreshRun, certify, compare, contradicting, differences, result_sha256
from genconvit.detector import fewer_at_once
from genconvit.document import canonical
from genconvit.records import Analysis, NotUsed
from tests.genconvit import repeat_for_tests as made

an_analysis, a_face, DIGEST = made.an_analysis, made.a_face, made.DIGEST
PIXELS = {frame: DIGEST for frame, _, _ in made.EXAMINED}


def compared(other: Analysis, first: Analysis | None = None, scope: Scope = Scope.SAME_DEVICE) -> Comparison:
    return compare(FreshRun(first or an_analysis(), PIXELS), FreshRun(other, PIXELS), scope)


def with_face(position: int, **changes: object) -> Analysis:
    faces = list(an_analysis().scores)
    faces[position] = replace(faces[position], **changes)
    return an_analysis(tuple(faces), second=5)


def paths(comparison: Comparison) -> set[str]:
    return {each.path for each in comparison.differing}


def test_only_times_apart_they_are_identical() -> None:
    each = compared(an_analysis(second=30))
    assert (each.identical, each.within, each.differing, beyond(each)) == (True, True, (), ())
    assert (each.frames.first, each.frames.second, each.frames.pixels) == (3, 3, 3)
    assert (each.faces.paired, each.faces.box_px, each.faces.confidence) == (3, 0, 0.0)
    assert (each.crops.paired, each.crops.differ) == (3, 0)
    assert (each.scores.networks, each.scores.fake) == ({"ed": (0.0, 0.0), "vae": (0.0, 0.0)}, 0.0)
    assert (each.verdict.labels, each.verdict.fake, each.verdict.published_score) == (("FAKE", "FAKE"), 0.0, None)
    assert each.tolerance == 0.0


def test_nothing_but_the_times_is_left_out() -> None:
    first = an_analysis()
    assert TIMES == ("provenance.finished_at", "provenance.started_at", "timings_s")
    for field in fields(first.provenance):
        if field.name in ("started_at", "finished_at", "weights", "libraries", "seed"):
            continue
        other = replace(first, provenance=replace(first.provenance, **{field.name: "another"}))
        assert paths(compared(other, first)) == {f"provenance.{field.name}"}


def test_another_device_string_is_not_identical_and_within() -> None:
    each = compared(an_analysis(device="cpu (AMD EPYC, 1 threads)"))
    assert (each.identical, each.within) == (False, True)
    assert each.differing == (Differing("provenance.device", 1, "provenance.device"),)


def test_frames_that_only_one_run_read() -> None:
    short = an_analysis(tuple(a_face(frame) for frame in (0, 10)), examined=made.EXAMINED[:2])
    each = compared(short)
    assert each.frames.only_first == ((20, 20 / 30),)
    assert (each.frames.first, each.frames.second, each.frames.pixels) == (3, 2, 2)
    assert each.faces.count_differs == ((20, 20 / 30),)
    assert compared(an_analysis(), short).frames.only_second == ((20, 20 / 30),)
    assert {"frames", "faces", "tracks"} <= set(beyond(each))


def test_frames_with_another_time() -> None:
    later = (*made.EXAMINED[:2], (20, 10241, 0.7))
    each = compared(an_analysis(examined=later))
    assert each.frames.time_differs == ((20, 20 / 30),)
    assert each.frames.largest_time_s == pytest.approx(0.7 - 20 / 30)
    assert "frames" in beyond(each)


def test_frames_with_other_pixels() -> None:
    other = FreshRun(an_analysis(), {**PIXELS, 10: "f" * 64})
    each = compare(FreshRun(an_analysis(), PIXELS), other)
    assert each.frames.pixels_differ == ((10, 10 / 30),)
    # The analysis holds no pixels: the documents are the same, the runs are not.
    assert (each.identical, each.within, beyond(each)) == (True, False, ("frames",))


def test_pixels_that_nobody_looked_at_are_not_said_to_be_the_same() -> None:
    each = compare(FreshRun(an_analysis(), {}), FreshRun(an_analysis(), PIXELS))
    assert (each.frames.pixels, each.frames.pixels_differ) == (0, ())


def test_another_number_of_faces() -> None:
    more = an_analysis((*an_analysis().scores, a_face(20, left=400, track=1)))
    each = compared(more)
    assert (each.faces.first, each.faces.second, each.faces.paired) == (3, 4, 3)
    assert each.faces.count_differs == ((20, 20 / 30),)
    assert (each.faces.box_px, each.scores.fake) == (0, 0.0)
    assert (each.tracks.first, each.tracks.second) == (1, 2)
    assert set(beyond(each)) == {"faces", "tracks"}


def test_faces_in_another_order_are_paired_by_their_boxes() -> None:
    two = (a_face(0, 0.9), a_face(0, 0.2, left=400, track=1), a_face(10), a_face(20))
    each = compared(an_analysis((two[1], two[0], *two[2:])), an_analysis(two))
    assert (each.faces.paired, each.faces.box_px, each.scores.fake) == (4, 0, 0.0)
    assert (each.within, each.identical) == (True, False)


def test_a_box_that_moved_and_another_confidence() -> None:
    each = compared(with_face(1, box=(100, 50, 183, 160), confidence=0.75))
    assert (each.faces.box_px, each.faces.confidence) == (3, pytest.approx(0.15))
    assert beyond(each) == ("faces",)
    assert paths(each) == {"scores[*].box[*]", "scores[*].confidence"}
    assert each.differing[0].first == "scores[1].box[2]"


def test_crops_that_differ_or_are_missing() -> None:
    each = compared(with_face(2, crop_sha256="f" * 64))
    assert (each.crops.paired, each.crops.differ, each.crops.only_one) == (3, 1, 0)
    assert beyond(each) == ("crops",)
    unused = with_face(0, crop_sha256=None, used=False, fake=None, networks={}, reason=NotUsed.TOO_SMALL)
    each = compared(unused)
    assert (each.crops.paired, each.crops.only_one, each.scores.paired) == (2, 1, 2)
    assert "crops" in beyond(each)


def test_scores_per_network() -> None:
    each = compared(with_face(1, networks={"ed": (0.85, 1 - 0.85), "vae": (0.86, 0.12)}, fake=0.86))
    assert each.scores.networks["ed"] == (0.0, 0.0)
    assert each.scores.networks["vae"] == (pytest.approx(0.01), pytest.approx(0.03))
    assert each.scores.fake == pytest.approx(0.01)
    assert each.tracks.fake == pytest.approx(0.01 / 3)
    assert set(beyond(each)) == {"scores", "tracks", "verdict"}


def test_tracks_that_are_linked_otherwise() -> None:
    each = compared(with_face(2, track=1))
    assert (each.tracks.linked_otherwise, each.tracks.first, each.tracks.second, each.tracks.differ) == (1, 1, 2, 1)
    assert beyond(each) == ("tracks",)


def test_another_label() -> None:
    low = an_analysis(tuple(a_face(frame, 0.1) for frame, _, _ in made.EXAMINED))
    each = compared(low)
    assert (each.verdict.same, each.verdict.labels) == (False, ("FAKE", "REAL"))
    assert each.verdict.fake == pytest.approx(0.75)
    assert each.verdict.flagged_in_one == (0, 10, 20)


def test_published_scores() -> None:
    first, other = (
        replace(analysis, verdict=replace(analysis.verdict, published_score=score))
        for analysis, score in ((an_analysis(), 0.5), (an_analysis(), 0.25))
    )
    assert compared(other, first).verdict.published_score == 0.25
    assert not compared(an_analysis(), first).verdict.same


def test_no_face_in_either_run() -> None:
    each = compared(an_analysis((), second=9), an_analysis(()))
    assert (each.identical, each.within) == (True, True)
    assert (each.faces.paired, each.faces.box_px, each.scores.fake, each.scores.networks) == (0, None, None, {})
    assert (each.verdict.labels, each.verdict.fake) == (("INCONCLUSIVE", "INCONCLUSIVE"), None)


def test_a_face_in_one_run_only() -> None:
    each = compared(an_analysis(()))
    assert (each.verdict.fake, each.verdict.same, each.faces.first, each.faces.second) == (None, False, 3, 0)


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-4), ("bfloat16", 0.02)])
def test_across_devices_scores_may_differ_by_the_tolerance(precision: str, tolerance: float) -> None:
    def moved(step: float) -> Analysis:
        faces = tuple(a_face(frame, 0.85 + step) for frame, _, _ in made.EXAMINED)
        return an_analysis(faces, device=made.GPU, precision=precision)

    first = an_analysis(precision=precision)
    near = compared(moved(tolerance * 0.9), first, Scope.ACROSS_DEVICES)
    far = compared(moved(tolerance * 1.1), first, Scope.ACROSS_DEVICES)
    assert (near.within, near.identical, near.tolerance) == (True, False, tolerance)
    assert beyond(far) == ("scores", "tracks", "verdict")
    assert not compared(moved(tolerance * 0.9), first).within


def test_a_box_never_differs_across_devices() -> None:
    assert not compared(with_face(1, box=(101, 50, 180, 160)), scope=Scope.ACROSS_DEVICES).within


def certified(*others: Analysis, across: Analysis | None = None) -> Certificate:
    runs = [FreshRun(analysis, PIXELS) for analysis in (an_analysis(), *others)]
    return certify(runs, FreshRun(across, PIXELS) if across else None, "This machine has none.")


def test_the_certificate_says_what_was_compared() -> None:
    certificate = certified(an_analysis(second=20), an_analysis(second=40))
    assert (certificate.video.name, certificate.video.size_bytes) == ("Anruf 1.mp4", 4711)
    method = an_analysis().method
    assert (certificate.method.sha256, certificate.method.core_sha256) == (method.sha256, method.core_sha256)
    assert [(run.number, run.started_at[-3:]) for run in certificate.runs] == [(1, "00Z"), (2, "20Z"), (3, "40Z")]
    assert [(each.first, each.second) for each in certificate.comparisons] == [(1, 2), (1, 3)]
    assert (certificate.identical, certificate.within) == (True, True)
    assert certificate.no_other_device == "This machine has none."
    assert len({run.result_sha256 for run in certificate.runs}) == 1


def test_one_run_that_differs_is_enough() -> None:
    certificate = certified(an_analysis(second=20), with_face(1, crop_sha256="f" * 64))
    assert (certificate.identical, certificate.within) == (False, False)
    assert [each.within for each in certificate.comparisons] == [True, False]


def test_a_gpu_has_no_part_in_whether_the_same_device_repeats_itself() -> None:
    moved = an_analysis(tuple(a_face(frame, 0.850001) for frame, _, _ in made.EXAMINED), device=made.GPU)
    certificate = certified(an_analysis(second=20), across=moved)
    assert (certificate.identical, certificate.within, certificate.no_other_device) == (True, True, "")
    assert [each.scope for each in certificate.comparisons] == [Scope.SAME_DEVICE, Scope.ACROSS_DEVICES]


def test_runs_of_different_things_are_refused() -> None:
    first = an_analysis()
    for other in (replace(first, video=replace(first.video, sha256="f" * 64)), an_analysis(precision="bfloat16")):
        with pytest.raises(ValueError, match="one video and one method"):
            certified(other)
    with pytest.raises(ValueError, match="two runs"):
        certified()


def test_the_hash_of_a_result_does_not_depend_on_when_and_where_the_file_lay() -> None:
    first = an_analysis()
    elsewhere = replace(an_analysis(second=9), video=replace(first.video, path=Path("other.mp4")))
    assert result_sha256(elsewhere) == result_sha256(first)
    assert result_sha256(with_face(0, confidence=0.91)) != result_sha256(first)
    assert result_sha256(an_analysis(device=made.GPU)) != result_sha256(first)


VARIED = {
    "nothing": an_analysis(second=9),
    "no face": an_analysis(()),
    "a frame less": an_analysis(tuple(a_face(frame) for frame in (0, 10)), examined=made.EXAMINED[:2]),
    "another time": an_analysis(examined=(*made.EXAMINED[:2], (20, 10241, 0.7))),
    "another clock": an_analysis(examined=(*made.EXAMINED[:2], (20, 10241, 20 / 30))),
    "a face more": an_analysis((*an_analysis().scores, a_face(20, left=400, track=1))),
    "another order": an_analysis((*an_analysis().scores[::-1],)),
    "a box": with_face(1, box=(100, 50, 183, 160), confidence=0.75),
    "a crop": with_face(2, crop_sha256="f" * 64),
    "a face unused": with_face(0, crop_sha256=None, used=False, fake=None, networks={}, reason=NotUsed.TOO_SMALL),
    "scores": an_analysis(tuple(a_face(frame, 0.1) for frame, _, _ in made.EXAMINED)),
    "a track": with_face(2, track=1),
    "a published score": replace(an_analysis(), verdict=replace(an_analysis().verdict, published_score=0.5)),
    "another version": replace(an_analysis(), provenance=replace(an_analysis().provenance, version="0.2")),
    "another source": replace(an_analysis(), provenance=replace(an_analysis().provenance, source_sha256="e" * 64)),
    "a library less": replace(an_analysis(), provenance=replace(an_analysis().provenance, libraries={"numpy": "2"})),
    "another origin": replace(an_analysis(), provenance=replace(an_analysis().provenance, method_origin="user")),
    "other threads": an_analysis(device="cpu (AMD EPYC, 1 threads)"),
    "plain arithmetic": an_analysis(device="cpu (AMD EPYC, 2 threads), fused: nothing"),
}


@pytest.mark.parametrize("name", VARIED)
def test_no_certificate_that_is_made_is_refused_when_it_is_read(name: str) -> None:
    for first in (an_analysis(), VARIED[name]):
        for other in (an_analysis(), VARIED[name]):
            gpu = replace(other, provenance=replace(other.provenance, device=made.GPU))
            runs = [FreshRun(first, PIXELS), FreshRun(other, {**PIXELS, 10: "f" * 64})]
            for certificate in (certify(runs, None, "None."), certify(runs, FreshRun(gpu, {}))):
                assert parse(canonical(to_document(certificate))) == certificate


UNREPEATED = "may not repeat itself: upsample"


@pytest.mark.parametrize(
    ("first", "second", "scope"),
    [
        ("cpu (AMD EPYC, 2 threads)", "cpu (AMD EPYC, 2 threads)", Scope.SAME_DEVICE),
        ("cpu (AMD EPYC, 2 threads, cuda not usable: old driver)", "cpu (AMD EPYC, 4 threads)", Scope.SAME_DEVICE),
        ("cpu (AMD EPYC, 2 threads), fused: ed.backbone", "cpu (AMD EPYC, 2 threads)", Scope.SAME_DEVICE),
        (f"cuda:0 (A), {fewer_at_once(4, 8)}", "cuda:0 (A)", Scope.SAME_DEVICE),
        (f"cuda:0 (A), {fewer_at_once(4, 8)}, {UNREPEATED}", f"cuda:0 (A), {UNREPEATED}", Scope.SAME_DEVICE),
        ("cpu (AMD EPYC, 2 threads), fused: ed.backbone", "cuda:0 (A)", Scope.ACROSS_DEVICES),
        ("mps (arm64)", "cpu (Apple M4, 10 threads)", Scope.ACROSS_DEVICES),
        ("cuda:0 (A)", "cuda:1 (A)", None),
        ("cuda:0 (A)", "cuda:0 (B)", None),
        ("cpu (AMD EPYC, 2 threads)", "cpu (Intel, 2 threads)", None),
        ("abacus", "abacus", None),
    ],
)
def test_what_two_devices_have_in_common(first: str, second: str, scope: Scope | None) -> None:
    assert scope_of(first, second) is scope_of(second, first) is scope


def test_runs_of_other_devices_than_said_make_no_certificate() -> None:
    gpu, elsewhere = an_analysis(device=made.GPU), an_analysis()
    elsewhere = replace(elsewhere, provenance=replace(elsewhere.provenance, platform="Windows-11"))
    with pytest.raises(ValueError, match="not as said"):
        certified(gpu)
    with pytest.raises(ValueError, match="not as said"):
        certified(an_analysis(), across=an_analysis())
    with pytest.raises(ValueError, match="one machine"):
        certified(elsewhere)
    with pytest.raises(ValueError, match="says why"):
        certify([FreshRun(an_analysis(), {})] * 2)


def test_runs_that_do_not_bear_out_an_analysis() -> None:
    certificate = certified(an_analysis(second=20), across=an_analysis(device=made.GPU))
    assert contradicting(certificate, an_analysis(second=40)) == ()
    # On the same device with the same program the result must be the same, on another one the label and the score.
    assert contradicting(certificate, with_face(0, confidence=0.91)) == (1, 2)
    near, far = (
        an_analysis(tuple(a_face(n, 0.85 + step) for n, _, _ in made.EXAMINED), device="cpu (Intel, 8 threads)")
        for step in (5e-5, 2e-4)
    )
    assert contradicting(certificate, near) == ()
    assert contradicting(certificate, far) == (1, 2, 3)
    assert contradicting(certificate, an_analysis(())) == (1, 2, 3)
    assert contradicting(certificate, replace(near, verdict=replace(near.verdict, published_score=0.5))) == (1, 2, 3)


@pytest.mark.parametrize(
    ("part", "change"), [("video", {"size_bytes": 1}), ("method", {"precision": "bfloat16"}),
                         ("method", {"core_sha256": "f" * 64})]
)  # fmt: skip
def test_facts_that_belong_to_other_hashes(part: str, change: dict[str, Any]) -> None:
    certificate = certified(an_analysis())
    other = replace(certificate, **{part: replace(getattr(certificate, part), **change)})
    assert contradicting(other, an_analysis()) == (1, 2)


def test_a_result_hash_that_was_copied_does_not_hide_another_score() -> None:
    certificate = certified(an_analysis())
    runs = tuple(replace(run, fake=0.01) for run in certificate.runs)
    assert contradicting(replace(certificate, runs=runs), an_analysis()) == (1, 2)
    runs = tuple(replace(run, platform="Windows-11") for run in certificate.runs)
    assert contradicting(replace(certificate, runs=runs), an_analysis()) == (1, 2)


def test_a_source_that_is_not_known_is_not_taken_for_the_same_one() -> None:
    def unknown(analysis: Analysis) -> Analysis:
        return replace(analysis, provenance=replace(analysis.provenance, source_sha256=""))

    near, far = (an_analysis(tuple(a_face(n, 0.85 + step) for n, _, _ in made.EXAMINED)) for step in (5e-5, 2e-4))
    certificate = certify([FreshRun(unknown(an_analysis()), PIXELS)] * 2, None, "None.")
    assert contradicting(certificate, unknown(an_analysis(second=40))) == ()
    assert contradicting(certificate, unknown(near)) == ()
    assert contradicting(certificate, unknown(far)) == (1, 2)
    assert contradicting(certificate, near) == ()
    assert contradicting(certified(an_analysis()), near) == (1, 2)
    copied = tuple(replace(run, fake=run.fake + 5e-5) for run in certificate.runs if run.fake is not None)
    assert contradicting(replace(certificate, runs=copied), unknown(an_analysis())) == (1, 2)


def test_differences_of_documents() -> None:
    first = {"a": 1, "b": [{"c": 1.0}, {"c": 2.0}], "d": True, "e": None}
    other = {"a": 1.0, "b": [{"c": 1.5}, {"c": 3.0}, {"c": 4.0}], "d": True, "f": None}
    assert differences(first, first) == ()
    assert differences(first, other) == (
        Differing("a", 1, "a"),
        Differing("b[*].c", 2, "b[0].c"),
        Differing("b[*]", 1, "b[2]"),
        Differing("e", 1, "e"),
        Differing("f", 1, "f"),
    )
    assert differences({"a": 0.0}, {"a": -0.0}) == (Differing("a", 1, "a"),)
