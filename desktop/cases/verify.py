"""Whether a case folder is what it was recorded to be. Takes no lock and writes nothing, so that the other side can run
it on an unzipped hand-over or a write-protected disk.

A folder is first looked at, then compared. An open case is looked at between two of its changes (``Case.look``), so
that no file is seen whose document is still being written; the hashing holds nobody up.

Files without a document are left where they are: a kill may have left them, but so does a ``case.json`` that came back
from an older copy, and then they are all there is of newer work.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from desktop.cases import certificates, chronicle, custody, judging
from desktop.cases.durable import problem_of, sha256_of
from desktop.cases.errors import CaseError, CaseNotFound, CaseTooNew, CaseUnreadable
from desktop.cases.ledger import snapshot
from desktop.cases.migrations import migrate
from desktop.cases.names import CASE_FILE, CERTIFICATES, LOCK_FILE, STAGING, inside
from desktop.cases.records import CaseSnapshot, CustodyEvent, Difference
from desktop.cases.results import analysis_path, picture_path
from desktop.cases.storage import Tables, parse, read_bytes
from genconvit.progress import QUIET, Progress

_OWN = frozenset({CASE_FILE, LOCK_FILE})


@dataclass(frozen=True, slots=True)
class Contents:
    """A case folder at one moment, before anything is hashed."""

    case: CaseSnapshot
    tables: Tables
    """The same as they stand in ``case.json``, before any migration."""
    present: tuple[str, ...]
    """Names of the files, but for ``case.json``, the lock and the staging folder."""
    differences: tuple[Difference, ...] = ()
    """Of ``case.json`` itself."""


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of a check."""

    objects: int
    """Files with a recorded hash, and lines of the custody log."""
    differences: tuple[Difference, ...]
    custody: tuple[CustodyEvent, ...] = ()
    """The log that was checked; its last line is the head, worth something where it was kept elsewhere before."""


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A file with the hash it should have. ``path`` is None where the record names a place outside the case folder."""

    object: str
    path: Path | None
    sha256: str


def verify(folder: Path, progress: Progress = QUIET) -> tuple[Difference, ...]:
    """Everything in which the folder differs from its records; see :func:`check`."""
    return check(folder, progress).differences


def check(folder: Path, progress: Progress = QUIET) -> Verification:
    """Compute every recorded hash again: videos (copied or referred to), analyses, pictures, reports, the custody log
    and the documents it vouches for; derive every verdict again from its scores; look for files that no document
    names.

    Raises:
        CaseNotFound: no ``case.json`` in the folder.
        CaseTooNew: only a newer program can tell.
        Cancelled
    """
    try:
        contents = look(folder)
    except (CaseNotFound, CaseTooNew):
        raise
    except CaseError as error:
        problem = error.problem if isinstance(error, CaseUnreadable) else str(error)
        return Verification(1, (Difference(CASE_FILE, "unreadable", "", problem),))
    return compare(contents, progress)


def look(folder: Path) -> Contents:
    """What is in a folder that nobody has open, or another program. Raises CaseError."""
    # The files are listed first: what is put in place afterwards belongs to documents that are not read here.
    present = list_files(folder)
    tables, case = _read(folder)
    return Contents(case, tables, present)


def compare(contents: Contents, progress: Progress = QUIET) -> Verification:
    """Compute every hash that these contents record again. Raises Cancelled."""
    case = contents.case
    files = _recorded(case)
    return Verification(
        len(files) + len(case.custody),
        (
            *contents.differences,
            *_hashes(files, progress),
            *judging.compare(case),
            *certificates.compare(case),
            *custody.check(case.custody),
            *chronicle.compare(contents.tables, case.custody),
            *_links(case),
            *_unrecorded(contents.present, files),
        ),
        case.custody,
    )


def case_file(path: Path, saved: bytes) -> tuple[Difference, ...]:
    """Whether ``case.json`` holds what was last written to it."""
    expected = hashlib.sha256(saved).hexdigest()
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        problem = "unreadable" if path.exists() else "missing"
        return (Difference(CASE_FILE, problem, expected, problem_of(error)),)
    return () if found == expected else (Difference(CASE_FILE, "changed", expected, found),)


def list_files(folder: Path) -> tuple[str, ...]:
    """Names of the files in a case folder; see :class:`Contents`."""
    return tuple(_files(folder))


def _read(folder: Path) -> tuple[Tables, CaseSnapshot]:
    path = folder / CASE_FILE
    tables = parse(path, read_bytes(path))
    migrated, _ = migrate(tables, path)
    return tables, snapshot(folder, migrated, read_only=True)


def _recorded(case: CaseSnapshot) -> tuple[_Recorded, ...]:
    # A place that was referred to twice may have held two files; a picture that several analyses share is one.
    files: dict[tuple[str, str], _Recorded] = {}

    def add(name: str, path: Path | None, sha256: str) -> None:
        files[name, sha256] = _Recorded(name, path, sha256)

    for evidence in case.evidence:
        if evidence.stored:
            add(evidence.stored, _inside(case.folder, evidence.stored), evidence.sha256)
        else:
            add(str(evidence.source), evidence.source, evidence.sha256)
    for entry in case.analyses:
        try:
            path = analysis_path(case.folder, entry.id)
            add(_name(case.folder, path), path, entry.sha256)
        except CaseError:
            add(f"analysis {entry.id}", None, entry.sha256)
        for picture in entry.pictures:
            try:
                path = picture_path(case.folder, picture.sha256)
                add(_name(case.folder, path), path, picture.sha256)
            except CaseError:
                add(f"picture {picture.sha256}", None, picture.sha256)
    for certificate in case.certificates:
        name = f"{CERTIFICATES}/{certificate.sha256}.json"
        add(name, _inside(case.folder, name), certificate.sha256)
    for report in case.reports:
        add(report.file, _inside(case.folder, report.file), report.sha256)
    return tuple(files.values())


def _hashes(files: tuple[_Recorded, ...], progress: Progress) -> Iterator[Difference]:
    sizes = [_size(file.path) for file in files]
    total, done = max(sum(sizes), 1), 0
    for file, size in zip(files, sizes, strict=True):
        progress.report(done / total)
        if (difference := _hash(file, progress.part(done / total, size / total))) is not None:
            yield difference
        done += size
    progress.report(1.0)


def _hash(file: _Recorded, progress: Progress) -> Difference | None:
    if file.path is None:
        return Difference(file.object, "unreadable", file.sha256, "its path leaves the case folder")
    # A pipe or a device would be read without end.
    if not file.path.is_file():
        return Difference(file.object, "unreadable" if file.path.exists() else "missing", file.sha256)
    try:
        found = sha256_of(file.path, progress)
    except OSError as error:
        return Difference(file.object, "unreadable", file.sha256, problem_of(error))
    return None if found == file.sha256 else Difference(file.object, "changed", file.sha256, found)


def _links(case: CaseSnapshot) -> Iterator[Difference]:
    evidence = {record.id for record in case.evidence}
    analyses = {record.id for record in case.analyses}
    links = [
        *((f"analysis {entry.id}", "evidence", entry.evidence, evidence) for entry in case.analyses),
        *((f"review of frame {review.frame}", "analysis", review.analysis, analyses) for review in case.reviews),
        *(("conclusion", "evidence", conclusion.evidence, evidence) for conclusion in case.conclusions),
        *((f"certificate {each.id}", "analysis", each.analysis, analyses) for each in case.certificates),
        *((report.file, "analysis", target, analyses) for report in case.reports for target in report.analyses),
    ]
    for name, kind, target, known in links:
        if target not in known:
            yield Difference(f"{CASE_FILE}, {name}", "missing", f"{kind} {target}")


def _unrecorded(present: tuple[str, ...], files: tuple[_Recorded, ...]) -> Iterator[Difference]:
    recorded = {file.object for file in files}
    for name in present:
        if name not in recorded:
            yield Difference(name, "not recorded")


def _files(folder: Path) -> Iterator[str]:
    for place, folders, names in os.walk(folder):
        here = Path(place)
        if here == folder:
            folders[:] = [name for name in folders if name != STAGING]
            names = [name for name in names if name not in _OWN]
        folders.sort()
        for name in sorted(names):
            yield _name(folder, here / name)


def _inside(folder: Path, stored: str) -> Path | None:
    try:
        return inside(folder, stored)
    except CaseError:
        return None


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _size(path: Path | None) -> int:
    try:
        return path.stat().st_size if path is not None and path.is_file() else 0
    except OSError:
        return 0
