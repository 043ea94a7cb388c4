from __future__ import annotations

import shutil
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch

from genconvit.cards import card_path, find_card, to_toml
from genconvit.detector import Detector
from genconvit.devices import choose_device
from genconvit.errors import (
    DeviceUnavailable,
    MethodInvalid,
    OutOfMemory,
    WeightsDamaged,
    WeightsMissing,
    WeightsUnfit,
)
from genconvit.forward import exact_arithmetic
from genconvit.method import Method, Rule, Scoring, WeightsRef
from genconvit.networks import draw_noise, fused
from genconvit.weights import load

PX = 32
Crops = npt.NDArray[np.uint8]
OTHER = "0" * 64


@pytest.fixture(scope="module")
def crops() -> Crops:
    return np.random.default_rng(3).integers(0, 256, (7, PX, PX, 3), dtype=np.uint8)


@pytest.fixture
def detector(tiny_method: Method, tiny_weights: Path) -> Detector:
    return Detector(tiny_method, [tiny_weights], "cpu")


def only(method: Method, wanted: str, **changes: Any) -> Method:
    weights = tuple(replace(ref, **changes) for ref in method.weights if ref.network == wanted)
    return replace(method, weights=weights)


def flat(scores: list[dict[str, tuple[float, float]]]) -> npt.NDArray[np.float64]:
    return np.array([[value for pair in row.values() for value in pair] for row in scores])


def test_scores_are_the_sigmoid_of_the_logits_fake_first(detector: Detector, tiny_weights: Path, crops: Crops) -> None:
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    images = torch.from_numpy(((crops / 255 - mean) / std).transpose(0, 3, 1, 2)).float()
    for network in ("ed", "vae"):
        module = load(find_card(f"genconvit-{network}", [tiny_weights]))
        with torch.no_grad():
            logits = module(images) if network == "ed" else module(images, draw_noise(module.latent, 0))
        wanted = 1 / (1 + np.exp(-logits.double().numpy()))
        found = np.array([row[network] for row in detector.score(crops)])
        np.testing.assert_allclose(found, wanted, atol=1e-6)
        assert np.abs(found[:, 0] - found[:, 1]).min() > 1e-3, "the two must be told apart"


def test_normalisation_is_the_methods_and_the_cards(
    tiny_method: Method, tiny_weights: Path, crops: Crops, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_weights, tmp_path / "weight"))
    card = replace(find_card("genconvit-ed", [folder]), mean=(0.0, 0.0, 0.0), std=(1.0, 1.0, 1.0))
    card_path(folder, card.name).write_text(to_toml(card), encoding="utf-8")
    with pytest.raises(WeightsUnfit, match="mean"):
        Detector(only(tiny_method, "ed"), [folder], "cpu")
    scoring = replace(tiny_method.scoring, mean=card.mean, std=card.std)
    method = replace(only(tiny_method, "ed"), scoring=scoring)
    with torch.no_grad():
        logits = load(card)(torch.from_numpy(crops).permute(0, 3, 1, 2) / 255)
    found = flat(Detector(method, [folder], "cpu").score(crops))
    np.testing.assert_allclose(found, torch.sigmoid(logits).numpy(), atol=1e-6)
    plain = Detector(only(tiny_method, "ed"), [tiny_weights], "cpu")
    assert not np.allclose(found, flat(plain.score(crops)), atol=1e-4)


def test_a_score_does_not_depend_on_the_batch(detector: Detector, crops: Crops) -> None:
    together = flat(detector.score(crops))
    for batch in (1, 2, 3):
        detector.forward.batch = batch
        np.testing.assert_allclose(flat(detector.score(crops)), together, atol=1e-5)
    alone = np.concatenate([flat(detector.score(crops[at : at + 1])) for at in reversed(range(7))])
    np.testing.assert_allclose(alone[::-1], together, atol=1e-5)


def test_the_same_number_every_time(detector: Detector, tiny_method: Method, tiny_weights: Path, crops: Crops) -> None:
    first = detector.score(crops)
    torch.manual_seed(99)
    assert detector.score(crops) == first
    assert Detector(tiny_method, [tiny_weights], "cpu").score(crops) == first


def test_the_seed_moves_vae_and_only_vae(
    detector: Detector, tiny_method: Method, tiny_weights: Path, crops: Crops
) -> None:
    other = Detector(replace(tiny_method, scoring=Scoring("float32", mirror=False, seed=1)), [tiny_weights], "cpu")
    before, after = detector.score(crops), other.score(crops)
    assert all(a["ed"] == b["ed"] for a, b in zip(before, after, strict=True))
    assert all(a["vae"] != b["vae"] for a, b in zip(before, after, strict=True))


def test_mirror_is_the_mean_over_both_sides(
    detector: Detector, tiny_method: Method, tiny_weights: Path, crops: Crops
) -> None:
    mirrored = Detector(replace(tiny_method, scoring=Scoring("float32", mirror=True, seed=0)), [tiny_weights], "cpu")
    sides = flat(detector.score(crops)), flat(detector.score(np.ascontiguousarray(crops[:, :, ::-1])))
    np.testing.assert_allclose(flat(mirrored.score(crops)), (sides[0] + sides[1]) / 2, atol=1e-6)
    assert np.abs(sides[0] - sides[1]).max() > 1e-4


def test_bfloat16_is_near_and_not_the_same(
    detector: Detector, tiny_method: Method, tiny_weights: Path, crops: Crops
) -> None:
    half = Detector(replace(tiny_method, scoring=Scoring("bfloat16", mirror=False, seed=0)), [tiny_weights], "cpu")
    difference = np.abs(flat(half.score(crops)) - flat(detector.score(crops)))
    assert 0 < difference.max() < 0.05


def test_no_crops_no_scores(detector: Detector) -> None:
    assert detector.score(np.zeros((0, PX, PX, 3), np.uint8)) == []


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((1, PX, PX, 3), np.float32),
        np.zeros((PX, PX, 3), np.uint8),
        np.zeros((1, 3, PX, PX), np.uint8),
        np.zeros((1, PX, PX + 1, 3), np.uint8),
    ],
)
def test_other_shapes_are_refused(wrong: npt.NDArray[Any], detector: Detector) -> None:
    with pytest.raises(ValueError, match=r"uint8 \[N, 32, 32, 3\]"):
        detector.score(wrong)


def test_crops_may_be_views(detector: Detector, crops: Crops) -> None:
    assert detector.score(crops[::-1, :, ::-1]) == detector.score(np.ascontiguousarray(crops[::-1, :, ::-1]))


def test_what_was_loaded_is_recorded(detector: Detector, tiny_method: Method, tiny_weights: Path) -> None:
    found = {card.network: card for name in ("ed", "vae") if (card := find_card(f"genconvit-{name}", [tiny_weights]))}
    assert [used.network for used in detector.weights] == ["ed", "vae"]
    for used, ref in zip(detector.weights, detector.method.weights, strict=True):
        card = found[used.network]
        assert (used.sha256, used.source_sha256, used.licence) == (card.sha256, card.source_sha256, "test licence")
        assert ref.sha256 == card.sha256
    assert detector.method.sha256 != tiny_method.sha256
    assert detector.device_name.startswith("cpu (")


@pytest.mark.parametrize(
    ("operations", "said"), [(True, ", fused: ed.encoder, vae.encoder.mu"), (False, ", fused: nothing")]
)
def test_the_record_says_what_is_fused(
    operations: bool, said: str, tiny_method: Method, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused, "works", lambda kind: operations)
    named = Detector(tiny_method, [tiny_weights], "cpu").device_name
    assert named == choose_device("cpu").name + said


def test_a_rule_goes_along_with_the_hashes(tiny_method: Method, tiny_weights: Path) -> None:
    rule = Rule("tracks", 0.6, 0.4, 0.6, 1, (tiny_method.core_sha256,), "a test", ())
    loaded = Detector(replace(tiny_method, rule=rule), [tiny_weights], "cpu").method
    assert loaded.rule is not None
    assert loaded.core_sha256 in loaded.rule.belongs_to


@pytest.mark.parametrize(
    ("change", "asked", "found"),
    [
        ({"network": "vae"}, "network vae", "network ed"),
        ({"sha256": OTHER}, f"SHA-256 {OTHER}", "SHA-256 "),
    ],
)
def test_weights_that_do_not_fit(
    change: dict[str, str], asked: str, found: str, tiny_method: Method, tiny_weights: Path
) -> None:
    with pytest.raises(WeightsUnfit) as caught:
        Detector(only(tiny_method, "ed", **change), [tiny_weights], "cpu")
    assert (caught.value.name, caught.value.asked) == ("genconvit-ed", asked)
    assert caught.value.found.startswith(found)


def test_weights_of_another_size(tiny_method: Method, tiny_weights: Path) -> None:
    method = replace(tiny_method, crop=replace(tiny_method.crop, size_px=64))
    with pytest.raises(WeightsUnfit) as caught:
        Detector(method, [tiny_weights], "cpu")
    assert (caught.value.asked, caught.value.found) == ("64 px", "32 px")


def test_two_weights_of_one_network(tiny_method: Method, tiny_weights: Path) -> None:
    twice = replace(tiny_method, weights=(WeightsRef("genconvit-ed", "ed", ""), WeightsRef("other", "ed", "")))
    with pytest.raises(MethodInvalid) as caught:
        Detector(twice, [tiny_weights], "cpu")
    assert caught.value.field_name == "weights.network"


def test_weights_that_are_not_here(tiny_method: Method, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing) as caught:
        Detector(tiny_method, [tmp_path], "cpu")
    assert caught.value.name == "genconvit-ed"


def test_damaged_weights(tiny_method: Method, tiny_weights: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_weights, tmp_path / "weight"))
    with (folder / "genconvit-vae.safetensors").open("r+b") as stream:
        stream.seek(-1, 2)
        stream.write(b"\x7f")
    with pytest.raises(WeightsDamaged):
        Detector(tiny_method, [folder], "cpu")


def test_the_hash_picks_the_folder(tiny_method: Method, tiny_weights: Path, tmp_path: Path) -> None:
    user = Path(shutil.copytree(tiny_weights, tmp_path / "user"))
    card = replace(find_card("genconvit-ed", [user]), sha256=OTHER)
    card_path(user, card.name).write_text(to_toml(card), encoding="utf-8")
    wanted = find_card("genconvit-ed", [tiny_weights]).sha256
    method = only(tiny_method, "ed", sha256=wanted)
    assert Detector(method, [user, tiny_weights], "cpu").weights[0].sha256 == wanted


def test_a_device_that_is_not_there(tiny_method: Method, tiny_weights: Path) -> None:
    with pytest.raises(DeviceUnavailable):
        Detector(tiny_method, [tiny_weights], "cuda:99")


class Narrow(torch.nn.Module):
    """A network that runs out of memory beyond some batch."""

    def __init__(self, most: int, error: Callable[[], Exception]) -> None:
        super().__init__()
        self.most, self.error, self.seen = most, error, list[int]()

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self.seen.append(len(images))
        if len(images) > self.most:
            raise self.error()
        return images.flatten(1)[:, :2]


def narrowed(detector: Detector, most: int, error: Callable[[], Exception]) -> Narrow:
    network = Narrow(most, error)
    detector.forward.networks = [replace(detector.forward.networks[0], module=network)]
    return network


ERRORS = pytest.mark.parametrize(
    "error",
    [
        lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"),
        lambda: RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
        lambda: RuntimeError("MPS backend out of memory"),
        lambda: RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        lambda: RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        lambda: RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
        MemoryError,
    ],
)


@ERRORS
def test_the_batch_is_halved_until_it_fits_and_the_record_says_so(
    error: Callable[[], Exception], tiny_method: Method, tiny_weights: Path, crops: Crops
) -> None:
    detector = Detector(tiny_method, [tiny_weights], "cpu", batch=8)
    wide = narrowed(detector, 99, error)
    device = detector.device_name
    wanted = detector.score(crops)
    assert wide.seen == [7]
    network = narrowed(detector, 3, error)
    assert detector.score(crops) == wanted
    assert network.seen == [7, 4, 2, 2, 2, 1]
    assert detector.forward.batch == 2, "the next call starts with what fitted"
    assert detector.device_name == f"{device}, memory ran out: 2 instead of 8 faces at once"


@ERRORS
def test_not_even_one_fits(error: Callable[[], Exception], detector: Detector, crops: Crops) -> None:
    narrowed(detector, 0, error)
    with pytest.raises(OutOfMemory) as caught:
        detector.score(crops)
    assert (caught.value.device, caught.value.batch) == (choose_device("cpu").name, 1)


def test_other_failures_are_not_taken_for_memory(detector: Detector, crops: Crops) -> None:
    network = narrowed(detector, 0, lambda: RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"))
    with pytest.raises(RuntimeError, match="EXECUTION_FAILED"):
        detector.score(crops)
    assert network.seen == [7]


def test_networks_that_do_not_fit(tiny_method: Method, tiny_weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("genconvit.detector.load", full)
    with pytest.raises(OutOfMemory) as caught:
        Detector(tiny_method, [tiny_weights], "cpu")
    assert caught.value.batch == 0


def test_what_is_not_a_number_is_no_score(detector: Detector, crops: Crops) -> None:
    class Lost(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.full((len(images), 2), torch.nan)

    detector.forward.networks = [replace(detector.forward.networks[0], module=Lost())]
    with pytest.raises(WeightsUnfit, match="not a number"):
        detector.score(crops)


def settings() -> tuple[object, ...]:
    cudnn = torch.backends.cudnn
    return (
        torch.get_float32_matmul_precision(),
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
        cudnn.deterministic,
        cudnn.benchmark,
        cudnn.allow_tf32,
    )


@pytest.mark.parametrize("fails", [False, True])
def test_exact_arithmetic_while_scoring_and_only_then(fails: bool, detector: Detector, crops: Crops) -> None:
    seen: list[tuple[object, ...]] = []

    class Watching(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            seen.append((*settings(), torch.is_grad_enabled()))
            if fails:
                raise KeyError("broken")
            return images.flatten(1)[:, :2]

    before = settings()
    detector.forward.networks = [replace(detector.forward.networks[0], module=Watching())]
    if fails:
        with pytest.raises(KeyError):
            detector.score(crops)
    else:
        detector.score(crops)
    assert seen == [("highest", False, False, True, False, False, False)]
    assert settings() == before


def test_a_graphics_card_is_held_to_algorithms_that_repeat_themselves() -> None:
    before = settings()
    with exact_arithmetic(torch.device("cuda")):
        assert settings() == ("highest", True, True, True, False, False)
    assert settings() == before


def on_a_graphics_card(*said: str) -> set[str]:
    """What is noted when torch gives these warnings during a pass on a GPU."""
    noted: set[str] = set()
    with exact_arithmetic(torch.device("cuda"), noted):
        for text in said:
            warnings.warn(text, UserWarning, stacklevel=1)
    return noted


def test_an_operation_without_a_repeating_algorithm_is_noted_on_a_graphics_card() -> None:
    pooling = "adaptive_max_pool2d_cuda does not have a deterministic implementation, but you set 'torch.use_..."
    cublas = "Deterministic behavior was enabled, but this operation is not deterministic because it uses CuBLAS"
    assert on_a_graphics_card(pooling, pooling, cublas) == {"adaptive_max_pool2d_cuda"}
    assert on_a_graphics_card() == set()
    with pytest.warns(UserWarning, match="of something else"):
        assert on_a_graphics_card("a warning of something else") == set()


def test_the_record_says_what_may_not_repeat_itself(detector: Detector, crops: Crops) -> None:
    device = detector.device_name
    detector.score(crops)
    assert detector.device_name == device
    detector.forward.not_repeating |= {"b_cuda", "a_cuda"}
    assert detector.device_name == f"{device}, may not repeat itself: a_cuda, b_cuda"
    detector.forward.batch //= 2
    assert detector.device_name.startswith(f"{device}, memory ran out: ")
    assert detector.device_name.endswith(" faces at once, may not repeat itself: a_cuda, b_cuda")
