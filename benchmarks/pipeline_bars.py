"""What is asked of the released networks with 15 frames on the CPU, beside the released protocol written plainly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

FRAMES, DEVICE = 15, "cpu"
GB = 1e9


@dataclass(frozen=True, slots=True)
class Bar:
    """``side``: of which side of ``benchmarks.pipeline``; ``what``: one of the keys of :func:`figures`. ``limit`` is
    the most that is allowed where ``most``, else the least; a figure that equals it meets it."""

    side: str
    what: str
    limit: float
    most: bool = False


BARS = (
    Bar("ours bfloat16", "times as fast, cold", 3.0),
    Bar("ours float32", "times as fast, cold", 2.3),
    Bar("ours bfloat16", "times as fast, warm", 2.3),
    Bar("ours float32", "times as fast, warm", 1.5),
    Bar("ours bfloat16", "share of the floor, alone", 0.60),
    Bar("ours float32", "share of the floor, alone", 0.60),
    Bar("ours bfloat16", "peak memory, GB", 2.5, most=True),
    Bar("ours float32", "peak memory, GB", 3.2, most=True),
)


def figures(clip: Mapping[str, Any], side: str) -> dict[str, float | None]:
    """Of one side on one clip, by what a bar may ask for; None where it was not measured."""
    one, ratio = clip["sides"][side], clip["ratios"].get(side, {})
    return {
        "times as fast, cold": ratio.get("cold"),
        "times as fast, warm": ratio.get("warm"),
        # Alone, since in its stage scoring shares the cores with decoding and finding.
        "share of the floor, alone": one["share_of_floor_alone"],
        "peak memory, GB": one["peak_bytes"] / GB,
    }


def judged(clips: Sequence[Mapping[str, Any]], frames: int, device: str) -> list[dict[str, Any]]:
    """Each bar on each clip with what was measured, of the sides that were compared; none where another number of
    frames or another device was asked for. ``met`` is None where nothing was measured."""
    if (frames, device) != (FRAMES, DEVICE):
        return []
    return [_judged(bar, clip) for clip in clips for bar in BARS if bar.side in clip["sides"]]


def _judged(bar: Bar, clip: Mapping[str, Any]) -> dict[str, Any]:
    found = figures(clip, bar.side)[bar.what]
    return {
        "clip": clip["clip"],
        "side": bar.side,
        "what": bar.what,
        "asked": bar.limit,
        "kind": "most" if bar.most else "least",
        "measured": found,
        "met": None if found is None else (found <= bar.limit if bar.most else found >= bar.limit),
    }


def lines(bars: Sequence[Mapping[str, Any]]) -> str:
    """For people; a measured figure has a digit more than the bar, so that a bar missed by little shows."""
    if not bars:
        return f"No bar was held against these figures: they are for {FRAMES} frames on `{DEVICE}`."
    return "\n".join(_line(bar) for bar in bars)


def _line(bar: Mapping[str, Any]) -> str:
    found = "not measured" if bar["met"] is None else f"{bar['measured']:.3f}, {'met' if bar['met'] else 'MISSED'}"
    return f"{bar['clip']}  {bar['side']}  {bar['what']}: {found} (asked: at {bar['kind']} {bar['asked']:.2f})"


def all_met(bars: Sequence[Mapping[str, Any]]) -> bool:
    """What was not measured is not met: a figure that is gone would pass for a good one."""
    return all(bar["met"] is True for bar in bars)
