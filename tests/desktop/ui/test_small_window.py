"""What a small window must still show whole: the verdict, who is who, and where one is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QScrollArea
from pytestqt.qtbot import QtBot

from desktop.cases.records import CaseDetails
from desktop.models.library import LibraryModel
from desktop.ui import overlay, start
from desktop.ui.legend import Legend
from desktop.ui.library_page import CaseTable
from desktop.ui.main_window import MainWindow
from desktop.ui.transport import Transport
from tests.desktop.ui.steps import dialog, with_dead_engine, with_result

SMALLEST = (960, 600)
LOW = (1024, 640)


@pytest.mark.parametrize("size", [SMALLEST, LOW, (1280, 800)])
def test_the_card_loses_no_line_and_the_tabs_keep_room(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, size: tuple[int, int]
) -> None:
    window.resize(*size)
    with_result(window, qtbot, videos[0], details)
    side = window.case.side
    card = side.card

    def settled() -> None:
        shown = [label for label in card.findChildren(QLabel) if label.isVisibleTo(card) and label.wordWrap()]
        assert len(shown) > 3
        assert all(label.height() >= label.heightForWidth(label.width()) for label in shown)
        assert side.tabs.height() >= 200

    qtbot.waitUntil(settled)


def test_the_card_does_not_scroll_where_there_is_room_for_all_of_it(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails
) -> None:
    window.resize(*SMALLEST)
    with_result(window, qtbot, videos[0], details)
    head = window.case.side._head
    qtbot.waitUntil(lambda: head.verticalScrollBar().maximum() > 0)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: head.viewport().width() == head.maximumViewportSize().width())
    assert head.verticalScrollBar().maximum() == 0
    assert window.case.side.card.height() >= window.case.side.card.heightForWidth(window.case.side.card.width())


def test_a_failure_and_the_hash_are_read_whole_before_there_is_a_result(
    window: MainWindow, qtbot: QtBot, videos: list[Path], details: CaseDetails, sample: object
) -> None:
    window.resize(*SMALLEST)
    with_dead_engine(window, qtbot, videos[0], details, sample)
    window.case.notice.say("A line that takes some of the height away. " * 5)

    def settled() -> None:
        shown = [label for label in window.case.waiting.findChildren(QLabel) if label.isVisible() and label.wordWrap()]
        assert any(label.text().startswith("The engine process ended") for label in shown) and len(shown) > 6
        for label in shown:
            assert label.height() >= label.heightForWidth(label.width())
            widest = max(label.fontMetrics().horizontalAdvance(line) for line in label.text().split())
            assert label.width() >= widest

    qtbot.waitUntil(settled)


def test_where_one_is_has_a_line_of_its_own_in_a_narrow_pane(qtbot: QtBot) -> None:
    start.make_application("light")
    transport = Transport()
    qtbot.addWidget(transport)
    label = transport._where
    label.setText("0:00.000 · frame 0 · examined 1 of 64 · flagged 1 of 34")
    for width in (320, 700, 320):
        transport.resize(width, transport.height())
        transport.show()
        transport.resize(width, transport.heightForWidth(width))
        assert label.width() > 200
        assert label.height() >= label.heightForWidth(label.width())


def test_the_legend_begins_a_line_where_it_does_not_fit(qtbot: QtBot) -> None:
    start.make_application("light")
    legend = Legend()
    qtbot.addWidget(legend)
    legend.show_tracks((1, 2, 3, 4, 5), 1, True)
    legend.resize(320, 24)
    legend.show()
    placed = legend._placed()
    assert placed[-1][3] == "no face"
    assert legend.height() > placed[-1][1] > 0
    legend.resize(1200, 24)
    assert {y for _, y, *_ in legend._placed()} == {0.0}


def _places(boxes: Sequence[QRectF], shown: QRectF) -> list[QRectF]:
    picture = QImage(400, 300, QImage.Format.Format_RGB32)
    painter = QPainter(picture)
    places: list[QRectF] = []
    for box in boxes:
        places.append(overlay._tag_place(painter, box, "Person 1   0.709", shown, places))
    painter.end()
    return places


def test_tags_cover_neither_each_other_nor_lose_their_beginning(qtbot: QtBot) -> None:
    start.make_application("light")
    shown = QRectF(0, 0, 300, 200)
    places = _places([QRectF(40, 60, 20, 20), QRectF(60, 62, 20, 20), QRectF(80, 58, 20, 20)], shown)
    assert not any(a.intersects(b) for i, a in enumerate(places) for b in places[i + 1 :])
    (narrow,) = _places([QRectF(120, 60, 20, 20)], QRectF(100, 0, 60, 100))
    assert narrow.left() == 100


def test_titles_of_cases_can_be_read(qtbot: QtBot) -> None:
    start.make_application("light")
    table = CaseTable(LibraryModel())
    qtbot.addWidget(table)
    table.show()
    # As wide as in a window of 960, 1024 and 1600 pixels, and back.
    for width, least_px in ((894, 120), (958, 180), (1534, 600), (958, 180)):
        table.resize(width, 400)
        assert table.columnWidth(1) >= least_px


def test_the_buttons_of_a_form_can_be_reached_on_a_low_screen(window: MainWindow, qtbot: QtBot) -> None:
    for show in (window.new_case, window.preferences.edit):
        show()
        form = dialog()
        assert form.minimumSizeHint().height() <= 400
        form.resize(640, 400)
        for box in form.findChildren(QDialogButtonBox):
            qtbot.waitUntil(lambda box=box: box.geometry().bottom() < 400)  # type: ignore[misc]
        form.resize(100, 400)
        for area in form.findChildren(QScrollArea):
            assert area.viewport().width() >= area.widget().minimumSizeHint().width()
        form.close()
