"""Nothing is given that known damage may have reached."""

from __future__ import annotations

import itertools

import av
import numpy as np
import pytest

from genconvit.video import probe, read_frames

NOISY = {"frames": 60, "gop": 20, "size": (320, 192), "noise": 20}
B_FRAMES = {"x264-params": "bframes=3:b-adapt=0:scenecut=0"}
OPEN_GOP = {"x264-params": "open-gop=1:bframes=3:b-adapt=0:keyint=20:scenecut=0"}
UNCUT = {"bf": "0", "sc_threshold": "1000000000"}
REFRESHED = {"x264-params": "intra-refresh=1:bframes=0:scenecut=0"}
P_ONLY = {"bf": "0", "sc_threshold": "0"}
LEFT_OUT = "what follows up to the next key frame is left out"


@pytest.fixture
def whole(make):
    """``whole(**fields)``: an undamaged clip, and its pixels by time stamp."""

    def made(**fields):
        path = make(**{**NOISY, **fields})
        video = probe(path)
        assert not video.damaged
        return path, {frame.pts: frame.pixels for frame in read_frames(video, range(video.frame_count))}

    return made


def given(video, pixels, step=1):
    """Frames by their place in the undamaged clip. None of them may differ from it."""
    places = {pts: place for place, pts in enumerate(sorted(pixels))}
    frames = list(read_frames(video, range(0, video.frame_count, step)))
    wrong = [places[frame.pts] for frame in frames if not np.array_equal(frame.pixels, pixels[frame.pts])]
    assert wrong == []
    return [places[frame.pts] for frame in frames]


def packets_of(path):
    """Place, size and time stamp of every packet, in the order in which they are decoded."""
    with av.open(str(path)) as container:
        return [(packet.pos, packet.size, packet.pts) for packet in container.demux(video=0) if packet.size]


def starts_in(content):
    """Where the packets begin that a frame of an MPEG-TS begins with."""
    packets = range(0, len(content), 188)
    return [at for at in packets if content[at + 1] & 0x5F == 0x41 and content[at + 2] == 0]


def without(path, start, end):
    content = path.read_bytes()
    path.write_bytes(content[:start] + content[end:])


def scrambled(path, at):
    """Overwrite six bytes in the middle of the packet that is decoded as number ``at``."""
    content = bytearray(path.read_bytes())
    position, size, _ = packets_of(path)[at]
    middle = position + size // 2
    content[middle : middle + 6] = b"\xff\x00\x13\xff\x80\x01"
    path.write_bytes(content)


def test_a_key_frame_that_lost_a_part_ends_no_damage(whole):
    path, pixels = whole(format="mpegts", codec_options=P_ONLY)
    content = path.read_bytes()
    end = starts_in(content)[21]
    for at in range(end - 5 * 188, end, 188):
        path.write_bytes(content)
        without(path, at, at + 188)
        video = probe(path)
        assert video.damaged and any(LEFT_OUT in note for note in video.notes)
        places = given(video, pixels)
        assert set(range(19)) < set(places) and set(range(40, 60)) < set(places)


def test_damage_to_pictures_that_are_refreshed_bit_by_bit(whole):
    path, pixels = whole(format="mpegts", codec_options=REFRESHED)
    with av.open(str(path)) as container:
        keys = [n for n, packet in enumerate(container.demux(video=0)) if packet.is_keyframe]
    assert 15 < keys[1] < 50
    start = starts_in(path.read_bytes())[15]
    without(path, start + 188, start + 376)
    video = probe(path)
    assert video.damaged
    assert given(video, pixels)[-1] <= 15


@pytest.mark.parametrize("step", [1, 3])
def test_frames_that_are_presented_before_a_damaged_one_and_predicted_from_it(step, whole):
    path, pixels = whole(codec_options=B_FRAMES)
    order = sorted(pixels)
    sent = [order.index(pts) for _, _, pts in packets_of(path)]
    at = next(n for n in range(25, 60) if sent[n] > max(sent[:n]) + 1)
    scrambled(path, at)
    places = given(probe(path), pixels, step)
    spoiled = {place for n, place in enumerate(sent) if at <= n and place < 40}
    assert min(spoiled) < sent[at]
    assert set(places) == set(range(0, 60, step)) - spoiled


@pytest.mark.parametrize(
    ("codec", "options", "lost"),
    [("libx264", B_FRAMES, 2), ("libx264", OPEN_GOP, 3), ("mpeg2video", {"bf": "2"}, 1)],
)
def test_a_broadcast_that_lost_a_part_of_a_frame_gives_no_wrong_one(codec, options, lost, whole):
    path, pixels = whole(format="mpegts", codec=codec, codec_options=options)
    content = path.read_bytes()
    starts = starts_in(content)
    damaged = 0
    for start, end in itertools.pairwise(starts[21:30]):
        at = start + lost * 188
        if at >= end:
            continue
        path.write_bytes(content)
        without(path, at, at + 188)
        video = probe(path)
        damaged += video.damaged
        assert len(given(video, pixels)) >= 35
    assert damaged >= 3


@pytest.mark.parametrize("codec", ["mpeg4", "libx264"])
def test_a_frame_that_an_avi_lost_spoils_those_that_follow_it(codec, whole):
    path, pixels = whole(format="avi", codec=codec, codec_options=P_ONLY if codec == "libx264" else UNCUT)
    order = sorted(pixels)
    content = bytearray(path.read_bytes())
    at = content.rfind(b"00dc", 0, packets_of(path)[30][0] + 1)
    content[at : at + 4] = b"JUNK"
    path.write_bytes(content)
    video = probe(path)
    assert video.damaged and any(LEFT_OUT in note for note in video.notes)
    assert any("has no time stamps" in note and "may be off" in note for note in video.notes)
    frames = list(read_frames(video, range(video.frame_count)))
    assert len(frames) == video.frame_count == 50
    # Behind the loss times are early by one frame, which is told.
    places = [order.index(frame.pts) + (n >= 30) for n, frame in enumerate(frames)]
    assert places == [*range(30), *range(40, 60)]
    assert all(np.array_equal(frame.pixels, pixels[order[place]]) for frame, place in zip(frames, places, strict=True))


@pytest.mark.parametrize(
    ("codec", "format"),
    [("mpeg4", "mp4"), ("mpeg4", "avi"), ("mpeg2video", "matroska"), ("libx264", "mpegts"), ("libx264", "matroska")],
)
def test_a_stream_that_begins_without_its_key_frame_is_damaged(codec, format, whole):
    path, pixels = whole(format="mpegts", codec=codec, codec_options=P_ONLY if codec == "libx264" else UNCUT)
    copy = path.with_name(f"copy.{format}")
    with av.open(str(path)) as source, av.open(str(copy), "w", format=format) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(packet for packet in source.demux(video=0) if packet.size):
            if number:
                packet.stream = stream
                target.mux(packet)
    video = probe(copy)
    assert video.damaged and any(LEFT_OUT in note for note in video.notes)
    frames = list(read_frames(video, range(video.frame_count)))
    expected = [pixels[pts] for pts in sorted(pixels)[20:]]
    assert len(frames) == video.frame_count == 40
    assert all(np.array_equal(frame.pixels, other) for frame, other in zip(frames, expected, strict=True))
