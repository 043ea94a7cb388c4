"""The certificate as a document and back, and what a document must satisfy to be read.

``resources/repeatability.schema.json`` describes the document. The schema says what a field may hold; here stands what
the fields say of each other. A certificate that passes does not contradict itself, which is all that can be seen of it:
nobody signed it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from typing import Any

from genconvit.certificate import (
    OF_THE_PLACE,
    TIMES,
    TOLERANCES,
    Certificate,
    Comparison,
    FramePlace,
    Run,
    Scope,
    all_identical,
    beyond,
    scope_of,
    tolerance_of,
)
from genconvit.document import plain, record
from genconvit.errors import AnalysisInvalid, CertificateInvalid

SCHEMA = "veriframe.repeatability/1"
MOST = 10**9
"""No count, no length in pixels and no time in seconds is larger; a file may have :data:`MOST_BYTES`."""
MOST_BYTES = 2**53
MOST_LETTERS = 10_000

_Claim = tuple[bool, str, str]
"""Whether it holds, the field it is about, and what is wrong if it does not."""
_NEGATIVE = "must not be negative"
_TWICE = "must name each frame once, and none of another list"
_FACTS = {
    **{name: f"provenance.{name}" for name in ("program", "version", "source_sha256")},
    **{name: f"provenance.{name}" for name in ("python", "platform", "decoder", "device")},
    **{name: f"verdict.{name}" for name in ("label", "fake", "published_score")},
}
"""What a certificate says of each run and an analysis document says as well, by its path there."""


def to_document(certificate: Certificate) -> dict[str, Any]:
    """As plain tables, lists, numbers and texts, in the shape of ``resources/repeatability.schema.json``."""
    return {"schema": SCHEMA, **plain(certificate)}


def from_document(document: object) -> Certificate:
    """The reverse of :func:`to_document`.

    Raises:
        CertificateInvalid: not such a document; one without two runs on one device; one that contradicts itself.
    """
    if not isinstance(document, Mapping):
        raise CertificateInvalid("", "must be a table")
    table = dict(document)
    if (schema := table.pop("schema", None)) != SCHEMA:
        raise CertificateInvalid("schema", f"this program reads {SCHEMA}, not {schema!r}")
    try:
        certificate = record(Certificate, table)
    except AnalysisInvalid as error:
        raise CertificateInvalid(error.field_name, error.problem) from None
    assert isinstance(certificate, Certificate)
    for holds, field_name, problem in _claims(certificate):
        if not holds:
            raise CertificateInvalid(field_name, problem)
    return certificate


def parse(data: bytes) -> Certificate:
    """The certificate in the bytes of a document. Raises CertificateInvalid."""
    try:
        document = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CertificateInvalid("", f"not JSON: {error}") from None
    return from_document(document)


def _claims(certificate: Certificate) -> Iterator[_Claim]:
    """In an order in which each may rest on those before it."""
    yield from _sizes(certificate, "")
    yield from _of_runs(certificate)
    runs, comparisons, precision = certificate.runs, certificate.comparisons, certificate.method.precision
    for position, each in enumerate(comparisons):
        for holds, field_name, problem in _of_comparison(each, runs[0], runs[position + 1], precision):
            yield holds, f"comparisons[{position}].{field_name}", problem
    scopes = {each.scope for each in comparisons}
    yield Scope.SAME_DEVICE in scopes, "comparisons", "must have one of two runs on the same device"
    across = Scope.ACROSS_DEVICES in scopes
    yield (
        across != bool(certificate.no_other_device.strip()),
        "no_other_device",
        "must say why CPU and GPU were not compared, or be empty where they were",
    )
    yield certificate.identical == all_identical(comparisons), "identical", "is not what the comparisons say"
    yield certificate.within == all(each.within for each in comparisons), "within", "is not what the comparisons say"


def _of_runs(certificate: Certificate) -> Iterator[_Claim]:
    runs, numbers = certificate.runs, [run.number for run in certificate.runs]
    yield numbers == list(range(1, len(numbers) + 1)) and len(numbers) > 1, "runs", "must be two or more, from 1 on"
    compared = [(each.first, each.second) for each in certificate.comparisons]
    yield compared == [(1, number) for number in numbers[1:]], "comparisons", "must be each later run with the first"
    yield certificate.method.precision in TOLERANCES, "method.precision", f"must be one of {', '.join(TOLERANCES)}"
    yield certificate.left_out == TIMES, "left_out", f"must be {', '.join(TIMES)}"
    hashes = {
        "video.sha256": certificate.video.sha256,
        "method.sha256": certificate.method.sha256,
        "method.core_sha256": certificate.method.core_sha256,
        **{f"runs[{run.number - 1}].result_sha256": run.result_sha256 for run in runs},
        **{f"runs[{run.number - 1}].source_sha256": run.source_sha256 for run in runs if run.source_sha256},
    }
    for name, value in hashes.items():
        yield re.fullmatch("[0-9a-f]{64}", value) is not None, name, "must be 64 digits, 0 to 9 and a to f"
    for run in runs:
        place = f"runs[{run.number - 1}]"
        for name in ("started_at", "finished_at"):
            yield _is_time(getattr(run, name)), f"{place}.{name}", "must be a time such as 2026-01-31T23:59:59Z"
        for name in ("fake", "published_score"):
            yield (getattr(run, name) or 0.0) <= 1.0, f"{place}.{name}", "must not be above 1"
        yield run.platform == runs[0].platform, f"{place}.platform", "must be that of the first run"


def _of_comparison(each: Comparison, first: Run, second: Run, precision: str) -> Iterator[_Claim]:
    yield each.scope is scope_of(first.device, second.device), "scope", "is not what the runs' devices say"
    yield each.tolerance == tolerance_of(each.scope, precision), "tolerance", "must be that of the precision"
    yield from _of_frames(each)
    yield from _of_faces(each)
    yield from _of_verdict(each, first, second)
    yield each.within == (not beyond(each)), "within", "is not what its stages say"
    yield each.identical == (not each.differing), "identical", "must be true if no path differs, and only then"
    yield from _of_records(each, first, second)
    # Of equal records only what they do not hold can differ.
    exact = replace(each, tolerance=0.0, frames=replace(each.frames, pixels_differ=()))
    yield not (each.identical and beyond(exact)), "identical", "is not what its stages say"
    yield not (each.within and first.fake is not None and not each.scores.paired), "within", "rests on no score"


def _of_frames(each: Comparison) -> Iterator[_Claim]:
    frames = each.frames
    both = frames.first - len(frames.only_first)
    yield both >= 0 and both == frames.second - len(frames.only_second), "frames", "has counts that do not fit"
    yield _apart(frames.only_first, frames.only_second, frames.time_differs), "frames", _TWICE
    yield _apart(frames.only_first, frames.only_second, frames.pixels_differ), "frames", _TWICE
    yield len(frames.time_differs) <= both, "frames.time_differs", "has more frames than both runs"
    yield frames.largest_time_s == 0 or bool(frames.time_differs), "frames.largest_time_s", "is that of no frame"
    yield len(frames.pixels_differ) <= frames.pixels <= both, "frames.pixels", "does not fit the lists"


def _of_faces(each: Comparison) -> Iterator[_Claim]:
    faces, crops, scores, tracks = each.faces, each.crops, each.scores, each.tracks
    uneven = not faces.first == faces.second == faces.paired
    yield faces.paired <= min(faces.first, faces.second), "faces.paired", "is more than there are"
    yield uneven == bool(faces.count_differs), "faces.count_differs", "does not fit the counts"
    yield _apart(faces.count_differs), "faces.count_differs", _TWICE
    nothing = faces.paired == 0
    yield (faces.box_px is None) == (faces.confidence is None) == nothing, "faces", "must compare what is paired"
    yield crops.paired + crops.only_one <= faces.paired, "crops", "are more than there are faces"
    yield crops.differ <= crops.paired, "crops.differ", "is more than were compared"
    yield scores.paired <= faces.paired, "scores.paired", "is more than there are faces"
    nothing = scores.paired == 0
    yield (scores.fake is None) == (not scores.networks) == nothing, "scores", "must compare what is paired"
    outputs = [value for pair in scores.networks.values() for value in pair]
    largest = max((value for value in (scores.fake, tracks.fake, *outputs) if value is not None), default=0.0)
    yield largest <= 1.0, "scores", "must not differ by more than 1"
    yield tracks.differ <= min(tracks.first, tracks.second), "tracks.differ", "is more than there are"
    yield tracks.linked_otherwise <= faces.paired, "tracks.linked_otherwise", "is more than there are faces"


def _of_verdict(each: Comparison, first: Run, second: Run) -> Iterator[_Claim]:
    verdict = each.verdict
    yield verdict.labels == (first.label, second.label), "verdict.labels", "are not those of the runs"
    yield verdict.fake == _gap(first.fake, second.fake), "verdict.fake", "is not what the runs say"
    gap = _gap(first.published_score, second.published_score)
    yield verdict.published_score == gap, "verdict.published_score", "is not what the runs say"
    flagged = verdict.flagged_in_one
    yield len(set(flagged)) == len(flagged), "verdict.flagged_in_one", _TWICE
    alike = first.label == second.label and not flagged
    alike &= (first.fake is None) == (second.fake is None)
    alike &= (first.published_score is None) == (second.published_score is None)
    yield alike or not verdict.same, "verdict.same", "is not what labels, scores and flagged frames say"


def _of_records(each: Comparison, first: Run, second: Run) -> Iterator[_Claim]:
    """Which paths differ, as far as the certificate says what stands there."""
    paths = [entry.path for entry in each.differing]
    yield (
        len(set(paths)) == len(paths) and all(entry.places > 0 for entry in each.differing),
        "differing",
        "must name each path once, with one place or more",
    )
    same = all(path in OF_THE_PLACE for path in paths)
    yield same == (first.result_sha256 == second.result_sha256), "identical", "is not what the runs' results say"
    for name, path in _FACTS.items():
        # 1, 1.0 and True are equal, and are not written with the same bytes.
        differs = repr(getattr(first, name)) != repr(getattr(second, name))
        yield differs == (path in paths), "differing", f"is not what the runs say of {path}"
    libraries = any(path.startswith("provenance.libraries") for path in paths)
    yield libraries == (first.libraries != second.libraries), "differing", "is not what the runs say of libraries"


def _sizes(value: object, place: str) -> Iterator[_Claim]:
    """No number is negative or larger than one that is measured, and no text longer than one that is printed."""
    if isinstance(value, str):
        yield len(value) <= MOST_LETTERS, place, f"must not have more than {MOST_LETTERS} letters"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield value >= 0, place, _NEGATIVE
        yield value <= (MOST_BYTES if place == "video.size_bytes" else MOST), place, "is too large"
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _sizes(str(key), place)
            yield from _sizes(entry, place)
    elif isinstance(value, tuple):
        for position, entry in enumerate(value):
            yield from _sizes(entry, f"{place}[{position}]")
    elif is_dataclass(value):
        for field in fields(value):
            yield from _sizes(getattr(value, field.name), f"{place}.{field.name}" if place else field.name)


def _apart(*lists: tuple[FramePlace, ...]) -> bool:
    frames = [frame for places in lists for frame, _ in places]
    return len(set(frames)) == len(frames)


def _gap(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else abs(first - second)


def _is_time(text: str) -> bool:
    if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", text) is None:
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
