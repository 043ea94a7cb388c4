"""A file that is replaced, written to or removed meanwhile: what was hashed is what is read, or nothing is."""

from __future__ import annotations

import errno
import itertools
import os
from pathlib import Path
from unittest.mock import Mock

import pytest

from genconvit.errors import VideoNotFound
from genconvit.progress import Cancelled, Reporter
from genconvit.video import check_same, index, probe, probing, read_frames, sameness, source


def test_a_file_that_goes_away_or_changes_after_probing(make):
    path = make(frames=40)
    video = probe(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(VideoNotFound) as caught:
        next(read_frames(video, [0]))
    assert caught.value.problem == "vanished"
    path.unlink()
    with pytest.raises(VideoNotFound) as caught:
        next(read_frames(video, [0]))
    assert caught.value.problem == "vanished"


def test_a_file_that_goes_away_while_it_is_hashed(make, monkeypatch):
    path = make(frames=40)
    read = probing.hashed

    def hash_and_remove(*args):
        found = read(*args)
        path.unlink()
        return found

    monkeypatch.setattr(probing, "hashed", hash_and_remove)
    with pytest.raises(VideoNotFound) as caught:
        probe(path)
    assert caught.value.problem in ("missing", "vanished")


@pytest.fixture
def twins(make, tmp_path):
    """Two clips of the same length in bytes and frames, with other pictures."""
    one, other = make(name="one.mp4", frames=40), make(name="other.mp4", frames=40, times=[2 * n for n in range(40)])
    longest = max(one.stat().st_size, other.stat().st_size)
    for path in (one, other):
        # A box that is skipped, to fill up with.
        missing = longest + 8 - path.stat().st_size
        path.write_bytes(path.read_bytes() + missing.to_bytes(4, "big") + b"free" + bytes(missing - 8))
    assert one.stat().st_size == other.stat().st_size
    return one, other


def test_another_file_of_the_same_length_is_not_read_as_the_one_that_was_hashed(twins):
    path, other = twins
    video = probe(path)
    other.replace(path)
    with pytest.raises(VideoNotFound) as caught:
        list(read_frames(video, range(40)))
    assert caught.value.problem == "vanished"


def test_another_file_of_the_same_length_in_the_midst_of_reading(twins):
    path, other = twins
    frames = read_frames(probe(path), range(40))
    next(frames)
    other.replace(path)
    with pytest.raises(VideoNotFound) as caught:
        list(frames)
    assert caught.value.problem == "vanished"


def test_another_file_of_the_same_length_between_hashing_and_probing(twins, monkeypatch):
    path, other = twins
    read = probing.hashed

    def hash_and_replace(*args):
        found = read(*args)
        other.replace(path)
        return found

    monkeypatch.setattr(probing, "hashed", hash_and_replace)
    with pytest.raises(VideoNotFound) as caught:
        probe(path)
    assert caught.value.problem == "vanished"


def test_a_file_is_hashed_again_only_if_it_is_not_as_it_was(make, monkeypatch):
    path = make(frames=40)
    video = probe(path)
    again = []
    read = sameness.hashed
    monkeypatch.setattr(sameness, "hashed", lambda path, progress: again.append(path) or read(path))
    assert len(list(read_frames(video, [0, 39]))) == 2
    assert again == []
    os.utime(path, (1, 1))
    assert len(list(read_frames(video, [0, 39]))) == 2
    assert again == [path]


@pytest.fixture
def restless(make, monkeypatch):
    """A file on a share that never gives the same number for it twice, and is therefore hashed again."""
    numbers, known = itertools.count(), sameness.identity_of
    monkeypatch.setattr(sameness, "identity_of", lambda file: known(file)._replace(number=next(numbers)))
    monkeypatch.setattr(sameness, "CHUNK_BYTES", 256)
    return make(frames=40)


def test_hashing_again_is_told_and_rises_to_one(restless):
    seen = []
    video = probe(restless, Reporter(lambda fraction, frames: seen.append(fraction)))
    assert seen == sorted(seen) and seen[-1] == 1.0
    chunks = video.size_bytes // 256
    assert chunks > 8 and len([fraction for fraction in seen if 0.9 < fraction < 1.0]) >= chunks - 1


@pytest.mark.parametrize("again", [probe, check_same])
def test_hashing_again_can_be_cancelled(again, restless, monkeypatch):
    video, opened = probe(restless), []
    read = sameness.opened
    monkeypatch.setattr(sameness, "opened", lambda path: opened.append(path) or read(path))
    wanted = 2 if again is probe else 1

    def tell(fraction, frames):
        if len(opened) == wanted:
            raise Cancelled

    with pytest.raises(Cancelled):
        again(restless if again is probe else video, Reporter(tell))
    assert len(opened) == wanted


def test_a_file_that_vanishes_while_its_packets_are_counted(make, monkeypatch):
    path, count = make(frames=40), index.packets_of

    def vanish_and_count(*args):
        with monkeypatch.context() as vanished:
            vanished.setattr(Path, "stat", Mock(side_effect=FileNotFoundError(errno.ENOENT, "gone")))
            return count(*args)

    monkeypatch.setattr(index, "packets_of", vanish_and_count)
    with pytest.raises(VideoNotFound) as caught:
        probe(path)
    assert caught.value.problem == "vanished"


def test_a_file_that_shrinks_while_frames_are_read(make, monkeypatch):
    monkeypatch.setattr(source, "BUFFER_BYTES", 4096)
    path = make(name="clip.mkv", format="matroska", frames=600, gop=600, size=(320, 192))
    assert path.stat().st_size > 30_000
    video = probe(path)
    frames = read_frames(video, [0, 599])
    assert next(frames).index == 0
    os.truncate(path, 9_000)
    with pytest.raises(VideoNotFound) as caught:
        list(frames)
    assert caught.value.problem == "vanished"
