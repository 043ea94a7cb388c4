"""What came up in an analysis, in sentences for whoever reads the result and not the whole record."""

from __future__ import annotations

import re

from genconvit.records import Analysis, Provenance

_MEMORY = re.compile(r", memory ran out: (\d+) instead of (\d+) faces at once")
"""What :func:`genconvit.detector.fewer_at_once` says, which is not imported here: that brings torch. It stands in
records that were kept before, so another wording must be read beside this one."""


def notes_on_analysis(analysis: Analysis) -> tuple[str, ...]:
    """What reading the video brought to light, and what scoring it did."""
    return (*analysis.video.notes, *scoring_notes(analysis.provenance))


def scoring_notes(made: Provenance) -> tuple[str, ...]:
    """What scoring brought to light: that memory ran out on the device, so that fewer faces were scored at once."""
    if not (said := _MEMORY.search(made.device)):
        return ()
    name = re.split(r"[ ,]", made.device, maxsplit=1)[0]
    last = "one face was" if said[1] == "1" else f"{said[1]} faces were"
    return (
        f"Memory ran out on {name}, in this examination or one before it: at the end {last} scored at a time "
        f"instead of {said[2]}. No face was left out for that; the last digits of a score may differ from those "
        "of other runs.",
    )
