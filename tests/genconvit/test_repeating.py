"""Each run in a process of its own, and the device of the other kind where there is one."""

from __future__ import annotations

import hashlib
import multiprocessing
from pathlib import Path

import numpy as np
import pytest

from genconvit.certificate import Certificate, Scope
from genconvit.errors import EngineDied, VideoNotFound
from genconvit.progress import QUIET, Cancelled, Progress, Reporter
from genconvit.repeat_process import pixels_sha256
from genconvit.repeating import NO_GPU, repeat
from tests.genconvit import repeat_for_tests as made


def repeated(path: Path, device: str = "auto", runs: int = 2, progress: Progress = QUIET) -> Certificate:
    try:
        return repeat(path, made.a_method(), folders=(), device=device, runs=runs, progress=progress, target=made.serve)
    finally:
        assert multiprocessing.active_children() == []


def asked(path: Path) -> list[tuple[str, str]]:
    """Process and device of each run."""
    return [
        (pid, device) for line in path.with_suffix(".runs").read_text().splitlines() for pid, device in [line.split()]
    ]


def test_each_run_has_a_process_of_its_own(tmp_path: Path) -> None:
    seen: list[float] = []
    certificate = repeated(tmp_path / "clip.mp4", runs=3, progress=Reporter(lambda fraction, _: seen.append(fraction)))
    assert len({pid for pid, _ in asked(tmp_path / "clip.mp4")}) == 3
    assert (certificate.identical, certificate.within, len(certificate.runs)) == (True, True, 3)
    assert certificate.no_other_device == NO_GPU
    assert [run.started_at[-3:] for run in certificate.runs] == ["01Z", "02Z", "03Z"]
    assert seen == sorted(seen)
    assert seen[-1] == 1.0


def test_a_run_that_drifts_is_told(tmp_path: Path) -> None:
    certificate = repeated(tmp_path / "drifts.mp4", "cpu")
    assert (certificate.identical, certificate.within) == (False, False)
    assert certificate.comparisons[0].scores.fake == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("device", "second", "other"), [("auto", "cuda:0", "cpu"), ("cuda", "cuda", "cpu"), ("cpu", "cpu", "cuda:0")]
)
def test_cpu_against_gpu_where_there_is_one(tmp_path: Path, device: str, second: str, other: str) -> None:
    certificate = repeated(tmp_path / "gpu.mp4", device)
    assert [wanted for _, wanted in asked(tmp_path / "gpu.mp4")] == [device, second, other]
    across = certificate.comparisons[-1]
    assert (across.scope, across.second, across.within, across.identical) == (Scope.ACROSS_DEVICES, 3, True, False)
    assert across.scores.fake == pytest.approx(1e-6)
    assert (certificate.identical, certificate.within, certificate.no_other_device) == (True, True, "")


def test_all_runs_on_one_device_are_where_auto_put_the_first(tmp_path: Path) -> None:
    certificate = repeated(tmp_path / "busy-gpu.mp4")
    assert [wanted for _, wanted in asked(tmp_path / "busy-gpu.mp4")] == ["auto", "auto", "cpu", "cuda:0"]
    assert [run.device.partition(" ")[0] for run in certificate.runs] == ["cpu", "cpu", "cuda:0"]
    assert [each.scope for each in certificate.comparisons] == [Scope.SAME_DEVICE, Scope.ACROSS_DEVICES]
    # The first record names the GPU that was in use, the second has no reason to.
    assert (certificate.identical, certificate.within) == (False, True)


def test_a_gpu_that_gives_other_numbers_is_beyond(tmp_path: Path) -> None:
    certificate = repeated(tmp_path / "bad-gpu.mp4")
    assert (certificate.identical, certificate.within) == (True, False)


def test_a_gpu_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    certificate = repeated(tmp_path / "no-driver.mp4", "cpu")
    assert len(certificate.runs) == 2
    assert certificate.no_other_device == "cuda:0 could not be used: the driver is too old."


def test_what_goes_wrong_in_a_run_comes_over(tmp_path: Path) -> None:
    with pytest.raises(VideoNotFound):
        repeated(tmp_path / "missing.mp4")
    with pytest.raises(EngineDied):
        repeated(tmp_path / "dies.mp4")


def test_a_file_that_is_replaced_between_two_runs_gets_no_certificate(tmp_path: Path) -> None:
    with pytest.raises(VideoNotFound) as caught:
        repeated(tmp_path / "replaced.mp4")
    assert caught.value.problem == "vanished"


def test_cancelling_ends_the_process(tmp_path: Path) -> None:
    def cancel(fraction: float, frames: int | None) -> None:
        if fraction > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        repeated(tmp_path / "hangs.mp4", progress=Reporter(cancel))


def test_one_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="one run"):
        repeated(tmp_path / "clip.mp4", runs=1)


def test_pixels_are_hashed_row_by_row_however_they_lie() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (6, 8, 3), dtype=np.uint8)
    for each in (pixels, pixels[:, ::-1], pixels[1:5, 2:7], np.asfortranarray(pixels)):
        assert pixels_sha256(each) == hashlib.sha256(each.tobytes()).hexdigest()
