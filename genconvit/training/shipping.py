"""Weights, card, method and measured figures become those that the program comes with: all of them, or none."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from genconvit import whole
from genconvit.cards import Card, card_path, read_card, to_toml, verify
from genconvit.detector import Detector
from genconvit.evaluation import results
from genconvit.evaluation.kinds import WHAT, Kinds, read_kinds
from genconvit.evaluation.results import Result
from genconvit.evaluation.section import Evaluation, as_fixed_set, read_evaluation, read_fixed_set, render
from genconvit.evaluation.summary import summarise
from genconvit.evaluation.wording import CAVEATS, FEW, area, evaluated, evaluated_area, simulated
from genconvit.method import Method, load
from genconvit.method import to_toml as method_to_toml
from genconvit.training.export import STORED, VALIDATION
from genconvit.training.rule import VIEWS

MOST_BYTES = 32 * 2**20
KINDS = "kinds.json"
"""In the folder of the training run."""
ROWS = "results.csv"
"""Beside the summary of an evaluation."""


class Unfit(Exception):
    """Parts that do not belong together, or that a card would not tell the truth with; the text says which."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is to be shipped, checked."""

    card: Card
    """Its folder is the trained one; ``measured`` is complete."""
    method: Method
    fixed_set: str
    """JSON, as the README's section reads it."""
    kinds: str
    """JSON, as it was measured."""
    evaluation: str
    """JSON, as it was measured."""
    rows: bytes
    """CSV, the evaluation's row of each video, as it was measured."""
    tried: str
    """What goes into the table of tries: areas over the fixed set and over the videos."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the measured figures go: those of the fixed set, of the kinds of fakes, an evaluation's summary, its
    rows."""

    fixed_set: Path
    kinds: Path
    evaluation: Path
    rows: Path


def assembled(name: str, trained: Path, evaluation: Path, what: str, licence: str = "", source: str = "") -> Shipment:
    """Put together what a training run, the derivation of its rule and an evaluation left, and check that it fits.

    Args:
        trained: the run's folder: weights, ``cards/``, ``methods/`` (from ``benchmarks/derive_rule.py``),
            ``kinds.json`` (from ``benchmarks/kinds.py``) and ``validation.json``.
        evaluation: the ``summary.json`` of videos examined with this method; ``results.csv`` lies beside it.
        what: what those videos are, to go after their number.
        licence, source: for the card, in place of what it says; empty leaves that.

    Raises:
        Unfit
        CardInvalid, MethodInvalid, RuleMismatch, ResultsInvalid: a part that cannot be read, or figures of others.
    """
    card = read_card(card_path(trained, name))
    card = replace(card, licence=licence or card.licence, source=source or card.source)
    method = load(trained / "methods" / f"{name}.toml")
    _require_card(card, trained)
    _require_method(method, card)
    validation = trained / VALIDATION
    fixed_text = _fixed_set(validation, card)
    fixed = as_fixed_set(json.loads(fixed_text), validation)
    summary = read_evaluation(evaluation, what)
    # Refuses figures of other weights, of another way of scoring, of another rule and of other frames.
    kinds = read_kinds(trained / KINDS)
    render(fixed, kinds, method, [summary])
    rows = evaluation.with_name(ROWS)
    _require_rows(results.read(rows), method, summary)
    told = (_kinds_sentence(kinds), _rule_sentence(method), _evaluation_sentence(summary))
    card = replace(card, measured=(*card.measured, *told, *CAVEATS))
    tried = f"{area(fixed.auc, fixed.low, fixed.high, fixed.n)}; {evaluated_area(summary.document)}"
    kinds_text, evaluation_text = ((trained / KINDS).read_text("utf-8"), evaluation.read_text("utf-8"))
    return Shipment(card, method, fixed_text, kinds_text, evaluation_text, rows.read_bytes(), tried)


def ship(shipment: Shipment, to: Path, figures: Places) -> tuple[Path, ...]:
    """Write everything beside its place, load and try it there, then put all in place; the paths written.

    Where one cannot be put in place, those before it are taken back.

    Raises:
        Unfit: the weights give no score.
        ResultsInvalid: the figures of the fixed set are none.
        WeightsDamaged, WeightsRefused: as :class:`genconvit.detector.Detector`.
        OSError
    """
    card, method = shipment.card, shipment.method
    with tempfile.TemporaryDirectory(prefix=".shipping-", dir=to) as folder:
        staging = Path(folder)
        (staging / "cards").mkdir()
        (staging / "methods").mkdir()
        (staging / "kept").mkdir()
        shutil.copyfile(card.path, staging / card.file)
        texts = {
            card_path(staging, card.name): to_toml(card),
            staging / "methods" / f"{method.name}.toml": method_to_toml(method),
            staging / "fixed_set.json": shipment.fixed_set,
            staging / KINDS: shipment.kinds,
            staging / "evaluation.json": shipment.evaluation,
        }
        for path, text in texts.items():
            path.write_text(text, encoding="utf-8", newline="\n")
        (staging / ROWS).write_bytes(shipment.rows)
        read_fixed_set(staging / "fixed_set.json")
        _try(staging, method)
        places = {
            staging / card.file: to / card.file,
            card_path(staging, card.name): card_path(to, card.name),
            staging / "methods" / f"{method.name}.toml": to / "methods" / f"{method.name}.toml",
            staging / "fixed_set.json": figures.fixed_set,
            staging / KINDS: figures.kinds,
            staging / "evaluation.json": figures.evaluation,
            staging / ROWS: figures.rows,
        }
        _put(places, staging / "kept")
    return tuple(places.values())


def _require_card(card: Card, trained: Path) -> None:
    problems = [problem for problem in verify([trained]) if problem.path == card.path]
    if problems:
        raise Unfit(f"{card.path} is not the file its card describes ({problems[0].problem})")
    if card.bytes > MOST_BYTES:
        raise Unfit(f"{card.path} has {card.bytes} bytes, more than {MOST_BYTES}")
    if not any(sentence.startswith(STORED) for sentence in card.measured):
        raise Unfit(f"the card of {card.path} does not say what half precision changes; end the training run again")
    if "research" not in card.licence and "commercial" not in card.licence:
        raise Unfit(f"the card of {card.path} does not say what the weights may be used for: {card.licence!r}")


def _require_method(method: Method, card: Card) -> None:
    found = [(ref.name, ref.sha256, ref.network, ref.backbone) for ref in method.weights]
    if found != [(card.name, card.sha256, card.network, card.backbone)]:
        raise Unfit(f"the method {method.name} is for other weights than {card.path}; derive its rule again")
    if (method.crop.size_px, method.scoring.mean, method.scoring.std) != (card.image_px, card.mean, card.std):
        raise Unfit(f"the method {method.name} shows the network other pictures than it was trained on")
    if method.rule is None:
        raise Unfit(f"the method {method.name} has no rule")


def _fixed_set(path: Path, card: Card) -> str:
    """The part of a run's figures that the README's section is made from."""
    try:
        figures: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        kept = {name: figures[name] for name in ("weights_sha256", "n", "auc", "low", "high", "parts")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unfit(f"{path} does not hold the figures of the fixed set: {error}") from None
    if kept["weights_sha256"] != card.sha256:
        raise Unfit(f"{path} was measured with other weights than {card.path}")
    if f"AUC {kept['auc']:.3f}" not in card.measured[0]:
        raise Unfit(f"the card of {card.path} gives another figure than {path}")
    return json.dumps(kept, indent=2) + "\n"


def _require_rows(rows: Sequence[Result], method: Method, evaluation: Evaluation) -> None:
    """The figures that follow from the rows must be those of the summary."""
    made, told = asdict(summarise(rows, method)), evaluation.document
    differ = [name for name in ("real", "fake", "unlabelled", "confusion") if made[name] != told.get(name)]
    if made["scores"]["auc"]["value"] != told["scores"]["auc"]["value"]:
        differ.append("area under the ROC curve")
    if differ:
        raise Unfit(f"the {ROWS} beside {evaluation.path} is of another evaluation: {', '.join(differ)} are not its")


def _kinds_sentence(kinds: Kinds) -> str:
    n, result = kinds.result()
    return f"{WHAT[0].upper()}{WHAT[1:]} ({n}): {result}."


def _rule_sentence(method: Method) -> str:
    n, result = simulated(method)
    return f"Simulated videos that the rule was not derived from ({n}; {VIEWS} views of each photograph): {result}."


def _evaluation_sentence(evaluation: Evaluation) -> str:
    document = evaluation.document
    n, result = evaluated(document)
    if document["scores"]["auc"]["value"] is None:
        raise Unfit(f"{evaluation.path} does not measure both real and fake videos")
    few = document["real"]["all"] + document["fake"]["all"] < FEW
    return f"{n}, {evaluation.what}: {result}." + (" So few videos say little." if few else "")


def _try(folder: Path, method: Method) -> None:
    """Score a picture with what will be shipped."""
    size_px = method.crop.size_px
    picture = np.tile(np.linspace(60, 200, size_px).astype(np.uint8)[None, :, None], (1, size_px, 1, 3))
    pairs = Detector(method, [folder], "cpu").score(picture)
    if not all(0 <= value <= 1 for pair in pairs[0].values() for value in pair):
        raise Unfit(f"the weights give no score: {pairs}")


def _put(places: Mapping[Path, Path], kept: Path) -> None:
    done: list[tuple[Path, Path | None]] = []
    try:
        for number, (source, target) in enumerate(places.items()):
            target.parent.mkdir(parents=True, exist_ok=True)
            old = kept / str(number) if target.exists() else None
            if old is not None:
                shutil.copyfile(target, old)
            done.append((target, old))
            whole.rename(source, target)
    except BaseException:
        for target, old in done:
            if old is None:
                target.unlink(missing_ok=True)
            else:
                whole.rename(old, target)
        raise
