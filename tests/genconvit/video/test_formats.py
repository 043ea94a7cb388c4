"""Every frame of every format is the frame it says it is, however it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from genconvit.video import decord_reader, probe, read_frames

OPEN_GOP = {"x264-params": "open-gop=1:bframes=3:b-adapt=0:keyint=12:scenecut=0"}
X265 = {"x265-params": "log-level=none:keyint=12:open-gop=1:pools=1:frame-threads=1"}
AV1 = {"preset": "8", "crf": "10", "svtav1-params": "lp=1"}
UNEVEN = [0, 3, 4, 9, 30, 31, 33, 47, 90, 91, 120, 180, 181, 184, 200, 260, 261, 262, 300, 420, 500, 501, 777]

RECIPES = {
    "h264": {"codec_options": {"bf": "0"}},
    "h264 with B-frames": {"codec_options": {"bf": "3"}},
    "h264 with open groups": {"codec_options": OPEN_GOP},
    "h264 with open groups in Matroska": {"format": "matroska", "codec_options": OPEN_GOP},
    "h264 with open groups in MPEG-TS": {"format": "mpegts", "codec_options": OPEN_GOP},
    "h264 refreshed bit by bit": {"codec_options": {"x264-params": "intra-refresh=1:keyint=24:bframes=0"}},
    "h264 in fragments": {"options": {"movflags": "+frag_keyframe+empty_moov"}},
    "h264 in AVI": {"format": "avi", "codec_options": {"bf": "2"}},
    "h264 without a container": {"format": "h264"},
    "h264 in Flash": {"format": "flv"},
    "h264 at 4:4:4 and odd size": {"size": (161, 97), "pixel_format": "yuv444p"},
    "h264 of uneven rate": {"base": Fraction(1, 1000), "times": UNEVEN},
    "h264 interlaced": {"codec_options": {"x264-params": "tff=1"}, "interlaced": True},
    "MPEG-4 in AVI": {"format": "avi", "codec": "mpeg4", "codec_options": {"bf": "2"}},
    "MPEG-4": {"codec": "mpeg4", "codec_options": {"bf": "2"}},
    "MPEG-2": {"format": "mpeg", "codec": "mpeg2video", "codec_options": {"bf": "2"}},
    "Windows Media": {"format": "asf", "codec": "msmpeg4"},
    "HEVC of 10 bits": {"codec": "libx265", "pixel_format": "yuv420p10le", "codec_options": X265},
    "AV1": {"codec": "libsvtav1", "codec_options": AV1},
    "AV1 in WebM": {"format": "webm", "codec": "libsvtav1", "codec_options": AV1},
    "VP9": {"format": "webm", "codec": "libvpx-vp9", "codec_options": {"deadline": "realtime", "cpu-used": "8"}},
    "ProRes": {"format": "mov", "codec": "prores_ks", "pixel_format": "yuv422p10le"},
    "Motion JPEG of odd size": {"format": "avi", "codec": "mjpeg", "size": (161, 97), "pixel_format": "yuvj420p"},
    "FFV1": {"format": "matroska", "codec": "ffv1"},
    "GIF": {
        "format": "gif",
        "codec": "gif",
        "pixel_format": "rgb8",
        "base": Fraction(1, 100),
        "times": range(0, 99, 3),
    },
    "turned by 90": {"rotation": 90},
    "turned by 180": {"rotation": 180},
    "turned by 270": {"rotation": 270},
    "mirrored": {"rotation": 0, "flip": True},
    "turned and mirrored": {"rotation": 90, "flip": True},
    "two frames": {"frames": 2},
    "one frame": {"frames": 1},
}
DECORD_READS = (
    "h264", "h264 with B-frames", "h264 with open groups", "h264 in fragments", "MPEG-4 in AVI", "MPEG-4", "VP9",
    "HEVC of 10 bits", "AV1 in WebM", "Windows Media", "h264 of uneven rate", "h264 at 4:4:4 and odd size",
)  # fmt: skip


@pytest.fixture(params=RECIPES, scope="module")
def clip(request, clips):
    return request.param, clips(request.param, RECIPES[request.param])


def test_every_frame_is_there_once_at_its_time(clip, number_in):
    _name, (path, recipe) = clip
    video = probe(path)
    frames = list(read_frames(video, range(video.frame_count)))
    assert [number_in(frame.pixels) for frame in frames] == list(range(len(recipe.shown)))
    assert [frame.index for frame in frames] == list(range(video.frame_count))
    wanted = [float((time - recipe.shown[0]) * recipe.base) for time in recipe.shown]
    assert [frame.time_s for frame in frames] == pytest.approx(wanted, abs=0.0011)
    assert all(frame.time_s == float((frame.pts - frames[0].pts) * video.time_base) for frame in frames)
    assert all(frame.pixels.shape == (video.height_px, video.width_px, 3) for frame in frames)
    assert frames[0].pixels.dtype == np.uint8 and frames[0].pixels.flags.c_contiguous
    assert video.decoder.startswith("PyAV ")


def test_any_choice_of_frames_gives_the_same_pixels_as_all_of_them(clip):
    _, (path, _) = clip
    video = probe(path)
    everything = [frame.pixels for frame in read_frames(video, range(video.frame_count))]
    random = np.random.default_rng(7)
    for count in (1, 1, 2, 5, 9):
        chosen = sorted(random.choice(video.frame_count, min(count, video.frame_count), replace=False).tolist())
        given = list(read_frames(video, chosen))
        assert [frame.index for frame in given] == chosen
        assert all(np.array_equal(frame.pixels, everything[frame.index]) for frame in given)


@pytest.mark.parametrize("name", DECORD_READS)
def test_decord_gives_the_same_frames(name, clips, number_in):
    path, recipe = clips(name, RECIPES[name])
    video = replace(probe(path), decoder=decord_reader.NAME, time_base=decord_reader.TIME_BASE)
    chosen = [n for n in range(video.frame_count) if n % 5 != 2]
    frames = list(read_frames(video, chosen))
    assert [number_in(frame.pixels) for frame in frames] == chosen
    wanted = [float((recipe.shown[n] - recipe.shown[0]) * recipe.base) for n in chosen]
    assert [frame.time_s for frame in frames] == pytest.approx(wanted, abs=0.0011)


def test_both_decoders_agree_to_the_bit_on_8_bit_video(clips):
    path, _ = clips("h264 with B-frames", RECIPES["h264 with B-frames"])
    video = probe(path)
    ours = [frame.pixels for frame in read_frames(video, [0, 7, 31, 59])]
    theirs = read_frames(replace(video, decoder=decord_reader.NAME), [0, 7, 31, 59])
    assert all(np.array_equal(frame.pixels, pixels) for frame, pixels in zip(theirs, ours, strict=True))


def test_videos_are_read_without_a_path_in_the_environment(root: Path) -> None:
    """decord's own import wants one, in which no entry means the current folder. Windows starts no Python without
    SYSTEMROOT."""
    kept = {name: value for name, value in os.environ.items() if name == "SYSTEMROOT"}
    code = "import os, genconvit.video; print(all(map(os.path.isabs, os.environ['PATH'].split(os.pathsep))))"
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, env=kept, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "True"), ran.stderr


def test_the_import_of_decord_loads_none_of_the_libraries_of_torch_s_cuda_build(root: Path, tmp_path: Path) -> None:
    """With nvblas among them, torch's first product of two matrices ends the process. A stand-in for those packages, so
    that this holds whichever build of torch is there."""
    for folder in ("bin", "lib"):
        (tmp_path / "nvidia" / "cublas" / folder).mkdir(parents=True)
    (tmp_path / "nvidia" / "cublas" / "lib" / "libnvblas.so.13").touch()
    code = """
import importlib.util, os, sys
asked = []
sys.addaudithook(lambda event, given: asked.append(str(given[0])) if event == "ctypes.dlopen" else None)
sys.path.append(sys.argv[1])
import genconvit.video
touched = [name for name in (*asked, *os.environ["PATH"].split(os.pathsep)) if "cublas" in name or "nvblas" in name]
print(len(asked) > 0, touched, importlib.util.find_spec("nvidia") is not None)
"""
    command = [sys.executable, "-c", code, str(tmp_path)]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout.strip()) == (0, "True [] True"), ran.stdout + ran.stderr
