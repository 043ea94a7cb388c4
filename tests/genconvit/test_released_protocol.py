"""The released script's protocol, written plainly, beside what the ``released`` method gives."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import torch
from skimage import data

from benchmarks.released_protocol import MEAN, STD, Crop, ReleasedProtocol
from genconvit import method as methods
from genconvit import places
from genconvit.analyze import analyze
from genconvit.cards import find_card
from genconvit.faces import Hog
from genconvit.method import Method
from genconvit.networks import draw_noise
from genconvit.records import Analysis, Label, NotUsed, Pixels, WeightsUsed
from genconvit.verdict import follows
from genconvit.weights import load

TINY_PX = 32
READ = 15
SETS = (("ed",), ("vae",), ("ed", "vae"))
SHIPPED_METHODS = places.SHIPPED / "methods"


@cache
def plain_crops(path: Path, size: int, read: int = READ) -> list[Crop]:
    return ReleasedProtocol([], image_px=size).crops(path, read)


def plain_verdict(crops: Sequence[Crop], networks: Sequence[Callable[[torch.Tensor], torch.Tensor]]) -> Any:
    """Label and printed score."""
    label, score = ReleasedProtocol(networks).verdict(np.stack([crop.pixels for crop in crops]))
    return label, pytest.approx(score, abs=1e-4)


def write(path: Path, frames: Sequence[Pixels]) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12, options={"preset": "ultrafast", "crf": "12"})
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for pixels in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
        container.mux(stream.encode(None))
    return path


def portrait(left: int, top: int, light: float) -> Pixels:
    """``uint8 [240, 240, 3]``: a face that lies at columns 179 to 266 and rows 83 to 170, less ``left`` and ``top``."""
    return np.asarray(data.astronaut()[top : top + 240, left : left + 240] * light, dtype=np.uint8)


CLIPS = {
    "one face": [portrait(100 + i, 0, 1.0 - 0.03 * i) for i in range(18)],
    "two faces a frame": [
        np.hstack([portrait(100 + i, 0, 1.0 - 0.03 * i), portrait(110, 10, 0.4 + 0.03 * i)]) for i in range(18)
    ],
    "four frames": [portrait(100, 0, 1.0 - 0.18 * i) for i in range(4)],
    "four frames of two faces": [
        np.hstack([portrait(100, 0, 1.0 - 0.15 * i), portrait(110, 10, 0.5 + 0.1 * i)]) for i in range(4)
    ],
    "one frame": [portrait(100, 0, 0.8)],
    "at the left border": [portrait(182 + i, 0, 1.0 - 0.03 * i) for i in range(16)],
    "at the upper border": [portrait(100, 84 + i % 4, 1.0 - 0.03 * i) for i in range(16)],
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("released")
    made = {name: write(folder / f"{name}.mp4", frames) for name, frames in CLIPS.items()}
    return {**made, "demo": places.SHIPPED.parent / "resources" / "demo.mp4"}


@pytest.fixture
def released() -> Method:
    return methods.find("released", [SHIPPED_METHODS])


def tiny(released: Method, networks: Sequence[str] = ("ed", "vae")) -> Method:
    """The released method on the tiny weights."""
    weights = tuple(replace(ref, backbone="") for ref in released.weights if ref.network in networks)
    method = replace(released, weights=weights, crop=replace(released.crop, size_px=TINY_PX), rule=None)
    assert released.rule is not None
    return replace(method, rule=replace(released.rule, belongs_to=(method.core_sha256,)))


def plain_networks(folder: Path, networks: Sequence[str]) -> list[Callable[[torch.Tensor], torch.Tensor]]:
    made: list[Callable[[torch.Tensor], torch.Tensor]] = []
    for name in networks:
        module = load(find_card(f"genconvit-{name}", [folder]))
        noise = [draw_noise(module.latent, 0)] if name == "vae" else []
        made.append(lambda images, module=module, noise=noise: module(images, *noise))  # type: ignore[misc]
    return made


def first_readings(crops: Sequence[Crop]) -> list[tuple[int, str]]:
    first = {crop.frame: crop.reading for crop in reversed(crops)}
    once = [crop for crop in crops if crop.reading == first[crop.frame]]
    return [(crop.frame, hashlib.sha256(crop.pixels.tobytes()).hexdigest()) for crop in once]


def used(analysis: Analysis) -> list[tuple[int, str | None]]:
    return [(score.frame, score.crop_sha256) for score in analysis.scores if score.used]


def outcome(analysis: Analysis) -> tuple[str, float | None]:
    return str(analysis.verdict.label), analysis.verdict.published_score


@pytest.mark.parametrize(("name", "networks"), [*((name, SETS[2]) for name in (*CLIPS, "demo")), *(
    (name, networks) for name in ("two faces a frame", "four frames of two faces") for networks in SETS[:2]
)])  # fmt: skip
def test_crops_verdict_and_score_are_the_scripts(
    name: str,
    networks: tuple[str, ...],
    clips: dict[str, Path],
    tiny_weights: Path,
    released: Method,
) -> None:
    crops = plain_crops(clips[name], TINY_PX)
    analysis = analyze(clips[name], tiny(released, networks), folders=(tiny_weights,), device="cpu").analysis
    assert used(analysis) == first_readings(crops)
    assert outcome(analysis) == plain_verdict(crops, plain_networks(tiny_weights, networks))
    assert follows(analysis)
    read = [frame for frame, _, _ in analysis.examined]
    assert len(set(read)) == len(read), "a frame is read once"


def test_the_clips_are_what_they_are_meant_to_be(clips: dict[str, Path]) -> None:
    def faces(name: str) -> list[int]:
        return [crop.frame for crop in plain_crops(clips[name], TINY_PX)]

    assert faces("one face") == np.linspace(0, 17, 15).astype(int).tolist()
    assert faces("two faces a frame") == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 6, 6, 7, 7, 8], "the limit cuts within a frame"
    assert faces("four frames") == [0] * 5 + [1] * 5 + [2] * 4 + [3]
    assert faces("four frames of two faces") == [0] * 10 + [1] * 5, "the limit cuts within the third reading"
    assert len(faces("demo")) == 15
    hog = Hog()
    for name, side in (("at the left border", 0), ("at the upper border", 1)):
        found = [face.box for face in hog.find(CLIPS[name][0])]
        assert [box[side] for box in found] == [0], "cut off there"


class Shade:
    """Two networks that look at nothing but how bright a crop is, and at which side."""

    device_name = "none"
    weights = (WeightsUsed("shade", "ed", "0" * 64, "", "none"),)

    def __init__(self, method: Method) -> None:
        self.method = method
        self.faces = 0

    def score(self, crops: Pixels) -> list[dict[str, tuple[float, float]]]:
        assert crops.shape[1:] == (224, 224, 3)
        self.faces += len(crops)
        rows = torch.sigmoid(torch.cat([ed(normalised(crops)), vae(normalised(crops))])).double().tolist()
        half = len(crops)
        return [{"ed": tuple(rows[i]), "vae": tuple(rows[half + i])} for i in range(half)]


def normalised(crops: Pixels) -> torch.Tensor:
    return ((torch.from_numpy(crops).float() / 255 - torch.tensor(MEAN)) / torch.tensor(STD)).permute(0, 3, 1, 2)


def ed(images: torch.Tensor) -> torch.Tensor:
    return torch.stack([images[:, 0].mean(dim=(1, 2)), images[:, 2, :112].mean(dim=(1, 2))], dim=1)


def vae(images: torch.Tensor) -> torch.Tensor:
    return torch.stack([images[:, 1, :, :112].mean(dim=(1, 2)), images[:, 0].std(dim=(1, 2)) - 1.5], dim=1)


@pytest.mark.parametrize("name", ["demo", "two faces a frame", "four frames", "four frames of two faces", "one frame"])
def test_the_shipped_method_at_its_own_size(name: str, clips: dict[str, Path], released: Method) -> None:
    crops, scorer = plain_crops(clips[name], 224), Shade(released)
    analysis = analyze(clips[name], released, folders=(), detector=lambda _: scorer).analysis
    assert used(analysis) == first_readings(crops)
    assert outcome(analysis) == plain_verdict(crops, [ed, vae])
    assert scorer.faces == len(first_readings(crops)), "a face is scored once, however often it counts"
    if name == "four frames":
        once = [crop for crop in crops if crop.reading in (0, 5, 10, 14)]
        assert len({crop.frame for crop in once}) == 4
        assert analysis.verdict.published_score != plain_verdict(once, [ed, vae])[1], "how often a frame is named shows"


@pytest.mark.parametrize("read", [4, 24])
def test_another_number_of_frames_moves_the_limit_of_faces_too(
    read: int, clips: dict[str, Path], released: Method
) -> None:
    method = methods.changed(released, count=read)
    assert method.rule is not None
    assert (method.sampling.count, method.finding.most_faces) == (read, read)
    assert methods.parse(methods.to_toml(method), "test") == method
    crops = plain_crops(clips["two faces a frame"], 224, read)
    assert len(crops) == read
    analysis = analyze(clips["two faces a frame"], method, folders=(), detector=lambda _: Shade(method)).analysis
    assert used(analysis) == first_readings(crops)
    assert outcome(analysis) == plain_verdict(crops, [ed, vae])


def test_faces_beyond_the_limit_are_told_and_no_frame_is_read_after_it(
    clips: dict[str, Path], released: Method
) -> None:
    scorer = Shade(released)
    analysis = analyze(clips["two faces a frame"], released, folders=(), detector=lambda _: scorer).analysis
    assert [score.reason for score in analysis.scores] == [None] * 15 + [NotUsed.BEYOND_LIMIT]
    assert [frame for frame, _, _ in analysis.examined] == [0, 1, 2, 3, 4, 6, 7, 8]
    short = analyze(clips["four frames of two faces"], released, folders=(), detector=lambda _: scorer).analysis
    assert [frame for frame, _, _ in short.examined] == [0, 1], "repeated faces count towards the limit"
    assert (short.coverage.faces_used, short.coverage.frames_planned) == (4, 4)


def test_how_often_a_frame_is_named_is_a_matter_of_the_released_rule_alone(
    clips: dict[str, Path], released: Method
) -> None:
    assert released.rule is not None
    rule = replace(released.rule, kind="tracks")
    for other in (replace(released, rule=rule), replace(released, rule=None)):
        analysis = analyze(clips["four frames"], other, folders=(), detector=lambda _: Shade(other)).analysis  # noqa: B023
        fakes = [score.fake for score in analysis.scores if score.fake is not None]
        assert len(fakes) == 4
        assert analysis.verdict.fake == pytest.approx(sum(fakes) / 4)
        assert analysis.verdict.published_score is None


def test_no_face_is_inconclusive_and_not_fake(tmp_path: Path, released: Method) -> None:
    clip = write(tmp_path / "none.mp4", [np.full((96, 160, 3), 90, np.uint8)] * 3)
    assert plain_crops(clip, 224) == []
    verdict = analyze(clip, released, folders=(), detector=lambda _: Shade(released)).analysis.verdict
    assert (verdict.label, verdict.fake, verdict.published_score) == (Label.INCONCLUSIVE, None, None)


def test_the_finder_is_shown_bgr_as_the_script_shows_it() -> None:
    hog, seen = Hog(), list[Pixels]()

    def locate(pixels: Pixels, upsampled: int) -> list[object]:
        seen.append(pixels)
        assert upsampled == 0
        return []

    hog._locate = locate
    pixels = portrait(100, 0, 1.0)
    hog.find(pixels)
    assert np.array_equal(seen[0], pixels[:, :, ::-1])
