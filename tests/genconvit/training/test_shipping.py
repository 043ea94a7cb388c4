from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.derive_rule import CANDIDATE, bare_method, write
from genconvit.cards import read_card, to_toml, verify
from genconvit.errors import MethodInvalid, ResultsInvalid
from genconvit.evaluation import results
from genconvit.evaluation.kinds import KindFigure, Kinds, read_kinds
from genconvit.evaluation.results import Result
from genconvit.evaluation.section import read_evaluation, read_fixed_set, render
from genconvit.evaluation.summary import summarise
from genconvit.evaluation.summary import to_json as summary_to_json
from genconvit.evaluation.wording import CAVEATS
from genconvit.method import changed, find, load
from genconvit.method import to_toml as method_to_toml
from genconvit.training import export, shipping
from genconvit.training.blended import Blended
from genconvit.training.config import TrainingConfig
from genconvit.training.export import Words, measure, trained_on
from genconvit.training.loop import train
from genconvit.training.prepare import prepare
from genconvit.training.rule import VIEWS, Videos, make_rule
from genconvit.training.shipping import Places, Unfit, assembled, ship
from genconvit.training.start import started

CONFIG = TrainingConfig(backbone="test_resnet", image_px=32, early_px=32, batch=4, steps=1)


@pytest.fixture(scope="module")
def run(photographs_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a training run and the derivation of its rule leave, and ``summary.json`` of an evaluation."""
    folder = tmp_path_factory.mktemp("run")
    data = Blended(prepare([photographs_folder], photographs_folder.with_suffix(".json")))
    done = train(started(CONFIG, None)[0], data, CONFIG, folder, workers=0)
    figures = measure(done.average.network, data, CONFIG)
    words = Words("Non-commercial research data.", "Trained here. Apache-2.0.")
    export.export(done, "standard", trained_on(data, done), figures, data, words, folder)
    rng = np.random.default_rng(0)
    videos = Videos(rng.uniform(0.2, 0.5, (40, VIEWS)), rng.uniform(0.4, 0.8, (40, VIEWS)))
    bare = bare_method(folder, mirror=True, margin=0.1)
    method = replace(bare, rule=make_rule(videos, bare.core_sha256, VIEWS, "40 photographs.", 0.15))
    write(method, folder)
    rows = [
        Result(f"{n}.mp4", "FAKE" if n % 2 else "REAL", n / 10, "FAKE" if n > 6 else "REAL", 9, 9, 1.0)
        for n in range(9)
    ]
    (folder / "summary.json").write_text(summary_to_json(summarise(rows, method)), encoding="utf-8")
    results.write(rows, folder / "results.csv")
    kinds = Kinds(bare.core_sha256, (KindFigure("swapped", 400, 0.8, 0.7, 0.9),))
    (folder / shipping.KINDS).write_text(json.dumps(asdict(kinds)), encoding="utf-8")
    return folder


@pytest.fixture
def trained(run: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    copied = tmp_path / "run"
    for path in sorted(path for path in run.rglob("*") if path.is_file() and path.name != "checkpoint.pt"):
        target = copied / path.relative_to(run)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    return copied


def together(trained: Path) -> shipping.Shipment:
    return assembled("standard", trained, trained / "summary.json", "clips of somewhere")


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def figures(folder: Path) -> Places:
    return Places(folder / "fixed_set.json", folder / "kinds.json", folder / "clips.json", folder / "clips.csv")


def test_everything_comes_together_in_one_go(trained: Path, tmp_path: Path) -> None:
    to, measured = tmp_path / "weight", tmp_path / "results"
    to.mkdir()
    made = together(trained)
    written = ship(made, to, figures(measured))
    assert len(written) == 7 and verify([to]) == ()
    card, method = read_card(to / "cards" / "standard.toml"), load(to / "methods" / "standard.toml")
    assert method.weights[0].sha256 == card.sha256
    fixed, half, kinds, rule, clips = card.measured[:5]
    assert "fixed recipe" in fixed and half.startswith("Stored in half precision")
    assert rule.startswith("Simulated videos that the rule was not derived from (20 real, 20 self-blended; 12 views")
    assert clips.startswith("5 originals, 4 manipulated, clips of somewhere: area under the ROC curve 0.50 (")
    assert clips.endswith("So few videos say little.") and card.measured[5:] == CAVEATS
    assert kinds.endswith("(400 pairs a kind): area under the ROC curve, swapped: 0.800 (0.700 to 0.900).")
    section = render(
        read_fixed_set(measured / "fixed_set.json"),
        read_kinds(measured / "kinds.json"),
        method,
        [read_evaluation(measured / "clips.json", "clips")],
    )
    for sentence, end in ((kinds, "."), (rule, "."), (clips, ". So few videos say little.")):
        assert sentence.partition(": ")[2].removesuffix(end) + " |" in section
    assert (measured / "clips.csv").read_bytes() == (trained / "results.csv").read_bytes()
    assert set(contents(to)) == {"cards/standard.toml", "methods/standard.toml", "standard.safetensors"}
    assert made.tried.endswith("; " + clips.partition(": ")[2].split(";")[0])


def test_a_new_method_is_evaluated_under_a_name_that_is_not_taken(trained: Path, root: Path) -> None:
    folders = [trained / "methods", root / "weight" / "methods"]
    candidate = find(CANDIDATE, folders)
    assert candidate.sha256 == load(trained / "methods" / "standard.toml").sha256
    with pytest.raises(MethodInvalid, match="a name of its own"):
        find("standard", folders)


def test_what_was_shipped_before_is_replaced(trained: Path, tmp_path: Path) -> None:
    to = tmp_path / "weight"
    (to / "cards").mkdir(parents=True)
    (to / "standard.safetensors").write_bytes(b"old")
    (to / "cards" / "standard.toml").write_text("old", encoding="utf-8")
    ship(together(trained), to, figures(tmp_path))
    assert verify([to]) == ()


@pytest.mark.parametrize("ended", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "^C"])
def test_whatever_ends_it_halfway_everything_is_taken_back(
    ended: BaseException, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = tmp_path / "weight"
    to.mkdir()
    (to / "standard.safetensors").write_bytes(b"old")
    before = contents(to)
    put = Path.replace

    def refuse(source: Path, target: Path) -> Path:
        if target.name == "fixed_set.json" and source.parent.parent == to:
            raise ended
        return put(source, target)

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(type(ended)):
        ship(together(trained), to, figures(tmp_path))
    assert contents(to) == before and not (tmp_path / "clips.json").exists()


@pytest.mark.parametrize("changed_to", ["fewer", "other scores", "none"])
def test_rows_that_are_not_the_summarys_are_refused(changed_to: str, trained: Path) -> None:
    path = trained / "results.csv"
    rows = results.read(path)
    if changed_to == "none":
        path.unlink()
        with pytest.raises(ResultsInvalid, match=r"results\.csv"):
            together(trained)
        return
    results.write(rows[1:] if changed_to == "fewer" else [replace(rows[0], score=0.35), *rows[1:]], path)
    with pytest.raises(Unfit, match="of another evaluation"):
        together(trained)


def test_an_evaluation_of_other_frames_is_refused(trained: Path) -> None:
    method = changed(load(trained / "methods" / "standard.toml"), count=8)
    rows = results.read(trained / "results.csv")
    (trained / "summary.json").write_text(summary_to_json(summarise(rows, method)), encoding="utf-8")
    with pytest.raises(ResultsInvalid, match=r"method\.sha256"):
        together(trained)


def spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_weights_that_are_not_the_cards_are_refused(trained: Path) -> None:
    path = trained / "standard.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(Unfit, match="not the file its card describes"):
        together(trained)


def test_a_method_of_other_weights_is_refused(trained: Path) -> None:
    card = read_card(trained / "cards" / "standard.toml")
    method = load(trained / "methods" / "standard.toml")
    other = replace(method, weights=(replace(method.weights[0], sha256="ab" * 32),), rule=None)
    (trained / "methods" / "standard.toml").write_text(method_to_toml(other), encoding="utf-8")
    assert card.sha256 != "ab" * 32
    with pytest.raises(Unfit, match="for other weights"):
        together(trained)


def test_a_method_without_a_rule_is_refused(trained: Path) -> None:
    method = load(trained / "methods" / "standard.toml")
    (trained / "methods" / "standard.toml").write_text(method_to_toml(replace(method, rule=None)), encoding="utf-8")
    with pytest.raises(Unfit, match="has no rule"):
        together(trained)


def test_an_evaluation_with_another_rule_is_refused(trained: Path) -> None:
    document = json.loads((trained / "summary.json").read_text("utf-8"))
    document["method"]["upper"] = 0.9
    (trained / "summary.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ResultsInvalid, match="upper"):
        together(trained)


def test_an_evaluation_of_reals_alone_is_refused(trained: Path) -> None:
    rows = [Result("a.mp4", "REAL", 0.2, "REAL", 9, 9, 1.0)]
    method = load(trained / "methods" / "standard.toml")
    (trained / "summary.json").write_text(summary_to_json(summarise(rows, method)), encoding="utf-8")
    results.write(rows, trained / "results.csv")
    with pytest.raises(Unfit, match="both real and fake"):
        together(trained)


def test_figures_of_other_weights_or_of_another_run_are_refused(trained: Path) -> None:
    path = trained / "validation.json"
    whole = path.read_text("utf-8")
    document = json.loads(whole)
    path.write_text(json.dumps({**document, "weights_sha256": "ab" * 32}), encoding="utf-8")
    with pytest.raises(Unfit, match="measured with other weights"):
        together(trained)
    path.write_text(json.dumps({**document, "auc": 0.123}), encoding="utf-8")
    with pytest.raises(Unfit, match="another figure"):
        together(trained)
    path.unlink()
    with pytest.raises(Unfit, match=r"validation\.json"):
        together(trained)


@pytest.mark.parametrize("missing", ["licence", "half"])
def test_a_card_that_leaves_something_out_is_refused(missing: str, trained: Path) -> None:
    path = trained / "cards" / "standard.toml"
    card = read_card(path)
    changed = replace(card, licence="as it is") if missing == "licence" else replace(card, measured=card.measured[:1])
    path.write_text(to_toml(changed), encoding="utf-8")
    with pytest.raises(Unfit, match="may be used for" if missing == "licence" else "half precision"):
        together(trained)
    given = assembled if missing == "licence" else None
    if given:
        made = given("standard", trained, trained / "summary.json", "clips", licence="Non-commercial research data.")
        assert made.card.licence == "Non-commercial research data."
