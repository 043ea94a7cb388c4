from __future__ import annotations

from pathlib import Path

import pytest

from desktop.cases import ledger, migrations
from desktop.cases.errors import CaseTooNew, CaseUnreadable
from desktop.cases.migrations import migrate
from desktop.cases.names import CASE_FILE
from desktop.cases.opening import open_case
from desktop.cases.storage import decode, encode
from desktop.cases.verify import verify

PATH = Path("case.json")


def named_from_title(document):
    return {"name": document["title"]}


def shouted(document):
    return {**document, "name": document["name"].upper()}


STEPS = {("case", 1): named_from_title, ("case", 2): shouted}


def test_steps_run_one_after_the_other():
    tables, changed = migrate({"case": {"1": {"schema": 1, "title": "a"}}}, PATH, {"case": 3}, STEPS)
    assert tables == {"case": {"1": {"schema": 3, "name": "A"}}}
    assert changed == (("case", "1"),)


def test_a_document_starts_where_it_is():
    tables, _ = migrate({"case": {"1": {"schema": 2, "name": "a"}}}, PATH, {"case": 3}, STEPS)
    assert tables["case"]["1"]["name"] == "A"


def test_what_is_up_to_date_is_not_touched():
    before = {"case": {"1": {"schema": 3, "name": "a"}}}
    after, changed = migrate(before, PATH, {"case": 3}, STEPS)
    assert after == before
    assert changed == ()


def test_a_newer_document_is_refused():
    with pytest.raises(CaseTooNew) as caught:
        migrate({"case": {"1": {"schema": 4}}}, PATH, {"case": 3}, STEPS)
    assert (caught.value.table, caught.value.schema, caught.value.known) == ("case", 4, 3)


def test_a_table_that_is_not_known_is_refused():
    with pytest.raises(CaseTooNew):
        migrate({"signatures": {}}, PATH)


@pytest.mark.parametrize("schema", [None, 0, "1", True, 1.0])
def test_a_document_without_a_schema_number_is_refused(schema):
    with pytest.raises(CaseUnreadable):
        migrate({"case": {"1": {"schema": schema}}}, PATH)


def test_a_gap_in_the_steps_is_refused():
    with pytest.raises(CaseUnreadable):
        migrate({"case": {"1": {"schema": 1}}}, PATH, {"case": 2}, {})


@pytest.fixture
def newer(monkeypatch):
    """A program in which evidence has schema 2, and names in capitals."""
    schemas = {**migrations.SCHEMAS, "evidence": 2}
    steps = {("evidence", 1): lambda document: {**document, "name": document["name"].upper()}}
    for module in (migrations, ledger):
        monkeypatch.setattr(module, "SCHEMAS", schemas)
    monkeypatch.setattr(migrate, "__defaults__", (schemas, steps))


@pytest.fixture
def old_case(case, clip):
    case.add_evidence(clip, False, None)
    case.close()
    return case.folder


def test_an_old_case_is_brought_up_to_date_once_and_still_verifies(old_case, newer):
    with open_case(old_case) as case:
        assert case.snapshot().evidence[0].name == "ANRUF 1.MP4"
        assert case.snapshot().custody[-1].what == "documents migrated"
    assert decode((old_case / CASE_FILE).read_bytes())["evidence"]["1"]["schema"] == 2
    assert verify(old_case) == ()
    before = (old_case / CASE_FILE).read_bytes()
    with open_case(old_case):
        pass
    assert (old_case / CASE_FILE).read_bytes() == before


def test_an_old_case_can_be_verified_and_read_without_changing_it(old_case, newer):
    before = (old_case / CASE_FILE).read_bytes()
    with open_case(old_case):
        changed = (old_case / CASE_FILE).read_bytes()
        (old_case / CASE_FILE).write_bytes(before)
        with open_case(old_case) as second:
            assert second.read_only
            assert second.snapshot().evidence[0].name == "ANRUF 1.MP4"
            assert verify(old_case) == ()
            assert (old_case / CASE_FILE).read_bytes() == before
    assert changed != before


def test_a_case_of_a_newer_program_is_opened_by_nobody(old_case):
    tables = decode((old_case / CASE_FILE).read_bytes())
    tables["evidence"]["1"]["schema"] = 2
    (old_case / CASE_FILE).write_bytes(encode(tables))
    with pytest.raises(CaseTooNew):
        open_case(old_case)
    with pytest.raises(CaseTooNew):
        verify(old_case)
