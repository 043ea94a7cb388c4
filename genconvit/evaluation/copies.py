"""Files of an evaluation that are the same, byte for byte: what one shows counts as often as it is there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from genconvit.evaluation.layouts.files import listed
from genconvit.evaluation.results import Result


def copies(results: Sequence[Result]) -> tuple[tuple[Result, ...], ...]:
    """Those of one content, by their SHA-256, where there are several; rows without one are passed over."""
    by_content: defaultdict[str, list[Result]] = defaultdict(list)
    for result in results:
        if result.sha256:
            by_content[result.sha256].append(result)
    return tuple(tuple(same) for same in by_content.values() if len(same) > 1)


def note(results: Sequence[Result]) -> str:
    """What a reader of the figures should know of them; empty where all files differ."""
    found = copies(results)
    if not found:
        return ""
    files = [result.file for same in found for result in same]
    unlike = sum(len({result.label for result in same}) > 1 for same in found)
    contents = f"{len(files)} files are {len(found)} contents, byte for byte, and each file counts: {listed(files)}"
    return contents + (f"; {unlike} of the contents are labelled in different ways" if unlike else "")
