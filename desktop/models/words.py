"""Numbers and times as people read them. No Qt."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from genconvit.method import Method, Rule
from genconvit.records import Coverage
from genconvit.verdict import unless

NOT_A_PROBABILITY = "The score is not the probability that the video is fake."
NOT_AUTHENTIC = "A low score does not show that the recording is authentic."

NOT_SUPPLIED = "not supplied"
LISTED = 24
"""Numbers of frames that a row bears."""
COUNTING = "Frames count from 0, times from the first presented frame."


def time_code(time_s: float) -> str:
    """``1:02.345``, with hours where there are any."""
    thousandths = round(abs(time_s) * 1000)
    sign = "−" if time_s < 0 and thousandths else ""
    minutes, rest = divmod(thousandths, 60_000)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:{minutes:02d}" if hours else f"{minutes}"
    return f"{sign}{start}:{rest // 1000:02d}.{rest % 1000:03d}"


def duration(seconds: float) -> str:
    """Rounded for a glance: ``8.0 s``, ``2 min 05 s``, ``1 h 12 min``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def time_left(seconds: float | None) -> str:
    if seconds is None:
        return "estimating time left"
    if seconds < 60:
        return f"{max(1, round(seconds))} s left"
    return f"{round(seconds / 60)} min left"


def size(size_bytes: int) -> str:
    """Decimal units, as file managers show them."""
    value = float(size_bytes)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "bytes" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def score(fake: float | None, rule: Rule | None = None) -> str:
    """Three decimals, or as many more as keep it on its side of the rule's thresholds; a dash for nothing to score."""
    if fake is None:
        return "–"
    limits = (rule.lower, rule.upper, rule.frame) if rule is not None else ()
    for digits in range(3, 17):
        text = f"{fake:.{digits}f}"
        if all((float(text) >= limit) == (fake >= limit) for limit in limits):
            return text
    return repr(fake)


def threshold(value: float) -> str:
    """In full: a threshold that is rounded is another one."""
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


def lines(text: str) -> str:
    """A hash in two lines, and file names that are too long for a narrow column broken as well."""
    return re.sub(r"[0-9a-f]{64}", _halved, re.sub(r"[^\s/\\]{45,}", _cut, text))


def _halved(hash64: re.Match[str]) -> str:
    return f"{hash64[0][:32]}\n{hash64[0][32:]}"


def _cut(name: re.Match[str]) -> str:
    if re.fullmatch(r"[0-9a-f]{64}", name[0]):
        return name[0]
    return "\n".join(name[0][at : at + 40] for at in range(0, len(name[0]), 40))


def person(track: int) -> str:
    """How a track is called: by its number, the same in the analysis, the window and the report."""
    return f"Person {track}"


def count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def day(stamp: str) -> str:
    """Day, minute and zone of a UTC stamp, in this computer's time zone; the stamp itself when it is no date."""
    try:
        local = datetime.fromisoformat(stamp.replace("Z", "+00:00")).astimezone()
    except ValueError:
        return stamp
    return f"{local:%d %b %Y, %H:%M} {zone(local.utcoffset() or timedelta())}"


def zone(offset: timedelta) -> str:
    """``UTC``, ``UTC-5``, ``UTC+5:30``."""
    minutes = round(offset.total_seconds() / 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def rule(rule: Rule | None) -> str:
    if rule is None:
        return "This method has no decision rule: it gives scores, but neither FAKE nor REAL."
    if rule.kind == "released":
        return "The released script’s arithmetic: means over all faces, FAKE when fake is not below real."
    return (
        f"FAKE at or above {threshold(rule.upper)}, REAL below {threshold(rule.lower)}{unless(rule)}, INCONCLUSIVE "
        "between. The "
        f"video takes the highest mean of a person with at least {count(rule.least_faces, 'used face')}"
        f"{f' (one counts {rule.apart_s:g} s or more after the last that counted)' if rule.apart_s else ''}. "
        f"A frame is flagged at or above {threshold(rule.frame)}."
    )


def sampling(method: Method) -> str:
    if method.sampling.plan == "every":
        return f"a frame every {method.sampling.seconds:g} s"
    return f"{count(method.sampling.count, 'frame')}, evenly spread"


def coverage(coverage: Coverage) -> tuple[tuple[str, str], ...]:
    """Name and value, in the order in which they are read."""
    rows = [
        ("Frames examined", f"{coverage.frames_read} of {coverage.frames_total}"),
        ("Planned frames read", f"{coverage.frames_read} of {coverage.frames_planned}"),
        ("Frames with a face", f"{coverage.frames_with_face} of {coverage.frames_read}"),
        ("Faces used", f"{coverage.faces_used} of {coverage.faces_found}"),
    ]
    if lost := coverage.frames_not_decoded:
        more = f" and {len(lost) - LISTED} more" if len(lost) > LISTED else ""
        rows.insert(2, ("Not decoded", ", ".join(str(frame) for frame in lost[:LISTED]) + more))
    names = {"too_small": "too small", "beyond_limit": "beyond the method’s limit"}
    rows += [
        ("Faces not used", f"{number} {names.get(reason, reason)}")
        for reason, number in coverage.faces_not_used.items()
        if number
    ]
    if coverage.first_s is not None and coverage.last_s is not None:
        rows.append(("Time examined", f"{time_code(coverage.first_s)} – {time_code(coverage.last_s)}"))
    if coverage.longest_gap_s is not None:
        rows.append(("Longest gap", duration(coverage.longest_gap_s)))
    return tuple(rows)
