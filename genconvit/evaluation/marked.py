"""A section of a text that is made by a program, between two markers."""

from __future__ import annotations

from dataclasses import dataclass


class MarkersUnfit(ValueError):
    """A text without one place for a section; the text says so."""


@dataclass(frozen=True, slots=True)
class Marked:
    """Where a section stands. ``name``: of it, in sentences; ``begin`` and ``end``: lines that stand nowhere else."""

    name: str
    begin: str
    end: str

    def replaced(self, text: str, section: str) -> str:
        """The text with another section, markers included, with a line end; the same text where it has that one.

        Raises:
            MarkersUnfit: there is none, more than one, or half of one.
        """
        counts = text.count(self.begin), text.count(self.end)
        if counts == (0, 0):
            raise MarkersUnfit(f"There is no {self.name} section. Put these lines there:\n{self.begin}\n{self.end}")
        if counts != (1, 1) or text.index(self.end) < text.index(self.begin):
            raise MarkersUnfit(f"There must be one {self.name} section, between its two markers.")
        return text[: text.index(self.begin)] + section + text[text.index(self.end) + len(self.end) + 1 :]
