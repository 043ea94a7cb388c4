from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import TinyDB

from desktop.cases.errors import CaseNotFound, CaseNotSaved, CaseUnreadable
from desktop.cases.storage import AtomicStorage, decode, encode, parse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
TABLES = st.dictionaries(
    st.text(max_size=8),
    st.dictionaries(st.integers(1, 999).map(str), st.dictionaries(st.text(), JSON, max_size=4), max_size=4),
    max_size=4,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "case.json"


@pytest.fixture
def db(path: Path) -> TinyDB:
    return TinyDB(path, storage=AtomicStorage)


def fail_with(code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def fsync(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fsync)


@settings(deadline=None, max_examples=40)
@given(TABLES)
def test_any_documents_read_back_as_they_were(tables):
    assert decode(encode(tables)) == tables


def test_a_file_name_that_is_no_unicode_survives():
    tables = {"evidence": {"1": {"source": "a\udcffb"}}}
    encode(tables).decode("utf-8")
    assert decode(encode(tables)) == tables


def test_the_file_can_be_read_by_people(db, path):
    db.table("case").insert({"title": "Prüfung"})
    assert '"title": "Prüfung"' in path.read_text(encoding="utf-8")


def test_documents_are_there_when_the_file_is_opened_again(db, path):
    db.table("evidence").insert({"a": 1})
    assert TinyDB(path, storage=AtomicStorage).table("evidence").all() == [{"a": 1}]


def test_a_transaction_is_one_write(db, path):
    db.table("a").insert({"n": 0})
    before = path.read_bytes()
    with db.storage.transaction():
        db.table("a").insert({"n": 1})
        db.table("b").insert({"n": 2})
        assert path.read_bytes() == before
    assert set(json.loads(path.read_text())) == {"a", "b"}


def test_a_transaction_that_fails_changes_nothing(db, path):
    db.table("a").insert({"n": 0})
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), db.storage.transaction():
        db.table("a").insert({"n": 1})
        raise ZeroDivisionError
    assert path.read_bytes() == before
    assert db.table("a").all() == [{"n": 0}]
    db.table("a").insert({"n": 2})
    assert db.table("a").all() == [{"n": 0}, {"n": 2}]


@pytest.mark.parametrize(
    ("code", "problem"), [(errno.ENOSPC, "no space"), (errno.EDQUOT, "no space"), (errno.EACCES, "forbidden")]
)
def test_a_disk_that_takes_nothing_leaves_file_and_documents_as_they_were(db, path, monkeypatch, code, problem):
    db.table("a").insert({"n": 0})
    before = path.read_bytes()
    with monkeypatch.context() as patch:
        fail_with(code, patch)
        with pytest.raises(CaseNotSaved) as caught:
            db.table("a").insert({"n": 1})
    assert caught.value.problem == problem
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["case.json"]
    assert db.table("a").all() == [{"n": 0}]
    db.table("a").insert({"n": 2})
    assert decode(path.read_bytes())["a"].keys() >= {"1"}
    assert db.table("a").all() == [{"n": 0}, {"n": 2}]


def test_a_value_json_has_no_word_for_is_refused_and_changes_nothing(db, path):
    db.table("a").insert({"n": 0})
    with pytest.raises(ValueError, match="JSON compliant"):
        db.table("a").insert({"n": float("nan")})
    assert decode(path.read_bytes()) == {"a": {"1": {"n": 0}}}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b'{"a": []}',
        b'{"a": {"x": {}}}',
        b'{"a": {"1": 7}}',
        b'{"a": {"1": {"n": NaN}}}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_case_file_is_refused(path, data):
    with pytest.raises(CaseUnreadable):
        parse(path, data)
    path.write_bytes(data)
    with pytest.raises(CaseUnreadable):
        AtomicStorage(path)


def test_a_missing_file_and_a_folder_in_its_place_are_told_apart(tmp_path):
    storage = AtomicStorage(tmp_path / "case.json")
    with pytest.raises(CaseNotFound):
        storage.reload()
    (tmp_path / "case.json").mkdir()
    with pytest.raises(CaseUnreadable):
        storage.reload()
