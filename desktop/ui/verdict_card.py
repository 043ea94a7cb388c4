"""The machine's verdict on a video, with the rule, and the two sentences that belong to every score."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop.models import figures, words
from desktop.report.results import too_few_to_decide
from desktop.report.words import NAMED, TOO_FEW_TO_DECIDE, first
from desktop.ui import parts, theme
from desktop.ui.badge import SHAPES
from desktop.ui.facts import Facts
from desktop.ui.known_errors import KnownErrors
from genconvit.method import Rule
from genconvit.notes import scoring_notes
from genconvit.records import Analysis
from genconvit.verdict import describe


class VerdictCard(QWidget):
    """Label and score large, where the score stands under the rule, and the words."""

    def __init__(self) -> None:
        super().__init__()
        self._label = ""
        self._shape = parts.Icon("inconclusive", 20, "open")
        self._word = parts.label("")
        self._word.setFont(theme.sized(22, QFont.Weight.DemiBold))
        self._score = parts.label("")
        self._score.setFont(theme.sized(22, QFont.Weight.DemiBold))
        self._scale = RuleScale()
        self._sentence = parts.label("", "value", wrap=True, selectable=True)
        self._earlier = parts.label("", "value", wrap=True, selectable=True)
        self._origin = parts.label("", "problem", wrap=True, selectable=True)
        self.errors = KnownErrors()
        self._facts = Facts()
        self._warnings = parts.label(f"{words.NOT_A_PROBABILITY}\n{words.NOT_AUTHENTIC}", "small", wrap=True)
        self._lay_out()

    def show_analysis(self, analysis: Analysis, other_labels: str = "") -> None:
        """``other_labels``: a line on earlier analyses of the video."""
        verdict, rule = analysis.verdict, analysis.method.rule
        self._label = verdict.label.value
        self._word.setText(self._label)
        self._score.setText(words.score(verdict.fake, rule))
        self._score.setToolTip("Score of the person that it rests on, from 0 to 1; 1 means fake.")
        self._score.setAccessibleName(f"Score {words.score(verdict.fake, rule)}")
        sentence = describe(verdict, rule).removeprefix(f"{verdict.label}: ")
        self._sentence.setText(sentence[:1].upper() + sentence[1:])
        self._facts.show_rows(_facts(analysis))
        self.errors.show_rule(rule)
        for part, text in (
            (self._earlier, other_labels),
            (self._origin, figures.origin(analysis.provenance.method_origin)),
        ):
            part.setText(text)
            part.setVisible(bool(text))
        self._scale.show_rule(verdict.fake, rule, self._label)
        self._tint()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._label:
            self._tint()

    def _tint(self) -> None:
        strong, _ = theme.label_colours(self._label)
        for part in (self._word, self._score):
            part.setStyleSheet(f"color: {strong.name()}")
        role = {"FAKE": "fake", "REAL": "real"}.get(self._label, "open")
        self._shape.show_icon(SHAPES.get(self._label, "inconclusive"), role)

    def _lay_out(self) -> None:
        column: QVBoxLayout = parts.column(self, spacing=theme.GRID_PX)
        column.addWidget(parts.label("MACHINE RESULT", "section"))
        head = parts.row()
        head.addWidget(self._shape)
        head.addWidget(self._word, 1)
        head.addWidget(self._score)
        column.addLayout(head)
        column.addWidget(self._scale)
        column.addWidget(self._sentence)
        column.addWidget(self._earlier)
        sunken = parts.Frame("sunken")
        parts.column(sunken, margin=8).addWidget(self._warnings)
        column.addWidget(self._facts)
        column.addWidget(self.errors)
        column.addWidget(self._origin)
        column.addWidget(sunken)


def _facts(analysis: Analysis) -> list[tuple[str, str]]:
    covered, rule = analysis.coverage, analysis.method.rule
    seen = f"{covered.frames_read} of {covered.frames_total} frames, {covered.frames_with_face} with a face"
    if covered.frames_not_decoded:
        seen += f", {len(covered.frames_not_decoded)} of {covered.frames_planned} planned could not be decoded"
    rows = [("Covered", seen)]
    if rule is not None and rule.kind == "tracks":
        rows.append(("Rule", _thresholds(rule)))
    if others := [f"{words.person(t.id)} ({words.score(t.fake, rule)})" for t in too_few_to_decide(analysis)]:
        rows.append((TOO_FEW_TO_DECIDE, first(others, NAMED, "listed under “Details”")))
    return rows + [("Note", note) for note in scoring_notes(analysis.provenance)]


def _thresholds(rule: Rule) -> str:
    upper, lower = words.threshold(rule.upper), words.threshold(rule.lower)
    apart = f" {rule.apart_s:g} s apart" if rule.apart_s else ""
    return f"FAKE from {upper}, REAL below {lower}, {rule.least_faces}+ faces{apart}"


class RuleScale(QWidget):
    """A line from 0 to 1 with the rule's bands, and the score on it."""

    def __init__(self) -> None:
        super().__init__()
        self._fake: float | None = None
        self._lower: float | None = None
        self._upper: float | None = None
        self._label = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rule(self, fake: float | None, rule: Rule | None, label: str) -> None:
        self._fake, self._label = fake, label
        self._lower, self._upper = (rule.lower, rule.upper) if rule is not None else (None, None)
        self.setAccessibleName(f"Score {words.score(fake, rule)} on a scale from 0 to 1")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(200, 40)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        now = theme.current()
        line = QRectF(2, 14, self.width() - 4, 8)
        if self._lower is None or self._upper is None:
            painter.fillRect(line, QColor(now.sunken))
        else:
            self._paint_bands(painter, line, self._lower, self._upper)
        if self._fake is not None:
            x = line.left() + line.width() * self._fake
            strong, _ = theme.label_colours(self._label)
            painter.setPen(QPen(QColor(now.surface), 1.5))
            painter.setBrush(strong)
            painter.drawPolygon(QPolygonF([QPointF(x - 6, 2), QPointF(x + 6, 2), QPointF(x, 13)]))
            painter.setPen(QPen(QColor(now.text), 1.5))
            painter.drawLine(QPointF(x, 13), QPointF(x, 23))
        painter.end()

    def _paint_bands(self, painter: QPainter, line: QRectF, lower: float, upper: float) -> None:
        now = theme.current()
        edges = (0.0, lower, upper, 1.0)
        for start, end, colour in zip(edges, edges[1:], (now.real, now.open, now.fake), strict=False):
            tint = QColor(colour)
            tint.setAlpha(120)
            left, right = line.left() + line.width() * start, line.left() + line.width() * end
            painter.fillRect(QRectF(left, line.top(), max(right - left - 1, 0), line.height()), tint)
        painter.setFont(theme.sized(11))
        painter.setPen(QColor(now.muted))
        room = QRectF(0, 24, self.width(), 16)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(room, Qt.AlignmentFlag.AlignRight, "1")
        close = (upper - lower) * line.width() < 56
        for value, shift in ((lower, -24.0 if close else 0.0), (upper, 24.0 if close else 0.0)):
            x = min(max(line.left() + line.width() * value + shift, 36.0), self.width() - 36.0)
            painter.drawText(QRectF(x - 28, 24, 56, 16), Qt.AlignmentFlag.AlignHCenter, words.threshold(value))
