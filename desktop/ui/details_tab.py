"""How a result came about: coverage, rule, people, method and machine."""

from __future__ import annotations

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from desktop.models import words
from desktop.ui import parts
from desktop.ui.facts import Facts
from genconvit.notes import scoring_notes
from genconvit.records import Analysis, Track
from genconvit.verdict import counted_faces, measured


class DetailsTab(QWidget):
    """Sections of names and values, made when they are first seen."""

    SECTIONS = ("People", "Rule", "Coverage", "Method", "Video", "Machine")

    def __init__(self) -> None:
        super().__init__()
        column = parts.column(self, spacing=8)
        self.facts: dict[str, Facts] = {}
        self._unseen: Analysis | None = None
        self._rule = parts.label("", "value", wrap=True, selectable=True)
        for number, name in enumerate(self.SECTIONS):
            if number:
                column.addSpacing(4)
                column.addWidget(parts.line())
            column.addWidget(parts.label(name.upper(), "section"))
            if name == "Rule":
                column.addWidget(self._rule)
            self.facts[name] = Facts()
            column.addWidget(self.facts[name])
        column.addStretch(1)

    def show_analysis(self, analysis: Analysis) -> None:
        self._unseen = analysis
        if self.isVisible():
            self._show()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        self._show()
        super().showEvent(event)

    def _show(self) -> None:
        analysis, self._unseen = self._unseen, None
        if analysis is None:
            return
        self._rule.setText(words.rule(analysis.method.rule))
        for name, rows in (
            ("People", _people(analysis)),
            ("Rule", _evidence(analysis)),
            ("Coverage", words.coverage(analysis.coverage)),
            ("Method", _method(analysis)),
            ("Video", _video(analysis)),
            ("Machine", _machine(analysis)),
        ):
            self.facts[name].show_rows(rows)


def _people(analysis: Analysis) -> list[tuple[str, str]]:
    if not analysis.tracks:
        return [("–", "no face was found")]
    rule = analysis.method.rule
    return [
        (
            words.person(track.id),
            f"{words.score(track.fake, rule)}, {words.count(track.faces, 'used face')}{_counting(track, analysis)}, "
            f"{words.time_code(track.first_s)} – {words.time_code(track.last_s)}"
            + ("" if track.enough else ", too few for the rule"),
        )
        for track in analysis.tracks
    ]


def _counting(track: Track, analysis: Analysis) -> str:
    """Faces close in time are used, but do not all count towards what the rule asks for."""
    counted = counted_faces(analysis.scores, track.id, analysis.method.rule)
    return f" ({counted} count, the others are too close in time)" if counted < track.faces else ""


def _evidence(analysis: Analysis) -> list[tuple[str, str]]:
    rule = analysis.method.rule
    if rule is None:
        return []
    rows = [("Derived from", rule.derived_from or words.NOT_SUPPLIED)]
    said = "{}  (95 % interval {}; n = {})"
    return rows + [(entry.what, said.format(*measured(entry), entry.n)) for entry in rule.evidence]


def _method(analysis: Analysis) -> list[tuple[str, str]]:
    method = analysis.method
    rows = [("Name", method.name), ("SHA-256", method.sha256), ("Frames", words.sampling(method))]
    for used in analysis.provenance.weights:
        rows += [
            (f"Weights {used.network}", used.name),
            ("Their SHA-256", used.sha256),
            ("Their licence", used.licence or words.NOT_SUPPLIED),
        ]
    rows.append(("Face finder", method.finding.finder))
    return rows


def _video(analysis: Analysis) -> list[tuple[str, str]]:
    video = analysis.video
    rows = [
        ("SHA-256", video.sha256),
        ("Stream", f"{video.container}, {video.codec}, {video.pixel_format}"),
        ("Picture", f"{video.width_px} × {video.height_px} px, turned by {video.rotation_deg}°"),
        ("Length", f"{words.duration(video.duration_s)}, {video.frame_count} frames"),
    ]
    return rows + [("Note", note) for note in video.notes]


def _machine(analysis: Analysis) -> list[tuple[str, str]]:
    made = analysis.provenance
    return [
        ("Program", f"{made.program} {made.version}"),
        ("Device", made.device),
        ("Precision", made.precision),
        ("Decoder", made.decoder),
        ("Finished", words.day(made.finished_at)),
        ("Took", _took(analysis)),
    ] + [("Note", note) for note in scoring_notes(made)]


def _took(analysis: Analysis) -> str:
    """``total`` spans the other timings, which may overlap."""
    total_s = analysis.timings_s.get("total")
    return words.duration(total_s) if total_s is not None else words.NOT_SUPPLIED
