"""Of a damaged file the sound frames are given, each with its right number, and what is missing is said."""

from __future__ import annotations

import av
import numpy as np
import pytest

from genconvit.errors import VideoUnreadable
from genconvit.video import probe, read_frames
from tests.genconvit.video.remuxing import copied

X265 = {"x265-params": "log-level=none:info=0:pools=1:frame-threads=1"}
CUT = {
    "mp4": {"format": "mp4", "options": {"movflags": "+faststart"}},
    "fragments": {"format": "mp4", "options": {"movflags": "+frag_keyframe+empty_moov"}},
    "mpegts": {"format": "mpegts"},
    "matroska": {"format": "matroska"},
    "avi": {"format": "avi", "codec": "mpeg4"},
    "hevc": {"codec": "libx265", "options": {"movflags": "+faststart"}, "codec_options": X265},
}  # fmt: skip

UNEVEN = [n + (5 if n > 50 else 0) + (1 if n > 100 else 0) for n in range(160)]
"""Slots of frames, six of which hold none."""


def numbers(video, number_in, indices=None):
    """Per frame that is given: the number it should have by its time stamp, and the one that is in it."""
    frames = read_frames(video, range(video.frame_count) if indices is None else indices)
    return [(round(frame.time_s * 30), number_in(frame.pixels)) for frame in frames]


@pytest.mark.parametrize("kind", CUT)
def test_a_file_cut_in_the_middle(kind, make, number_in):
    path = make(frames=90, **CUT[kind])
    share = {"fragments": 0.4, "hevc": 0.85}.get(kind, 0.6)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    video = probe(path)
    found = numbers(video, number_in)
    assert 10 <= len(found) == video.frame_count < 90
    assert all(shown == wanted for wanted, shown in found)
    if kind in ("mp4", "avi", "hevc"):
        assert any("ends early" in note and "90" in note for note in video.notes)
    if kind == "matroska":
        assert any("announces 3.0 s" in note for note in video.notes)


@pytest.mark.parametrize("kind", ["mp4", "mpegts", "matroska"])
def test_a_file_damaged_in_the_middle_gives_no_wrong_frame(kind, make, number_in):
    path = make(frames=120, size=(320, 192), **CUT[kind])
    content = bytearray(path.read_bytes())
    start = len(content) * 9 // 20
    content[start : start + 600] = np.random.default_rng(0).bytes(600)
    path.write_bytes(content)
    video = probe(path)
    found = numbers(video, number_in)
    assert 50 < len(found) < 120
    assert all(shown == wanted for wanted, shown in found)
    assert found == numbers(video, number_in)


def test_frames_that_cannot_be_decoded_are_left_out_of_a_choice(make, number_in):
    path = make(frames=120, size=(320, 192), **CUT["mp4"])
    content = bytearray(path.read_bytes())
    start = len(content) * 9 // 20
    content[start : start + 600] = np.random.default_rng(0).bytes(600)
    path.write_bytes(content)
    video = probe(path)
    everything = dict(numbers(video, number_in))
    chosen = list(range(0, video.frame_count, 4))
    found = numbers(video, number_in, chosen)
    assert 15 < len(found) <= len(chosen)
    assert found == [(n, n) for n in everything if n in dict(found)]
    assert {n for n, _ in found} <= set(everything)


def test_a_file_of_which_no_frame_is_left(make):
    path = make(frames=30, **CUT["mp4"])
    content = path.read_bytes()
    path.write_bytes(content[: content.index(b"mdat") + 40])
    with pytest.raises(VideoUnreadable) as caught:
        probe(path)
    assert len(caught.value.decoders) == 2


def test_damage_met_on_the_way_goes_with_the_frames_that_follow_it(make, number_in):
    path = make(frames=120, size=(320, 192))
    with av.open(str(path)) as container:
        position = [packet.pos for packet in container.demux(video=0) if packet.is_keyframe][5]
    content = bytearray(path.read_bytes())
    for at in range(position + 40, position + 44):
        content[at] ^= 0xFF
    path.write_bytes(content)
    video = probe(path)
    assert video.notes == ()
    for chosen in (range(120), range(0, 120, 4)):
        told = {frame.index: frame.damaged for frame in read_frames(video, chosen)}
        assert 0 < len(told) < len(chosen)
        assert {index: told[index] > 0 for index in told} == {index: index >= 60 for index in told}


def test_damage_to_a_picture_that_others_are_predicted_from_costs_frames_and_gives_no_wrong_one(make, number_in):
    path = make(frames=120, size=(320, 192), gop=120)
    with av.open(str(path)) as container:
        packets = [(packet.pos, packet.pts, bytes(packet)[4]) for packet in container.demux(video=0) if packet.size]
    shown = sorted(pts for _, pts, _ in packets)
    # Two bits of a NAL unit's first byte say whether anything is predicted from it.
    position = next(at for at, pts, kind in packets if shown.index(pts) >= 70 and kind >> 5 & 3)
    content = bytearray(path.read_bytes())
    content[position + 5 : position + 9] = b"\xff\x00\x13\xff"
    path.write_bytes(content)
    video = probe(path)
    for chosen in (range(video.frame_count), range(0, video.frame_count, 4)):
        found = numbers(video, number_in, chosen)
        assert len(chosen) // 2 < len(found) < len(chosen)
        assert all(shown == wanted for wanted, shown in found)


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg", "libx264"])
def test_slots_of_an_avi_that_hold_no_frame_are_no_damage(codec, make, number_in):
    kind = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = make(format="avi", codec=codec, pixel_format=kind, times=UNEVEN, codec_options={"bf": "0"})
    video = probe(path)
    assert (video.frame_count, video.damaged, len(video.notes)) == (160, False, 1)
    assert [shown for _, shown in numbers(video, number_in)] == list(range(160))
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 8 // 10])
    video = probe(path)
    assert video.damaged and 60 < video.frame_count < 160
    assert any("ends early" in note for note in video.notes)


@pytest.mark.parametrize(
    ("bframes", "left_out"),
    # Also a frame that others in front of it are predicted from, and a key frame.
    [(0, (60, 63)), (2, (60, 63)), (2, (62, 63)), (3, (61, 62)), (0, (40, 42)), (2, (40, 42))],
)
def test_frames_that_a_copied_broadcast_lost_are_damage(bframes, left_out, make):
    fields = {"codec_options": {"bf": str(bframes), "sc_threshold": "0"}, "noise": 20, "gop": 40, "size": (320, 192)}
    path = make(format="mpegts", frames=120, **fields)
    whole = probe(path)
    pixels = {round(frame.time_s * 30): frame.pixels for frame in read_frames(whole, range(120))}
    assert not whole.damaged and len(pixels) == 120
    video = probe(copied(path, range(*left_out), path.parent))
    assert video.damaged and left_out[0] + 38 <= video.frame_count <= left_out[0] + 41
    for chosen in (range(video.frame_count), range(0, video.frame_count, 4)):
        frames = list(read_frames(video, chosen))
        assert len(frames) == len(chosen)
        assert all(np.array_equal(frame.pixels, pixels[round(frame.time_s * 30)]) for frame in frames)


def test_every_gap_in_the_times_of_a_broadcast_counts_as_a_loss(make, number_in):
    video = probe(make(format="mpegts", times=UNEVEN))
    assert video.damaged and 130 < video.frame_count < 160
    assert all(UNEVEN[shown] == wanted for wanted, shown in numbers(video, number_in))
    path = make(format="mpegts", frames=120, gop=40, codec_options={"bf": "0", "sc_threshold": "0"})
    video = probe(copied(path, range(75, 80), path.parent))
    assert (video.frame_count, video.damaged) == (115, True)
    assert video.notes == (
        "1 packet or frame is damaged or missing; what follows up to the next key frame is left out.",
    )
    assert all(shown == wanted for wanted, shown in numbers(video, number_in))


def test_frames_that_a_broadcast_lost_on_the_way_are_damage(make, number_in):
    path = make(format="mpegts", frames=120, size=(320, 192), gop=40)
    content = path.read_bytes()
    starts = frames_of(content)
    path.write_bytes(content[: starts[60]] + content[starts[63] :])
    video = probe(path)
    assert video.damaged and 80 < video.frame_count < 118
    assert all(shown == wanted for wanted, shown in numbers(video, number_in))


def frames_of(content):
    """Where the packets begin that a frame of an MPEG-TS begins with."""
    packets = range(0, len(content), 188)
    return [at for at in packets if content[at + 1] & 0x5F == 0x41 and content[at + 2] == 0]


@pytest.mark.parametrize(("codec", "at"), [("libx264", 27), ("libx264", 30), ("mpeg2video", 25)])
def test_a_capture_that_ends_inside_its_last_frame_lost_that_frame_and_is_not_damaged(codec, at, make, number_in):
    fields = {"codec": codec, "gop": 10, "size": (320, 192), "codec_options": {"bf": "2"}}
    path = make(format="mpegts", frames=40, noise=20, **fields)
    content = path.read_bytes()
    starts = frames_of(content)
    packets = (starts[at + 1] - starts[at]) // 188
    assert len(starts) == 40 and packets > 6
    path.write_bytes(content[: starts[at] + packets // 2 * 188])
    video = probe(path)
    assert (video.frame_count, video.damaged) == (at, False)
    assert video.notes == ("The file ends inside its last frame, which is left out.",)
    for chosen in (range(at), range(1, at, 4)):
        frames = list(read_frames(video, chosen))
        assert [number_in(frame.pixels) for frame in frames] == list(chosen)
        assert not any(frame.damaged for frame in frames)
