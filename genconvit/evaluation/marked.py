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

    def current(self, text: str) -> str | None:
        """The section that a text has, markers included, with a line end; None where it has neither marker.

        Raises:
            MarkersUnfit: more than one, or half of one.
        """
        places = self._places(text)
        return text[slice(*places)] if places else None

    def replaced(self, text: str, section: str) -> str:
        """The text with another section, markers included.

        Raises:
            MarkersUnfit: more than one, half of one, or none.
        """
        places = self._places(text)
        if places is None:
            raise MarkersUnfit(f"There is no {self.name} section. Put these lines there:\n{self.begin}\n{self.end}")
        return text[: places[0]] + section + text[places[1] :]

    def _places(self, text: str) -> tuple[int, int] | None:
        counts = text.count(self.begin), text.count(self.end)
        if counts == (0, 0):
            return None
        if counts != (1, 1) or text.index(self.end) < text.index(self.begin):
            raise MarkersUnfit(f"There must be one {self.name} section, between its two markers.")
        return text.index(self.begin), text.index(self.end) + len(self.end) + 1
