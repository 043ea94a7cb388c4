"""What is not a readable video ends in a typed error that says what was found."""

from __future__ import annotations

import contextlib
import errno
import os
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from genconvit.errors import FrameUnreadable, NoVideoStream, VideoNotFound, VideoUnreadable
from genconvit.progress import Cancelled, Reporter
from genconvit.video import decord_reader, index, probe, read_frames, source

PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{name}\n#EXT-X-ENDLIST\n"


def write_sound(path, cover=False):
    with av.open(str(path), "w") as container:
        sound = container.add_stream("aac", rate=44100, layout="mono")
        picture = container.add_stream("png", rate=1) if cover else None
        if picture is not None:
            picture.width, picture.height, picture.pix_fmt = 32, 32, "rgb24"
            picture.disposition = av.stream.Disposition.attached_pic
            frame = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 99, np.uint8), format="rgb24")
            container.mux(picture.encode(frame))
            container.mux(picture.encode(None))
        for n in range(20):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, n * 1024
            container.mux(sound.encode(frame))
        container.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("problem", ["missing", "folder", "empty"])
def test_what_is_not_a_file_with_something_in_it(problem, tmp_path):
    path = tmp_path / "clip.mp4"
    if problem == "folder":
        path.mkdir()
    elif problem == "empty":
        path.touch()
    with pytest.raises(VideoNotFound) as caught:
        probe(path)
    assert (caught.value.path, caught.value.problem) == (path, problem)


def test_a_file_inside_of_a_file_is_missing(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(VideoNotFound) as caught:
        probe(tmp_path / "file" / "clip.mp4")
    assert caught.value.problem == "missing"


def test_text_with_the_name_of_a_video_names_both_decoders(tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("This is not a video. Größe, 張.\n" * 40, encoding="utf-8")
    with pytest.raises(VideoUnreadable) as caught:
        probe(path)
    assert sorted(name.split()[0] for name in caught.value.decoders) == ["PyAV", "decord"]
    assert all("text" in said for said in caught.value.decoders.values())


def test_a_playlist_does_not_lead_to_the_file_it_names(make, tmp_path):
    make(name="real.ts", format="mpegts", frames=10)
    path = tmp_path / "list.mp4"
    path.write_text(PLAYLIST.format(name="real.ts"), encoding="utf-8")
    with pytest.raises(VideoUnreadable):
        probe(path)


def test_no_container_leads_to_another_file(make, tmp_path, monkeypatch):
    make(name="real.ts", format="mpegts", frames=10)
    path = tmp_path / "list.mp4"
    path.write_text(PLAYLIST.format(name="real.ts"), encoding="utf-8")
    monkeypatch.setattr(source, "is_text", lambda file: False)
    with pytest.raises(VideoUnreadable), source.demuxer(path) as (container, stream):
        list(container.decode(stream))


def test_a_disguised_playlist_never_reaches_decord(make, tmp_path, monkeypatch):
    monkeypatch.setattr(decord_reader, "_reader", lambda path: pytest.fail("decord was asked"))
    make(name="real.ts", format="mpegts", frames=10)
    path = tmp_path / "list.mp4"
    path.write_bytes(b"#EXTM3U\n#\0\1\2\n" + PLAYLIST.format(name="real.ts").encode())
    with pytest.raises(VideoUnreadable) as caught:
        probe(path)
    assert any("not asked" in said for said in caught.value.decoders.values())


def test_noise_is_refused_with_what_each_decoder_said(tmp_path, capfd):
    path = tmp_path / "noise.mp4"
    path.write_bytes(np.random.default_rng(5).bytes(20_000))
    with pytest.raises(VideoUnreadable) as caught:
        probe(path)
    assert len(caught.value.decoders) == 2
    assert all(said and "\n" not in said for said in caught.value.decoders.values())
    assert capfd.readouterr().err == ""


def test_a_recording_that_lost_its_index_is_refused(make):
    path = make(frames=30)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(VideoUnreadable) as caught:
        probe(path)
    assert len(caught.value.decoders) == 2


@pytest.mark.parametrize("fourcc", [b"zzzz", b"drmi"])
def test_a_codec_nobody_knows_is_refused(fourcc, make):
    path = make(frames=5)
    path.write_bytes(path.read_bytes().replace(b"avc1", fourcc).replace(b"avcC", b"zzzC"))
    with pytest.raises(VideoUnreadable) as caught:
        probe(path)
    assert len(caught.value.decoders) == 2


@pytest.mark.parametrize("cover", [False, True])
def test_sound_is_not_a_video_even_with_a_cover(cover, tmp_path):
    path = write_sound(tmp_path / "sound.mp4", cover)
    with pytest.raises(NoVideoStream) as caught:
        probe(path)
    assert caught.value.streams == (("audio (aac)", "picture (png)") if cover else ("audio (aac)",))


def test_a_frame_that_cannot_be_decoded_is_named(make, monkeypatch):
    video = probe(make(frames=20))
    monkeypatch.setattr("genconvit.video.pyav.Decoding._sound", lambda self, decode, pts: iter(()))
    with pytest.raises(FrameUnreadable) as caught:
        list(read_frames(video, [7, 9]))
    assert (caught.value.path, caught.value.frame) == (video.path, 7)


def test_any_cut_ends_in_frames_or_in_a_typed_error(make):
    whole = make(frames=30, options={"movflags": "+faststart"}).read_bytes()
    path = make(frames=1)
    outcomes = set()
    for end in range(1, len(whole), max(len(whole) // 60, 1)):
        path.write_bytes(whole[:end])
        try:
            video = probe(path)
        except (VideoUnreadable, NoVideoStream) as error:
            outcomes.add(type(error))
        else:
            outcomes.add(len(list(read_frames(video, range(video.frame_count)))) == video.frame_count)
    assert VideoUnreadable in outcomes and True in outcomes
    assert False not in outcomes


def test_any_damage_ends_in_frames_or_in_a_typed_error(make):
    whole = make(frames=30, options={"movflags": "+faststart"}).read_bytes()
    path, random = make(frames=1), np.random.default_rng(3)
    sound = 0
    for _ in range(60):
        content = bytearray(whole)
        for at in random.integers(0, len(whole), 6):
            content[at] ^= int(random.integers(1, 256))
        path.write_bytes(content)
        try:
            video = probe(path)
            for frame in read_frames(video, range(video.frame_count)):
                sound += frame.index >= 0
        except (VideoUnreadable, NoVideoStream, FrameUnreadable):
            continue
    assert sound > 0


class Failing:
    """A file of which one reading or seeking raises something."""

    def __init__(self, file, word, after, error):
        self.file, self.word, self.after, self.error = file, word, after, error
        self.tell = file.tell

    def _count(self, word):
        self.after -= word == self.word
        if self.after == 0 and word == self.word:
            raise self.error

    def read(self, size=-1):
        self._count("read")
        return self.file.read(size)

    def seek(self, offset, whence=0):
        self._count("seek")
        return self.file.seek(offset, whence)


@pytest.mark.parametrize("word", ["read", "seek"])
@pytest.mark.parametrize(
    ("error", "kind"),
    [(KeyboardInterrupt(), KeyboardInterrupt), (OSError(errno.EIO, "Input/output error"), VideoNotFound)],
)
def test_what_interrupts_the_reading_of_the_file_is_never_swallowed(word, error, kind, make, monkeypatch, capfd):
    path = make(frames=90, options={"movflags": "+faststart"})
    video, opened = probe(path), source.opened
    monkeypatch.setattr(source, "BUFFER_BYTES", 4096)
    monkeypatch.setattr(decord_reader, "_reader", lambda path: pytest.fail("decord was asked"))
    hits = 0
    for read in (probe, lambda path: list(read_frames(video, range(90)))):
        # Each opening looks whether it is text first, with one reading and one seeking of its own.
        for after in (2, 3, 4, 6):
            index.forget()
            failing = []

            @contextlib.contextmanager
            def failing_once(path, after=after, failing=failing):
                with opened(path) as file:
                    failing.append(Failing(file, word, after, error))
                    yield failing[-1]

            monkeypatch.setattr(source, "opened", failing_once)
            try:
                read(path)
            except kind as found:
                hits += 1
                assert kind is KeyboardInterrupt or found.problem == "failed"
            else:
                assert all(file.after > 0 for file in failing)
            monkeypatch.setattr(source, "opened", opened)
    assert hits >= 4
    assert capfd.readouterr().err == ""


def test_frames_are_asked_for_in_order_and_in_range(make):
    video = probe(make(frames=20))
    for wrong in ([3, 2], [3, 3], [-1], [20], [0, 99]):
        with pytest.raises(ValueError, match="frame indices"):
            list(read_frames(video, wrong))
    assert list(read_frames(video, [])) == []


def test_a_device_is_not_read(tmp_path):
    with pytest.raises(VideoNotFound) as caught:
        probe(Path(os.devnull))
    assert caught.value.problem in ("forbidden", "missing", "empty")


@pytest.mark.parametrize("after", [0, 1, 3])
def test_probing_can_be_cancelled(after, make):
    seen = []

    def tell(fraction, frames):
        seen.append(fraction)
        if len(seen) > after:
            raise Cancelled

    with pytest.raises(Cancelled):
        probe(make(frames=200, gop=200), Reporter(tell))
    assert len(seen) == after + 1


def test_progress_rises_to_one(make):
    seen = []
    video = probe(make(frames=20), Reporter(lambda fraction, frames: seen.append((fraction, frames))))
    assert [fraction for fraction, _ in seen] == sorted(fraction for fraction, _ in seen)
    assert seen[-1] == (1.0, video.frame_count)


def test_what_pyav_cannot_read_is_given_to_decord(make, monkeypatch, number_in):
    path = make(frames=20)

    def refuse(*args, **kwargs):
        raise av.InvalidDataError(1, "refused for the test")

    monkeypatch.setattr(source.av, "open", refuse)
    video = probe(path)
    assert video.decoder.startswith("decord ")
    assert (video.width_px, video.height_px, video.frame_count) == (160, 96, 20)
    assert video.duration_s == pytest.approx(20 / 30, abs=1e-3)
    assert video.notes
    assert [number_in(frame.pixels) for frame in read_frames(video, [0, 7, 19])] == [0, 7, 19]
    turned = replace(video, width_px=96, height_px=160)
    with pytest.raises(FrameUnreadable):
        list(read_frames(turned, [0]))
