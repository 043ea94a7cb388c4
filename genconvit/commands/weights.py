"""``weights list | import FILE | verify``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from genconvit import places
from genconvit.cards import Card, CardProblem, card_files, is_name, read_card, verify
from genconvit.commands.sentences import exit_code, sentence
from genconvit.errors import CardInvalid, GenConViTError

PROBLEM = 4

_COLUMNS = ("name", "network", "backbone", "px", "MB", "file", "licence")
_VERIFY_WORDS = {
    "missing": "cannot be read",
    "size": "has another size",
    "sha256": "has another SHA-256",
    "card": "is a card that cannot be read",
}


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the ``weights`` sub-command; its ``run`` default takes the parsed arguments and gives the exit code."""
    parser = subparsers.add_parser("weights", help="list, take in and verify weights")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    listing = actions.add_parser("list", help="the weights that are there")
    listing.set_defaults(run=_list)

    taking = actions.add_parser("import", help="take in a .pth file, released or of a training run")
    taking.add_argument("file", type=Path, metavar="FILE")
    taking.add_argument("--name", type=_name, help="default: genconvit-ed or genconvit-vae")
    taking.add_argument("--to", type=Path, metavar="DIR", help="weights folder; default: the user's own")
    taking.add_argument("--backbone", default="", help="timm model name, if not as released (convnext_tiny)")
    taking.add_argument("--image-size", type=_size, default=0, metavar="PX", help="if not as released (224)")
    taking.add_argument("--licence", default="", help="what may be done with these weights, for the card")
    taking.set_defaults(run=_import)

    verifying = actions.add_parser("verify", help="hash every weights file and compare it with its card")
    verifying.set_defaults(run=_verify)


def _folders() -> tuple[Path, ...]:
    return (places.user_folder(), places.SHIPPED)


def _list(arguments: argparse.Namespace) -> int:
    rows: list[tuple[str, ...]] = [_COLUMNS]
    status = 0
    for path in card_files(_folders()):
        try:
            rows.append(_row(read_card(path)))
        except CardInvalid as error:
            print(sentence(error), file=sys.stderr)
            status = exit_code(error)
    if len(rows) == 1:
        print("No weights yet. Take some in with: python -m genconvit weights import FILE")
    else:
        print(_table(rows))
    return status


def _import(arguments: argparse.Namespace) -> int:
    # Importing torch takes seconds; listing and verifying do without.
    from genconvit.weights.importing import ImportOptions, import_weights

    to = arguments.to or places.user_folder()
    options = ImportOptions(arguments.backbone, arguments.image_size, arguments.licence)
    print(f"Reading {arguments.file}; the larger released file takes a minute.", file=sys.stderr)
    try:
        card = import_weights(arguments.file, arguments.name or "", to, options)
    except GenConViTError as error:
        print(sentence(error), file=sys.stderr)
        return exit_code(error)
    except OSError as error:
        print(f"Cannot write to {to}: {error.strerror or error}.", file=sys.stderr)
        return PROBLEM
    print(f"{card.name}: {card.network} on {card.backbone} at {card.image_px} px, {card.bytes / 1e6:.1f} MB")
    print(f"  kept as {card.path}\n  SHA-256 {card.sha256}\n  licence: {card.licence}")
    return 0


def _verify(arguments: argparse.Namespace) -> int:
    folders = _folders()
    problems = verify(folders)
    for problem in problems:
        print(_told(problem))
    print(f"{len(card_files(folders))} weights checked, {len(problems)} with a difference")
    return PROBLEM if problems else 0


def _row(card: Card) -> tuple[str, ...]:
    try:
        state = "present" if card.path.stat().st_size == card.bytes else "WRONG SIZE"
    except OSError:
        state = "MISSING"
    size = f"{card.bytes / 1e6:.1f}"
    return card.name, card.network, card.backbone, str(card.image_px), size, state, card.licence


def _table(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    lines = ("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _told(problem: CardProblem) -> str:
    words = _VERIFY_WORDS[problem.problem]
    return f"{problem.path} {words}\n  expected: {problem.expected}\n  found:    {problem.found}"


def _name(text: str) -> str:
    if not is_name(text):
        raise argparse.ArgumentTypeError("letters, digits, dots, dashes and underscores, at most 64, no dot first")
    return text


def _size(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 32 or int(text) % 32:
        raise argparse.ArgumentTypeError("a multiple of 32, 32 or more")
    return int(text)
