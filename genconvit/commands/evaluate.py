"""``evaluate --layout NAME --data PATH --out DIR``: how good a method is on labelled videos."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from genconvit import places
from genconvit.commands.arguments import count, frames
from genconvit.commands.sentences import exit_code, sentence
from genconvit.errors import GenConViTError
from genconvit.evaluation.items import LayoutUnfit, limited
from genconvit.evaluation.layouts import NAMES, find_items
from genconvit.evaluation.layouts.files import listed

if TYPE_CHECKING:
    from genconvit.evaluation.results import Result
    from genconvit.evaluation.session import State
    from genconvit.evaluation.summary import Summary
    from genconvit.method import Method

USAGE = 2
NOTHING_SCORED = 3
NOT_WRITTEN = 1
MOST_BY_DEFAULT = 4
OF_EXAMINING = (
    "layout", "data", "method", "frames", "limit", "device", "workers", "threads", "retry_errors", "compression",
    "split", "real", "group",
)  # fmt: skip

DESCRIPTION = """\
Score labelled videos with a method, and say how good it is: a row a video in results.csv, figures in summary.json,
95 % intervals beside rates and areas, and charts, in the folder of --out. Interrupted, the same command goes on where
it was.
"""

LAYOUTS = """\
layouts:
  folders        PATH/fake and PATH/real, videos at any depth
  csv            PATH is a file with the columns file,label (FAKE, REAL or empty) and perhaps group, source or method
  dfdc           metadata.json in PATH or in folders below it (dfdc_train_part_0 ...)
  faceforensics  original_sequences and manipulated_sequences, with --compression, perhaps --split test.json
  celeb          Celeb-DF v2; the videos of List_of_testing_videos.txt, or all of them with --split none
  timit          DeepfakeTIMIT; the real videos in PATH/real or --real DIR
  faces          pictures of one face each, cut out: train|valid|test / fake|real, or fake|real. One face is seldom
                 enough for a method's rule; scores are given all the same

examples:
  python -m genconvit evaluate --layout folders --data videos --out measured
  python -m genconvit evaluate --layout faceforensics --compression c23 --split test.json --data FF --out measured
  python -m genconvit evaluate --layout csv --data labels.csv --method mine.toml --workers 4 --out measured-mine
  python -m genconvit evaluate --compare measured/results.csv measured-mine/results.csv
  python -m genconvit evaluate --from-results prediction.json
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the ``evaluate`` sub-command; its ``run`` default takes the parsed arguments and gives the exit code."""
    parser = subparsers.add_parser(
        "evaluate",
        help="measure a method on labelled videos",
        description=DESCRIPTION,
        epilog=LAYOUTS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = parser.add_argument_group("what is measured")
    what.add_argument("--layout", choices=NAMES, metavar="NAME", help=f"how the data lies: {', '.join(NAMES)}")
    what.add_argument("--data", type=Path, metavar="PATH", help="the folder, for csv the file")
    what.add_argument("--out", type=Path, metavar="DIR", help="for the results; made if it is not there")
    what.add_argument("--method", default="standard", metavar="NAME|FILE.toml", help="default: standard")
    what.add_argument("--frames", type=frames, metavar="N", help="this many frames a video, evenly spread")
    what.add_argument("--limit", type=count, metavar="N", help="this many files, evenly spread over each label")
    how = parser.add_argument_group("how")
    how.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    how.add_argument(
        "--workers",
        type=count,
        metavar="N",
        help="videos at a time, each in a process with the networks in its memory (default: one a core, at "
        f"most {MOST_BY_DEFAULT}; 1 on a GPU); the results are the same whatever this is",
    )
    how.add_argument("--threads", type=count, default=1, metavar="N", help="to compute on, per process (default: 1)")
    how.add_argument("--retry-errors", action="store_true", help="examine again what ended in an error")
    layout = parser.add_argument_group("for some layouts")
    layout.add_argument("--compression", default="", choices=("raw", "c23", "c40"), help="faceforensics")
    layout.add_argument(
        "--split", default="", metavar="FILE|NAME", help="faceforensics, celeb: a list; faces: a folder"
    )
    layout.add_argument("--real", default="", metavar="DIR", help="timit: where the real videos are")
    layout.add_argument("--group", default="", metavar="COLUMN", help="csv: what the groups are made by")
    others = parser.add_argument_group("instead of examining videos").add_mutually_exclusive_group()
    others.add_argument(
        "--from-results",
        type=Path,
        nargs="+",
        metavar="FILE.json",
        help="figures of result files as the authors' script writes them",
    )
    others.add_argument(
        "--compare", type=Path, nargs=2, metavar="FILE.csv", help="two results of the same videos, paired"
    )
    parser.set_defaults(run=partial(_run, parser))


def _run(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> int:
    work: Callable[[argparse.Namespace], int] = _evaluate
    if arguments.from_results or arguments.compare:
        work = _published if arguments.from_results else _compare
        _refuse_options_of_examining(parser, arguments)
    elif missing := [name for name in ("layout", "data", "out") if getattr(arguments, name) is None]:
        parser.error(f"needs {', '.join(f'--{name}' for name in missing)} (or --from-results, or --compare)")
    try:
        return work(arguments)
    except GenConViTError as error:
        print(sentence(error), file=sys.stderr)
        return exit_code(error)
    except LayoutUnfit as error:
        print(f"Cannot evaluate: {error}.", file=sys.stderr)
        return USAGE
    except OSError as error:
        where = error.filename or arguments.out or "The output"
        print(f"{where} cannot be written: {error.strerror or error}.", file=sys.stderr)
        if work is _evaluate:
            print("What was finished before is kept; the same command goes on.", file=sys.stderr)
        return NOT_WRITTEN


def _refuse_options_of_examining(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    instead, without = ("from_results", ()) if arguments.from_results else ("compare", ("out",))
    for name in (*OF_EXAMINING, *without):
        if getattr(arguments, name) != parser.get_default(name):
            parser.error(f"--{name} has no use with --{instead}".replace("_", "-"))


def _evaluate(arguments: argparse.Namespace) -> int:
    told = {name: getattr(arguments, name) for name in ("compression", "split", "real", "group")}
    found = find_items(arguments.layout, arguments.data, **told)
    if arguments.limit:
        kept = limited(found.items, arguments.limit)
        found = replace(found, items=kept, options={**found.options, "limit": arguments.limit})
    for note in found.notes:
        print(f"Note: {note}.", file=sys.stderr)
    # Numpy and more is not imported for --help.
    from genconvit import method as methods
    from genconvit.alone import NotAlone
    from genconvit.evaluation.record import FolderRefused, RunOptions
    from genconvit.evaluation.session import evaluate

    folders = (places.user_folder(), places.SHIPPED)
    method = methods.find(arguments.method, [folder / "methods" for folder in folders])
    method = methods.changed(method, count=arguments.frames)
    if method.rule and method.rule.kind == "tracks" and 0 < method.sampling.count < method.rule.least_faces:
        asks, reads = method.rule.least_faces, method.sampling.count
        print(f"Note: the rule asks for {asks} faces, and {reads} frames seldom hold them.", file=sys.stderr)
    workers = arguments.workers or _workers(arguments.device)
    options = RunOptions(arguments.device, workers, arguments.threads, arguments.retry_errors)
    try:
        with _bar() as tell:
            done = evaluate(found, method, folders, arguments.out, options, told=sentence, tell=tell)
    except (FolderRefused, NotAlone) as error:
        print(f"Cannot evaluate: {error}.", file=sys.stderr)
        return USAGE
    if done.changed:
        print(f"Note: examined again, as the files were changed since: {listed(done.changed)}.", file=sys.stderr)
    if done.note:
        print(f"Note: {done.note}.", file=sys.stderr)
    return _finish(done.results, done.method, arguments.out)


def _workers(device: str) -> int:
    """A GPU computes for one process at a time, and every process has the networks in its memory."""
    on_cpu = device == "cpu"
    if device == "auto":
        from genconvit.devices import available_devices

        on_cpu = available_devices() == ("cpu",)
    return min(os.cpu_count() or 1, MOST_BY_DEFAULT) if on_cpu else 1


def _finish(rows: tuple[Result, ...], method: Method, out: Path) -> int:
    from genconvit.commands.evaluation_table import choices, table
    from genconvit.evaluation.summary import summarise
    from genconvit.provenance import now

    summary = summarise(rows, method, now())
    _write(summary, rows, out)
    print(table(summary))
    if chosen := choices(summary):
        print(f"\n{chosen}")
    if failed := [row for row in rows if row.error]:
        print(f"\n{len(failed)} could not be examined, the first: {failed[0].file}: {failed[0].error}")
    print(f"\nWritten to {out}.")
    return NOTHING_SCORED if len(failed) == len(rows) else 0


def _published(arguments: argparse.Namespace) -> int:
    from genconvit.evaluation import published
    from genconvit.evaluation.summary import summarise

    paths: list[Path] = arguments.from_results
    if arguments.out and len({path.stem for path in paths}) < len(paths):
        raise LayoutUnfit("two of the files have the same name, and so would their folders")
    print(published.report(paths), end="")
    if arguments.out:
        for path in paths:
            rows = published.read(path)
            _write(summarise(rows), rows, arguments.out / path.stem)
        print(f"\nWritten to {arguments.out}, a folder a file.")
    return 0


def _write(summary: Summary, rows: tuple[Result, ...], folder: Path) -> None:
    from genconvit.evaluation import output, results

    folder.mkdir(parents=True, exist_ok=True)
    results.write(rows, folder / "results.csv")
    output.write(summary, rows, folder)


def _compare(arguments: argparse.Namespace) -> int:
    from genconvit.evaluation import comparison, results

    first, second = (results.read(path) for path in arguments.compare)
    print(comparison.compare(first, second).text(), end="")
    return 0


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[State], None]]:
    """A bar on standard error where that is a terminal."""
    from tqdm import tqdm

    # Its monitor is a thread that outlives the bar.
    tqdm.monitor_interval = 0
    with tqdm(unit="file", disable=None) as bar:

        def tell(state: State) -> None:
            if bar.total is None:
                bar.reset(state.total)
                bar.initial = state.kept
            bar.n = state.done
            bar.set_postfix_str(f"{state.errors} errors" if state.errors else "", refresh=False)
            bar.refresh()

        yield tell
