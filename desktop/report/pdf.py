"""How a report looks: PDF/A-3 by typst. The only door to typst.

Everything the report says reaches the template as data, never as markup.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import typst

from desktop.cases.durable import flush, remove, rename
from desktop.report import glyphs
from desktop.report.blocks import FrameCard, Frames, ReportContent
from desktop.report.errors import ReportNotSaved, ReportNotSet, TemplateMissing
from desktop.report.pictures import for_print

PAPER = "a4"
"""``a4`` or ``us-letter``."""
STANDARD: Literal["a-3b"] = "a-3b"
TEMPLATE = Path(__file__).parents[2] / "resources" / "report.typ"
ROUNDS = 6
"""A letter may be there alone and missing under a mark; the typesetter says so only where the two meet."""
_FONTS = typst.Fonts(include_system_fonts=False)
"""The fonts that typst carries, so that a report looks the same on every machine."""
_DIGEST = re.compile("[0-9a-f]{64}")
_NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed')
_PROBE = """#let styles = ((:), (weight: "semibold"), (weight: "bold"), (style: "italic"), (font: "DejaVu Sans Mono"))
#set text(font: ("Libertinus Serif", "DejaVu Sans Mono"))
#for c in json("/characters.json") { for style in styles { block(text(..style, c)) } }
"""


def render(content: ReportContent, pictures: Callable[[str], Path], attachments: Mapping[str, bytes], to: Path) -> None:
    """Write the report to ``to``. The file is either the whole new report or what it was before.

    Args:
        pictures: the PNG file of a SHA-256. A missing or damaged one is named as such in the report.
        attachments: files to put into the PDF, by name.

    Raises:
        ReportNotSaved, ReportNotSet, TemplateMissing
    """
    try:
        template = TEMPLATE.read_bytes()
    except OSError:
        raise TemplateMissing(to, TEMPLATE) from None
    try:
        with tempfile.TemporaryDirectory(prefix="veriframe-report-") as room:
            pdf = _set(template, content, pictures, attachments, Path(room))
        _replace(to, pdf)
    except typst.TypstError as error:
        raise ReportNotSet(to, error.diagnostic or error.message) from error
    except OSError as error:
        raise ReportNotSaved(to, error.strerror or str(error)) from error


def _set(
    template: bytes,
    content: ReportContent,
    pictures: Callable[[str], Path],
    attachments: Mapping[str, bytes],
    room: Path,
) -> bytes:
    document = _document(content)
    document["paper"] = PAPER
    document["pictures"] = _pictures(content, pictures, room)
    document["files"] = _files(content, attachments, room)
    spell = glyphs.printable(_texts(document), lambda characters: _missing(characters, room))
    return _compile_spelled(template, _mapped(document, spell), room, _seconds(content.issued_at), ROUNDS)


def _compile_spelled(template: bytes, document: dict[str, Any], room: Path, timestamp: int, rounds: int) -> bytes:
    """Compile; spell out what is refused all the same, and try again, so many times at most."""
    _write_json(room / "report.json", _explained(document))
    try:
        return _compile(template, room, timestamp)
    except typst.TypstError as error:
        refused = _refused(error)
        if not refused or rounds == 1:
            raise
    spelled = _mapped(document, glyphs.spelling(refused))
    return _compile_spelled(template, spelled, room, timestamp, rounds - 1)


def _compile(source: bytes, room: Path, timestamp: int) -> bytes:
    file = room / "source.typ"
    file.write_bytes(source)
    pdf: bytes = typst.compile(file, root=room, font_paths=_FONTS, pdf_standards=STANDARD, timestamp=timestamp)
    return pdf


def _missing(characters: str, room: Path) -> frozenset[str]:
    """The characters that no font has, by asking the typesetter, who refuses each of them by name."""
    if not characters:
        return frozenset()
    _write_json(room / "characters.json", list(characters))
    try:
        _compile(_PROBE.encode(), room, 0)
    except typst.TypstError as error:
        if found := frozenset(characters) & _refused(error):
            return found
        raise
    return frozenset()


def _refused(error: typst.TypstError) -> frozenset[str]:
    """The characters beyond ASCII that the typesetter named as having no glyph."""
    named = "".join(_NO_GLYPH.findall(error.diagnostic))
    text = re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), named)
    return frozenset(character for character in text if character > "~")


def _seconds(issued_at: str) -> int:
    """Seconds since 1970 of a record's time; a text that is no time counts as 1970, for a report there shall be."""
    with suppress(ValueError):
        return int(datetime.strptime(issued_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC).timestamp())
    return 0


# -- data for the template ---------------------------------------------------------------------------------------------


def _document(content: ReportContent) -> dict[str, Any]:
    """The content as plain data; every block says its kind."""
    document = asdict(content)
    for section, plain in zip(content.sections, document["sections"], strict=True):
        plain["blocks"] = [{"block": type(b).__name__, **asdict(b)} for b in section.blocks if is_dataclass(b)]
    return document


def _pictures(content: ReportContent, pictures: Callable[[str], Path], room: Path) -> dict[str, str]:
    """Each picture that can be shown, once, as a file of the room: SHA-256 to its path there."""
    shown: dict[str, str] = {}
    for sha256 in dict.fromkeys(_asked_for(content)):
        jpeg = for_print(pictures(sha256), sha256)
        if jpeg is not None:
            name = f"picture-{len(shown)}.jpg"
            (room / name).write_bytes(jpeg)
            shown[sha256] = f"/{name}"
    return shown


def _asked_for(content: ReportContent) -> Iterator[str]:
    frames = (block for section in content.sections for block in section.blocks if isinstance(block, Frames))
    cards: Iterator[FrameCard] = (card for block in frames for card in block.cards)
    for card in cards:
        yield from filter(_DIGEST.fullmatch, (card.picture, *(crop.picture for crop in card.crops)))


def _files(content: ReportContent, attachments: Mapping[str, bytes], room: Path) -> list[dict[str, str]]:
    known = {attachment.name: attachment.description for attachment in content.attachments}
    files: list[dict[str, str]] = []
    for name, data in attachments.items():
        path = f"attachment-{len(files)}"
        (room / path).write_bytes(data)
        files.append({"name": name, "path": f"/{path}", "description": known.get(name, name)})
    return files


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _explained(document: dict[str, Any]) -> dict[str, Any]:
    """Without the words on code points where none is printed."""
    if any(map(glyphs.holds_code_point, _texts(document))):
        return document
    sections = [
        {**section, "blocks": [block for block in section["blocks"] if block.get("kind") != "spelling"]}
        for section in document["sections"]
    ]
    return {**document, "sections": sections}


def _mapped(value: Any, spell: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return spell(value)
    if isinstance(value, dict):
        return {key: _mapped(part, spell) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(part, spell) for part in value]
    return value


# -- files -------------------------------------------------------------------------------------------------------------


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, allow_nan=False), encoding="utf-8", newline="\n")


def _replace(to: Path, data: bytes) -> None:
    """Write beside and rename over, so that there is never half a report."""
    descriptor, name = tempfile.mkstemp(prefix=".report-", suffix=".pdf", dir=to.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            flush(file)
        rename(beside, to)
    except BaseException:
        remove(beside)
        raise
