"""What the commands that examine one video share: their arguments, the method, the bar, where JSON may go."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from genconvit import places, whole
from genconvit.commands.arguments import frames, seconds

if TYPE_CHECKING:
    from genconvit.method import Method
    from genconvit.progress import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The video, the method and what may be changed in it, and the device."""
    parser.add_argument("video", type=Path, metavar="VIDEO")
    parser.add_argument("--method", default="standard", metavar="NAME|FILE.toml", help="default: standard")
    plan = parser.add_mutually_exclusive_group()
    plan.add_argument("--frames", type=frames, metavar="N", help="this many frames, evenly spread")
    plan.add_argument("--every", type=seconds, metavar="SECONDS", help="a frame at each multiple of this")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), help="default: as the method says")


def folders() -> tuple[Path, ...]:
    """Where weights and methods lie, the user's first."""
    return places.user_folder(), places.SHIPPED


def chosen_method(arguments: argparse.Namespace) -> Method:
    """The method of the arguments. Raises MethodMissing, MethodInvalid, RuleMismatch."""
    from genconvit import method as methods

    method = methods.find(arguments.method, [folder / "methods" for folder in folders()])
    return methods.changed(method, count=arguments.frames, seconds=arguments.every, precision=arguments.precision)


@contextlib.contextmanager
def bar(name: str) -> Iterator[Progress]:
    """A bar on standard error where that is a terminal."""
    from tqdm import tqdm

    from genconvit.progress import Reporter

    # Its monitor is a thread that outlives the bar.
    tqdm.monitor_interval = 0
    layout = "{desc}: {percentage:3.0f}% |{bar}| {elapsed}{postfix}"
    with tqdm(total=1.0, desc=name, bar_format=layout, leave=False, disable=None) as shown:

        def tell(fraction: float, frames: int | None) -> None:
            shown.n = fraction
            shown.set_postfix_str("" if frames is None else f"{frames} frames", refresh=False)
            shown.refresh()

        yield Reporter(tell)


def target_problem(target: str | None, video: Path) -> str:
    """Why the JSON cannot go there, before the work is done; empty when it can."""
    if target in (None, "-"):
        return ""
    path = Path(str(target))
    if path.is_dir():
        return f"{path} is a folder; name a file for the JSON."
    if not path.parent.is_dir():
        return f"There is no folder {path.parent} to write {path.name} into."
    if path.exists() and video.exists() and path.samefile(video):
        return f"{path} is the video itself; name another file for the JSON."
    return ""


def written(data: bytes, target: str) -> bool:
    """Write JSON to a file, or to standard output for ``-``; False, and said, where that cannot be."""
    try:
        if target == "-":
            sys.stdout.buffer.write(data)
            sys.stdout.flush()
        else:
            whole.write(Path(target), data)
    except OSError as error:
        where = "Standard output" if target == "-" else target
        print(f"{where} cannot be written: {error.strerror or error}.", file=sys.stderr)
        return False
    return True
