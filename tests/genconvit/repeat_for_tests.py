"""Analyses of a clip that is none, and an engine process that gives them: what it does stands in the video's name."""

import os
import time
from dataclasses import replace
from fractions import Fraction
from multiprocessing.connection import Connection
from pathlib import Path

from genconvit import verdict
from genconvit.engine_process import answer
from genconvit.errors import DeviceUnavailable, VideoNotFound
from genconvit.method import Crop, Finding, Method, Rule, Sampling, Scoring, WeightsRef
from genconvit.progress import Progress
from genconvit.records import Analysis, FaceScore, Provenance, Video, WeightsUsed

DIGEST = "0123456789abcdef" * 4
GPU = "cuda:0 (NVIDIA H200)"
EXAMINED = ((0, 0, 0.0), (10, 5120, 10 / 30), (20, 10240, 20 / 30))


def a_method(precision: str = "float32") -> Method:
    method = Method(
        name="try",
        title="Try",
        description="",
        sampling=Sampling("even", 3, 0.0),
        finding=Finding("centerface", 640, 0.5, 40, 0),
        crop=Crop("square", 0.2, 160),
        scoring=Scoring(precision, False, 7),
        weights=(WeightsRef("tiny-ed", "ed", DIGEST), WeightsRef("tiny-vae", "vae", DIGEST)),
        rule=None,
    )
    return replace(method, rule=Rule("tracks", 0.7, 0.3, 0.8, 2, (method.core_sha256,), "nothing", ()))


def a_face(frame: int, fake: float = 0.85, left: int = 100, track: int = 0) -> FaceScore:
    networks = {"ed": (fake, 1 - fake), "vae": (fake, 1 - fake)}
    time_s = next((seconds for number, _, seconds in EXAMINED if number == frame), frame / 30)
    box = (left, 50, left + 80, 160)
    score = verdict.fake_of(networks)
    return FaceScore(frame, frame * 512, time_s, box, 0.9, track, networks, score, True, None, DIGEST)


def an_analysis(
    faces: tuple[FaceScore, ...] | None = None,
    *,
    examined: tuple[tuple[int, int, float], ...] = EXAMINED,
    device: str = "cpu (AMD EPYC, 2 threads)",
    precision: str = "float32",
    second: int = 0,
) -> Analysis:
    """``second``: of the minute in which it was made."""
    method = a_method(precision)
    video = Video(
        Path("/in") / "Anruf 1.mp4", 4711, DIGEST, "mov,mp4", "h264", "yuv420p", 0, 640, 360, 0, Fraction(1, 15360), 30,
        1.0, 30.0, "PyAV 18.1.0",
    )  # fmt: skip
    scores = tuple(a_face(frame) for frame, _, _ in EXAMINED) if faces is None else faces
    tracks, decided, coverage = verdict.decide(scores, method, video, examined, 3)
    provenance = Provenance(
        "Veriframe", "0.1.0", "3.11.2", "Linux", {"numpy": "2", "torch": "2"}, video.decoder, device, precision, 7,
        (WeightsUsed("tiny-ed", "ed", DIGEST, "", "Apache-2.0"),),
        f"2026-01-01T00:00:{second:02d}Z", f"2026-01-01T00:00:{second + 1:02d}Z", source_sha256=DIGEST,
    )  # fmt: skip
    timings = {"total": 0.1 * second}
    return Analysis(video, method, scores, tracks, decided, coverage, provenance, timings, examined)


def serve(connection: Connection, folders: tuple[Path, ...]) -> None:
    def examine(path: Path, method: Method, device: str, progress: Progress) -> object:
        runs = path.with_suffix(".runs")
        lines = [*(runs.read_text().splitlines() if runs.exists() else ()), f"{os.getpid()} {device}"]
        runs.write_text("\n".join(lines))
        progress.report(0.5, 1)
        drift, used, devices = 0.0, "cpu (AMD EPYC, 2 threads)", ("cpu",)
        match path.stem:
            case "missing":
                raise VideoNotFound(path, "missing")
            case "dies":
                os._exit(7)
            case "hangs":
                time.sleep(600)
            case "drifts" if len(lines) == 2:
                drift = 1e-3
            case "gpu" | "bad-gpu":
                devices = ("cpu", "cuda:0")
                used = "cpu (AMD EPYC, 2 threads)" if device == "cpu" else GPU
                drift = 0.0 if device == "cpu" else 1e-3 if path.stem == "bad-gpu" else 1e-6
            case "busy-gpu":
                devices = ("cpu", "cuda:0")
                # auto finds the GPU in use in the first run, and free from the second one on.
                free = device.startswith("cuda") or (device == "auto" and len(lines) > 1)
                used = GPU if free else "cpu (AMD EPYC, 2 threads, cuda not usable: out of memory)"
                used = "cpu (AMD EPYC, 2 threads)" if device == "cpu" else used
            case "no-driver":
                devices = ("cpu", "cuda:0")
                if device.startswith("cuda"):
                    raise DeviceUnavailable(device, devices, "the driver is too old")
        analysis = an_analysis(tuple(a_face(n, 0.85 + drift) for n, _, _ in EXAMINED), device=used, second=len(lines))
        if path.stem == "replaced" and len(lines) == 2:
            analysis = replace(analysis, video=replace(analysis.video, sha256="f" * 64))
        return analysis, {frame: DIGEST for frame, _, _ in EXAMINED}, devices

    answer(connection, {"examine": examine})
