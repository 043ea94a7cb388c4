"""Several threads and one give the same of a damaged file."""

from __future__ import annotations

import itertools
import weakref
from fractions import Fraction

import av
import numpy as np
import pytest

from genconvit.video import index, probe, probing, pyav, read_frames, reading
from genconvit.video.pyav import Decoding, set_threads
from genconvit.video.source import demuxer

PYRAMID = {"x264-params": "bframes=3:b-adapt=0:scenecut=0:b-pyramid=normal", "preset": "veryfast", "crf": "18"}
B_FRAMES = {"x264-params": "bframes=3:b-adapt=0:scenecut=0"}
AV1 = {"preset": "10", "svtav1-params": "lp=1"}
SIZE = (640, 480)


@pytest.fixture
def threads(monkeypatch):
    """``threads(4)``: read with so many from here on, wherever several are allowed."""

    def use(count):
        index.forget()
        monkeypatch.setattr(pyav, "_threads", lambda: count)
        for module in (index, probing, reading):
            monkeypatch.setattr(module, "set_threads", lambda stream, careful: set_counted(stream, careful, count))

    return use


def set_counted(stream, careful, count):
    set_threads(stream, careful)
    # Otherwise FFmpeg takes as many as the machine has processors.
    stream.thread_count = stream.thread_count or count


@pytest.fixture
def told(threads):
    """``told(path)``: what is told of a file, with its frames, by the number of threads that read it."""

    def of(path, counts=(1, 2, 4, 8), step=1):
        found = []
        for count in counts:
            threads(count)
            video = probe(path)
            frames = read_frames(video, range(0, video.frame_count, step))
            given = tuple((frame.index, frame.pts, frame.damaged, frame.pixels.tobytes()) for frame in frames)
            found.append((video, given))
        return found

    return of


@pytest.fixture
def slow(tmp_path):
    """``slow(frames, noisy)``: a clip in which some frames take far longer to decode than those that follow them."""

    def made(frames, noisy):
        path = tmp_path / "slow.mp4"
        random = np.random.default_rng(0)
        with av.open(str(path), "w", format="mp4") as container:
            stream = container.add_stream("libx264", rate=30, options=PYRAMID)
            stream.width, stream.height, stream.pix_fmt, stream.thread_count = *SIZE, "yuv420p", 1
            for number in range(frames):
                shape = (SIZE[1], SIZE[0], 3)
                picture = random.integers(0, 255, shape).astype(np.uint8) if noisy(number) else np.full(shape, 90, "u1")
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
                frame.pts, frame.time_base = number, Fraction(1, 30)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        return path

    return made


def packets_of(path):
    """Place, size and time stamp of every packet, in the order in which they are decoded."""
    with av.open(str(path)) as container:
        return [(packet.pos, packet.size, packet.pts) for packet in container.demux(video=0) if packet.size]


def scramble(path, packet, share=0.5):
    """Overwrite six bytes of a packet, some way into it."""
    content = bytearray(path.read_bytes())
    position, size, _ = packets_of(path)[packet]
    at = position + int(size * share)
    content[at : at + 6] = b"\xff\x00\x13\xff\x80\x01"
    path.write_bytes(content)


def test_a_damaged_frame_that_is_given_while_it_is_still_decoded_is_damaged(slow, told):
    path = slow(80, lambda number: number % 4 == 3)
    packets = packets_of(path)
    large = [number for number, (_, size, _) in enumerate(packets) if size > 50_000]
    # Presented right when the packet behind it has been decoded, which takes no time.
    at = next(number for number in large[8:] if packets[number][2] < packets[number - 3][2])
    scramble(path, at)
    first, *others = told(path)
    assert {damaged for _, _, damaged, _ in first[1]} == {0, 1}
    assert packets[at][2] not in {pts for _, pts, _, _ in first[1]}
    assert all(other == first for other in others)


def test_a_damaged_frame_near_the_end_that_is_given_while_it_is_still_decoded_is_damaged(slow, told):
    path = slow(60, lambda number: number == 59)
    packets = packets_of(path)
    at = max(range(60), key=lambda number: packets[number][1])
    assert at > 55
    scramble(path, at)
    first, *others = told(path)
    assert first[0].damaged
    assert all(other == first for other in others)


@pytest.mark.parametrize("step", [1, 5])
@pytest.mark.parametrize("bf", ["0", "2"])
def test_a_frame_that_was_lost_among_the_last_costs_no_other(bf, step, make, told):
    path = make(frames=70, gop=70, size=(320, 192), noise=20, codec_options={"bf": bf})
    content = bytearray(path.read_bytes())
    position, size, _ = packets_of(path)[66]
    content[position + 4 : position + size] = bytes(size - 4)
    path.write_bytes(content)
    first, *others = told(path, step=step)
    assert first[0].damaged and len(first[1]) > 50 // step
    assert all(other == first for other in others)


@pytest.mark.parametrize("indices", [[60], [10, 60], [60, 119]])
def test_what_is_met_does_not_hang_on_how_far_threads_are_ahead(indices, make, threads):
    path = make(frames=180, gop=30, size=(320, 192), noise=20, codec_options={"bf": "0", "sc_threshold": "0"})
    for packet in (40, 66):
        scramble(path, packet)
    told = []
    for count in (1, 2, 4, 8):
        threads(count)
        frames = list(read_frames(probe(path), indices))
        told.append([(frame.index, frame.damaged, frame.pixels.tobytes()) for frame in frames])
    assert told[0] and all(other == told[0] for other in told)


def test_what_is_met_is_told_of_frames_behind_it_only(make, threads):
    path = make(frames=180, gop=30, size=(320, 192), noise=20, codec_options={"bf": "0", "sc_threshold": "0"})
    for packet in (40, 66):
        scramble(path, packet)
    for count in (1, 8):
        threads(count)
        assert [frame.damaged for frame in read_frames(probe(path), [60])] == [0]


@pytest.mark.parametrize("format", ["mp4", "matroska", "avi", "mpegts"])
def test_bytes_overwritten_anywhere_give_the_same_by_any_number_of_threads(format, make, told):
    path = make(format=format, frames=90, gop=30, size=(320, 192), noise=20, codec_options=B_FRAMES)
    content = path.read_bytes()
    random = np.random.default_rng(7)
    for _ in range(4):
        damaged = bytearray(content)
        for at in random.integers(len(content) // 10, len(content) * 9 // 10, 2):
            damaged[at : at + 6] = random.bytes(6)
        path.write_bytes(damaged)
        for one, other in itertools.pairwise(told(path, (1, 3, 8))):
            assert one == other


@pytest.mark.parametrize("packet", [10, 34, 36, 38])
def test_a_frame_of_av1_that_does_not_come_is_damage_by_any_number_of_threads(packet, make, told):
    # Several threads tell of it together with frames that come, and PyAV then passes over what they tell.
    path = make(codec="libsvtav1", frames=40, gop=40, size=(192, 128), noise=20, codec_options=AV1)
    position, _, pts = packets_of(path)[packet]
    content = bytearray(path.read_bytes())
    content[position : position + 3] = b"\xcf\x5d\x6a"
    path.write_bytes(content)
    first, *others = told(path, (1, 2, 4, 8))
    assert pts not in {at for _, at, _, _ in first[1]}
    assert all(other == first for other in others)


@pytest.mark.parametrize("taken", range(20, 40))
def test_who_takes_no_more_frames_near_the_end_loses_none_later(taken, make, threads):
    path = make(frames=40, codec_options=B_FRAMES)
    threads(4)
    with demuxer(path) as (container, stream):
        set_threads(stream, careful=False)
        assert len(list(itertools.islice(Decoding(container, stream).frames(), taken))) == taken
        container.seek(0, stream=stream)
        assert len(list(Decoding(container, stream).frames())) == 40


@pytest.mark.parametrize("kept_back", [0, 2, 5, 6, 10, 15, 16])
def test_frames_are_held_back_for_as_many_threads_as_there_are(kept_back, make, threads):
    path = make(frames=3)
    threads(64)
    with demuxer(path) as (_, stream):
        stream.codec_context.reorder_depth = kept_back
        set_threads(stream, careful=False)
        count, depth = stream.thread_count, stream.codec_context.reorder_depth
    assert depth <= pyav.MOST_DELAYED
    assert count == 1 or depth == kept_back + count + 1


class Word:
    """What is sent with a packet."""


@pytest.mark.parametrize(
    ("codec", "format", "options"),
    [
        ("libx264", "mp4", {}),
        ("libx265", "mp4", {"preset": "ultrafast", "x265-params": "log-level=none:pools=1:frame-threads=1"}),
        ("libsvtav1", "mp4", AV1),
    ],
)
def test_no_thread_has_words_left_when_its_decoder_is_freed(codec, format, options, make):
    # To let one go it needs the lock of Python, with which freeing a decoder waits for its threads: all would stand.
    path = make(codec=codec, format=format, frames=20, codec_options=options)
    words = []
    with demuxer(path) as (container, stream):
        stream.thread_type, stream.thread_count, stream.codec_context.copy_opaque = "AUTO", 4, True
        for packet in itertools.islice(container.demux(stream), 15):
            packet.opaque = word = Word()
            words.append(weakref.ref(word))
            packet.decode()
        del packet, word
        assert any(word() is not None for word in words)
    assert stream.codec_context.is_open and all(word() is None for word in words)
