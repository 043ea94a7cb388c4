"""The main job, whole: the bundled clip, the shipped weights, the real engine, the store, the window, the PDF."""

from __future__ import annotations

import io
import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pikepdf
import pytest
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.cases.opening import open_case
from desktop.cases.records import CaseDetails
from desktop.cases.verify import verify
from desktop.commands.line import main as desktop
from desktop.ui import start
from desktop.ui.main_window import MainWindow
from genconvit.__main__ import main as genconvit

ANALYSIS_S = 120


@pytest.fixture(scope="module")
def altered() -> range:
    facts = json.loads((paths.resources_folder() / "demo.json").read_text(encoding="utf-8"))
    return range(*facts["altered_frames"])


@pytest.fixture(scope="module")
def examined(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case folder with the demo clip examined on the command line, and ``report.pdf`` beside it."""
    folder = tmp_path_factory.mktemp("a case ü") / "case"
    words = ["examine", str(paths.demo_clip()), "--case", str(folder), "--report", str(folder.parent / "report.pdf")]
    assert desktop([*words, "--number", "2026-1", "--examiner", "Dr. K. Öz"]) == 0
    return folder


@pytest.fixture(scope="module")
def document(examined: Path) -> dict[str, Any]:
    (file,) = (examined / "analyses").iterdir()
    return dict(json.loads(file.read_text(encoding="utf-8")))


def test_the_blended_third_scores_higher_and_holds_the_flagged_frames(document: dict[str, Any], altered: range) -> None:
    scores = document["scores"]
    inside = [score["fake"] for score in scores if score["frame"] in altered]
    outside = [score["fake"] for score in scores if score["frame"] not in altered]
    assert min(len(inside), len(outside)) >= 8
    assert statistics.mean(inside) > statistics.mean(outside) + 0.1
    flagged = document["verdict"]["flagged_frames"]
    assert flagged
    assert sum(frame in altered for frame in flagged) > len(flagged) / 2


def test_the_analysis_keeps_to_its_schema_and_to_the_standard_method(document: dict[str, Any]) -> None:
    schema = json.loads((paths.resources_folder() / "analysis.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert document["method"]["name"] == "standard"
    assert document["method"]["core_sha256"] in document["method"]["rule"]["belongs_to"]
    assert document["verdict"]["label"] in ("FAKE", "REAL", "INCONCLUSIVE")
    assert document["coverage"]["frames_with_face"] == document["coverage"]["frames_read"]


def test_the_case_is_as_recorded_and_the_report_carries_the_analysis(examined: Path) -> None:
    assert verify(examined) == ()
    (analysis,) = (examined / "analyses").iterdir()
    with pikepdf.open(io.BytesIO((examined.parent / "report.pdf").read_bytes())) as pdf:
        (attached,) = pdf.attachments.values()
        assert attached.get_file().read_bytes() == analysis.read_bytes()
        assert len(pdf.pages) >= 4
    with open_case(examined) as case:
        (entry,) = case.snapshot().analyses
        assert {picture.frame for picture in entry.pictures} == set(entry.flagged_frames)


def test_the_same_file_gives_the_same_numbers_again(tmp_path: Path, document: dict[str, Any]) -> None:
    target = tmp_path / "again.json"
    assert genconvit(["analyze", str(paths.demo_clip()), "--json", str(target)]) == 0
    again = json.loads(target.read_text(encoding="utf-8"))
    for part in ("method", "scores", "tracks", "verdict", "coverage", "examined"):
        assert again[part] == document[part], part


def test_the_released_method_says_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    assert genconvit(["analyze", str(paths.demo_clip()), "--method", "released"]) == 4
    assert "genconvit-ed" in capsys.readouterr().err


def test_a_tampered_case_is_found_out(examined: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (analysis,) = (examined / "analyses").iterdir()
    whole = analysis.read_bytes()
    analysis.chmod(0o644)
    analysis.write_bytes(whole.replace(b'"label":', b'"Label":', 1))
    try:
        assert desktop(["verify", str(examined)]) == 1
        assert f"analyses/{analysis.name}" in capsys.readouterr().out
    finally:
        analysis.write_bytes(whole)
    assert desktop(["verify", str(examined)]) == 0


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    start.make_application("light")
    window = start.make_window()
    qtbot.addWidget(window)
    with qtbot.waitSignal(window._session.listed):
        window.show()
    yield window
    window._session.cancel_all()  # what a failed test left under way would be asked about
    window.close()


def test_through_the_window(window: MainWindow, qtbot: QtBot, altered: range) -> None:
    session = window._session
    with qtbot.waitSignal(session.case_opened):
        session.create_case(CaseDetails("2026-2", "Through the window", "Dr. K. Öz"))
    with qtbot.waitSignal(session.evidence_added, timeout=ANALYSIS_S * 1000):
        window.drop([paths.demo_clip()])
    with qtbot.waitSignal(session.analysis_made, timeout=ANALYSIS_S * 1000):
        window.actions_["analyze"].trigger()
    qtbot.waitUntil(lambda: window.case.stage.analysis is not None)
    qtbot.waitUntil(lambda: window.case.stage.view.has_picture, timeout=20_000)
    assert window.case.stage.frame in altered
    with qtbot.waitSignal(session.report_exported, timeout=60_000) as exported:
        window.actions_["export"].trigger()
    assert exported.args[1].read_bytes().startswith(b"%PDF")
