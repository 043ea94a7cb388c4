"""Frames come one at a time, and no more of the file is decoded than they need."""

from __future__ import annotations

import tracemalloc

import pytest

from genconvit.video import probe, pyav, read_frames


@pytest.fixture
def decoded(monkeypatch):
    """Counts the frames that the decoder gives."""
    count = [0]
    frames = pyav.Decoding.frames

    def counted(self):
        for frame in frames(self):
            count[0] += 1
            yield frame

    monkeypatch.setattr(pyav.Decoding, "frames", counted)
    return count


def test_a_far_frame_is_jumped_to(make, decoded):
    video = probe(make(frames=300, gop=30))
    decoded[0] = 0
    assert [frame.index for frame in read_frames(video, [5, 295])] == [5, 295]
    assert decoded[0] <= 6 + 30


def test_near_frames_are_decoded_in_one_pass(make, decoded):
    video = probe(make(frames=120, gop=12))
    decoded[0] = 0
    assert len(list(read_frames(video, range(0, 120, 4)))) == 30
    assert decoded[0] <= 120


def test_frames_are_decoded_as_they_are_asked_for(make, decoded):
    video = probe(make(frames=120, gop=12))
    decoded[0] = 0
    frames = read_frames(video, range(120))
    next(frames)
    assert decoded[0] < 10
    frames.close()


def test_memory_does_not_grow_with_the_clip(make):
    video = probe(make(frames=250, size=(320, 240), codec_options={"preset": "ultrafast"}))
    frame_bytes = 320 * 240 * 3
    tracemalloc.start()
    try:
        for frame in read_frames(video, range(video.frame_count)):
            assert frame.pixels.nbytes == frame_bytes
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * frame_bytes


def test_the_same_frame_twice_is_the_same_bytes(make):
    video = probe(make(frames=60))
    once, again = (next(read_frames(video, [41])) for _ in range(2))
    assert once.pixels.tobytes() == again.pixels.tobytes()
    assert once.pixels is not again.pixels


def test_pixels_do_not_depend_on_the_number_of_threads(make, monkeypatch):
    video = probe(make(frames=40, size=(320, 240), codec_options={"bf": "2"}))
    given = [frame.pixels.tobytes() for frame in read_frames(video, range(40))]
    for kind, threads in (("NONE", 1), ("FRAME", 3), ("SLICE", 2)):

        def set_threads(stream, careful, kind=kind, threads=threads):
            stream.thread_type, stream.thread_count = kind, threads

        monkeypatch.setattr("genconvit.video.reading.set_threads", set_threads)
        assert [frame.pixels.tobytes() for frame in read_frames(video, range(40))] == given
