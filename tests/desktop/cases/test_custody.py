from __future__ import annotations

import getpass
from dataclasses import replace

import pytest

from desktop.cases import custody
from desktop.cases.records import CustodyEvent


@pytest.fixture
def log() -> list[CustodyEvent]:
    events: list[CustodyEvent] = []
    for number in range(4):
        last = events[-1] if events else None
        events.append(custody.next_event(last, f"2026-11-20T10:00:0{number}Z", "Öz", "added", {"n": number}))
    return events


def test_a_log_as_it_was_written_holds(log):
    assert custody.check(log) == ()
    assert [event.number for event in log] == [1, 2, 3, 4]
    assert log[0].previous == custody.START
    assert custody.check([]) == ()


@pytest.mark.parametrize("field", ["at", "who", "what"])
def test_a_changed_word_breaks_the_chain(log, field):
    log[1] = replace(log[1], **{field: "else"})
    assert [d.object for d in custody.check(log)] == ["case.json, custody line 2"]


def test_changed_facts_break_the_chain(log):
    log[2] = replace(log[2], facts={"n": 7})
    (difference,) = custody.check(log)
    assert difference.problem == "chain broken"
    assert difference.expected == log[2].sha256


def test_a_line_sealed_again_breaks_the_chain_at_the_next(log):
    log[1] = custody.next_event(log[0], log[1].at, "someone else", "added", {"n": 1})
    assert [d.object for d in custody.check(log)] == ["case.json, custody line 3"]


def test_a_line_left_out_or_moved_breaks_the_chain(log):
    assert custody.check([log[0], *log[2:]])
    assert custody.check(log[1:])
    assert custody.check([log[0], log[2], log[1], log[3]])
    assert custody.check([*log, log[3]])


def test_without_an_examiner_the_account_is_named(monkeypatch):
    monkeypatch.setattr(getpass, "getuser", lambda: "analyst")
    assert custody.next_event(None, "", "", "x", {}).who == "analyst"


def test_a_machine_without_accounts_is_no_failure(monkeypatch):
    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert custody.os_user() == "unknown"


def test_the_hash_can_be_made_with_nothing_but_json_and_sha256(log):
    """What the module's text promises to the other side."""
    import hashlib
    import json

    event = log[1]
    line = {
        "number": event.number,
        "at": event.at,
        "who": event.who,
        "what": event.what,
        "facts": event.facts,
        "previous": event.previous,
    }
    text = json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) + "\n"
    assert hashlib.sha256(text.encode("utf-8")).hexdigest() == event.sha256
