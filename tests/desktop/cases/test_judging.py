"""Analyses that are exactly what was recorded, and nevertheless say what their scores do not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.cases.custody import next_event
from desktop.cases.documents import digest, to_document
from desktop.cases.errors import VerdictNotFollowing
from desktop.cases.names import CASE_FILE
from desktop.cases.opening import open_case
from desktop.cases.records import ANOTHER_ENTRY, NOT_FOLLOWING
from desktop.cases.storage import Tables, decode, encode
from desktop.cases.verify import verify
from genconvit.document import canonical

Forge = Callable[[Callable[[dict], None], Callable[[dict], None]], Path]


@pytest.fixture
def forge(case, clip, probed, examined) -> Forge:
    """Rewrites an analysis, its entry and the log so that every hash and the chain agree."""
    evidence = case.add_evidence(clip, True, probed(clip))
    entry = case.keep(evidence.id, examined(case, evidence.id))
    case.close()

    def rewrite(change_analysis, change_entry) -> Path:
        path = case.folder / "analyses" / f"{entry.id}.json"
        document = json.loads(path.read_text(encoding="utf-8"))
        change_analysis(document)
        path.chmod(0o644)
        path.write_bytes(canonical(document))
        tables = decode((case.folder / CASE_FILE).read_bytes())
        noted = tables["analyses"]["1"]
        noted["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        change_entry(noted)
        (case.folder / CASE_FILE).write_bytes(encode(chained(tables)))
        return path

    return rewrite


def chained(tables: Tables) -> Tables:
    lines, last = {}, None
    for number, line in tables["custody"].items():
        facts = line["facts"]
        if line["what"] == "video analyzed":
            noted = tables["analyses"]["1"]
            facts = {name: noted.get(name, value) for name, value in facts.items()}
            facts["document_sha256"] = digest(noted)
        last = next_event(last, line["at"], line["who"], line["what"], facts)
        lines[number] = {"schema": 1, **to_document(last)}
    return {**tables, "custody": lines}


def nothing(document: dict) -> None:
    """Leaves it as it is."""


def turned(document: dict) -> None:
    document["verdict"]["label"] = "REAL"


def relabelled(entry: dict) -> None:
    entry["label"] = "REAL"


def test_an_untouched_analysis_follows(forge):
    assert verify(forge(nothing, nothing).parents[1]) == ()


def test_a_label_that_does_not_follow_from_the_scores_is_found_though_every_hash_agrees(forge):
    path = forge(turned, relabelled)
    (difference,) = verify(path.parents[1])
    assert (difference.object, difference.problem) == (f"analyses/{path.name}", NOT_FOLLOWING)
    assert not difference.note


def test_such_an_analysis_is_not_opened_as_a_result(forge):
    path = forge(turned, relabelled)
    with open_case(path.parents[1]) as case, pytest.raises(VerdictNotFollowing):
        case.analysis(path.stem)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("label", "REAL"),
        ("fake", 0.1),
        ("reason", "below_lower"),
        ("flagged_frames", []),
        ("method", "other"),
        ("method_sha256", "00" * 32),
        ("frames_read", 99),
        ("frames_with_face", 99),
        ("faces_used", 99),
    ],
)
def test_an_entry_that_says_other_than_its_analysis_is_found(forge, field, value):
    path = forge(nothing, lambda entry: entry.update({field: value}))
    (difference,) = verify(path.parents[1])
    assert (difference.object, difference.problem) == (f"analyses/{path.name}", ANOTHER_ENTRY)
    assert difference.expected.startswith(f"{field} ")
    assert difference.found == f"{field} {value}"


def test_an_analysis_of_another_video_is_found(forge):
    path = forge(lambda document: document["video"].update(sha256="00" * 32), nothing)
    (difference,) = verify(path.parents[1])
    assert (difference.problem, difference.expected) == (ANOTHER_ENTRY, f"video SHA-256 {'00' * 32}")


def test_a_recorded_file_that_is_no_analysis_is_unreadable(forge):
    path = forge(dict.clear, nothing)
    assert [(d.object, d.problem) for d in verify(path.parents[1])] == [(f"analyses/{path.name}", "unreadable")]
