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
        self._blocks: list[_FaceBlock] = []

    def show_frame(self, analysis: Analysis | None, frame: int | None) -> None:
        if analysis is None or frame is None:
            faces: list[FaceScore] = []
            self._facts.show_rows(())
        else:
            faces = [face for face in analysis.scores if face.frame == frame]
            self._facts.show_rows(_frame_rows(analysis, frame, len(faces)))
        while len(self._blocks) < len(faces):
            self._blocks.append(_FaceBlock())
            self._column.addWidget(self._blocks[-1])
        rule = analysis.method.rule if analysis is not None else None
        for number, block in enumerate(self._blocks):
            if number < len(faces):
                block.show_face(faces[number], rule)
            block.setVisible(number < len(faces))


class _FaceBlock(QWidget):
    def __init__(self) -> None:
        super().__init__()
        column = parts.column(self, spacing=6)
        column.addWidget(parts.line())
        head = parts.row(spacing=8)
        self._swatch, self._person, self._score = _Swatch(), parts.label(""), parts.label("")
        self._score.setFont(theme.sized(13, theme.sized(13).Weight.DemiBold))
        head.addWidget(self._swatch)
        head.addWidget(self._person, 1)
        head.addWidget(self._score)
        column.addLayout(head)
        self._facts = Facts()
        column.addWidget(self._facts)

    def show_face(self, face: FaceScore, rule: Rule | None) -> None:
        self._swatch.show_face(face)
        self._person.setText(words.person(face.track) if face.used else "Face")
        self._score.setText(words.score(face.fake, rule))
        self._facts.show_rows(_face_rows(face))


class _Swatch(QWidget):
    """The colour of the person."""

    def __init__(self) -> None:
        super().__init__()
        self._face: FaceScore | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_face(self, face: FaceScore) -> None:
        self._face = face
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        return QSize(10, 10)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        face = self._face
        known = face is not None and face.used
        painter.setBrush(theme.track_colour(face.track) if face and known else QColor(theme.current().faint))
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
