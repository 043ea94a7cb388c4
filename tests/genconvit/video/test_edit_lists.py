"""What an edit list hides is not presented, which is no damage, and how much it is is said."""

from __future__ import annotations

import struct

import av
import numpy as np
import pytest

from genconvit.video import probe, read_frames

FIRST = {"movflags": "+faststart"}
"""The header lies before the frames."""


def trimmed(content, start_s, end_s):
    """An MP4 or MOV with seconds hidden at its start and its end, as a phone trims: by its edit list alone."""
    content = bytearray(content)
    edit, movie, media = (content.find(name) for name in (b"elst", b"mvhd", b"mdhd"))
    (movie_rate,), (media_rate,) = (struct.unpack_from(">I", content, at + 16) for at in (movie, media))
    length, start = struct.unpack_from(">Ii", content, edit + 12)
    length, start = length - round((start_s + end_s) * movie_rate), start + round(start_s * media_rate)
    struct.pack_into(">Ii", content, edit + 12, length, start)
    return bytes(content)


def edited(content, parts):
    """An MP4 of which several parts are presented, ``(start_s, length_s)`` each; its header lies behind its frames."""
    content = bytearray(content)
    edit, movie, media = (content.find(name) for name in (b"elst", b"mvhd", b"mdhd"))
    (movie_rate,), (media_rate,) = (struct.unpack_from(">I", content, at + 16) for at in (movie, media))
    (first,) = struct.unpack_from(">i", content, edit + 16)
    entries = [(length * movie_rate, first + start * media_rate, 1 << 16) for start, length in parts]
    content[edit + 8 : edit + 24] = struct.pack(">I", len(parts)) + b"".join(struct.pack(">IiI", *it) for it in entries)
    for name in (b"moov", b"trak", b"edts", b"elst"):
        at = content.find(name) - 4
        struct.pack_into(">I", content, at, struct.unpack_from(">I", content, at)[0] + 12 * (len(parts) - 1))
    return bytes(content)


def hides(hidden, stored):
    return f"An edit list hides {hidden} of the file's {stored} frames, counted by packets; they were not examined."


@pytest.mark.parametrize(("start_s", "end_s"), [(1, 0), (0, 1), (2, 1), (0.1, 0)])
def test_a_file_that_is_trimmed_by_more_than_a_group_of_pictures_is_sound(start_s, end_s, make, number_in):
    path = make(frames=120, options=FIRST)
    path.write_bytes(trimmed(path.read_bytes(), start_s, end_s))
    video = probe(path)
    hidden = round(30 * start_s) + round(30 * end_s)
    assert (video.damaged, video.notes) == (False, (hides(hidden, 120),))
    assert video.frame_count == 120 - hidden
    shown = [number_in(frame.pixels) for frame in read_frames(video, range(video.frame_count))]
    assert shown == list(range(round(30 * start_s), 120 - round(30 * end_s)))


@pytest.mark.parametrize("codec", ["mjpeg", "qtrle"])
def test_a_trimmed_file_of_key_frames_is_sound(codec, make, number_in):
    kind = {"mjpeg": "yuvj420p", "qtrle": "rgb24"}[codec]
    video = probe(make(frames=60, format="mov", codec=codec, pixel_format=kind, shift=-20))
    assert (video.frame_count, video.damaged, video.notes) == (40, False, (hides(20, 60),))
    assert [number_in(frame.pixels) for frame in read_frames(video, [0, 1, 39])] == [20, 21, 59]


@pytest.mark.parametrize(("parts", "hidden"), [([(0, 1), (2, 1)], 60), ([(0, 2), (0, 2)], 60), ([(0, 4)], 0)])
def test_of_a_file_in_parts_each_hidden_frame_counts_once(parts, hidden, make, number_in):
    path = make(frames=120)
    path.write_bytes(edited(path.read_bytes(), parts))
    video = probe(path)
    assert (video.damaged, video.notes) == (False, (hides(hidden, 120),) if hidden else ())
    shown = [number_in(frame.pixels) for frame in read_frames(video, range(video.frame_count))]
    assert shown == [n for start_s, length_s in parts for n in range(30 * start_s, 30 * (start_s + length_s))]


@pytest.mark.parametrize("bframes", [0, 2, 16])
def test_the_delay_of_an_encoder_hides_no_frame(bframes, make):
    for kind in ("mp4", "mov"):
        assert probe(make(format=kind, codec_options={"bf": str(bframes)})).notes == ()


def test_frames_that_cannot_be_decoded_for_what_was_cut_off_before_them_are_not_called_hidden(make):
    whole = make(name="whole.nut", format="nut", codec="mpeg2video", gop=30, frames=90, codec_options={"bf": "2"})
    path = whole.with_name("clip.mov")
    with av.open(str(whole)) as source, av.open(str(path), "w", format="mov") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.size]
        start = [number for number, packet in enumerate(packets) if packet.is_keyframe][1]
        cut = packets[start].pts
        for packet in packets[start:]:
            packet.pts, packet.dts, packet.stream = packet.pts - cut, packet.dts - cut, stream
            target.mux(packet)
    assert len(packets[start:]) == 62
    video = probe(path)
    assert (video.frame_count, video.damaged, video.notes) == (60, False, ())
    path.write_bytes(trimmed(path.read_bytes(), 1, 0))
    assert probe(path).notes == (hides(30, 62),)


def test_one_hidden_frame_is_told_as_one(make):
    path = make(frames=60, options=FIRST)
    path.write_bytes(trimmed(path.read_bytes(), 0, 0.035))
    assert probe(path).notes == (hides(1, 60).replace("they were", "it was"),)


@pytest.mark.parametrize(("start_s", "end_s"), [(1, 0), (0, 1)])
def test_a_trimmed_file_that_is_cut_is_damaged(start_s, end_s, make):
    path = make(frames=120, options=FIRST)
    content = trimmed(path.read_bytes(), start_s, end_s)
    path.write_bytes(content[: len(content) * 6 // 10])
    video = probe(path)
    assert video.damaged and 10 < video.frame_count < 90
    assert any("ends early" in note for note in video.notes)


def test_what_is_missing_of_a_trimmed_file_is_counted_without_what_is_hidden(make):
    path = make(frames=120, size=(320, 192), options=FIRST)
    content = bytearray(trimmed(path.read_bytes(), 1, 0))
    start = len(content) * 6 // 10
    content[start : start + 600] = np.random.default_rng(0).bytes(600)
    path.write_bytes(content)
    video = probe(path)
    assert video.damaged
    assert any(f"of 90 frames, {video.frame_count} can" in note for note in video.notes)
    assert hides(30, 120) in video.notes


def header_first(content):
    """An MP4 with its header in front of its frames, so that it can be cut."""
    boxes, at = {}, 0
    while at < len(content):
        (length,) = struct.unpack_from(">I", content, at)
        boxes[content[at + 4 : at + 8]] = content[at : at + length]
        at += length
    header = bytearray(boxes.pop(b"moov"))
    offsets = header.find(b"stco") + 12
    for at in range(offsets, offsets + 4 * struct.unpack_from(">I", header, offsets - 4)[0], 4):
        struct.pack_into(">I", header, at, struct.unpack_from(">I", header, at)[0] + len(header))
    return boxes.pop(b"ftyp") + bytes(header) + b"".join(boxes.values())


def test_a_file_that_presents_parts_again_is_damaged_where_frames_are_missing(make, number_in):
    path = make(frames=120)
    content = header_first(edited(path.read_bytes(), [(0, 1)] * 6 + [(0, 4)]))
    path.write_bytes(content)
    video = probe(path)
    assert (video.frame_count, video.damaged, video.notes) == (300, False, ())
    with av.open(str(path)) as container:
        places = sorted({packet.pos for packet in container.demux(video=0) if packet.size})
    assert len(places) == 120
    path.write_bytes(content[: places[70]])
    video = probe(path)
    assert video.damaged and 240 < video.frame_count <= 250
    assert video.notes == (f"The file ends early or is damaged: of 300 frames, {video.frame_count} can be decoded.",)
    shown = [number_in(frame.pixels) for frame in read_frames(video, range(180))]
    assert shown == [*range(30)] * 6


def test_key_frames_that_are_presented_before_the_first_packet_are_counted_as_hidden(make, number_in):
    whole = make(name="whole.mov", frames=60, format="mov", codec="mjpeg", pixel_format="yuvj420p")
    path = whole.with_name("clip.mov")
    with av.open(str(whole)) as source, av.open(str(path), "w", format="mov") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.size]
        step = packets[1].pts - packets[0].pts
        for place, number in enumerate([14, *range(14), *range(15, 60)]):
            packet = packets[number]
            packet.stream, packet.pts, packet.dts = stream, (number - 14) * step, (place - 15) * step
            target.mux(packet)
    video = probe(path)
    assert (video.frame_count, video.damaged, video.notes) == (45, False, (hides(15, 60),))
    assert [number_in(frame.pixels) for frame in read_frames(video, [0, 44])] == [15, 59]
