"""``python -m genconvit``: everything that needs no window."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from multiprocessing import freeze_support

from genconvit import __version__, places, steering
from genconvit.commands import NAMES

CANCELLED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code; usage errors exit with 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A file name that the terminal's character set does not have must not end the program.
            stream.reconfigure(errors="backslashreplace")
    steering.take_out()
    os.environ.setdefault("MPLCONFIGDIR", str(places.chart_folder()))
    try:
        parsed = _parser().parse_args(arguments)
        return int(parsed.run(parsed))
    except KeyboardInterrupt:
        print("Cancelled.", file=sys.stderr)
        return CANCELLED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m genconvit", description="Face manipulation in video.")
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name in NAMES:
        import_module(f"genconvit.commands.{name}").add(subparsers)
    return parser


if __name__ == "__main__":
    freeze_support()
    sys.exit(main())
