"""An analysis, or another record, as a JSON document and back: what is kept, handed over and printed.

``resources/analysis.schema.json`` describes the analysis. Floats are written with the shortest digits that read back
to the same number, so that a document and its analysis say exactly the same.
"""

from __future__ import annotations

import json
import math
import types
from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from genconvit import method as methods
from genconvit.errors import AnalysisInvalid, MethodInvalid, RuleMismatch
from genconvit.method import Method
from genconvit.records import UNLESS_DEFAULT, Analysis

SCHEMA = "veriframe.analysis/1"


def to_document(analysis: Analysis) -> dict[str, Any]:
    """As plain tables, lists, numbers and texts, in the shape of ``resources/analysis.schema.json``."""
    return {"schema": SCHEMA, **plain(analysis)}


def from_document(document: Mapping[str, Any]) -> Analysis:
    """The reverse of :func:`to_document`: every field must be there, of its type, and no other; see :func:`record`.

    Raises:
        AnalysisInvalid: not such a document, or one whose method does not have the hash it claims.
    """
    if not isinstance(document, Mapping):
        raise AnalysisInvalid("", "must be a table")
    table = dict(document)
    if (schema := table.pop("schema", None)) != SCHEMA:
        raise AnalysisInvalid("schema", f"this program reads {SCHEMA}, not {schema!r}")
    analysis = record(Analysis, table)
    assert isinstance(analysis, Analysis)
    return analysis


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one way to write a document: keys sorted, no spaces, UTF-8, a newline at the end.

    A file name that is not valid Unicode keeps its surrogates as JSON escapes.

    Raises:
        ValueError: a number that is not finite.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace") + b"\n"


def parse(data: bytes) -> Analysis:
    """The analysis in the bytes of a document.

    Raises:
        AnalysisInvalid: not JSON in UTF-8, or not an analysis.
    """
    try:
        document = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise AnalysisInvalid("", f"not JSON: {error}") from None
    return from_document(document)


def plain(value: Any) -> Any:
    """A record, or what one may hold, as plain tables, lists, numbers and texts. Raises TypeError for anything else."""
    match value:
        case Method():
            return {**methods.to_document(value), "sha256": value.sha256, "core_sha256": value.core_sha256}
        case Enum():
            return value.value
        case bool() | None | str():
            return value
        case int():
            return int(value)
        case float():
            return float(value)
        case Path() | Fraction():
            return str(value)
        case Mapping():
            return {str(key): plain(entry) for key, entry in value.items()}
        case tuple():
            return [plain(entry) for entry in value]
    if is_dataclass(value):
        entries = [(f, getattr(value, f.name)) for f in fields(value)]
        return {f.name: plain(entry) for f, entry in entries if not _left_out(f, entry)}
    raise TypeError(f"{type(value).__name__} has no place in an analysis")


def record(kind: type, document: object, place: str = "") -> object:
    """The reverse of :func:`plain` for a dataclass: every field must be there, of its type, and no other. Those that
    are left out where they are their default must be.

    Raises:
        AnalysisInvalid: names the field, by its path from ``place``.
    """
    if not isinstance(document, Mapping):
        raise AnalysisInvalid(place, "must be a table")
    hints = get_type_hints(kind)
    optional = {f.name: f for f in fields(kind) if UNLESS_DEFAULT.items() <= f.metadata.items()}
    for name in hints:
        if name not in document and name not in optional:
            raise AnalysisInvalid(_join(place, name), "is missing")
    for name in document:
        if name not in hints:
            raise AnalysisInvalid(_join(place, str(name)), "is not a known field")
    found = {name: _value(hint, document[name], _join(place, name)) for name, hint in hints.items() if name in document}
    for name, value in found.items():
        if name in optional and _left_out(optional[name], value):
            raise AnalysisInvalid(_join(place, name), "must be left out where there is nothing to say")
    return kind(**found)


def _left_out(entry: Field[Any], value: object) -> bool:
    return UNLESS_DEFAULT.items() <= entry.metadata.items() and value == entry.default


def _value(hint: Any, value: object, place: str) -> object:
    """``value`` as the type ``hint``; the inverse of :func:`plain` for that type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _value(next(kind for kind in inner if kind is not type(None)), value, place)
    if origin is tuple:
        return _tuple(inner, value, place)
    if origin is not None and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise AnalysisInvalid(place, "must be a table")
        return {str(key): _value(inner[1], entry, _join(place, str(key))) for key, entry in value.items()}
    if hint is Method:
        return _method(value, place)
    if is_dataclass(hint):
        assert isinstance(hint, type)
        return record(hint, value, place)
    return _scalar(hint, value, place)


def _tuple(inner: tuple[Any, ...], value: object, place: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise AnalysisInvalid(place, "must be a list")
    kinds = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
    if len(kinds) != len(value):
        raise AnalysisInvalid(place, f"must have {len(kinds)} entries, not {len(value)}")
    return tuple(_value(kind, entry, f"{place}[{i}]") for i, (kind, entry) in enumerate(zip(kinds, value, strict=True)))


def _scalar(kind: type, value: object, place: str) -> object:
    if kind is float and type(value) in (int, float):
        return _finite(value, place)
    if kind in (int, str, bool):
        if type(value) is not kind:
            raise AnalysisInvalid(place, f"must be {kind.__name__}, not {value!r}")
        return value
    if kind is float or not isinstance(value, str):
        raise AnalysisInvalid(place, f"must be a {'number' if kind is float else 'text'}, not {value!r}")
    try:
        result = kind(value)
    except (ValueError, ZeroDivisionError):
        raise AnalysisInvalid(place, f"{value!r} is not a {kind.__name__}") from None
    # A path is spelled as the machine spells it that reads it; anything else has one spelling.
    if kind is not Path and str(result) != value:
        raise AnalysisInvalid(place, f"{value!r} must be spelled {str(result)!r}")
    return result


def _finite(value: Any, place: str) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise AnalysisInvalid(place, "must be a finite number")
    return number


def _method(value: object, place: str) -> Method:
    if not isinstance(value, Mapping):
        raise AnalysisInvalid(place, "must be a table")
    try:
        method = methods.from_document(value, place)
    except MethodInvalid as error:
        raise AnalysisInvalid(_join(place, error.field_name), error.problem) from None
    except RuleMismatch:
        raise AnalysisInvalid(_join(place, "rule.belongs_to"), "names other methods") from None
    hashes = {"sha256": method.sha256, "core_sha256": method.core_sha256}
    if methods.to_document(method) != {name: part for name, part in value.items() if name not in hashes}:
        raise AnalysisInvalid(place, "must name every part of the method")
    for name, found in hashes.items():
        if value.get(name) != found:
            raise AnalysisInvalid(_join(place, name), f"does not fit: {found} from the method's parts")
    return method


def _join(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
