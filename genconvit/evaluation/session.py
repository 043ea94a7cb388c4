"""An evaluation in its folder: begun, gone on with, and put in order at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from genconvit.alone import alone
from genconvit.cards import find_card
from genconvit.engine import Serve
from genconvit.evaluation import copies, record
from genconvit.evaluation.items import Item, Items
from genconvit.evaluation.journal import Entry, Journal, JournalUnfit, Stamp, stamp_of
from genconvit.evaluation.record import JOURNAL, FolderRefused, RunOptions
from genconvit.evaluation.results import FAKE, REAL, Result
from genconvit.evaluation.runner import Told, examined
from genconvit.evaluation.worker import Setting, serve
from genconvit.method import Method, Rule, resolved
from genconvit.provenance import now

LOCK = ".evaluation.lock"


@dataclass(frozen=True, slots=True)
class State:
    """How far an evaluation is. ``kept``: results of an earlier run that were there at the start."""

    done: int
    total: int
    errors: int
    kept: int


@dataclass(frozen=True, slots=True)
class Evaluated:
    """``method``: with the hashes of its weights. ``results``: in the order of the items. ``changed``: files that were
    examined again because they were other ones than before. ``note``: what a reader should know of the files, or
    nothing."""

    method: Method
    results: tuple[Result, ...]
    changed: tuple[str, ...]
    note: str


def evaluate(
    found: Items,
    method: Method,
    folders: Sequence[Path],
    out: Path,
    options: RunOptions,
    *,
    told: Told,
    tell: Callable[[State], None],
    target: Serve = serve,
) -> Evaluated:
    """Examine every item that ``out`` does not hold a result of, and give the results of all.

    A file that was changed since, by its size and time, is examined again; one that is gone keeps its result.

    Args:
        folders: weights folders, the user's first.
        out: made if it is not there; holds the journal, and in ``evaluation.json`` what was evaluated, run by run.
        told: makes the sentence for a row's error.
        tell: called at the start and after each file.

    Raises:
        FolderRefused: ``out`` holds another evaluation, more results than are asked for now, verdicts that the
            method's rule cannot give.
        NotAlone: another evaluation is writing into ``out``.
        GenConViTError: no file can be examined.
        OSError: ``out`` cannot be written to; what was finished before is kept.
    """
    method = _pinned(method, folders)
    out.mkdir(parents=True, exist_ok=True)
    with alone(out, LOCK, "evaluation"):
        earlier = record.earlier(out, found, method)
        with _journal(out) as journal:
            record.refuse_fewer(out, earlier, found, len(journal.entries))
            _refuse_what_the_rule_cannot_give(out, journal.entries.values(), method.rule)
            stamps = {item.file: stamp_of(item.path) for item in found.items}
            changed = tuple(file for file, stamp in stamps.items() if _is_another(journal.entries.get(file), stamp))
            todo = [
                item for item in found.items if _is_due(journal.entries.get(item.file), item.file in changed, options)
            ]
            state = _begun(found.items, todo, journal)
            run = record.run_of(found, options) | {"examined": len(todo), "changed": list(changed)}
            devices: set[str] = set()
            write = partial(record.write, out, found, method)
            write([*earlier, run])
            tell(state)
            setting = Setting(method, options.device, options.threads, found.faces)
            results = examined(
                todo, setting, folders, told=told, devices=devices, workers=options.workers, target=target
            )
            try:
                with contextlib.closing(results):
                    for result in results:
                        journal.append(result, stamps[result.file])
                        state = replace(state, done=state.done + 1, errors=state.errors + bool(result.error))
                        tell(state)
                        if (named := sorted(devices.copy())) != run["devices"]:
                            # At once, so that a kill leaves no results of an unknown device.
                            run["devices"] = named
                            write([*earlier, run])
                rows = _rows(found.items, journal)
                if note := copies.note(rows):
                    run["notes"].append(note)
            finally:
                write([*earlier, run | {"devices": sorted(devices), "ended_at": now()}])
            return Evaluated(method, rows, changed, note)


def _rows(items: Sequence[Item], journal: Journal) -> tuple[Result, ...]:
    """Labels are those of now: a list may have been corrected since."""
    rows = ((item, journal.entries[item.file].result) for item in items)
    return tuple(replace(row, label=item.label, group=item.group) for item, row in rows)


def _pinned(method: Method, folders: Sequence[Path]) -> Method:
    """The method with the hashes and backbones of the weights that will be loaded.

    Raises:
        WeightsMissing, CardInvalid
    """
    cards = [find_card(ref.name, folders, ref.sha256) for ref in method.weights]
    return resolved(method, {card.name: card.sha256 for card in cards}, {card.name: card.backbone for card in cards})


def _refuse_what_the_rule_cannot_give(out: Path, entries: Iterable[Entry], rule: Rule | None) -> None:
    for entry in entries:
        row = entry.result
        if row.verdict in (FAKE, REAL) and not _can_give(rule, row):
            raise FolderRefused(
                f"{out / JOURNAL} was changed: the method's rule does not call a score of {row.score} over {row.faces} "
                f"faces {row.verdict}, as it has it of {row.file}; choose another folder"
            )


def _can_give(rule: Rule | None, row: Result) -> bool:
    """Whether the rule can call a score so. INCONCLUSIVE goes with every score: each person may have too few faces."""
    if rule is None or row.score is None:
        return False
    if rule.kind == "released":
        # It compares two means, whose difference can round away, so that a REAL has a score of one half.
        return row.score >= 0.5 if row.verdict == FAKE else row.score <= 0.5
    return row.faces >= rule.least_faces and (
        row.score >= rule.upper if row.verdict == FAKE else row.score < rule.lower
    )


def _is_another(entry: Entry | None, stamp: Stamp | None) -> bool:
    return entry is not None and stamp is not None and entry.stamp != stamp


def _is_due(entry: Entry | None, changed: bool, options: RunOptions) -> bool:
    return entry is None or changed or (options.retry_errors and bool(entry.result.error))


def _begun(items: Sequence[Item], todo: Sequence[Item], journal: Journal) -> State:
    due = {item.file for item in todo}
    kept = [journal.entries[item.file].result for item in items if item.file not in due]
    return State(len(kept), len(items), sum(bool(row.error) for row in kept), len(kept))


def _journal(out: Path) -> Journal:
    try:
        return Journal(out / JOURNAL)
    except JournalUnfit as error:
        raise FolderRefused(f"{error}; choose another folder") from None
