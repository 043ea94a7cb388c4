"""Repeatability certificates in a case: files named by their own hash, each of them of one analysis."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from desktop.cases.durable import protect, read_recorded, saving, sha256_of, write_whole
from desktop.cases.errors import CaseError, CertificateRefused
from desktop.cases.names import CERTIFICATES, inside
from desktop.cases.records import ANOTHER_ENTRY, AnalysisEntry, CaseSnapshot, CertificateEntry, Difference
from genconvit.certificate import Certificate
from genconvit.certificate_document import parse
from genconvit.errors import CertificateInvalid


def store(folder: Path, data: bytes, staging: Path) -> tuple[str, list[Path]]:
    """Put the bytes of a certificate in their place. Returns their SHA-256, and the file if it is new.

    Raises:
        CaseNotSaved
    """
    sha256 = hashlib.sha256(data).hexdigest()
    path = certificate_path(folder, sha256)
    with saving(path):
        path.parent.mkdir(exist_ok=True)
        if path.exists() and sha256_of(path) == sha256:
            return sha256, []
        known = path.exists()
    write_whole(path, data, staging / path.name)
    protect(path)
    return sha256, [] if known else [path]


def ask_fitting(path: Path, certificate: Certificate, video_sha256: str, entry: AnalysisEntry) -> None:
    """Raises CertificateRefused where a certificate is about another video or method than an analysis; ``path``: of the
    case or of the certificate's file, for the sentence."""
    if certificate.video.sha256 != video_sha256:
        raise CertificateRefused(path, "video", video_sha256, certificate.video.sha256)
    if certificate.method.sha256 != entry.method_sha256:
        raise CertificateRefused(path, "method", entry.method_sha256, certificate.method.sha256)


def read_bytes(folder: Path, entry: CertificateEntry) -> bytes:
    """The file of a certificate. Raises RecordChanged: it is missing, or not the one that was recorded."""
    return read_recorded(certificate_path(folder, entry.sha256), entry.sha256)


def certificate_path(folder: Path, sha256: str) -> Path:
    """Where a certificate lies. Raises CaseUnreadable for a hash that leads elsewhere."""
    return inside(folder, f"{CERTIFICATES}/{sha256}.json")


def compare(case: CaseSnapshot) -> Iterator[Difference]:
    """Certificates that are none, or are linked to an analysis of another video or method. A file that is missing or
    not the recorded one is left to the comparison of hashes."""
    analyses = {entry.id: entry for entry in case.analyses}
    videos = {evidence.id: evidence.sha256 for evidence in case.evidence}
    for entry in case.certificates:
        name = f"{CERTIFICATES}/{entry.sha256}.json"
        try:
            certificate = parse(read_bytes(case.folder, entry))
            if (analysis := analyses.get(entry.analysis)) is not None:
                ask_fitting(case.folder, certificate, videos.get(analysis.evidence, ""), analysis)
        except CertificateRefused as error:
            found = f"{error.what} {error.found_sha256}"
            yield Difference(name, ANOTHER_ENTRY, f"{error.what} {error.expected_sha256}", found)
        except CertificateInvalid as error:
            yield Difference(name, "unreadable", entry.sha256, str(error))
        except CaseError:
            continue
