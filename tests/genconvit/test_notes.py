from __future__ import annotations

from dataclasses import replace

import pytest

from genconvit.detector import fewer_at_once
from genconvit.notes import notes_on_analysis
from tests.genconvit.repeat_for_tests import GPU, an_analysis

SENTENCE = (
    "Memory ran out on {}, in this examination or one before it: at the end {} scored at a time instead of "
    "8. No face was left out for that; the last digits of a score may differ from those of other runs."
)


@pytest.mark.parametrize(
    ("device", "name"),
    [(GPU, "cuda:0"), ("cpu (AMD EPYC, 2 threads), fused: nothing", "cpu"), ("mps", "mps")],
)
def test_memory_that_ran_out_is_a_sentence_after_those_on_reading(device: str, name: str) -> None:
    plenty = an_analysis(device=device)
    plenty = replace(plenty, video=replace(plenty.video, notes=("The file ends early.",)))
    assert notes_on_analysis(plenty) == ("The file ends early.",)
    for faces, said in ((2, "2 faces were"), (1, "one face was")):
        for after in ("", ", may not repeat itself: upsample"):
            made = replace(plenty.provenance, device=f"{device}, {fewer_at_once(faces, 8)}{after}")
            notes = notes_on_analysis(replace(plenty, provenance=made))
            assert notes == ("The file ends early.", SENTENCE.format(name, said))
