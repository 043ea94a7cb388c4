from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from genconvit.training import labelled
from genconvit.training.config import TrainingConfig
from genconvit.training.data import DataUnusable
from genconvit.training.folders import read_face, scan
from genconvit.training.labelled import FolderBatches, Labelled, Told, augmented
from genconvit.training.loop import train
from genconvit.training.model import scorer
from genconvit.training.samples import generator
from genconvit.training.start import started

CONFIG = TrainingConfig(image_px=32, early_px=32, batch=4, steps=9)


@pytest.fixture(scope="module")
def data(labelled_folder: Path) -> Labelled:
    return Labelled(scan(labelled_folder))


def brightness(crops: np.ndarray) -> np.ndarray:
    """A stand-in for a network: the bright square of the fakes."""
    return np.asarray(crops[:, 15:18, 15:18].mean(axis=(1, 2, 3)) / 255, np.float64)


def test_a_batch_is_half_fake_and_depends_on_its_step_alone(data: Labelled) -> None:
    batches = data.batches(CONFIG, 0)
    images, labels, altered = batches.batch(4)
    assert altered is None
    assert images.shape == (4, 3, 32, 32) and labels.tolist() == [0, 1, 0, 1]
    assert torch.equal(images, data.batches(CONFIG, 3).batch(4)[0])
    assert not torch.equal(images, batches.batch(5)[0])


def test_every_image_is_shown_once_a_turn_in_an_order_that_changes(
    data: Labelled, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(labelled, "read_face", lambda path: (shown.append(path), read_face(path))[1])
    batches = FolderBatches(data.folders.train, CONFIG, 0)
    for step in range(6):
        batches.batch(step)
    fakes = [path for path in shown if path.parent.name == "fake"]
    assert Counter(fakes[:6]) == Counter(fakes[6:]) == Counter(data.folders.train.fake)
    assert fakes[:6] != fakes[6:]


def test_an_augmented_image_has_the_size_and_differs_from_draw_to_draw(data: Labelled) -> None:
    pixels = read_face(data.folders.train.real[0])
    drawn = [augmented(pixels, CONFIG, generator(1, 0, place)) for place in (0, 0, 1)]
    assert drawn[0].shape == (32, 32, 3) and np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


def test_what_is_watched_is_plain_and_spread_over_the_images(data: Labelled) -> None:
    assert data.watched(CONFIG).crops().shape == (6, 32, 32, 3)
    valid = data.folders.valid
    ends = [paths[place] for paths in (valid.real, valid.fake) for place in (0, -1)]
    shown = data.watched(replace(CONFIG, evaluate_pairs=2)).crops()
    assert np.array_equal(shown, [labelled.plain(read_face(path), 32) for path in ends])


@pytest.mark.parametrize(("darker", "accuracy"), [(0.0, 3 / 6), (0.12, 4 / 6), (0.2, 6 / 6), (0.6, 3 / 6)])
def test_what_is_watched_is_told_by_the_half(darker: float, accuracy: float, data: Labelled) -> None:
    """The three fakes are at 0.98, the three reals at 0.61, 0.64 and 0.68."""
    measured = data.watched(CONFIG).measure(lambda crops: brightness(crops) - darker)
    assert measured.facts() == {"auc": 1.0, "accuracy": pytest.approx(accuracy)}


def test_the_end_is_measured_on_every_test_image(data: Labelled) -> None:
    measured = data.measure(brightness, CONFIG)
    assert isinstance(measured, Told)
    assert (len(measured.real), len(measured.fake)) == (4, 4)
    assert "Test images (4 fake and 4 real face images): AUC 1.000" in measured.sentence()


def test_the_interval_holds_the_figure_and_repeats() -> None:
    rng = np.random.default_rng(0)
    told = Told(rng.normal(0.4, 0.1, 60), rng.normal(0.55, 0.1, 90), "Images")
    low, high = told.interval()
    assert low < told.facts()["auc"] < high and (low, high) == told.interval()


def test_the_card_says_what_was_trained_on_and_what_is_not_known(data: Labelled) -> None:
    assert data.describe() == "6 fake and 6 real face images of 'collection'."
    assert any("profile" in weakness and "old film" in weakness for weakness in data.weaknesses(CONFIG))


def test_a_network_learns_which_images_are_fake(data: Labelled, tmp_path: Path) -> None:
    config = replace(CONFIG, backbone="test_resnet", batch=8, steps=30, warm_up=4, learning_rate=3e-3, decay=0.8)
    run = train(started(config, None)[0], data, config, tmp_path, workers=0)
    assert data.measure(scorer(run.average.network), config).facts()["auc"] > 0.9


def test_an_image_that_goes_away_in_the_middle_is_named_by_the_process_that_missed_it(
    labelled_folder: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(labelled_folder, tmp_path / "collection"))
    data = Labelled(scan(folder))
    for path in data.folders.train.fake:
        path.write_bytes(b"changed")
    config = replace(CONFIG, backbone="test_resnet")
    with pytest.raises(DataUnusable, match=r"^\S+\.png is not a picture that can be read$"):
        train(started(config, None)[0], data, config, tmp_path / "out", workers=1)
