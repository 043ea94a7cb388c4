"""Every expected kind of failure has words."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from desktop import messages
from desktop.cases.errors import CaseError, CaseUnreadable
from desktop.report.errors import ReportError
from genconvit.errors import (
    AnalysisInvalid,
    EngineFailure,
    GenConViTError,
    VideoNotFound,
    WeightsMissing,
    WeightsRefused,
)

BASES = {GenConViTError, CaseError, ReportError}
UNEXPECTED = {EngineFailure}
"""A fault of the program: it gets the dialog with the report."""


def below(base: type[Exception]) -> Iterator[type[Exception]]:
    for kind in base.__subclasses__():
        yield kind
        yield from below(kind)


KINDS = sorted({*below(GenConViTError), *below(ReportError)} - BASES - UNEXPECTED, key=lambda kind: kind.__name__)


def made(kind: type[Exception]) -> Exception:
    hints = get_type_hints(kind, vars(inspect.getmodule(kind)))
    samples: dict[Any, Any] = {str: "some words", int: 3, Path: Path("/evidence/call {1}.mp4")}
    values = {}
    for field in dataclasses.fields(kind):  # type: ignore[arg-type]
        hint = hints[field.name]
        if hint in samples:
            values[field.name] = samples[hint]
        elif "Mapping" in str(hint):
            values[field.name] = {"decord": "no {frame}"}
        else:
            values[field.name] = 3 if "int" in str(hint) else ()
    return kind(**values)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_says_what_happened_and_what_to_do(kind: type[Exception]) -> None:
    message = messages.message(made(kind))
    assert message is not None, f"{kind.__name__} has no words"
    assert kind in messages.TABLE, f"{kind.__name__} only has the words of its base"
    for text in (message.title, message.what, message.todo):
        assert text.strip() == text != ""
        assert "Path(" not in text
    assert message.what.endswith((".", ")")), message.what
    assert message.todo.endswith("."), message.todo


def test_no_words_are_kept_for_a_kind_that_is_gone() -> None:
    assert set(messages.TABLE) == set(KINDS)


@pytest.mark.parametrize("problem", ["missing", "folder", "empty", "forbidden", "vanished", "failed"])
def test_a_file_that_is_not_there_is_described_by_its_problem(problem: str) -> None:
    others = {messages.message(VideoNotFound(Path("a.mp4"), other)) for other in ("missing", "folder")} - {
        messages.message(VideoNotFound(Path("a.mp4"), problem))
    }
    assert others
    text = messages.message(VideoNotFound(Path("a.mp4"), problem))
    assert text is not None and "a.mp4" in text.what


def test_missing_released_weights_say_what_they_are() -> None:
    text = messages.message(WeightsMissing("genconvit-ed", ()))
    assert text is not None and "CC BY-NC" in text.what and "import" in text.todo


def test_details_of_refused_weights_are_listed() -> None:
    text = messages.message(WeightsRefused(Path("w.pth"), "wrong_keys", ("head.weight", "head.bias")))
    assert text is not None and "head.weight, head.bias" in text.what


def test_what_nobody_expected_gives_a_report_to_copy() -> None:
    assert messages.message(ValueError("x")) is None
    assert messages.message(EngineFailure("KeyError", "'x'", "Traceback")) is None
    try:
        raise ValueError("seven")
    except ValueError as error:
        report = messages.unexpected(error, "0.1.0")
    assert "Veriframe 0.1.0" in report and "ValueError: seven" in report and "test_messages" in report


def test_the_report_holds_the_trace_of_the_engine() -> None:
    assert "inner trace" in messages.unexpected(EngineFailure("KeyError", "'x'", "inner trace"), "0.1.0")


def test_an_analysis_of_another_version_is_not_called_tampered_with() -> None:
    message = messages.message(AnalysisInvalid("schema", "this program reads b, not 'a'"))
    assert message is not None
    assert "Another version of Veriframe made it, or" in message.todo and "Analyze again" in message.todo


def test_a_case_that_cannot_be_read_is_named_by_its_folder() -> None:
    said = messages.message(CaseUnreadable(Path("cases") / "2026-0117" / "case.json", "cut short"))
    assert said is not None
    assert said.what == "case.json in the folder 2026-0117 cannot be read: cut short."
