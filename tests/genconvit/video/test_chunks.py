"""Slots of an AVI that were written empty are told from ones whose frames were lost."""

from __future__ import annotations

import io
import struct

import av
import numpy as np
import pytest

from genconvit.video import probe, read_frames
from genconvit.video.chunks import torn_between

EMPTIED = [n + (3 if n > 50 else 0) for n in range(60)]
"""Slots of frames, three of which hold none."""


def chunk(name, content=b"", pad=True):
    return name + struct.pack("<I", len(content)) + content + (b"\0" if pad and len(content) % 2 else b"")


def between(*chunks, pad=True):
    """Whether the way from a frame in front of those chunks to the one behind them leads elsewhere."""
    before = b"junk" + chunk(b"00dc", b"first", pad) + b"".join(chunks)
    return torn_between(io.BytesIO(before + chunk(b"00dc", b"second")), 12, len(before) + 8)


def test_what_an_avi_has_between_frames_leads_on():
    assert not between()
    assert not between(chunk(b"00dc"), chunk(b"00dc"))
    assert not between(chunk(b"01wb", b"sound"), chunk(b"00dc"), chunk(b"JUNK", bytes(7)), chunk(b"ix00", bytes(32)))
    assert not between(chunk(b"00dc"), b"LIST\xff\xff\0\0rec ", chunk(b"01wb", b"sound"))
    assert not between(chunk(b"00dc"), chunk(b"idx1", bytes(16)), b"RIFF\xff\xff\0\0AVIX", b"LIST\xff\xff\0\0movi")
    assert not between(chunk(b"00dc"), chunk(b"01wb", b"sound", pad=False), pad=False)


def test_what_is_left_of_a_lost_frame_leads_elsewhere():
    assert between(chunk(b"00dc") + b"what was in it: a frame")
    assert between(chunk(b"00dc") + bytes(40))
    assert between(chunk(b"00dc") + bytes(7))
    assert between(chunk(b"00dc") + b"\xff" * 40)


def test_where_no_chunk_of_pictures_begins_nothing_is_told():
    assert not torn_between(io.BytesIO(bytes(100)), 20, 60)
    assert not torn_between(io.BytesIO(b""), 20, 60)
    assert not torn_between(io.BytesIO(chunk(b"00dc", b"only")), 8, 0)


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg", "libx264"])
def test_slots_that_were_written_empty_are_noted_and_no_damage(codec, make):
    kind = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    fields = {"format": "avi", "codec": codec, "pixel_format": kind, "codec_options": {"bf": "0"}}
    may_be = "no frame, as where a capture had none in time; frames may be missing there"
    may_be += "." if codec == "mjpeg" else ", and what follows may be predicted from them."
    video = probe(make(times=EMPTIED, **fields))
    assert (video.frame_count, video.damaged) == (60, False)
    assert video.notes == (f"3 slots hold {may_be}",)
    video = probe(make(times=[*range(30), *range(31, 60)], **fields))
    assert video.notes == (f"1 slot holds {may_be}",)


@pytest.mark.parametrize("times", [range(100), [*EMPTIED[30:], *range(70, 140)]])
@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg", "libx264"])
def test_an_avi_of_which_a_chunk_was_emptied_is_damaged_and_gives_no_wrong_frame(codec, times, make, number_in):
    kind = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    options = {"bf": "0"} | ({"preset": "ultrafast"} if codec == "libx264" else {})
    fields = {"codec": codec, "pixel_format": kind, "gop": 100, "noise": 20, "codec_options": options}
    path = make(format="avi", times=times, **fields)
    right = [frame.pixels for frame in read_frames(probe(path), range(100))]
    with av.open(str(path)) as container:
        position = [packet.pos for packet in container.demux(video=0) if packet.size][60]
    content = bytearray(path.read_bytes())
    assert content[position - 8 : position - 4] == b"00dc"
    content[position - 4 : position] = bytes(4)
    path.write_bytes(content)
    video = probe(path)
    found = list(read_frames(video, range(video.frame_count)))
    assert video.damaged and len(found) == (99 if codec == "mjpeg" else video.frame_count)
    assert any("of 100 frames" in note for note in video.notes)
    assert any("left out" in note for note in video.notes)
    seen = [number_in(frame.pixels) for frame in found]
    assert set(range(58)) < set(seen) and 60 not in seen
    assert all(np.array_equal(frame.pixels, right[number]) for frame, number in zip(found, seen, strict=True))
