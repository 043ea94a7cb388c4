"""Types of arguments that several commands take, for argparse."""

from __future__ import annotations

import argparse

MOST_FRAMES = 1_000_000
MOST_REPEATS = 100


def frames(text: str) -> int:
    """How many frames to examine. Raises argparse.ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_FRAMES:
        raise argparse.ArgumentTypeError(f"a whole number, 1 to {MOST_FRAMES}")
    return int(text)


def count(text: str) -> int:
    """How many of something. Raises argparse.ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError("a whole number, 1 or more")
    return int(text)


def repeats(text: str) -> int:
    """How often the same is done. Raises argparse.ArgumentTypeError."""
    if not text.isascii() or not text.isdigit() or not 2 <= int(text) <= MOST_REPEATS:
        raise argparse.ArgumentTypeError(f"a whole number, 2 to {MOST_REPEATS}")
    return int(text)


def seconds(text: str) -> float:
    """The spacing of examined frames. Raises argparse.ArgumentTypeError."""
    try:
        spacing = float(text)
    except ValueError:
        spacing = 0.0
    if not 0.001 <= spacing <= 86_400:
        raise argparse.ArgumentTypeError("seconds, 0.001 to 86400")
    return spacing
