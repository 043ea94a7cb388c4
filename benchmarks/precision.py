"""How far bfloat16 moves the scores of a method from its own in float32, clip by clip.

    python -m benchmarks.precision FOLDER|CLIP... [--method NAME|FILE.toml] [--device cpu] [--out FILE]

Every clip is read once and its faces are found once; the same crops then go through the networks in both precisions.
Both sets of scores are put to the rule of the float32 method, so that what is compared is the precision and nothing
else: in a method of its own, bfloat16 has a rule only where the rule names it, and no label without.

Prints per clip ``fake`` in both, the difference, the largest difference of a single face, and both labels; then the
largest |difference| over all clips beside the limit, and the clips whose verdict changed. Kept as JSON, by default in
benchmarks/results/precision.json.

Exit status: 0; 1 where the largest difference is over the limit, after the results were written; 2 where no clip was
scored in both, with nothing written; that of ``python -m genconvit analyze`` for the last clip that could not be
examined, with or without results.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.machine import load_average, taken_on
from benchmarks.processes import RESULTS, write_results
from genconvit import method as methods
from genconvit import places
from genconvit.analyze import analyze
from genconvit.commands.sentences import exit_code, sentence
from genconvit.detector import Detector, Pair
from genconvit.errors import GenConViTError
from genconvit.method import Method
from genconvit.records import Analysis, FaceScore, Pixels, WeightsUsed
from genconvit.verdict import decide, fake_of

SCHEMA = "veriframe.benchmarks.precision/1"
LIMIT = 0.02
"""Of |difference in ``fake``|: what bfloat16 may move."""
SUFFIXES = (".avi", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".webm")


@dataclass(frozen=True, slots=True)
class Row:
    """One clip. ``fake`` and labels under the float32 method's rule; None where there was nothing to score."""

    clip: str
    sha256: str
    faces: int
    fake_float32: float | None
    fake_bfloat16: float | None
    difference: float | None
    """bfloat16 less float32."""
    largest_of_a_face: float | None
    label_float32: str
    label_bfloat16: str

    @property
    def changed(self) -> bool:
        return self.label_float32 != self.label_bfloat16


class InBoth:
    """A scorer that gives the float32 scores and keeps the bfloat16 ones of the same crops."""

    def __init__(self, full: Detector, half: Detector) -> None:
        self._full, self._half = full, half
        self.method: Method = full.method
        self.device_name: str = full.device_name
        self.weights: tuple[WeightsUsed, ...] = full.weights
        self.kept: list[dict[str, Pair]] = []

    def score(self, crops: Pixels) -> list[dict[str, Pair]]:
        self.kept += self._half.score(crops)
        return self._full.score(crops)


def measure(path: Path, scorer: InBoth) -> Row:
    """Examine one clip in both precisions. Raises as :func:`genconvit.analyze.analyze` does."""
    scorer.kept.clear()
    analysis = analyze(path, scorer.method, folders=(), detector=lambda _: scorer).analysis
    return compared(analysis, scorer.kept)


def compared(analysis: Analysis, kept: Sequence[dict[str, Pair]]) -> Row:
    """``kept``: the bfloat16 pairs of the faces used, in their order."""
    others = iter(kept)
    scores = [_other(score, next(others)) if score.used else score for score in analysis.scores]
    covered = analysis.coverage
    verdict = decide(
        scores,
        analysis.method,
        analysis.video,
        analysis.examined,
        covered.frames_planned,
        covered.frames_not_decoded,
    )[1]
    full, half = analysis.verdict.fake, verdict.fake
    moved = [
        abs(one.fake - other.fake)
        for one, other in zip(analysis.scores, scores, strict=True)
        if one.fake is not None and other.fake is not None
    ]
    return Row(
        clip=analysis.video.path.name,
        sha256=analysis.video.sha256,
        faces=len(moved),
        fake_float32=full,
        fake_bfloat16=half,
        difference=None if full is None or half is None else half - full,
        largest_of_a_face=max(moved, default=None),
        label_float32=str(analysis.verdict.label),
        label_bfloat16=str(verdict.label),
    )


def _other(score: FaceScore, networks: dict[str, Pair]) -> FaceScore:
    return replace(score, networks=networks, fake=fake_of(networks))


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """Over all clips: the largest |difference| beside the limit, and which verdicts changed."""
    largest = max((abs(row.difference) for row in rows if row.difference is not None), default=None)
    return {
        "clips": len(rows),
        "clips_scored": sum(row.difference is not None for row in rows),
        "largest_difference": largest,
        "largest_of_a_face": max(
            (row.largest_of_a_face for row in rows if row.largest_of_a_face is not None), default=None
        ),
        "limit": LIMIT,
        "within_limit": None if largest is None else largest <= LIMIT,
        "verdicts_changed": [row.clip for row in rows if row.changed],
    }


def table(rows: Sequence[Row]) -> str:
    """For a terminal."""
    wide = max([len(row.clip) for row in rows] + [4])
    head = f"{'clip':{wide}}  faces  float32  bfloat16  difference  of a face  verdict"
    lines = [head]
    for row in rows:
        label = f"{row.label_float32} -> {row.label_bfloat16}" if row.changed else row.label_float32
        numbers = (
            f"{_shown(row.fake_float32, '.4f'):>7}  {_shown(row.fake_bfloat16, '.4f'):>8}  "
            f"{_shown(row.difference, '+.5f'):>10}  {_shown(row.largest_of_a_face, '.5f'):>9}"
        )
        lines.append(f"{row.clip:{wide}}  {row.faces:>5}  {numbers}  {label}")
    found = summary(rows)
    changed = ", ".join(found["verdicts_changed"]) or "none"
    largest = _shown(found["largest_difference"], ".5f")
    return "\n".join([*lines, f"Largest |difference|: {largest}, limit {LIMIT}. Verdicts changed: {changed}."])


def _shown(value: float | None, form: str) -> str:
    return "none" if value is None else format(value, form)


def clips_of(paths: Sequence[Path]) -> list[Path]:
    """The files as they are, and the video files of folders in order of name."""
    return [
        clip
        for path in paths
        for clip in (sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES) if path.is_dir() else [path])
    ]


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", type=Path, nargs="+", metavar="FOLDER|CLIP")
    parser.add_argument("--method", default="standard", metavar="NAME|FILE.toml", help="default: standard")
    parser.add_argument("--device", default="cpu", help="default: cpu")
    parser.add_argument("--out", type=Path, default=RESULTS / "precision.json", metavar="FILE")
    arguments = parser.parse_args(words)
    folders = (places.user_folder(), places.SHIPPED)
    try:
        method = methods.find(arguments.method, [folder / "methods" for folder in folders])
        full = methods.changed(method, precision="float32")
        half = methods.changed(full, precision="bfloat16")
        scorer = InBoth(Detector(full, folders, arguments.device), Detector(half, folders, arguments.device))
    except GenConViTError as error:
        print(sentence(error), file=sys.stderr)
        return exit_code(error)
    rows, status, load = [], 0, load_average()
    for clip in clips_of(arguments.paths):
        try:
            rows.append(measure(clip, scorer))
        except GenConViTError as error:
            print(sentence(error), file=sys.stderr)
            status = exit_code(error)
    print(table(rows))
    found = summary(rows)
    if not found["clips_scored"]:
        # Results of nothing would pass for good ones, in place of those that are kept.
        print("No clip was scored in both precisions; nothing was written.", file=sys.stderr)
        return status or 2
    document = {
        "schema": SCHEMA,
        **taken_on(),
        "load_average": load,
        "device": scorer.device_name,
        "method": full.name,
        "method_float32_sha256": full.sha256,
        "method_bfloat16_sha256": half.sha256,
        "weights": [asdict(used) for used in scorer.weights],
        "summary": found,
        "clips": [asdict(row) for row in rows],
    }
    write_results(arguments.out, document)
    return status or int(found["within_limit"] is False)


if __name__ == "__main__":
    sys.exit(main())
