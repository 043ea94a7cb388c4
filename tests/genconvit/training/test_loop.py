from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from genconvit.method import Crop
from genconvit.records import FoundFace, Pixels
from genconvit.training.batches import SelfBlendBatches
from genconvit.training.config import TrainingConfig
from genconvit.training.loop import RunDiffers, train
from genconvit.training.metrics import Metrics, read
from genconvit.training.model import Average
from genconvit.training.prepare import Sets, prepare
from genconvit.training.session import started

CONFIG = TrainingConfig(
    backbone="lcnet_035",
    image_px=64,
    early_px=32,
    early_until=0.4,
    join=0.7,
    batch=4,
    steps=6,
    warm_up=2,
    evaluate_every=3,
    evaluate_pairs=2,
    save_every=3,
)


class Killed(Exception):
    pass


def find_middle(pixels: Pixels) -> Sequence[FoundFace]:
    """A finder that sees every drawn face where it is: the drawings are 96 px wide and laid into the middle."""
    left, top = pixels.shape[1] // 2 - 24, pixels.shape[0] // 2 - 32
    return [FoundFace((left, top, left + 48, top + 60), 0.9)]


@pytest.fixture(scope="module")
def sets(photographs_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Sets:
    return prepare([photographs_folder], tmp_path_factory.mktemp("cache") / "boxes.json", find_middle)


@pytest.fixture(scope="module")
def whole(sets: Sets, tmp_path_factory: pytest.TempPathFactory) -> tuple[Average, Path]:
    folder = tmp_path_factory.mktemp("whole")
    return train(started(CONFIG, None)[0], sets.train, sets.held_out, CONFIG, folder, workers=0), folder


def same(one: Average, other: Average) -> bool:
    first, second = one.network.state_dict(), other.network.state_dict()
    return all(torch.equal(first[key], second[key]) for key in first)


def test_the_split_keeps_faces_apart(sets: Sets) -> None:
    train_keys = {photograph.key for photograph in sets.train.photographs}
    held_keys = {photograph.key for photograph in sets.held_out.photographs}
    assert train_keys and held_keys and not train_keys & held_keys
    assert len(train_keys) + len(held_keys) == 24


@pytest.mark.parametrize("last_step", [1, 4, 5])
def test_a_stopped_run_ends_like_one_that_was_not(
    last_step: int, sets: Sets, whole: tuple[Average, Path], tmp_path: Path
) -> None:
    def kill(step: int, share: float, loss: float) -> None:
        if step == last_step:
            raise Killed

    with pytest.raises(Killed):
        train(started(CONFIG, None)[0], sets.train, sets.held_out, CONFIG, tmp_path, workers=0, tell=kill)
    resumed = train(started(CONFIG, None)[0], sets.train, sets.held_out, CONFIG, tmp_path, workers=0)
    average, folder = whole
    assert same(resumed, average)
    assert [entry["auc"] for entry in read(tmp_path / "metrics.jsonl") if "auc" in entry] == [
        entry["auc"] for entry in read(folder / "metrics.jsonl") if "auc" in entry
    ]


def test_a_finished_run_is_not_trained_on(sets: Sets, whole: tuple[Average, Path]) -> None:
    average, folder = whole
    again = train(started(CONFIG, None)[0], sets.train, sets.held_out, CONFIG, folder, workers=0)
    assert same(again, average)


def test_other_settings_do_not_go_on_in_the_same_folder(sets: Sets, whole: tuple[Average, Path]) -> None:
    other = replace(CONFIG, seed=2)
    with pytest.raises(RunDiffers, match="seed: 1, now 2"):
        train(started(other, None)[0], sets.train, sets.held_out, other, whole[1], workers=0)


def test_training_moves_every_part_of_the_network(sets: Sets, whole: tuple[Average, Path]) -> None:
    before, after = started(CONFIG, None)[0].state_dict(), whole[0].network.state_dict()
    for part in ("encoder.features.0.weight", "decoder.features.8.weight", "fc.weight", "fc2.weight"):
        assert not torch.equal(before[part], after[part])
    half = after["fc.weight"].shape[1] // 2
    assert after["fc.weight"][:, :half].abs().max() > 0


def test_each_batch_is_half_real_and_depends_on_its_step_alone(sets: Sets) -> None:
    batches = SelfBlendBatches(sets.train, Crop("square", 0.1, 32), 4, seed=1, first_step=5)
    images, labels = next(iter(batches))
    assert images.shape == (4, 3, 32, 32) and sorted(labels.tolist()) == [0, 0, 1, 1]
    assert torch.equal(images, batches.batch(5)[0])
    assert not torch.equal(images, batches.batch(6)[0])


def test_a_photograph_and_its_fake_stand_in_neighbouring_batches(sets: Sets) -> None:
    batches = SelfBlendBatches(sets.train, Crop("square", 0.1, 32), 4, seed=1, first_step=0)
    (first, said), (second, other) = batches.batch(8), batches.batch(9)
    assert torch.equal(said, 1 - other)
    apart = (first.float() - second.float()).abs().mean(dim=(1, 2, 3))
    strangers = (first.float() - second.float().roll(1, 0)).abs().mean(dim=(1, 2, 3))
    assert (apart < strangers).all()


def test_metrics_after_the_checkpoint_are_dropped_and_a_half_line_too(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    metrics = Metrics(path, keep_until=0)
    for step in (1, 2, 3):
        metrics.add(step, loss=0.5)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"step": 4, "lo')
    assert [entry["step"] for entry in read(path)] == [1, 2, 3]
    Metrics(path, keep_until=2)
    assert [entry["step"] for entry in read(path)] == [1, 2]


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"batch": 3}, {"batch": 0}, {"image_px": 100}, {"early_px": 16}])
def test_settings_that_make_no_run_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"run|batch|multiples"):
        replace(CONFIG, **wrong)


def test_the_rate_rises_then_falls() -> None:
    rates = [CONFIG.rate(step, step / 100) for step in range(100)]
    assert rates[0] < rates[1] and rates[2] > rates[50] > rates[99] > 0
    assert max(rates) <= CONFIG.learning_rate
