"""What the lists show, checked by Qt's own model tester as well."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from desktop.cases.case import Case
from desktop.cases.library import summarize
from desktop.cases.records import CaseSnapshot, Mark, Review
from desktop.models import images
from desktop.models.flagged import FlaggedModel, FlaggedRole
from desktop.models.image_cache import ImageCache
from desktop.models.library import COLUMNS, LibraryModel, SummaryRole, tally
from desktop.models.videos import RowRole, VideosModel, Work

FATAL = QAbstractItemModelTester.FailureReportingMode.Fatal


@pytest.fixture
def snapshot(case: Case, clip: Path, probed: object, examined: object) -> CaseSnapshot:
    evidence = case.add_evidence(clip, True, probed(clip))  # type: ignore[operator]
    case.keep(evidence.id, examined(case, evidence.id))  # type: ignore[operator]
    return case.snapshot()


def test_a_row_of_the_library_says_what_is_in_the_case(snapshot: CaseSnapshot, qtbot: QtBot) -> None:
    model = LibraryModel()
    tester = QAbstractItemModelTester(model, FATAL)
    model.show((summarize(snapshot),))
    assert (model.rowCount(), model.columnCount()) == (1, len(COLUMNS))
    cells = [model.index(0, column).data() for column in range(len(COLUMNS))]
    assert cells[:5] == ["2026-0117", "Testanruf", "Dr. Käthe Öz", "1", "1 FAKE"]
    assert model.index(0, 0).data(SummaryRole).folder == snapshot.folder
    assert model.index(0, 4).data(Qt.ItemDataRole.AccessibleTextRole) == "Machine results: 1 FAKE"
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Case"
    assert model.data(QModelIndex()) is None
    assert tester.model() is model


def test_labels_are_counted_in_one_order() -> None:
    assert tally(("REAL", "FAKE", "REAL")) == (("FAKE", 1), ("REAL", 2))


def test_a_video_shows_its_result_and_then_its_work(snapshot: CaseSnapshot, qtbot: QtBot) -> None:
    model = VideosModel()
    tester = QAbstractItemModelTester(model, FATAL)
    model.show(snapshot, ())
    row = model.rows[0]
    assert (row.name, row.label, row.score, row.state) == ("Anruf 1.mp4", "FAKE", "0.910", "")
    with qtbot.waitSignal(model.dataChanged):
        model.show(snapshot, (Work(row.key, "analysis", row.name, "running", 0.4, "Analyzing  40%"),))
    assert model.rows[0].state == "Analyzing  40%"
    assert "Anruf 1.mp4" in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert tester.model() is model


def test_a_video_on_its_way_in_has_a_row(snapshot: CaseSnapshot, qtbot: QtBot) -> None:
    model = VideosModel()
    model.show(snapshot, (Work("/a/new.mp4", "intake", "new.mp4", "failed", 0.0, "Failed", problem="Empty."),))
    assert model.rowCount() == 2
    row = model.index(1).data(RowRole)
    assert (row.name, row.problem, row.evidence) == ("new.mp4", "Empty.", None)
    assert model.row_of("/a/new.mp4") == 1
    model.show(None, ())
    assert model.rowCount() == 0


def test_flagged_frames_show_the_newest_mark(snapshot: CaseSnapshot, case: Case, qtbot: QtBot) -> None:
    model = FlaggedModel()
    tester = QAbstractItemModelTester(model, FATAL)
    entry = snapshot.analyses[0]
    model.show(case.analysis(entry.id), entry, ())
    frame = model.index(0).data(FlaggedRole)
    assert (frame.frame, frame.highest, frame.mark) == (7, pytest.approx(0.91), None)
    reviews = [Review(entry.id, 7, mark, "", "", "") for mark in (Mark.REJECTED, Mark.ACCEPTED)]
    model.mark(tuple(reviews))
    assert model.frames[0].mark is Mark.ACCEPTED
    assert "accepted" in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    model.set_image(frame.picture, QImage(4, 4, QImage.Format.Format_RGB888))
    assert model.frames[0].image.width() == 4
    assert (model.row_of(7), model.row_of(8)) == (0, None)
    assert tester.model() is model


def test_pixels_become_an_image_of_its_own() -> None:
    pixels = np.zeros((3, 5, 3), np.uint8)
    pixels[1, 2] = (250, 120, 10)
    image = images.to_image(pixels)
    pixels[:] = 0
    assert (image.width(), image.height()) == (5, 3)
    assert image.pixelColor(2, 1) == QColor(250, 120, 10)


def test_a_picture_is_shrunk_while_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    image = QImage(400, 200, QImage.Format.Format_RGB888)
    image.fill(0)
    assert image.save(str(file))
    assert images.load(file, 100).size().toTuple() == (100, 50)
    assert images.load(file).width() == 400
    assert images.load(tmp_path / "none.png").isNull()


def test_the_cache_drops_what_was_not_looked_at_longest() -> None:
    image = QImage(10, 10, QImage.Format.Format_RGB888)
    cache = ImageCache(limit_bytes=3 * image.sizeInBytes())
    for frame in range(3):
        cache.put("e", frame, image)
    assert cache.get("e", 0) is not None
    cache.put("e", 3, image)
    assert [cache.get("e", frame) is not None for frame in range(4)] == [True, False, True, True]
    cache.clear()
    assert cache.get("e", 0) is None
