"""Write the performance section of README.md from the measured figures.

    python -m benchmarks.performance_section [--check]

It reads what the other benchmarks leave in `benchmarks/results`: pipeline.json (and pipeline_cuda.json), realtime.json,
memory.json, startup.json, event_loop.json, faces.json and precision.json; what was not measured is left out. `--check`
only says whether README.md has that section (exit status 1 when it does not); a test does the same.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import event_loop, faces, memory, pipeline, precision, realtime, startup
from benchmarks.processes import RESULTS
from benchmarks.section_in_readme import fill
from genconvit.errors import ResultsInvalid
from genconvit.evaluation.marked import Marked
from genconvit.evaluation.results import text_of

BEGIN = "<!-- performance: made by benchmarks/performance_section.py, do not edit -->"
END = "<!-- end of performance -->"
PLACE = Marked("performance", BEGIN, END)
SCHEMAS = {
    "pipeline.json": pipeline.SCHEMA,
    "pipeline_cuda.json": pipeline.SCHEMA,
    "realtime.json": realtime.SCHEMA,
    "memory.json": memory.SCHEMA,
    "startup.json": startup.SCHEMA,
    "event_loop.json": event_loop.SCHEMA,
    "faces.json": faces.SCHEMA,
    "precision.json": precision.SCHEMA,
}
SHARES = {
    "Networks: share of the floor, in the run": "share_of_floor",
    "Networks: share of the floor, alone": "share_of_floor_alone",
}
"""Head of a column, and where its figures are: never both in one column, since one is not held against the other."""
STEPS = {
    "examination": "{clip} is taken in, analyzed and its result opened",
    "frames": "the frames of {clip} are gone through",
    "report": "the report on {clip} is written",
}

Document = Mapping[str, Any]


def read(folder: Path = RESULTS) -> dict[str, Document]:
    """The results that are there, by name of the file. Raises ResultsInvalid."""
    found: dict[str, Document] = {}
    for name, schema in SCHEMAS.items():
        path = folder / name
        if not path.is_file():
            continue
        try:
            document = json.loads(text_of(path))
        except ValueError as error:
            raise ResultsInvalid(path, "", f"not JSON: {error}") from None
        if not isinstance(document, dict) or document.get("schema") != schema:
            raise ResultsInvalid(path, "schema", f"must be {schema}")
        found[name] = document
    return found


def render(results: Mapping[str, Document]) -> str:
    """The section between its markers, markers included, with a line end."""
    parts: list[str] = [BEGIN]
    if results:
        machines = dict.fromkeys(_taken_on(document) for document in results.values())
        parts.append(f"Measured on {'; and on '.join(machines)}.")
    for name in ("pipeline.json", "pipeline_cuda.json"):
        if name in results:
            parts += _pipeline(results[name])
    rows = [
        *_realtime(results.get("realtime.json")),
        *_memory(results.get("memory.json")),
        *_startup(results.get("startup.json")),
        *_event_loop(results.get("event_loop.json")),
        *_faces(results.get("faces.json")),
        *_precision(results.get("precision.json")),
    ]
    if rows:
        parts.append("\n".join(["| What | Measured |", "|---|---|", *(f"| {what} | {said} |" for what, said in rows)]))
    return "\n\n".join([*parts, END]) + "\n"


def _taken_on(document: Document) -> str:
    libraries = document["libraries"]
    return (
        f"{document['processor']}, {document['cores']} cores, {document['platform']}, Python {document['python']}, "
        f"torch {libraries['torch']}, on {document['when'][:10]}"
    )


def _pipeline(document: Document) -> list[str]:
    others = _most_others(one["most_others"] for clip in document["clips"] for one in clip["sides"].values())
    quiet = others and f" Other programs kept {others} during these runs."
    finder = "HOG, as released" if document["finder"] == "released" else f"as the method `{document['finder']}`"
    words = (
        f"The released networks with random weights of the released shape, {document['frames']} frames, on "
        f"`{document['device']}`, beside the released protocol written plainly (`benchmarks/released_protocol.py`, "
        f"float32). Ours finds faces {finder}. Medians of {document['repetitions']} processes; cold is from the start "
        f"of a process to its first score, warm from a clip to its score in the same process. The floor is the time "
        f"of the networks' arithmetic at the rates that this machine reached (`benchmarks/floor.py`). Its share "
        f"of the time that they take stands twice: in the warm run, where ours share the cores with decoding and "
        f"finding, and alone, with nothing else under way (ours only).{quiet}"
    )
    head = ("Clip", "", "Cold", "Warm", "Faces per second", "Peak memory", *SHARES)
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for clip in document["clips"]:
        for name, side in clip["sides"].items():
            ratio = clip["ratios"].get(name, {})
            cells = (
                f"`{clip['clip']}`",
                "released protocol" if name == "released" else name,
                _seconds(side["cold_s"], ratio.get("cold")),
                _seconds(side["warm_s"], ratio.get("warm")),
                "" if side["faces_per_s"] is None else f"{side['faces_per_s']:.1f}",
                f"{side['peak_bytes'] / 1e9:.1f} GB",
                *(_share(side[key]) for key in SHARES.values()),
            )
            rows.append(f"| {' | '.join(cells)} |")
    return [words, "\n".join(rows)]


def _most_others(values: Iterable[float | None]) -> str:
    """How busy other programs kept the processors at most; empty where it is not known."""
    loudest = max((value for value in values if value is not None), default=None)
    return "" if loudest is None else f"at most {loudest:.2f} processors busy"


def _beside(said: str, values: Iterable[float | None]) -> str:
    others = _most_others(values)
    return f"{said} (other programs: {others})" if others else said


def _seconds(value: float | None, ratio: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f} s" + ("" if ratio is None else f", {ratio:.1f} times as fast")


def _share(share: float | None) -> str:
    return "" if share is None else f"{share * 100:.0f} %"


def _realtime(document: Document | None) -> list[tuple[str, str]]:
    if document is None:
        return []
    return [
        (
            f"`standard`, every {document['nth']}th frame of {clip['clip']} ({clip['width_px']} x {clip['height_px']}, "
            f"{clip['duration_s']:.1f} s long)",
            _beside(
                f"{clip['cold_s']:.1f} s from process start, {clip['times_cold']:.1f} times as fast as it plays; warm "
                f"{clip['warm_s']:.1f} s, {clip['times_warm']:.1f} times",
                [clip["most_others"]],
            ),
        )
        for clip in document["clips"]
    ]


def _memory(document: Document | None) -> list[tuple[str, str]]:
    if document is None:
        return []
    points = sorted(document["points"], key=lambda point: float(point["minutes"]))
    lengths = ", ".join(f"{point['minutes']:g}" for point in points)
    peaks = ", ".join(f"{point['peak_bytes'] / 1e6:.0f}" for point in points)
    what = f"peak memory, `standard` with a frame every {document['every_s']:g} s, clips of {lengths} minutes"
    growth = round(document["growth"] * 100) + 0
    said = f"{peaks} MB: {growth:+d} % from the shortest to the longest"
    return [(what, _beside(said, (point["others"] for point in points)))]


def _startup(document: Document | None) -> list[tuple[str, str]]:
    if document is None:
        return []
    seconds, others = {name: one["median_s"] for name, one in document["seconds"].items()}, [document["others"]]
    return [
        ("`python -m genconvit --help`", _beside(f"{seconds['help']:.2f} s", others)),
        (
            "`python -m desktop`, from process start until its window can be used",
            _beside(f"{seconds['usable']:.1f} s", others),
        ),
    ]


def _event_loop(document: Document | None) -> list[tuple[str, str]]:
    if document is None:
        return []
    return [
        (
            f"event loop of the window while {words.format(clip=document['clip'])}",
            _beside(
                f"beats of a timer of {document['beat_ms']} ms at most {figures['largest_ms']:.0f} ms apart, 99 % of "
                f"them at most {figures['percentile_99_ms']:.1f} ms",
                [document["others"]],
            ),
        )
        for step, words in STEPS.items()
        if (figures := document["steps"].get(step))
    ]


def _faces(document: Document | None) -> list[tuple[str, str]]:
    if document is None:
        return []
    boxes, clips = document["boxes"], len(document["clips"])
    what = (
        f"faces that the released protocol finds in {document['frames_per_clip']} frames of each of {clips} videos and "
        f"`{faces.OURS}` too: a box around their middle of their size, within {document['factor']:g} times"
    )
    by_width, by_area = document["matched_by_width"], document["matched_by_area"]
    return [(what, f"{by_width} of {boxes} with the width for the size, {by_area} with the root of the area")]


def _precision(document: Document | None) -> list[tuple[str, str]]:
    if document is None:
        return []
    found = document["summary"]
    largest, changed = found["largest_difference"], len(found["verdicts_changed"])
    what = f"bfloat16 beside float32, `{document['method']}`, {found['clips_scored']} videos with a score"
    moved = "" if largest is None else f"`fake` moved by at most {largest:.4f}, "
    return [(what, f"{moved}{changed} of {found['clips']} verdicts changed")]


def main() -> int:
    return fill(__doc__, PLACE, lambda: render(read()))


if __name__ == "__main__":
    sys.exit(main())
