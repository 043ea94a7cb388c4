"""Seconds from clip to score, of the program and of the released protocol, beside what the networks must take at least.

    python -m benchmarks.pipeline CLIP... [--weights-home HOME] [--repetitions 5] [--precision both] [--frames 15]

Random weights of the released shape are made in a temporary folder and removed at the end; that takes some minutes and
5 GB of disk. To keep them between runs, or for other weights, name a HOME: a VERIFRAME_HOME with both networks imported
as genconvit-ed and genconvit-vae; the folder that holds it has the two released files (or say --released-weights DIR):

    python -m benchmarks.random_weights DIR
    python -m genconvit weights import DIR/genconvit_ed_inference.pth --to DIR/home/weight   (the same for vae)

Ours is the method ``released`` with the faces of ``standard`` (``--finder released`` keeps HOG); the released protocol
is benchmarks/released_protocol.py, always in float32. They take turns, each run in a process of its own, in an order
that turns round with each repetition. ``cold`` is the time from the start of the process to its first score, with the
files in the system's cache; ``warm`` are later runs in the same process. Figures are medians, warm ones over the warm
runs of all processes.

Stages of ours overlap, so they add up to more than the whole. ``import`` lies within other stages there. Peak memory is
the high-water mark of the resident set: ``VmHWM`` on Linux, ``ru_maxrss`` on other POSIX systems, the peak working set
on Windows (benchmarks/machine.py).

Runs that something else disturbed show by ``others``: how many processors other programs kept busy meanwhile (Linux).

The floor is what benchmarks/floor.py derives, over the rates that this machine reaches before and after the runs, the
better of both (benchmarks/rates.py). ``share`` is the floor over the seconds of the stage ``score`` of warm runs, and
over the seconds that the networks take with nothing else under way.

With 15 frames on the CPU, the bars of benchmarks/pipeline_bars.py are held against the figures. Exit status: 0; 1 where
a bar is missed or its figure was not measured, after the results were written, or a process failed; 2 something is
missing; 130 cancelled.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.floor import Rates, both_work, floor_s
from benchmarks.machine import taken_on
from benchmarks.pipeline_bars import all_met, judged, lines
from benchmarks.processes import RESULTS, Process, ProcessFailed, examine, median, most, stamped, write_results
from benchmarks.random_home import random_home
from benchmarks.rates import best, rates_of
from genconvit.batch import BATCH

SCHEMA = "veriframe.benchmarks.pipeline/1"
STAGES = ("import", "load", "probe", "decode", "find", "link", "crop", "score", "total")
CARDS = ("genconvit-ed.toml", "genconvit-vae.toml")
CANCELLED = 130


@dataclass(frozen=True, slots=True)
class Side:
    """One of those that are compared. ``precision``: of its networks."""

    name: str
    precision: str
    words: tuple[str, ...]


def sides(arguments: argparse.Namespace) -> list[Side]:
    """The released protocol, and ours in each precision that is asked for."""
    shared = ("--frames", str(arguments.frames), "--device", arguments.device, "--warm", str(arguments.warm))
    files = ("--released-weights", str(arguments.released_weights))
    found = [Side("released", "float32", ("released", *shared, *files))]
    precisions = ("float32", "bfloat16") if arguments.precision == "both" else (arguments.precision,)
    ours = [*shared, "--method", "released", "--weights-home", str(arguments.weights_home), "--alone"]
    if arguments.finder != "released":
        ours += ["--finder", arguments.finder]
    return found + [Side(f"ours {name}", name, ("ours", *ours, "--precision", name)) for name in precisions]


def in_turn(items: Sequence[Side], repetitions: int) -> Iterator[Side]:
    """Every repetition begins at the other end."""
    for number in range(repetitions):
        yield from reversed(items) if number % 2 else items


def summary(processes: Sequence[Process], precision: str, rates: Rates) -> dict[str, Any]:
    """Medians of one side on one clip, and its share of the floor."""
    cold = [process.runs[0] for process in processes]
    warm = [run for process in processes for run in process.runs[1:]]
    faces = cold[0]["faces"]
    floor = floor_s(both_work(), faces, -(-faces // BATCH), precision, rates)
    score_s, alone_s = _stage(warm, "score"), median(process.alone_s for process in processes)
    total_s = _stage(warm, "total")
    return {
        "cold_s": median(process.cold_s for process in processes),
        "warm_s": total_s,
        "cold_stages_s": {name: _stage(cold, name) for name in STAGES},
        "warm_stages_s": {name: _stage(warm, name) for name in STAGES},
        "faces": faces,
        "faces_per_s": faces / total_s if total_s else None,
        "peak_bytes": max(run["peak_bytes"] for process in processes for run in process.runs),
        "score": cold[0]["score"],
        "floor_s": floor,
        "share_of_floor": _share(floor, score_s),
        "alone_s": alone_s,
        "share_of_floor_alone": _share(floor, alone_s),
        "most_load": most(process.load for process in processes),
        "most_others": most(process.others for process in processes),
    }


def ratios(summaries: dict[str, dict[str, Any]]) -> dict[str, dict[str, float | None]]:
    """How many times as fast as the released protocol each of ours is, and how much of its memory it needs."""
    theirs = summaries["released"]
    return {
        name: {
            "cold": _share(theirs["cold_s"], one["cold_s"]),
            "warm": _share(theirs["warm_s"], one["warm_s"]),
            "memory": _share(one["peak_bytes"], theirs["peak_bytes"]),
        }
        for name, one in summaries.items()
        if name != "released"
    }


def table(clip: dict[str, Any]) -> str:
    """Of one clip, for people."""
    names = list(clip["sides"])
    rows = [[clip["clip"], *names]]

    def row(words: str, values: Sequence[float | None], digits: int = 2) -> None:
        rows.append([words, *("" if value is None else f"{value:.{digits}f}" for value in values)])

    def each(key: str) -> list[Any]:
        return [clip["sides"][name][key] for name in names]

    row("cold, start to score, s", each("cold_s"))
    for stage in STAGES[:-1]:
        row(f"  {stage}", [one[stage] for one in each("cold_stages_s")])
    row("warm, clip to score, s", each("warm_s"))
    for stage in STAGES[1:-1]:
        row(f"  {stage}", [one[stage] for one in each("warm_stages_s")])
    row("faces", each("faces"), 0)
    row("faces per second, warm", each("faces_per_s"))
    row("peak memory, GB", [value / 1e9 for value in each("peak_bytes")])
    for kind in ("cold", "warm"):
        row(f"times as fast, {kind}", [clip["ratios"].get(name, {}).get(kind) for name in names])
    row("floor of the networks, s", each("floor_s"))
    row("share of the floor, stage score", each("share_of_floor"))
    row("networks alone, s", each("alone_s"))
    row("share of the floor, alone", each("share_of_floor_alone"))
    row("load average before, at most", each("most_load"))
    row("processors that others kept busy, at most", each("most_others"))
    return _aligned(rows)


def measure(arguments: argparse.Namespace) -> dict[str, Any]:
    """Everything. Raises ProcessFailed."""
    compared = sides(arguments)
    rates = [_rates(arguments.device)]
    taken: list[tuple[Path, dict[str, list[Process]]]] = []
    for clip in arguments.clips:
        found: dict[str, list[Process]] = {side.name: [] for side in compared}
        for side in in_turn(compared, arguments.repetitions):
            process = examine([*side.words[:1], str(clip), *side.words[1:]])
            found[side.name].append(process)
            said = f"{clip.name} {side.name}: {process.cold_s:.2f} s, load {process.load}, others {process.others}"
            print(said, file=sys.stderr, flush=True)
        taken.append((clip, found))
    rates.append(_rates(arguments.device))
    reached = best(rates)
    clips = [_clip(clip, compared, found, rates_of(reached)) for clip, found in taken]
    return {
        "schema": SCHEMA,
        **taken_on(),
        "device": arguments.device,
        "frames": arguments.frames,
        "finder": arguments.finder,
        "repetitions": arguments.repetitions,
        "warm_runs": arguments.warm,
        "rates": reached,
        "bars": judged(clips, arguments.frames, arguments.device),
        "clips": clips,
    }


def _clip(clip: Path, compared: Sequence[Side], found: dict[str, list[Process]], rates: Rates) -> dict[str, Any]:
    summaries = {side.name: summary(found[side.name], side.precision, rates) for side in compared}
    return {
        "clip": clip.name,
        "sides": summaries,
        "ratios": ratios(summaries),
        "processes": {name: [process.document() for process in processes] for name, processes in found.items()},
    }


def _rates(device: str) -> dict[str, Any]:
    return stamped(["-m", "benchmarks.rates", "--device", device])[0][1]


def _stage(runs: Sequence[dict[str, Any]], name: str) -> float | None:
    return median(run["seconds"].get(name) for run in runs)


def _share(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if column else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _missing(paths: Sequence[Path]) -> bool:
    """Whether one is; says which."""
    absent = [path for path in paths if not path.is_file()]
    if absent:
        print(f"There is no {absent[0]}; --help says what is needed.", file=sys.stderr)
    return bool(absent)


def _weights(home: Path, released: Path) -> list[Path]:
    # It imports torch; --help does without.
    from benchmarks.random_weights import FILES

    files = [released / name for name in FILES.values()]
    return [*files, *(home / "weight" / "cards" / name for name in CARDS)]


def _measured(arguments: argparse.Namespace) -> dict[str, Any] | None:
    """With weights of one's own or random ones; None where something is missing. Raises ProcessFailed."""
    given: Path | None = arguments.weights_home
    with nullcontext(given.absolute()) if given else random_home() as home:
        arguments.weights_home = home
        arguments.released_weights = (arguments.released_weights or home.parent).absolute()
        if _missing(_weights(home, arguments.released_weights)):
            return None
        return measure(arguments)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", type=Path, nargs="+", metavar="CLIP")
    parser.add_argument("--weights-home", type=Path, metavar="HOME", help="default: random weights, made and removed")
    parser.add_argument("--released-weights", type=Path, metavar="DIR", help="default: the folder that holds HOME")
    parser.add_argument("--precision", choices=("float32", "bfloat16", "both"), default="both")
    parser.add_argument("--finder", default="standard", metavar="METHOD", help="default: standard")
    parser.add_argument("--device", default="cpu", help="of both sides; default: cpu")
    parser.add_argument("--frames", type=int, default=15)
    parser.add_argument("--repetitions", type=int, default=5, metavar="N")
    parser.add_argument("--warm", type=int, default=2, metavar="N", help="warm runs in each process; default: 2")
    parser.add_argument("--out", type=Path, default=RESULTS / "pipeline.json", metavar="FILE")
    arguments = parser.parse_args()
    if arguments.released_weights and not arguments.weights_home:
        parser.error("--released-weights wants --weights-home: both sides must have the same weights")
    arguments.clips = [clip.absolute() for clip in arguments.clips]
    if _missing(arguments.clips):
        return 2
    try:
        document = _measured(arguments)
    except ProcessFailed as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Cancelled; nothing was written.", file=sys.stderr)
        return CANCELLED
    if document is None:
        return 2
    print("\n\n".join(table(clip) for clip in document["clips"]))
    write_results(arguments.out, document)
    print(f"\n{lines(document['bars'])}")
    return int(not all_met(document["bars"]))


if __name__ == "__main__":
    sys.exit(main())
