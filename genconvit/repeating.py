"""Runs of one method on one video, each in a process that is started for it, and their certificate."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from genconvit.certificate import Certificate, Scope, scope_of
from genconvit.certifying import FreshRun, certify
from genconvit.engine import Engine, Serve
from genconvit.errors import DeviceUnavailable, OutOfMemory, VideoNotFound
from genconvit.method import Method
from genconvit.progress import QUIET, Progress
from genconvit.repeat_process import serve

NO_GPU = "This machine has no device that computes but its CPU."


def repeat(
    path: Path,
    method: Method,
    *,
    folders: Sequence[Path],
    device: str = "auto",
    runs: int = 2,
    progress: Progress = QUIET,
    target: Serve = serve,
) -> Certificate:
    """Examine a video ``runs`` times on the device of the first run, and once on a device of the other kind where there
    is one: on the CPU if ``device`` is or turned out to be a GPU, on the first GPU if it is the CPU.

    Args:
        folders: weights folders, the user's first.
        runs: 2 or more.
        target: what each process runs, by importable name.

    Raises:
        VideoNotFound: also when the file was replaced or written to between two runs, as ``vanished``.
        GenConViTError: as :meth:`genconvit.engine.Engine.examine`. A GPU on which the last run fails is named in the
            certificate instead.
        Cancelled
    """
    if runs < 2:
        raise ValueError("one run repeats nothing")
    share = 1.0 / (runs + 1)

    def examined(wanted: str, number: int) -> tuple[FreshRun, tuple[str, ...]]:
        with Engine(folders, target) as engine:
            arguments = (path, method, wanted)
            analysis, pixels, devices = engine.call("examine", arguments, progress.part(number * share, share))
        return FreshRun(analysis, pixels), devices

    first, devices = examined(device, 0)
    used = first.analysis.provenance.device
    done = [first]
    for number in range(1, runs):
        run, _ = examined(_again(device, used), number)
        if scope_of(used, run.analysis.provenance.device) is not Scope.SAME_DEVICE:
            # A GPU that was of no use to the first run has come back.
            run, _ = examined(_name(used), number)
        done.append(run)
    if any(run.analysis.video.sha256 != done[0].analysis.video.sha256 for run in done):
        raise VideoNotFound(path, "vanished")
    other = _other(used, devices)
    if not other:
        progress.report(1.0)
        return certify(done, no_other_device=NO_GPU)
    try:
        across, _ = examined(other, runs)
    except (DeviceUnavailable, OutOfMemory) as error:
        progress.report(1.0)
        detail = error.detail if isinstance(error, DeviceUnavailable) else "its memory ran out"
        return certify(done, no_other_device=f"{other} could not be used: {detail}.")
    if across.analysis.video.sha256 != done[0].analysis.video.sha256:
        raise VideoNotFound(path, "vanished")
    return certify(done, across)


def _again(wanted: str, used: str) -> str:
    """What the later runs ask for. A record of the CPU names the GPUs that ``auto`` tried first, so that only another
    ``auto`` can give the same record."""
    return wanted if wanted != "auto" or used.startswith("cpu") else _name(used)


def _name(used: str) -> str:
    """``cuda:0`` of ``cuda:0 (NVIDIA H200)``."""
    return used.partition(" ")[0].rstrip(",")


def _other(used: str, devices: Sequence[str]) -> str:
    """A device of the other kind than the one that was used; empty where the machine has none."""
    if not used.startswith("cpu"):
        return "cpu"
    return next((name for name in devices if name != "cpu"), "")
