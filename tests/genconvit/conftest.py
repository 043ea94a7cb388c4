"""Tiny networks of both kinds, taken in as weights, a method for them, and a clip of a face."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from skimage import data

from genconvit import gathering
from genconvit.method import Crop, Finding, Method, Sampling, Scoring, WeightsRef
from genconvit.networks import NetworkConfig, build
from genconvit.weights import import_weights
from genconvit.weights.importing import ImportOptions

TINY_BACKBONE = "test_resnet"
TINY_PX = 32


@pytest.fixture(scope="session")
def tiny_state() -> Callable[[str], dict[str, torch.Tensor]]:
    """Makes the state dict of a tiny ``ed`` or ``vae``, the same one each time."""

    def make(network: str) -> dict[str, torch.Tensor]:
        with torch.random.fork_rng():
            torch.manual_seed(1)
            state = build(NetworkConfig(network, TINY_BACKBONE, TINY_PX)).state_dict()
            state["fc2.weight"] *= 20
        return state

    return make


@pytest.fixture(scope="session")
def tiny_weights(
    tmp_path_factory: pytest.TempPathFactory, tiny_state: Callable[[str], dict[str, torch.Tensor]]
) -> Path:
    """A weights folder with ``genconvit-ed`` and ``genconvit-vae``, on tiny backbones at 32 px."""
    folder = tmp_path_factory.mktemp("weight")
    source = tmp_path_factory.mktemp("source")
    for network in ("ed", "vae"):
        torch.save(tiny_state(network), source / f"{network}.pth")
        import_weights(source / f"{network}.pth", "", folder, ImportOptions(TINY_BACKBONE, TINY_PX, "test licence"))
    return folder


@pytest.fixture
def tiny_method() -> Method:
    """Both tiny networks, no rule."""
    return Method(
        name="tiny",
        title="Tiny",
        description="",
        sampling=Sampling("even", 5, 0.0),
        finding=Finding("hog", 0, 0.0, 0, 0),
        crop=Crop("box", 0.0, TINY_PX),
        scoring=Scoring("float32", mirror=False, seed=0),
        weights=(WeightsRef("genconvit-ed", "ed", ""), WeightsRef("genconvit-vae", "vae", "")),
        rule=None,
    )


@pytest.fixture(scope="session")
def portrait_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Half a second of one face that moves a little: 6 frames, 320 x 240."""
    path = tmp_path_factory.mktemp("portrait") / "Porträt.mp4"
    portrait = np.ascontiguousarray(data.astronaut()[:240, 60:380])
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        for i in range(6):
            moved = np.roll(portrait, 2 * i, axis=1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(moved, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    """All faces are of one person, and no encoder is loaded to see that."""
    linker = gathering.Linker
    monkeypatch.setattr(gathering, "Linker", lambda smallest_px: linker(smallest_px, lambda pixels, box: np.zeros(128)))


@pytest.fixture
def no_thread_left() -> Iterator[None]:
    """A test ends with as many threads as it began with."""
    before = threading.active_count()
    yield
    assert threading.active_count() == before
