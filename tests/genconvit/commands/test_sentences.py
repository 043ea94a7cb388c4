from __future__ import annotations

from pathlib import Path

import pytest

from genconvit import errors
from genconvit.commands.sentences import exit_code, sentence

WHERE = Path("folder") / "thing"
HASH = "ab" * 32

EVERY_KIND: tuple[tuple[errors.GenConViTError, int, str], ...] = (
    *(
        (errors.VideoNotFound(WHERE, problem), 3, words)
        for problem, words in (
            ("missing", "no file"),
            ("folder", "is a folder"),
            ("empty", "is empty"),
            ("forbidden", "permission denied"),
            ("vanished", "disappeared"),
            ("failed", "disk"),
            ("some new problem", "cannot be opened"),
        )
    ),
    (errors.VideoUnreadable(WHERE, {"PyAV": "moov atom not found"}), 3, "PyAV: moov atom not found"),
    (errors.NoVideoStream(WHERE, ("aac",)), 3, "no pictures (it holds: aac)"),
    (errors.NoVideoStream(WHERE, ()), 3, "no pictures."),
    (errors.FrameUnreadable(WHERE, 12, "broken slice"), 3, "Frame 12"),
    (errors.WeightsMissing("genconvit-ed", (WHERE,)), 4, "weights import FILE --name genconvit-ed"),
    (errors.WeightsDamaged(WHERE, HASH, "cd" * 32), 4, HASH),
    *(
        (errors.WeightsRefused(WHERE, problem, ("fact one",)), 4, words)
        for problem, words in (
            ("missing", "no file"),
            ("unsafe", "asks to run code"),
            ("unreadable", "damaged"),
            ("wrong_network", "two GenConViT networks"),
            ("wrong_keys", "does not have the tensors"),
            ("wrong_shapes", "wrong shape"),
            ("not_finite", "not numbers"),
            ("exists", "choose another name"),
            ("some new problem", "was refused"),
        )
    ),
    (errors.CardInvalid(WHERE, "sha256", "is missing"), 4, "sha256 is missing"),
    (errors.MethodInvalid("mine.toml", "crop.margin", "must be 0..2"), 4, "crop.margin must be 0..2"),
    (errors.MethodMissing("mine", (WHERE,)), 4, "no method 'mine'"),
    (errors.RuleMismatch("mine.toml", (HASH,), "cd" * 32), 4, "derived for another way of scoring"),
    (errors.WeightsUnfit("mine", "224 px", "160 px"), 4, "asks for 224 px, they have 160 px"),
    (errors.FinderModelUnfit(WHERE, HASH, "cd" * 32), 4, "cd" * 32),
    (errors.FinderModelUnfit(WHERE, HASH, ""), 4, "cannot be read"),
    (errors.EncoderModelMissing(WHERE), 4, "face_recognition_models again"),
    (errors.DeviceUnavailable("cuda", ("cpu",), "no driver"), 4, "(no driver). This machine has: cpu."),
    (errors.OutOfMemory("cpu (x)", 1), 4, "not even one face fits"),
    (errors.OutOfMemory("cpu (x)", 0), 4, "the networks do not fit"),
    (errors.EngineDied(-9, "reading"), 1, "exit code -9 while reading"),
    (errors.EngineDied(None), 1, "ended without"),
    (errors.EngineFailure("KeyError", "'x'", "Traceback ..."), 1, "nobody expected, KeyError: 'x'"),
    (errors.PictureNotKept(Path("a.png"), "No space left on device"), 1, "a.png cannot be written: No space"),
    (errors.ResultsInvalid(WHERE, "line 3", "no column score"), 3, "as results: line 3: no column score."),
    (errors.ResultsInvalid(WHERE, "", "Permission denied"), 3, "as results: Permission denied."),
    (errors.CertificateInvalid("runs", "is missing"), 3, "certificate that can be read: runs is missing"),
    (errors.AnalysisInvalid("video.path", "is missing"), 1, "video.path is missing"),
    (errors.AnalysisInvalid("", "must be a table"), 1, "read: must be a table."),
)


def kinds(base: type) -> set[type]:
    return {base}.union(*(kinds(kind) for kind in base.__subclasses__() if kind.__module__ == "genconvit.errors"))


def test_every_kind_is_tried_here() -> None:
    assert {type(error) for error, _, _ in EVERY_KIND} == kinds(errors.GenConViTError) - {errors.GenConViTError}


@pytest.mark.parametrize(("error", "code", "words"), EVERY_KIND, ids=lambda value: type(value).__name__)
def test_a_sentence_and_an_exit_code(error: errors.GenConViTError, code: int, words: str) -> None:
    text = sentence(error)
    assert words in text
    first = text.splitlines()[0]
    assert first.endswith((".", "FILE --name genconvit-ed", "KeyError: 'x'"))
    assert type(error).__name__ not in text
    assert "{" not in text
    assert exit_code(error) == code


def test_long_lists_are_cut_and_counted() -> None:
    text = sentence(errors.WeightsRefused(WHERE, "wrong_keys", tuple(f"missing: {n}" for n in range(300))))
    assert len(text.splitlines()) == 10
    assert text.endswith("and 292 more")
