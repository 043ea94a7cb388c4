"""The middle of a case: the frame one looks at, the scores over time, and the flagged frames."""

from __future__ import annotations

from PySide6.QtCore import QSizeF, Qt, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QSplitter, QWidget

from desktop.cases.records import AnalysisEntry, Evidence, Review
from desktop.models import words
from desktop.models.flagged import FlaggedModel
from desktop.models.image_cache import ImageCache
from desktop.models.timeline import Timeline, lay_out
from desktop.ui import parts
from desktop.ui.frame_view import FrameView
from desktop.ui.legend import Legend
from desktop.ui.strip import Strip
from desktop.ui.timeline import TimelineView
from desktop.ui.transport import Transport
from genconvit.records import Analysis
from genconvit.verdict import deciding

THUMBNAIL_PX = 256
NOT_KEPT = "The kept picture of this frame is missing or has changed. Verify the case (Ctrl+Shift+V)."


class Stage(QWidget):
    """``frame_changed`` carries the frame that is shown now; ``wanted`` one whose picture is not here yet."""

    frame_changed = Signal(int)
    wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.frame: int | None = None
        self._evidence = ""
        self._analysis: Analysis | None = None
        self._line: Timeline | None = None
        self._cache = ImageCache()
        self.flagged = FlaggedModel(self)
        self.view = FrameView()
        self.timeline = TimelineView()
        self.strip = Strip(self.flagged)
        self.transport = Transport()
        self._legend = Legend()
        self._lay_out()
        for part in (self.view, self.timeline, self.strip, self.transport):
            part.stepped.connect(self.step)
        self.timeline.chosen.connect(self.go_to)
        self.strip.chosen.connect(self.go_to)
        self.transport.boxes_toggled.connect(self.view.set_boxes)

    def show_analysis(
        self, evidence: Evidence, entry: AnalysisEntry, analysis: Analysis, reviews: tuple[Review, ...]
    ) -> None:
        """Start at the first flagged frame, or at the first examined one."""
        self._evidence, self._analysis = evidence.id, analysis
        self._line = line = lay_out(analysis)
        self.timeline.show_timeline(line)
        faceless = any(stop.faces == 0 for stop in line.stops)
        self._legend.show_tracks(line.tracks, deciding(analysis.verdict), faceless)
        self.flagged.show(analysis, entry, reviews)
        if self.strip.isVisibleTo(self) != bool(self.flagged.frames):
            self.strip.setVisible(bool(self.flagged.frames))
            self._share()
        self.frame = None
        first = line.step(None, 0, flagged=True)
        first = first if first is not None else line.step(None, 0)
        if first is None:
            self.view.show_words("No frame of this video was examined.")
            self.transport.show_place(line, None)
        else:
            self.go_to(first)

    def clear(self) -> None:
        """Show nothing of the last video while the next result is on its way."""
        self._evidence, self._analysis, self._line, self.frame = "", None, None, None
        self.view.show_words("Opening the result …")
        self.timeline.show_timeline(None)
        self.transport.show_place(None, None)
        self.flagged.show(None, None, ())

    @property
    def evidence(self) -> str:
        """Id of the video that is shown; empty when none is."""
        return self._evidence

    def step(self, by: int, flagged: bool) -> None:
        """Go ``by`` examined or flagged frames further."""
        target = self._line.step(self.frame, by, flagged=flagged) if self._line is not None else None
        if target is not None and target != self.frame:
            self.go_to(target)

    def go_to(self, frame: int) -> None:
        """Show an examined frame."""
        assert self._line is not None and self._analysis is not None
        self.frame = frame
        self.timeline.show_frame(frame)
        self.strip.show_frame(frame)
        self.transport.show_place(self._line, frame)
        image = self._cache.get(self._evidence, frame)
        if image is None:
            self.view.show_words("Reading the frame …")
            self.wanted.emit(frame)
        else:
            self._show(image)
        self.frame_changed.emit(frame)

    def set_image(self, evidence: str, frame: int, image: QImage) -> None:
        """The picture of a frame has arrived; a null image says that there is none."""
        if not image.isNull():
            self._cache.put(evidence, frame, image)
        if (evidence, frame) == (self._evidence, self.frame):
            if image.isNull():
                self.view.show_words(NOT_KEPT)
            else:
                self._show(image)

    def say(self, evidence: str, text: str, frame: int | None = None) -> None:
        """Words in place of a picture that is not here; nothing when another video or frame is shown by now."""
        here = (evidence, self.frame if frame is None else frame) == (self._evidence, self.frame)
        if here and not self.view.has_picture:
            self.view.show_words(text)

    @property
    def analysis(self) -> Analysis | None:
        return self._analysis

    def _show(self, image: QImage) -> None:
        assert self._analysis is not None and self.frame is not None
        faces = tuple(face for face in self._analysis.scores if face.frame == self.frame)
        video = self._analysis.video
        rule = self._analysis.method.rule
        spoken = f"Frame {self.frame}, {words.count(len(faces), 'face')}. " + " ".join(
            f"{words.person(face.track)} scores {words.score(face.fake, rule)}." for face in faces if face.used
        )
        size = QSizeF(video.width_px, video.height_px)
        self.view.show_frame(image, faces, size, rule, spoken)

    def _share(self) -> None:
        """Give the picture what the chart and the strip leave."""
        below_px = self._legend.sizeHint().height() + self.timeline.sizeHint().height()
        below_px += self.strip.height() if self.strip.isVisibleTo(self) else 0
        self._splitter.setSizes([max(self.height() - below_px, 200), below_px])

    def _lay_out(self) -> None:
        upper, lower = QWidget(), QWidget()
        top = parts.column(upper, spacing=0)
        top.addWidget(self.view, 1)
        top.addWidget(self.transport)
        bottom = parts.column(lower, spacing=0)
        bottom.addWidget(self._legend)
        bottom.addWidget(self.timeline, 1)
        bottom.addWidget(self.strip)
        self._splitter = splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.addWidget(upper)
        splitter.addWidget(lower)
        splitter.setStretchFactor(0, 1)
        splitter.setStretchFactor(1, 0)
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(1)
        parts.column(self, spacing=0).addWidget(splitter)
