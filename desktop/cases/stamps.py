"""Times and ids."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime

_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that is read as a digit, and none that only differs in case."""

_TIME_DIGITS = 9
"""Milliseconds until the year 3084."""
_RANDOM_DIGITS = 4

_lock = threading.Lock()
_last_ms = 0


def now() -> str:
    """UTC, ISO 8601, whole seconds, ending in Z."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id() -> str:
    """13 letters and digits that sort by time: no two alike in one process, and 20 random bits against others."""
    global _last_ms
    with _lock:
        _last_ms = max(_last_ms + 1, time.time_ns() // 1_000_000)
        milliseconds = _last_ms
    return _digits(milliseconds, _TIME_DIGITS) + _digits(secrets.randbits(5 * _RANDOM_DIGITS), _RANDOM_DIGITS)


def _digits(number: int, length: int) -> str:
    return "".join(_DIGITS[number >> 5 * place & 31] for place in reversed(range(length)))
