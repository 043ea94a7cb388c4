"""The flagged frames of an analysis as a strip."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage

from desktop.cases.records import AnalysisEntry, CaseSnapshot, Mark, Review
from desktop.models import words
from genconvit.records import Analysis, FaceScore

Index = QModelIndex | QPersistentModelIndex
FlaggedRole = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, slots=True, eq=False)
class FlaggedFrame:
    """``picture`` is the SHA-256 of the whole frame in the case; ``image`` its thumbnail, null until it is loaded."""

    frame: int
    time_s: float
    highest: float | None
    score: str
    faces: tuple[FaceScore, ...]
    picture: str
    width_px: int
    height_px: int
    mark: Mark | None
    image: QImage


class FlaggedModel(QAbstractListModel):
    """One row per flagged frame, in order of time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._frames: tuple[FlaggedFrame, ...] = ()

    def show(self, analysis: Analysis | None, entry: AnalysisEntry | None, reviews: tuple[Review, ...]) -> None:
        self.beginResetModel()
        self._frames = _flagged(analysis, entry, reviews) if analysis is not None and entry is not None else ()
        self.endResetModel()

    def mark(self, reviews: tuple[Review, ...]) -> None:
        """Show the newest mark of each frame."""
        marks = {review.frame: review.mark for review in reviews}
        for number, frame in enumerate(self._frames):
            if frame.mark != marks.get(frame.frame):
                self._put(number, replace(frame, mark=marks.get(frame.frame)))

    def set_image(self, picture: str, image: QImage) -> None:
        for number, frame in enumerate(self._frames):
            if frame.picture == picture:
                self._put(number, replace(frame, image=image))

    def row_of(self, frame: int) -> int | None:
        return next((number for number, flagged in enumerate(self._frames) if flagged.frame == frame), None)

    @property
    def frames(self) -> tuple[FlaggedFrame, ...]:
        return self._frames

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self._frames)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        frame = self._frames[index.row()]
        if role == FlaggedRole:
            return frame
        if role == Qt.ItemDataRole.DisplayRole:
            return words.time_code(frame.time_s)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            mark = frame.mark.value if frame.mark else "not reviewed"
            return f"Frame {frame.frame}, {words.time_code(frame.time_s)}, score {frame.score}, {mark}"
        return None

    def _put(self, number: int, frame: FlaggedFrame) -> None:
        self._frames = (*self._frames[:number], frame, *self._frames[number + 1 :])
        self.dataChanged.emit(self.index(number), self.index(number))


def reviews_of(snapshot: CaseSnapshot, analysis_id: str) -> tuple[Review, ...]:
    return tuple(review for review in snapshot.reviews if review.analysis == analysis_id)


def _flagged(analysis: Analysis, entry: AnalysisEntry, reviews: tuple[Review, ...]) -> tuple[FlaggedFrame, ...]:
    marks = {review.frame: review.mark for review in reviews}
    pictures = {picture.frame: picture for picture in entry.pictures if picture.kind == "frame"}
    times = {frame: time_s for frame, _, time_s in analysis.examined}
    frames = []
    for number in analysis.verdict.flagged_frames:
        faces = tuple(face for face in analysis.scores if face.frame == number)
        picture = pictures.get(number)
        highest = max((face.fake for face in faces if face.fake is not None), default=None)
        frames.append(
            FlaggedFrame(
                frame=number,
                time_s=times.get(number, faces[0].time_s if faces else 0.0),
                highest=highest,
                score=words.score(highest, analysis.method.rule),
                faces=faces,
                picture=picture.sha256 if picture else "",
                width_px=picture.width_px if picture else analysis.video.width_px,
                height_px=picture.height_px if picture else analysis.video.height_px,
                mark=marks.get(number),
                image=QImage(),
            )
        )
    return tuple(frames)
