"""The certificate as a document: whole, by its schema, and never saying more than its stages do."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from genconvit.certificate_document import SCHEMA, from_document, parse, to_document
from genconvit.certifying import FreshRun, certify
from genconvit.document import canonical
from genconvit.errors import CertificateInvalid
from tests.genconvit import repeat_for_tests as made

JSON_SCHEMA = json.loads((Path(__file__).parents[2] / "resources" / "repeatability.schema.json").read_text("utf-8"))


@pytest.fixture
def document() -> dict[str, Any]:
    """Two runs that differ in everything a list can hold, and one on a GPU."""
    first = made.an_analysis()
    other = made.an_analysis((made.a_face(0, 0.1),), examined=((0, 1, 0.5), (11, 3, 0.4)), second=9)
    runs = [FreshRun(first, {0: "a" * 64}), FreshRun(other, {0: "b" * 64})]
    return to_document(certify(runs, FreshRun(made.an_analysis(device=made.GPU), {})))


def check(document: Any) -> None:
    jsonschema.Draft202012Validator(JSON_SCHEMA).validate(document)


def test_the_schema_is_one_and_the_document_follows_it(document: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(JSON_SCHEMA)
    check(document)
    assert document["schema"] == SCHEMA
    assert document["comparisons"][0]["frames"]["pixels_differ"] == [[0, 0.0]]


def test_round_trip_is_exact(document: dict[str, Any]) -> None:
    data = canonical(document)
    assert canonical(to_document(parse(data))) == data


def every_place(value: object, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [place] * bool(place) + [deep for key, entry in inner for deep in every_place(entry, (*place, key))]


def changed(document: dict[str, Any], place: tuple[str | int, ...], value: object = None, remove: bool = False) -> Any:
    result = copy.deepcopy(document)
    target: Any = result
    for key in place[:-1]:
        target = target[key]
    if remove:
        del target[place[-1]]
    else:
        target[place[-1]] = value
    return result


def test_a_wrong_type_anywhere_is_refused(document: dict[str, Any]) -> None:
    for place in every_place(document):
        wrong = changed(document, place, {"quite": ["wrong"]})
        with pytest.raises(CertificateInvalid):
            from_document(wrong)
        with pytest.raises(jsonschema.ValidationError):
            check(wrong)


def test_a_missing_or_unknown_field_is_refused(document: dict[str, Any]) -> None:
    open_tables, optional = {"libraries", "networks"}, "source_sha256"
    named = [p for p in every_place(document) if isinstance(p[-1], str) and not open_tables & set(p[:-1])]
    for place in (place for place in named if place[-1] != optional):
        for wrong in (changed(document, place, remove=True), changed(document, (*place[:-1], "surplus"), 1)):
            with pytest.raises(CertificateInvalid):
                from_document(wrong)
            with pytest.raises(jsonschema.ValidationError):
                check(wrong)


@pytest.mark.parametrize(
    ("place", "value", "field"),
    [
        (("identical",), True, "identical"),
        (("within",), True, "within"),
        (("comparisons", 0, "within"), True, "comparisons"),
        (("comparisons", 0, "identical"), True, "comparisons"),
        (("comparisons", 0, "second"), 3, "comparisons"),
        (("comparisons", 1, "tolerance"), -1.0, "comparisons"),
        (("runs", 0, "number"), 2, "runs"),
    ],
)
def test_a_claim_that_its_stages_do_not_bear_is_refused(
    document: dict[str, Any], place: tuple[str | int, ...], value: object, field: str
) -> None:
    with pytest.raises(CertificateInvalid) as caught:
        from_document(changed(document, place, value))
    assert caught.value.field_name.partition("[")[0] == field


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"schema": "veriframe.analysis/1"}', b"\xff", b"[" * 100_000])
def test_what_is_no_certificate(data: bytes) -> None:
    with pytest.raises(CertificateInvalid):
        parse(data)


@pytest.fixture
def same() -> dict[str, Any]:
    """Two runs that are the same, on a machine without a GPU."""
    runs = [FreshRun(made.an_analysis(second=second), {0: "a" * 64}) for second in (0, 9)]
    return to_document(certify(runs, no_other_device="This machine has none."))


HASH = "1" * 64
COMPARED = ("comparisons", 0)
FORGED: list[dict[tuple[str | int, ...], object]] = [
    # What the comparison says of two runs, and what the runs say.
    {("runs", 1, "label"): "REAL"},
    {("runs", 1, "fake"): 0.0123},
    {("runs", 1, "published_score"): 0.5},
    {("runs", 1, "result_sha256"): HASH},
    {("runs", 1, "label"): "REAL", ("runs", 1, "fake"): 0.0123, ("runs", 1, "result_sha256"): HASH},
    {("runs", 1, "version"): "0.2.0"},
    {("runs", 1, "libraries", "torch"): "3"},
    {("runs", 1, "platform"): "Windows-11"},
    {(*COMPARED, "verdict", "labels"): ["FAKE", "REAL"]},
    {(*COMPARED, "verdict", "fake"): 0.1},
    {(*COMPARED, "verdict", "fake"): None},
    {(*COMPARED, "verdict", "published_score"): 0.0},
    {(*COMPARED, "verdict", "flagged_in_one"): [1]},
    {(*COMPARED, "tracks", "fake"): 0.3},
    # Differences and counts that cannot be.
    {(*COMPARED, "scores", "fake"): -0.5},
    {(*COMPARED, "tracks", "linked_otherwise"): -1},
    {(*COMPARED, "frames", "pixels"): -5},
    {(*COMPARED, "frames", "pixels"): 4},
    {(*COMPARED, "frames", "second"): 90},
    {(*COMPARED, "frames", "largest_time_s"): 5.0},
    {(*COMPARED, "faces", "second"): 90},
    {(*COMPARED, "faces", "first"): 90, (*COMPARED, "faces", "second"): 90},
    {(*COMPARED, "faces", "paired"): 0},
    {(*COMPARED, "faces", "box_px"): None},
    {(*COMPARED, "crops", "paired"): 4},
    {(*COMPARED, "scores", "networks"): {}},
    {(*COMPARED, "scores"): {"paired": 0, "networks": {}, "fake": None}},
    {(*COMPARED, "tracks", "differ"): 2, (*COMPARED, "within"): False, ("within",): False},
    {(*COMPARED, "differing"): [{"path": "p", "places": 0, "first": "p"}], (*COMPARED, "identical"): False,
     ("identical",): False},
    # Numbers and texts that no run gives.
    {("runs", 0, "fake"): 1e308, ("runs", 1, "fake"): 1e308},
    {("runs", 0, "fake"): 1.5, ("runs", 1, "fake"): 1.5},
    {(*COMPARED, "faces", "first"): 10**4000},
    {(*COMPARED, "frames", "time_differs"): [[1, 1e308]], (*COMPARED, "within"): False, ("within",): False},
    {(*COMPARED, "frames", "pixels_differ"): [[1, -3.5]], (*COMPARED, "within"): False, ("within",): False},
    {("left_out",): ["scores", "verdict"]},
    {("video", "sha256"): "zz"},
    {("method", "core_sha256"): HASH.upper() + "F"},
    {("runs", 0, "result_sha256"): "A" * 64, ("runs", 1, "result_sha256"): "A" * 64},
    {("runs", 0, "started_at"): "yesterday"},
    {("runs", 0, "finished_at"): "2026-02-30T00:00:00Z"},
    {("runs", 0, "finished_at"): "2026-2-3T00:00:00Z"},
    # What was compared with what.
    {(*COMPARED, "scope"): "across_devices", (*COMPARED, "tolerance"): 1e-4, ("no_other_device",): ""},
    {("no_other_device",): ""},
    {("no_other_device",): " "},
    {("runs", 1, "device"): made.GPU},
    {("runs", 0, "device"): "abacus", ("runs", 1, "device"): "abacus"},
]  # fmt: skip


@pytest.mark.parametrize("forgery", FORGED, ids=lambda forgery: "+".join(".".join(map(str, p)) for p in forgery))
def test_a_forgery_is_refused(same: dict[str, Any], forgery: dict[tuple[str | int, ...], object]) -> None:
    from_document(same)
    forged = same
    for place, value in forgery.items():
        forged = changed(forged, place, value)
    with pytest.raises(CertificateInvalid):
        parse(canonical(forged))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ((*COMPARED, "frames", "time_differs"), [[1, 1e308]]),
        ((*COMPARED, "frames", "pixels_differ"), [[1, -3.5]]),
        ((*COMPARED, "scores", "fake"), 1.5),
        ((*COMPARED, "faces", "first"), 10**10),
        (("runs", 0, "fake"), 1e308),
        (("runs", 0, "started_at"), "yesterday"),
        (("video", "sha256"), "zz"),
        (("video", "name"), "a" * 10_001),
        (("left_out",), ["scores"]),
    ],
)
def test_what_one_field_cannot_hold_is_refused_by_the_schema_too(
    same: dict[str, Any], place: tuple[str | int, ...], value: object
) -> None:
    check(same)
    wrong = changed(same, place, value)
    with pytest.raises(jsonschema.ValidationError):
        check(wrong)
    with pytest.raises(CertificateInvalid):
        from_document(wrong)
