from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from dataclasses import FrozenInstanceError, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from benchmarks import plain_arithmetic
from benchmarks.random_weights import unused_shapes, used_state
from genconvit import released
from genconvit.detector import Detector
from genconvit.errors import DeviceUnavailable, WeightsRefused
from genconvit.method import Method
from genconvit.networks import draw_noise, fused
from genconvit.released import ReleasedFile
from genconvit.weights import import_weights
from genconvit.weights.importing import ImportOptions

PX = 96
"""At 96 as at 224 the reconstruction of ``vae`` has an odd side before a stage that halves it."""
LATENT = 2304
TINY = {"backbone": "test_resnet", "image_px": 32}

Crops = npt.NDArray[np.uint8]
MakeState = Callable[[str], dict[str, torch.Tensor]]


def pictures(n: int, size: int, seed: int) -> Crops:
    """Smooth ones with a little noise, as crops are, each of another brightness."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(0, 255, (n, 4, 4, 3)).repeat(size // 4, axis=1).repeat(size // 4, axis=2)
    return np.clip(coarse + rng.normal(0, 8, coarse.shape), 0, 255).astype(np.uint8)


def noise(seed: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(seed).normal(size=LATENT).astype(np.float32)


def plain(file: ReleasedFile, state: dict[str, torch.Tensor], crops: Crops, eps: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return plain_arithmetic.logits(file.network, {key: tensor.numpy() for key, tensor in state.items()}, crops, eps)


def assert_same(found: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> None:
    assert found.dtype == np.float32
    assert found.shape == wanted.shape
    assert (np.abs(found - wanted) <= 1e-5 * np.maximum(1, np.abs(wanted))).all(), np.abs(found - wanted).max()


@pytest.fixture(scope="module")
def states() -> dict[str, dict[str, torch.Tensor]]:
    return {network: used_state(network, seed=3, image_px=PX) for network in ("ed", "vae")}


@pytest.fixture(scope="module", params=["fused", "plain"])
def files(
    request: pytest.FixtureRequest, states: dict[str, dict[str, torch.Tensor]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, ReleasedFile]]:
    """Both networks at 96 px, and ``ed`` at 224 px, from files with every key of the released ones, of either kind;
    as the CPU has them where torch has the operations for it, and as they are everywhere else."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "plain":
            patch.setattr(fused, "works", lambda _kind: False)
        yield load_both(states, tmp_path_factory.mktemp("released"))


def load_both(states: dict[str, dict[str, torch.Tensor]], folder: Path) -> dict[str, ReleasedFile]:
    for network, state in states.items():
        whole = state | {key: torch.rand(2) for key in unused_shapes(network)}
        torch.save({"epoch": 3, "state_dict": whole} if network == "ed" else whole, folder / f"{network}.pth")
    loaded = {network: released.load(folder / f"{network}.pth", image_px=PX) for network in states}
    loaded["ed at 224"] = released.load(folder / "ed.pth")
    for network in states:
        # Nothing may still stand on the file.
        (folder / f"{network}.pth").unlink()
    return loaded


@pytest.fixture(scope="module")
def crops() -> Crops:
    return pictures(3, PX, 1)


@pytest.fixture(scope="module")
def wanted(
    files: dict[str, ReleasedFile], states: dict[str, dict[str, torch.Tensor]], crops: Crops
) -> dict[str, npt.NDArray[Any]]:
    """The plain arithmetic's logits of the crops, with the first noise."""
    return {network: plain(files[network], state, crops, noise(1)) for network, state in states.items()}


@pytest.fixture
def tiny(tmp_path: Path, tiny_state: MakeState) -> Callable[[str], ReleasedFile]:
    def make(network: str) -> ReleasedFile:
        torch.save(tiny_state(network), tmp_path / f"{network}.pth")
        return released.load(tmp_path / f"{network}.pth", **TINY)  # type: ignore[arg-type]

    return make


@pytest.mark.parametrize("networks", [("ed",), ("vae",), ("vae", "ed")])
def test_logits_are_those_of_the_plain_arithmetic(
    networks: tuple[str, ...], files: dict[str, ReleasedFile], wanted: dict[str, npt.NDArray[Any]], crops: Crops
) -> None:
    found = released.logits([files[network] for network in networks], crops, noise(1))
    assert tuple(found) == networks
    for network in networks:
        assert_same(found[network], wanted[network])
        assert np.ptp(wanted[network], axis=0).min() > 1e-2, "the pictures must matter, or nothing is shown"
        assert np.abs(wanted[network][:, 0] - wanted[network][:, 1]).min() > 1e-2, "the two must be told apart"


@pytest.mark.parametrize("eps", [np.zeros(LATENT, np.float32), noise(2), 2 * noise(3).astype(np.float64)])
def test_any_noise(
    eps: npt.NDArray[Any], files: dict[str, ReleasedFile], states: dict[str, dict[str, torch.Tensor]], crops: Crops
) -> None:
    found = released.logits([files["vae"]], crops[:1], eps)["vae"]
    assert_same(found, plain(files["vae"], states["vae"], crops[:1], eps))
    assert np.abs(found - released.logits([files["vae"]], crops[:1])["vae"]).max() > 1e-4


def test_without_noise_it_is_the_recorded_one(files: dict[str, ReleasedFile], crops: Crops) -> None:
    recorded = draw_noise(LATENT, 0).numpy()
    both = [files["ed"], files["vae"]]
    plainly, handed = released.logits(both, crops), released.logits(both, crops, recorded)
    for network in ("ed", "vae"):
        np.testing.assert_array_equal(plainly[network], handed[network])


def test_at_the_released_size(files: dict[str, ReleasedFile], states: dict[str, dict[str, torch.Tensor]]) -> None:
    file, crop = files["ed at 224"], pictures(1, 224, 2)
    found = released.logits([file], crop)["ed"]
    assert_same(found, plain(file, states["ed"], crop, np.zeros(0)))


def test_one_alone_and_in_any_batch(files: dict[str, ReleasedFile], crops: Crops) -> None:
    both = [files["ed"], files["vae"]]
    together = released.logits(both, crops, noise(1))
    for batch in (1, 2):
        in_batches = released.logits(both, crops, noise(1), batch=batch)
        for network in ("ed", "vae"):
            np.testing.assert_allclose(in_batches[network], together[network], rtol=0, atol=1e-5)
    alone = released.logits(both, crops[2:], noise(1))
    for network in ("ed", "vae"):
        np.testing.assert_allclose(alone[network][0], together[network][2], rtol=0, atol=1e-5)


def test_what_a_file_is(files: dict[str, ReleasedFile]) -> None:
    ed, vae = files["ed at 224"], files["vae"]
    assert (ed.network, ed.backbone, ed.image_px, ed.latent) == ("ed", "convnext_tiny", 224, 0)
    assert (vae.network, vae.backbone, vae.image_px, vae.latent) == ("vae", "convnext_tiny", PX, LATENT)
    assert vae.path.name == "vae.pth"
    assert vae.device.startswith("cpu (")
    with pytest.raises(FrozenInstanceError):
        vae.latent = 3  # type: ignore[misc]


def test_an_examination_scores_with_these_logits(
    tmp_path: Path, tiny_state: MakeState, tiny: Callable[[str], ReleasedFile], tiny_method: Method
) -> None:
    both = [tiny("ed"), tiny("vae")]
    for file in both:
        import_weights(file.path, "", tmp_path / "weight", ImportOptions("test_resnet", 32))
    crops = pictures(5, 32, 3)
    logits = released.logits(both, crops)
    scores = Detector(tiny_method, [tmp_path / "weight"], "cpu").score(crops)
    for network, rows in logits.items():
        wanted = torch.sigmoid(torch.from_numpy(rows).double()).numpy()
        np.testing.assert_array_equal([row[network] for row in scores], wanted)


def test_crops_may_be_views_and_read_only(tiny: Callable[[str], ReleasedFile]) -> None:
    ed, crops = tiny("ed"), pictures(3, 32, 4)
    wanted = released.logits([ed], crops[::-1].copy())["ed"]
    np.testing.assert_array_equal(released.logits([ed], crops[::-1])["ed"], wanted)
    crops.flags.writeable = False
    np.testing.assert_array_equal(released.logits([ed], crops)["ed"][::-1], wanted)


def test_no_crops_no_logits(tiny: Callable[[str], ReleasedFile]) -> None:
    found = released.logits([tiny("ed"), tiny("vae")], np.zeros((0, 32, 32, 3), np.uint8))
    assert {network: (rows.shape, rows.dtype) for network, rows in found.items()} == {
        "ed": ((0, 2), np.float32),
        "vae": ((0, 2), np.float32),
    }


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((1, 32, 32, 3), np.float32),
        np.zeros((32, 32, 3), np.uint8),
        np.zeros((1, 3, 32, 32), np.uint8),
        np.zeros((1, 64, 64, 3), np.uint8),
        np.zeros((1, 32, 32, 4), np.uint8),
    ],
)
def test_other_crops_are_refused(wrong: npt.NDArray[Any], tiny: Callable[[str], ReleasedFile]) -> None:
    with pytest.raises(ValueError, match=r"crops must be uint8 \[N, 32, 32, 3\], not"):
        released.logits([tiny("ed")], wrong)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (np.zeros(257), r"eps must be float \[256\], not float64 \[257\]"),
        (np.zeros((1, 256)), r"not float64 \[1, 256\]"),
        (np.zeros(256, np.int64), "not int64"),
        (np.full(256, np.nan), "finite"),
        (np.full(256, 1e300), "finite as float32"),
    ],
)
@pytest.mark.parametrize("network", ["ed", "vae"])
def test_other_noise_is_refused(
    wrong: npt.NDArray[Any], words: str, network: str, tiny: Callable[[str], ReleasedFile]
) -> None:
    with pytest.raises(ValueError, match=words):
        released.logits([tiny(network)], np.zeros((1, 32, 32, 3), np.uint8), wrong)


def test_a_batch_of_nothing_is_refused(tiny: Callable[[str], ReleasedFile]) -> None:
    with pytest.raises(ValueError, match="batch must be 1 or more, not 0"):
        released.logits([tiny("ed")], np.zeros((1, 32, 32, 3), np.uint8), batch=0)


def test_files_that_do_not_go_together(tiny: Callable[[str], ReleasedFile]) -> None:
    ed, vae = tiny("ed"), tiny("vae")
    crops = np.zeros((1, 32, 32, 3), np.uint8)
    for wrong in ([], [ed, ed], [vae, ed, vae]):
        with pytest.raises(ValueError, match="one of each network"):
            released.logits(wrong, crops)
    with pytest.raises(ValueError, match="one size"):
        released.logits([ed, replace(vae, image_px=64)], crops)


def spoiled(state: dict[str, torch.Tensor], network: str) -> dict[str, dict[str, Any]]:
    kept = "fc.weight" if network == "ed" else "encoder.mu.weight"
    return {
        "missing": {key: value for key, value in state.items() if key != kept},
        "unexpected": state | {"encoder.more": torch.zeros(1)},
        "fc4": state | {"fc4.weight": torch.zeros(1)},
        "shape": state | {kept: torch.zeros(3, 3)},
        "not finite": state | {kept: torch.full_like(state[kept], torch.inf)},
        "no tensor": state | {kept: 3},
    }


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ("missing", "wrong_keys"),
        ("unexpected", "wrong_keys"),
        ("fc4", "wrong_keys"),
        ("shape", "wrong_shapes"),
        ("not finite", "not_finite"),
        ("no tensor", "wrong_keys"),
    ],
)
@pytest.mark.parametrize("network", ["ed", "vae"])
def test_files_that_do_not_fit_are_refused(
    how: str, problem: str, network: str, tmp_path: Path, tiny_state: MakeState
) -> None:
    path = tmp_path / "file.pth"
    torch.save(spoiled(tiny_state(network), network)[how], path)
    if (how, network) == ("missing", "vae"):
        problem = "wrong_network"
    with pytest.raises(WeightsRefused) as caught:
        released.load(path, **TINY)  # type: ignore[arg-type]
    assert (caught.value.path, caught.value.problem) == (path, problem)


class Foreign:
    def __reduce__(self) -> tuple[Any, ...]:
        return print, ("run by the file",)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "missing"),
        (b"", "unreadable"),
        (b"no checkpoint", "unreadable"),
        (pickle.dumps(Foreign()), "unsafe"),
    ],
)
def test_files_that_are_none_are_refused(
    data: bytes | None, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "file.pth"
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(WeightsRefused) as caught:
        released.load(path)
    assert caught.value.problem == problem
    assert capsys.readouterr().out == ""


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DeviceUnavailable):
        released.load(tmp_path / "file.pth", "cuda:99")
