"""Records as the documents that TinyDB keeps, and back. Paths inside the case use forward slashes."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from genconvit.document import canonical

T = TypeVar("T")
Document = dict[str, Any]


class NotARecord(ValueError):
    """A document without a field, or with one of the wrong type. The text names it."""


def to_document(record: object) -> Document:
    """A record as plain tables, lists, numbers and texts."""
    return {f.name: _plain(getattr(record, f.name)) for f in fields(cast(Any, record))}


def from_document(kind: type[T], document: Mapping[str, Any]) -> T:
    """The record in a document; fields that it does not know are left aside, absent ones take their default.

    Raises:
        NotARecord: names the field.
    """
    if not isinstance(document, Mapping):
        raise NotARecord(f"{kind.__name__} must be a table")
    values: dict[str, Any] = {}
    for field, hint in _fields(cast(Any, kind)):
        if field.name in document:
            values[field.name] = _value(hint, document[field.name], f"{kind.__name__}.{field.name}")
        elif field.default is MISSING:
            raise NotARecord(f"{kind.__name__}.{field.name} is missing")
    return kind(**values)


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a document."""
    return hashlib.sha256(canonical(document)).hexdigest()


@cache
def _fields(kind: Any) -> tuple[tuple[Field[Any], Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field, hints[field.name]) for field in fields(kind))


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(entry) for entry in value]
    return to_document(value) if is_dataclass(value) else value


def _value(hint: Any, value: Any, place: str) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return None if value is None else _value(next(k for k in inner if k is not type(None)), value, place)
    if origin is tuple:
        if not isinstance(value, list):
            raise NotARecord(f"{place} must be a list")
        return tuple(_value(inner[0], entry, place) for entry in value)
    if origin is dict:
        if not isinstance(value, dict):
            raise NotARecord(f"{place} must be a table")
        return dict(value)
    if is_dataclass(hint):
        return from_document(cast(type, hint), value)
    return _scalar(hint, value, place)


def _scalar(kind: type, value: Any, place: str) -> Any:
    if kind is float and type(value) in (int, float):
        return float(value)
    if kind in (int, bool, str, float):
        if type(value) is not kind:
            raise NotARecord(f"{place} must be {kind.__name__}, not {value!r}")
        return value
    if not isinstance(value, str):
        raise NotARecord(f"{place} must be a text, not {value!r}")
    try:
        return kind(value)
    except ValueError:
        raise NotARecord(f"{place} cannot be {value!r}") from None
