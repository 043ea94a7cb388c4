from __future__ import annotations

import contextlib
import inspect
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from genconvit import errors
from genconvit.errors import GenConViTError, VideoUnreadable, WeightsDamaged

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, GenConViTError) and kind is not GenConViTError
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_comes_through_the_pipe_with_its_facts(kind: type[GenConViTError]) -> None:
    facts = [f"fact {number}" for number, _ in enumerate(inspect.signature(kind).parameters)]
    error = pickle.loads(pickle.dumps(kind(*facts)))
    assert type(error) is kind
    assert list(vars(error).values()) == facts
    assert all(fact in str(error) for fact in facts)


def test_an_error_passes_through_a_context_manager() -> None:
    @contextlib.contextmanager
    def passing() -> Iterator[None]:
        yield

    with pytest.raises(VideoUnreadable), passing():
        raise VideoUnreadable(Path("a.mp4"), {"PyAV": "no"})


def test_the_text_lists_the_facts() -> None:
    text = str(WeightsDamaged(Path("w.safetensors"), "aa", "bb"))
    assert text == "WeightsDamaged(path=w.safetensors, expected_sha256=aa, found_sha256=bb)"
