"""What is said of a file before a frame of it is looked at."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from pathlib import Path

import pytest

from genconvit.video import probe, read_frames

RESOURCES = Path(__file__).parents[3] / "resources"


def test_the_facts_of_an_ordinary_file(make):
    path = make(frames=45, codec_options={"bf": "2"})
    video = probe(path)
    assert (video.path, video.size_bytes) == (path, path.stat().st_size)
    assert video.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "mp4" in video.container
    assert (video.codec, video.pixel_format, video.stream_index) == ("h264", "yuv420p", 0)
    assert (video.width_px, video.height_px, video.rotation_deg) == (160, 96, 0)
    assert (video.frame_count, video.duration_s, video.mean_fps) == (45, pytest.approx(1.5), pytest.approx(30))
    assert video.notes == ()


def test_the_same_file_gives_the_same_record_twice(make):
    path = make(frames=10)
    assert probe(path) == probe(path)


def test_a_relative_path_becomes_absolute(make, monkeypatch):
    path = make(frames=2)
    monkeypatch.chdir(path.parent)
    assert probe(Path(path.name)).path == path


@pytest.mark.parametrize("name", ["clip.txt", "clip", "clip.jpg", "50%d 張 ü [x].mp4", "http:clip.m3u8"])
@pytest.mark.parametrize("container", ["mp4", "mpegts"])
def test_a_file_is_known_by_what_is_in_it(name, container, make):
    video = probe(make(name=name.replace(":", "_"), format=container, frames=10))
    assert container in video.container
    assert video.frame_count == 10


@pytest.mark.parametrize(("written", "clockwise", "size"), [(90, 270, (96, 160)), (180, 180, (160, 96))])
def test_the_size_is_the_one_that_is_displayed(written, clockwise, size, make):
    video = probe(make(rotation=written, frames=3, size=size if written == 180 else (160, 96)))
    assert (video.rotation_deg, video.width_px, video.height_px) == (clockwise, *size)


def test_a_tag_that_is_not_utf8_does_not_hide_the_video(make):
    path = make(frames=5)
    content = path.read_bytes()
    assert b"Lavf" in content
    path.write_bytes(content.replace(b"Lavf", b"L\xd8vf"))
    video = probe(path)
    assert video.frame_count == 5
    assert video.decoder.startswith("PyAV ")


def test_a_mirror_image_is_noted(make):
    video = probe(make(rotation=0, flip=True, frames=3))
    assert video.rotation_deg == 0
    assert any("mirror" in note for note in video.notes)


def test_hidden_frames_of_an_edit_list_are_not_presented(make, number_in):
    path = make(frames=60, shift=-20, gop=60, codec_options={"bf": "2"}, options={"avoid_negative_ts": "disabled"})
    video = probe(path)
    assert (video.frame_count, video.duration_s) == (40, pytest.approx(40 / 30))
    assert [number_in(frame.pixels) for frame in read_frames(video, [0, 1, 25, 39])] == [20, 21, 45, 59]


def test_times_of_uneven_rate_are_the_files_own(make):
    video = probe(make(frames=4, base=Fraction(1, 1000), times=[0, 10, 500, 530]))
    frames = list(read_frames(video, range(4)))
    assert [round(frame.pts * video.time_base * 1000) for frame in frames] == [0, 10, 500, 530]
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.01, 0.5, 0.53])
    assert video.duration_s >= 0.53


def test_the_clock_of_a_stream_need_not_start_at_zero(make):
    video = probe(make(format="mpegts", frames=30))
    frames = list(read_frames(video, [0, 15]))
    assert frames[0].pts > 0
    assert [frame.time_s for frame in frames] == pytest.approx([0.0, 0.5], abs=1e-4)


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"aspect": Fraction(4, 3)}, "not square"),
        ({"interlaced": True, "codec_options": {"x264-params": "tff=1"}}, "interlaced"),
        ({"codec": "prores_ks", "format": "mov", "pixel_format": "yuv422p10le"}, "10 bits"),
        ({"format": "h264"}, "time stamps"),
        ({"format": "image2pipe", "codec": "png", "pixel_format": "rgb24"}, "picture"),
        ({"codec_options": {"x264-params": "transfer=smpte2084"}}, "HDR"),
        ({"codec_options": {"x264-params": "transfer=arib-std-b67"}}, "HLG"),
    ],
)
def test_what_an_examiner_should_know_is_noted(fields, word, make):
    assert any(word in note for note in probe(make(**{"frames": 5, **fields})).notes)


def test_pixels_that_are_not_square_are_not_stretched(make):
    video = probe(make(frames=2, aspect=Fraction(4, 3)))
    assert (video.width_px, video.height_px) == (160, 96)


def test_the_demo_clip_is_the_one_that_is_described():
    described = json.loads((RESOURCES / "demo.json").read_text(encoding="utf-8"))
    video = probe(RESOURCES / "demo.mp4")
    assert (video.sha256, video.size_bytes) == (described["sha256"], described["bytes"])
    assert (video.width_px, video.height_px) == (described["width_px"], described["height_px"])
    assert (video.frame_count, video.codec) == (described["frames"], "h264")
    assert 6 <= video.duration_s <= 10 and video.size_bytes <= 1_500_000
    first, end = described["altered_frames"]
    assert (end - first) / video.frame_count == pytest.approx(1 / 3, abs=0.02)
