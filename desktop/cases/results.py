"""An examination's files on their way into a case: pictures first, then the analysis, the document last.

A crash in between leaves files that no document names, never a document that names nothing.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

from desktop.cases import durable
from desktop.cases.durable import flush, protect, read_recorded, remove, saving, sha256_of, sync_folder, write_whole
from desktop.cases.errors import NotInCase, RecordChanged
from desktop.cases.names import ANALYSES, FRAMES, inside
from desktop.cases.records import AnalysisEntry, Evidence, KeptPicture
from desktop.cases.stamps import new_id, now
from genconvit.document import canonical, parse, to_document
from genconvit.records import Analysis, Examination, Picture

_HEX = frozenset("0123456789abcdef")


def store(
    folder: Path, evidence: Evidence, examination: Examination, staging: Path
) -> tuple[AnalysisEntry, list[Path]]:
    """Put the files of an examination in their places.

    Returns:
        The entry to be recorded, and the files that are new, to be taken back if recording fails.

    Raises:
        RecordChanged: examined was another file than the evidence, or a picture is not what it says.
        CaseNotSaved
        Whatever is raised, no new file is left.
    """
    analysis = examination.analysis
    if analysis.video.sha256 != evidence.sha256:
        raise RecordChanged(analysis.video.path, evidence.sha256, analysis.video.sha256)
    new: list[Path] = []
    try:
        for picture in examination.pictures:
            _place(picture, picture_path(folder, picture.sha256), staging, new)
        sync_folder(folder / FRAMES)
        # The path on the examiner's machine is of no use to others; the file's name is.
        analysis = replace(analysis, video=replace(analysis.video, path=Path(evidence.name)))
        analysis_id, data = new_id(), canonical(to_document(analysis))
        path = analysis_path(folder, analysis_id)
        write_whole(path, data, staging / path.name)
        new.append(path)
        protect(path)
    except BaseException:
        take_back(new)
        raise
    return entry_of(analysis_id, evidence.id, hashlib.sha256(data).hexdigest(), analysis, examination.pictures), new


def take_back(new: list[Path]) -> None:
    """Remove files that were placed but not recorded."""
    for path in new:
        remove(path)


def read(folder: Path, entry: AnalysisEntry) -> Analysis:
    """The whole analysis.

    Raises:
        RecordChanged: the file is missing, or not the one that was recorded.
        AnalysisInvalid: written by another version of the program.
    """
    return parse(read_bytes(folder, entry))


def read_bytes(folder: Path, entry: AnalysisEntry) -> bytes:
    """The JSON file of an analysis. Raises RecordChanged."""
    return read_recorded(analysis_path(folder, entry.id), entry.sha256)


def analysis_path(folder: Path, analysis_id: str) -> Path:
    """Where the JSON of an analysis lies. Raises CaseUnreadable for an id that leads elsewhere."""
    return inside(folder, f"{ANALYSES}/{analysis_id}.json")


def picture_path(folder: Path, sha256: str) -> Path:
    """Where a picture lies. Raises NotInCase for what is no SHA-256."""
    if len(sha256) != 64 or set(sha256) - _HEX:
        raise NotInCase(folder, "picture", sha256)
    return folder / FRAMES / f"{sha256}.png"


def _place(picture: Picture, target: Path, staging: Path, new: list[Path]) -> None:
    with saving(target):
        if target.exists() and sha256_of(target) == picture.sha256:
            return
        if (found := sha256_of(picture.file)) != picture.sha256:
            raise RecordChanged(picture.file, picture.sha256, found)
        # The engine may have been given a folder on another disk.
        staged = Path(shutil.move(picture.file, staging / target.name))
        with staged.open("rb+") as file:
            flush(file)
        known = target.exists()
        if known:
            remove(target)
        durable.replace(staged, target)
        if not known:
            new.append(target)
        protect(target)


def entry_of(
    analysis_id: str, evidence: str, sha256: str, analysis: Analysis, pictures: tuple[Picture, ...]
) -> AnalysisEntry:
    """The case's note of an analysis."""
    verdict, coverage = analysis.verdict, analysis.coverage
    return AnalysisEntry(
        id=analysis_id,
        evidence=evidence,
        sha256=sha256,
        made_at=analysis.provenance.finished_at or now(),
        method=analysis.method.name,
        method_sha256=analysis.method.sha256,
        label=verdict.label.value,
        fake=verdict.fake,
        reason=verdict.reason.value,
        flagged_frames=verdict.flagged_frames,
        frames_read=coverage.frames_read,
        frames_with_face=coverage.frames_with_face,
        faces_used=coverage.faces_used,
        pictures=tuple(
            KeptPicture(p.frame, p.time_s, p.kind, p.track, p.sha256, p.width_px, p.height_px) for p in pictures
        ),
    )
