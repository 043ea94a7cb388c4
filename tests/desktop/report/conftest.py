"""Realistic records of cases, without files except for the pictures."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from desktop.cases import results
from desktop.cases.records import (
    AnalysisEntry,
    CaseDetails,
    CaseSnapshot,
    Conclusion,
    CustodyEvent,
    Evidence,
    KeptPicture,
    Mark,
    Opinion,
    ReportEntry,
    Review,
)
from desktop.report.content import attachment_name
from genconvit.method import Crop, Finding, Method, Rule, RuleEvidence, Sampling, Scoring, WeightsRef
from genconvit.records import (
    Analysis,
    Box,
    Coverage,
    FaceScore,
    Label,
    NotUsed,
    Provenance,
    Reason,
    Track,
    Verdict,
    Video,
    WeightsUsed,
)

ISSUED = "2026-11-20T15:04:05Z"
VERSION = "0.1.0"
DETAILS = CaseDetails(
    number="VF-2026-0117",
    title="Statement of a witness, recorded by phone",
    examiner="Dr. Maren Østergård",
    laboratory="Institute of Digital Evidence, Section Image and Video",
    laboratory_address="Hafenstrasse 12\n24103 Kiel",
    requester="Public Prosecutor's Office Kiel, Ms. A. Petersen",
    authority="Order 34 Gs 1182/26 of 2 November 2026",
    question="Does the face of the speaking person show signs of having been replaced or altered?",
    scope="Faces only. Sound, metadata and the history of the file are examined elsewhere.",
    note="The original telephone was not made available.",
)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def a_method(**changes: object) -> Method:
    method = Method(
        name="standard",
        title="Veriframe standard",
        description="Self-blended training, EfficientNet-Lite0 backbone, 32 frames.",
        sampling=Sampling("even", 32, 0.0),
        finding=Finding("centerface", 640, 0.5, 32, 0),
        crop=Crop("square", 0.15, 160),
        scoring=Scoring("float32", True, 7),
        weights=(WeightsRef("veriframe-ed-lite0", "ed", digest("weights")),),
        rule=None,
    )
    rule = Rule(
        kind="tracks",
        upper=0.72,
        lower=0.38,
        frame=0.8,
        least_faces=5,
        belongs_to=(method.core_sha256,),
        derived_from="Held-out identities of the training set, 412 videos, chosen for 1 % false alarms",
        evidence=(
            RuleEvidence("Originals called FAKE, held-out set A", 206, 0.0097, 0.0012, 0.0346, True),
            RuleEvidence("Fakes called FAKE, held-out set A", 206, 0.7136, 0.6466, 0.7742, True),
            RuleEvidence("Area under the ROC curve, held-out set A", 412, 0.9012, 0.87, 0.93, False),
        ),
    )
    return replace(method, rule=rule, **changes)  # type: ignore[arg-type]


def a_video(name: str = "witness_phone_1080p.mp4", frames: int = 300, fps: float = 30.0) -> Video:
    return Video(
        path=Path("/cases/in") / name,
        size_bytes=3_815_517,
        sha256=digest(name),
        container="mov,mp4,m4a,3gp,3g2,mj2",
        codec="h264",
        pixel_format="yuv420p",
        stream_index=0,
        width_px=640,
        height_px=360,
        rotation_deg=0,
        time_base=Fraction(1, 15360),
        frame_count=frames,
        duration_s=frames / fps,
        mean_fps=fps,
        decoder="decord 3.4.0",
        notes=("The file ends 0.2 s before its header says.",),
    )


def a_face(frame: int, fake: float | None, track: int = 1, fps: float = 30.0, x: int = 200) -> FaceScore:
    used = fake is not None
    return FaceScore(
        frame=frame,
        pts=frame * 512,
        time_s=frame / fps,
        box=(x, 90, x + 120, 240),
        confidence=0.913,
        track=track,
        networks={"ed": (fake, 1 - fake)} if fake is not None else {},
        fake=fake,
        used=used,
        reason=None if used else NotUsed.TOO_SMALL,
        crop_sha256=digest(f"crop {frame} {track}") if used else None,
    )


def an_analysis(
    scores: Sequence[FaceScore],
    label: Label = Label.FAKE,
    reason: Reason = Reason.AT_OR_ABOVE_UPPER,
    method: Method | None = None,
    video: Video | None = None,
    frames: Sequence[int] = (),
) -> Analysis:
    method, video = method or a_method(), video or a_video()
    fps = video.mean_fps
    read = tuple(frames) or tuple(sorted({score.frame for score in scores}))
    used = [score for score in scores if score.fake is not None]
    tracks = []
    for number in sorted({score.track for score in scores}):
        mine = [score for score in used if score.track == number]
        times = [score.time_s for score in scores if score.track == number]
        mean = sum(s.fake or 0 for s in mine) / len(mine) if mine else None
        tracks.append(Track(number, len(mine), min(times), max(times), mean, len(mine) >= 5))
    best = max((t for t in tracks if t.enough), key=lambda t: t.fake or 0, default=None)
    limit = method.rule.frame if method.rule else 2.0
    return Analysis(
        video=video,
        method=method,
        scores=tuple(scores),
        tracks=tuple(tracks),
        verdict=Verdict(
            label=label,
            fake=best.fake if best else None,
            published_score=None,
            reason=reason,
            track=best.id if best else None,
            flagged_frames=tuple(sorted({s.frame for s in used if (s.fake or 0) >= limit})),
        ),
        coverage=Coverage(
            frames_total=video.frame_count,
            frames_planned=len(read),
            frames_read=len(read),
            frames_with_face=len({score.frame for score in scores}),
            faces_found=len(scores),
            faces_used=len(used),
            faces_not_used={"too_small": len(scores) - len(used)},
            duration_s=video.duration_s,
            first_s=read[0] / fps if read else None,
            last_s=read[-1] / fps if read else None,
            longest_gap_s=0.333 if read else None,
        ),
        provenance=Provenance(
            program="genconvit",
            version=VERSION,
            python="3.11.2",
            platform="Linux-6.1-x86_64",
            libraries={"torch": "2.13.0", "timm": "1.0.31", "decord2": "3.4.0", "numpy": "2.3.4"},
            decoder=video.decoder,
            device="cpu (AMD EPYC, 2 threads)",
            precision="float32",
            seed=7,
            weights=(WeightsUsed("veriframe-ed-lite0", "ed", digest("weights"), digest("source"), "Apache-2.0"),),
            started_at="2026-11-20T14:50:00Z",
            finished_at="2026-11-20T14:50:21Z",
            source_sha256=digest("genconvit"),
        ),
        timings_s={"read": 3.21, "faces": 4.0, "score": 6.5},
        examined=tuple((frame, frame * 512, frame / fps) for frame in read),
    )


def fake_analysis(flagged: int = 6, frames: int = 32, **more: object) -> Analysis:
    """A clip whose end is blended: the last ``flagged`` frames are at or above the frame threshold."""
    step = 300 // frames if frames <= 300 else 1
    scores = [
        a_face(i * step, 0.7 + 0.07 * math.sin(i * 1.3) if i < frames - flagged else 0.86 + 0.01 * (i % 9))
        for i in range(frames)
    ]
    return an_analysis(scores, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Sample:
    """A case with everything :func:`describe` and :func:`render` are given."""

    snapshot: CaseSnapshot
    analyses: Mapping[str, Analysis]
    pictures: Callable[[str], Path]

    @property
    def attachments(self) -> dict[str, bytes]:
        return {
            attachment_name(key): json.dumps({"schema": "veriframe.analysis/1", "id": key}).encode() + b"\n"
            for key in self.analyses
        }


def entry_of(analysis: Analysis, key: str, evidence: str, pictures: Sequence[KeptPicture] = ()) -> AnalysisEntry:
    entry = results.entry_of(key, evidence, digest(key), analysis, ())
    return replace(entry, made_at="2026-11-20T14:50:21Z", pictures=tuple(pictures))


def evidence_of(video: Video, key: str, **changes: object) -> Evidence:
    evidence = Evidence(
        id=key,
        name=video.path.name,
        source=video.path,
        stored=f"evidence/{key}.mp4",
        size_bytes=video.size_bytes,
        sha256=video.sha256,
        added_at="2026-11-20T14:40:00Z",
        container=video.container,
        codec=video.codec,
        width_px=video.width_px,
        height_px=video.height_px,
        duration_s=video.duration_s,
        frame_count=video.frame_count,
        mean_fps=video.mean_fps,
    )
    return replace(evidence, **changes)  # type: ignore[arg-type]


def custody(lines: Sequence[str]) -> tuple[CustodyEvent, ...]:
    events: list[CustodyEvent] = []
    for number, what in enumerate(lines, start=1):
        before = events[-1].sha256 if events else "0" * 64
        at = f"2026-11-20T14:{number % 60:02d}:00Z"
        facts = {"sha256": digest(what), "bytes": 3_815_517}
        events.append(CustodyEvent(number, at, "Dr. Maren Østergård", what, facts, before, digest(before + what)))
    return tuple(events)


def a_snapshot(
    evidence: Sequence[Evidence] = (), entries: Sequence[AnalysisEntry] = (), **changes: object
) -> CaseSnapshot:
    snapshot = CaseSnapshot(
        id="c-5f0a91",
        folder=Path("/cases/c-5f0a91"),
        read_only=False,
        details=DETAILS,
        created_at="2026-11-20T14:30:00Z",
        changed_at="2026-11-20T15:00:00Z",
        evidence=tuple(evidence),
        analyses=tuple(entries),
        reviews=(),
        conclusions=(),
        reports=(),
        custody=custody(["case created", *(f"video taken in {e.id}" for e in evidence)]),
    )
    return replace(snapshot, **changes)  # type: ignore[arg-type]


class Studio:
    """Makes PNG files of frames and crops and knows them by hash."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.shot: dict[object, list[KeptPicture]] = {}

    def path(self, sha256: str) -> Path:
        return self.folder / f"{sha256}.png"

    def keep(self, pixels: np.ndarray, frame: int, kind: str, track: int | None = None) -> KeptPicture:
        beside = self.folder / "new.png"
        Image.fromarray(pixels).save(beside, compress_level=1)
        sha256 = hashlib.sha256(beside.read_bytes()).hexdigest()
        beside.replace(self.path(sha256))
        return KeptPicture(frame, frame / 30.0, kind, track, sha256, pixels.shape[1], pixels.shape[0])

    def shoot(self, analysis: Analysis, most: int = 1000) -> tuple[KeptPicture, ...]:
        """The whole frame and the used faces of the flagged frames."""
        kept: list[KeptPicture] = []
        for frame in analysis.verdict.flagged_frames[:most]:
            size = (analysis.video.width_px, analysis.video.height_px)
            faces = tuple((s.box, s.track) for s in analysis.scores if s.frame == frame and s.used)
            if (key := (size, frame, faces)) not in self.shot:
                self.shot[key] = self._shoot(size, frame, faces)
            kept += self.shot[key]
        return tuple(kept)

    def _shoot(self, size: tuple[int, int], frame: int, faces: Sequence[tuple[Box, int]]) -> list[KeptPicture]:
        pixels = self._scene(*size, frame)
        kept = [self.keep(pixels, frame, "frame")]
        for (left, top, right, bottom), track in faces:
            kept.append(self.keep(pixels[top:bottom, left:right].copy(), frame, "crop", track))
        return kept

    @staticmethod
    def _scene(width: int, height: int, frame: int) -> np.ndarray:
        y, x = np.mgrid[0:height, 0:width]
        pixels = np.stack((x * 200 // width, y * 200 // height, np.full_like(x, frame % 200)), axis=-1)
        head = ((x - 260) / 60) ** 2 + ((y - 165) / 75) ** 2 < 1
        pixels[head] = (214, 176, 150)
        return pixels.astype(np.uint8)


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return Studio(tmp_path_factory.mktemp("frames"))


def a_case(studio: Studio, analysis: Analysis | None = None, **changes: object) -> Sample:
    """One video with one analysis, a conclusion, a review and an earlier report."""
    analysis = analysis or fake_analysis()
    flagged = analysis.verdict.flagged_frames
    entry = entry_of(analysis, "a-1", "e-1", studio.shoot(analysis))
    review = Review("a-1", flagged[0] if flagged else 0, Mark.ACCEPTED, "Edge along the jaw.", "M. Ø.", ISSUED)
    conclusion = Conclusion("e-1", Opinion.INCONSISTENT, "Blending edge.", "Dr. M. Ø.", "Prof. I. Khan", ISSUED)
    report = ReportEntry("r-1", "reports/r-1.pdf", digest("report"), "2026-11-19T10:00:00Z", ("a-1",))
    given = {"reviews": (review,), "conclusions": (conclusion,), "reports": (report,), **changes}
    return Sample(a_snapshot([evidence_of(analysis.video, "e-1")], [entry], **given), {"a-1": analysis}, studio.path)


@pytest.fixture
def records(studio: Studio) -> SimpleNamespace:
    """The makers above, for tests, which cannot import from here."""
    return SimpleNamespace(
        a_case=lambda analysis=None, **changes: a_case(studio, analysis, **changes),
        a_face=a_face,
        a_method=a_method,
        a_snapshot=a_snapshot,
        a_video=a_video,
        an_analysis=an_analysis,
        digest=digest,
        entry_of=entry_of,
        evidence_of=evidence_of,
        fake_analysis=fake_analysis,
        custody=custody,
        Sample=Sample,
        DETAILS=DETAILS,
        ISSUED=ISSUED,
        VERSION=VERSION,
    )
