"""Results in few words, for the tests of the evaluation."""

from __future__ import annotations

from genconvit.evaluation.results import Result


def made(label: str, score: float | None, verdict: str = "INCONCLUSIVE", group: str = "", faces: int = 9) -> Result:
    return Result("a.mp4", label, score, verdict, faces, 9, 1.0, group=group)


def failed(label: str, group: str = "") -> Result:
    return Result("a.mp4", label, None, "", 0, 0, 1.0, error="No decoder can read it.", group=group)


def eight() -> list[Result]:
    """Three reals, four fakes and one unlabelled: every outcome there is, worked out by hand in the tests."""
    return [
        made("REAL", 0.1, "REAL", "camera"),
        made("REAL", 0.6, "FAKE", "camera"),
        failed("REAL", "camera"),
        made("FAKE", 0.9, "FAKE", "swap"),
        made("FAKE", 0.6, "INCONCLUSIVE", "swap"),
        made("FAKE", 0.3, "REAL", "lips"),
        made("FAKE", None, "INCONCLUSIVE", "lips", faces=0),
        made("", 0.7, "FAKE", "camera"),
    ]
