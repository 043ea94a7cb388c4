"""The command line of `python -m desktop`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from desktop.commands import console, demo, examine, exits, repeat, verify
from genconvit import __version__
from genconvit.progress import Cancelled

COMMANDS = {
    "examine": (examine, "examine videos into a case, for scripts"),
    "repeat": (repeat, "examine the videos of a case again, and keep what differed"),
    "verify": (verify, "check every hash that is recorded in a case"),
    "demo": (demo, "do the main job on the bundled clip"),
}

EPILOG = """exit status: 0 done; 1 verify, repeat: something differs; 2 usage; 3 a video could not be read or analyzed
(the others were); 4 method, weights or device; 5 the case or the report cannot be opened or written; 130 cancelled"""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m desktop", description="Veriframe", epilog=EPILOG)
    top.add_argument("--version", action="version", version=f"Veriframe {__version__}")
    top.add_argument("--self-test", action="store_true", help="do the main job in a temporary folder, and check it")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", title="without a command, the app opens; commands")
    for name, (module, words) in COMMANDS.items():
        module.add_arguments(commands.add_parser(name, help=words, description=words, epilog=EPILOG))
    opening = commands.add_parser("open", help="open the app on a case folder", description="open the app on a case")
    opening.add_argument("folder", metavar="CASE_DIR", type=Path)
    return top


def main(words: Sequence[str] | None = None) -> int:
    """Run a command line. Returns the exit status."""
    console.prepare()
    args = parser().parse_args(words)
    try:
        if args.self_test:
            return demo.self_test()
        if args.command in COMMANDS:
            status: int = COMMANDS[args.command][0].run(args)
            return status
        return _window(args.folder if args.command == "open" else None)
    except (KeyboardInterrupt, Cancelled):
        console.tell("Cancelled. What was finished before is kept.")
        return exits.CANCELLED


def _window(case: Path | None) -> int:
    from desktop.app import run

    return run(case=case)
