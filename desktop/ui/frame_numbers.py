"""The numbers of the frame one looks at: each face, and what each network said of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from desktop.models import words
from desktop.ui import parts, theme
from desktop.ui.facts import Facts
from genconvit.method import Rule
from genconvit.records import Analysis, FaceScore

NETWORKS = {"ed": "Network ED", "vae": "Network VAE"}
NOT_USED = {
    "too_small": "not used: smaller than the method allows",
    "beyond_limit": "not used: beyond the method’s limit",
}


class FrameNumbers(QWidget):
    """One block per face of the frame."""

    def __init__(self) -> None:
        super().__init__()
        self._column: QVBoxLayout = parts.column(self, spacing=theme.GRID_PX)
        self._facts = Facts()
        self._facts.setToolTip(words.COUNTING)
        self._facts.setAccessibleDescription(words.COUNTING)
        self._column.addWidget(self._facts)
        self._blocks: list[QWidget] = []

    def show_frame(self, analysis: Analysis | None, frame: int | None) -> None:
        for block in self._blocks:
            self._column.removeWidget(block)
            block.hide()
            block.deleteLater()
        self._blocks = []
        if analysis is None or frame is None:
            self._facts.show_rows(())
            return
        faces = [face for face in analysis.scores if face.frame == frame]
        self._facts.show_rows(_frame_rows(analysis, frame, len(faces)))
        for face in faces:
            block = _FaceBlock(face, analysis.method.rule)
            self._blocks.append(block)
            self._column.addWidget(block)


class _FaceBlock(QWidget):
    def __init__(self, face: FaceScore, rule: Rule | None) -> None:
        super().__init__()
        column = parts.column(self, spacing=6)
        column.addWidget(parts.line())
        head = parts.row(spacing=8)
        head.addWidget(_Swatch(face))
        head.addWidget(parts.label(words.person(face.track) if face.used else "Face"), 1)
        number = parts.label(words.score(face.fake, rule))
        number.setFont(theme.sized(13, theme.sized(13).Weight.DemiBold))
        head.addWidget(number)
        column.addLayout(head)
        facts = Facts()
        facts.show_rows(_face_rows(face))
        column.addWidget(facts)


class _Swatch(QWidget):
    """The colour of the person."""

    def __init__(self, face: FaceScore) -> None:
        super().__init__()
        self._face = face
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        used = self._face.used
        painter.setBrush(theme.track_colour(self._face.track) if used else QColor(theme.current().faint))
        painter.drawRoundedRect(self.rect(), 3, 3)
        painter.end()


def _frame_rows(analysis: Analysis, frame: int, faces: int) -> list[tuple[str, str]]:
    seen = next(((pts, time_s) for number, pts, time_s in analysis.examined if number == frame), None)
    rows = [("Frame", f"{frame} (first is 0, last {analysis.video.frame_count - 1})")]
    if seen is not None:
        base = analysis.video.time_base
        rows.append(("Time", words.time_code(seen[1])))
        rows.append(("PTS", f"{seen[0]}  (time base {base.numerator}/{base.denominator})"))
    rows.append(("Faces", str(faces) if faces else "none found"))
    flagged = frame in analysis.verdict.flagged_frames
    threshold = analysis.method.rule.frame if analysis.method.rule else None
    if threshold is not None:
        rows.append(("Flagged", f"yes, a face at or above {words.threshold(threshold)}" if flagged else "no"))
    return rows


def _face_rows(face: FaceScore) -> list[tuple[str, str]]:
    left, top, right, bottom = face.box
    rows = [
        (NETWORKS.get(name, name), f"fake {fake:.4f}   real {real:.4f}") for name, (fake, real) in face.networks.items()
    ]
    if face.reason is not None:
        rows.append(("Use", NOT_USED.get(face.reason.value, face.reason.value)))
    rows.append(("Box", f"{left}, {top} – {right}, {bottom} ({right - left} × {bottom - top} px)"))
    rows.append(("Finder", f"confidence {face.confidence:.3f}"))
    if face.crop_sha256:
        rows.append(("SHA-256 of the crop’s pixels", face.crop_sha256))
    return rows
