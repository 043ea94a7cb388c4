from __future__ import annotations

import pytest

from genconvit.evaluation.marked import Marked, MarkersUnfit

BEGIN, END = "<!-- begin -->", "<!-- end -->"
PLACE = Marked("weather", BEGIN, END)


def test_only_the_section_is_replaced() -> None:
    text = f"before\n\n{BEGIN}\nold\n{END}\n\nafter\n"
    assert PLACE.replaced(text, "new\n") == "before\n\nnew\n\nafter\n"
    assert PLACE.replaced(text, f"{BEGIN}\nold\n{END}\n") == text


def test_a_text_without_a_section_has_none_to_fill() -> None:
    with pytest.raises(MarkersUnfit, match=f"no weather section.*\n{BEGIN}\n{END}$"):
        PLACE.replaced("words\n", "new\n")


@pytest.mark.parametrize("text", [BEGIN, END, f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"])
def test_half_a_section_is_refused(text: str) -> None:
    with pytest.raises(MarkersUnfit, match="one weather section"):
        PLACE.replaced(text, "new\n")
