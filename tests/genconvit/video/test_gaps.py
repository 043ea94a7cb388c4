"""A frame that is missing from among others is found by their times, whatever the cadence."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np
import pytest

from genconvit.video import probe, read_frames
from genconvit.video.gaps import excused_in, gaps_in, losses_in
from tests.genconvit.video.remuxing import copied

CADENCES = {
    "constant": [1],
    "film in fields": [2, 3],
    "advanced pulldown": [2, 3, 3, 2],
    "25 in 60": [2, 2, 3, 2, 3],
    "24 in 50": [2] * 11 + [3],
    "24 in 30": [1, 1, 1, 2],
    "25 in 30": [1, 1, 1, 1, 2],
    "24 in 25": [1] * 23 + [2],
}
PREDICTED = {"format": "mpegts", "noise": 20, "gop": 40, "codec_options": {"bf": "0", "preset": "ultrafast"}}
MAY_BE = "frames may be missing there, and what follows may be predicted from them."


def times_of(steps, unit, count=300):
    """Whole numbers, as a stream rounds them."""
    return [round(unit * sum(steps[n % len(steps)] for n in range(at))) for at in range(count)]


@pytest.mark.parametrize("unit", [1501.5, 16.683])
@pytest.mark.parametrize("steps", CADENCES.values(), ids=CADENCES)
def test_a_regular_cadence_has_no_gap_until_a_frame_is_lost_from_it(steps, unit):
    times = times_of(steps, unit)
    assert (gaps_in(times), losses_in(times)) == ((), 0)
    for lost in [*range(1, 30), 150, 298]:
        kept = times[:lost] + times[lost + 1 :]
        assert lost - 1 in gaps_in(kept)
        # Few long steps are an even rate's losses rather than a cadence as soon as one of them is.
        assert losses_in(kept) == 1 or len(steps) == 24


@pytest.mark.parametrize("steps", [steps for steps in CADENCES.values() if len(steps) < 24])
def test_losses_are_counted_however_many_places_they_may_be_at(steps):
    times = times_of(steps, 1501.5)
    for lost in ({60, 61}, {60, 110}, {60, 61, 110, 160}):
        kept = [at for number, at in enumerate(times) if number not in lost]
        assert losses_in(kept) == len(lost - {61})
    kept = [at for number, at in enumerate(times_of([1], 1)) if number not in (60, 62, 64)]
    assert losses_in(kept) == 3


@pytest.mark.parametrize("late", [0.76, 0.8, 0.95, -0.8, -0.95])
@pytest.mark.parametrize("at", [1, 50, 149, 240, 300, 498])
def test_a_frame_that_is_merely_late_or_early_leaves_no_gap(late, at):
    times = [3000 * n for n in range(500)]
    times[at] += round(3000 * late)
    assert gaps_in(times) == excused_in(times) == ()
    del times[at]
    assert gaps_in(times) == (at - 1,)


def test_a_cadence_that_losses_may_have_left_is_told_from_one_of_fields():
    for steps in ([1], [2, 3], [2, 3, 3, 2], [2, 2, 3, 2, 3], [2] * 11 + [3]):
        assert excused_in(times_of(steps, 1501.5)) == ()
    for steps in ([1, 2], [2, 1], [1, 2, 2], [1, 1, 1, 2], [1] * 23 + [2]):
        for count in (200, 201, 700):
            long = tuple(n for n in range(count - 1) if steps[n % len(steps)] == 2)
            times = times_of(steps, 3003, count)
            assert (gaps_in(times), excused_in(times)) == ((), long)


def test_film_and_video_that_take_turns_have_no_gap_until_a_frame_is_lost():
    times = [0]
    for part in range(8):
        for n in range(150):
            times.append(times[-1] + (2 if part % 2 else 2 + n % 2) * 1500)
    assert gaps_in(times) == ()
    for lost in (100, 200, 400, 700):
        assert gaps_in(times[:lost] + times[lost + 1 :]) == (lost - 1,)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_frames_that_are_lost_at_random_make_no_cadence(share):
    kept = np.flatnonzero(np.random.default_rng(0).random(1000) > share).tolist()
    assert gaps_in(kept) == tuple(n for n in range(len(kept) - 1) if kept[n + 1] - kept[n] > 1)


def test_times_that_jitter_have_no_gap():
    jitter = np.random.default_rng(0).integers(-12, 13, 2000)
    assert gaps_in([33 * n + int(by) for n, by in enumerate(jitter)]) == ()


def test_few_times_or_equal_ones_have_no_gap():
    for times in ([], [7], [7, 9], [7, 8, 99], [5, 5, 5, 5]):
        assert gaps_in(times) == ()


def test_where_hardly_a_step_is_like_another_nothing_is_missing_if_they_have_to_be_even():
    uneven = np.cumsum(np.random.default_rng(0).geometric(0.3, 300)).tolist()
    assert gaps_in(uneven) != () == gaps_in(uneven, even=0.9)


def pictures(video):
    return {frame.pts: frame.pixels for frame in read_frames(video, range(video.frame_count))}


@pytest.mark.parametrize("lost", [60, 61])
@pytest.mark.parametrize("name", ["film in fields", "advanced pulldown", "24 in 30"])
def test_one_frame_that_a_broadcast_of_film_lost_is_damage(name, lost, clips, tmp_path):
    times = times_of(CADENCES[name], 1, 100)
    path, _ = clips(name, {"base": Fraction(1, 60), "rate": 24, "times": times, **PREDICTED})
    whole = probe(path)
    assert (whole.frame_count, whole.damaged) == (100, False)
    note = f"The time stamps have 24 gaps, the first after 0.05 s; {MAY_BE}"
    assert whole.notes == ((note,) if name == "24 in 30" else ())
    right = pictures(whole)
    video = probe(copied(path, {lost}, tmp_path))
    assert video.damaged and 70 < video.frame_count < 90
    assert any("left out" in note for note in video.notes)
    assert all(np.array_equal(pixels, right[pts]) for pts, pixels in pictures(video).items())


@pytest.mark.parametrize("every", [4, 5, 10])
def test_frames_that_a_broadcast_lost_as_regularly_as_film_leaves_them_out_may_be_missing(every, whole, tmp_path):
    copy = copied(whole, range(every - 1, 100, every), tmp_path)
    holes = len(range(every - 1, 99, every))
    video = probe(copy)
    assert (video.frame_count, video.damaged) == (100 - 100 // every, False)
    assert video.notes == (f"The time stamps have {holes} gaps, the first after {(every - 2) / 30:.2f} s; {MAY_BE}",)


def test_one_frame_that_a_broadcast_of_key_frames_lost_is_one(clips, tmp_path):
    fields = {"base": Fraction(1, 60), "rate": 24, "times": times_of([1, 1, 1, 2], 1, 100), **PREDICTED, "gop": 1}
    for lost in (60, 61, 62):
        video = probe(copied(clips("all keys", fields)[0], {lost}, tmp_path))
        assert (video.frame_count, video.damaged) == (99, True)
        assert any(note.startswith("1 packet or frame is damaged or missing") for note in video.notes)


def test_a_broadcast_with_one_late_frame_is_sound(make):
    times = [10 * n + 8 * (n == 50) for n in range(100)]
    video = probe(make(**PREDICTED, base=Fraction(1, 300), times=times))
    assert (video.frame_count, video.damaged, video.notes) == (100, False, ())


@pytest.fixture
def whole(clips):
    return clips("whole", {"frames": 100, **PREDICTED})[0]


@pytest.fixture
def joined(whole, clips, tmp_path):
    """Two broadcasts one behind the other, the first without some of its frames, the second from a time on."""

    def make(left_out, start):
        second, _ = clips(f"from {start}", {"times": range(start, start + 60), **PREDICTED})
        copy = copied(whole, left_out, tmp_path)
        copy.write_bytes(copy.read_bytes() + second.read_bytes())
        return copy

    return make


def test_a_loss_in_joined_broadcasts_whose_times_start_again_is_told_with_what_is_not_left_out(joined):
    sound, lossy = (probe(joined(left_out, 0)) for left_out in ((), {60, 61, 62}))
    assert lossy.frame_count == sound.frame_count - 3
    assert not any("usable time stamps, and may be" in note for note in sound.notes)
    assert lossy.damaged
    assert (
        "2 packets or frames are damaged or missing; what follows up to the next key frame is left out where they are "
        "damaged; where they are missing it is not, for want of usable time stamps, and may be predicted from what is "
        "lost."
    ) in lossy.notes


def test_a_loss_in_joined_broadcasts_whose_times_go_on_costs_what_follows(whole, joined):
    right = pictures(probe(whole))
    video = probe(joined({60, 61, 62}, 5000))
    assert video.damaged
    found = {pts: pixels for pts, pixels in pictures(video).items() if pts in right}
    assert 70 < len(found) < 85
    assert all(np.array_equal(pixels, right[pts]) for pts, pixels in found.items())


UNTIMED = "The file has no usable time stamps; times are counted from the frame rate."


def with_counters_that_go_on(content):
    """An MPEG-TS whose packets are numbered as if nothing had been joined."""
    content, counted = bytearray(content), {}
    for at in range(0, len(content), 188):
        name = (content[at + 1] & 0x1F, content[at + 2])
        if content[at + 3] & 0x10:
            counted[name] = (counted.get(name, -1) + 1) & 15
        content[at + 3] = content[at + 3] & 0xF0 | counted.get(name, 0)
    return bytes(content)


def test_a_joined_broadcast_that_begins_inside_a_group_of_pictures_is_damage(whole, tmp_path):
    first, video = whole.read_bytes(), {}
    for name, start in (("inside", 60), ("with a key frame", 40)):
        copy = copied(whole, range(start), tmp_path)
        copy.write_bytes(with_counters_that_go_on(first + copy.read_bytes()))
        video[name] = probe(copy)
    assert (video["with a key frame"].damaged, video["with a key frame"].notes) == (False, (UNTIMED,))
    assert (video["inside"].frame_count, video["inside"].damaged) == (140, True)
    assert any(note.startswith("1 packet or frame is damaged or missing; what") for note in video["inside"].notes)


def test_a_joined_broadcast_that_begins_with_frames_predicted_from_earlier_ones_is_damage(clips, tmp_path, number_in):
    path, _ = clips("open", {**PREDICTED, "codec": "mpeg2video", "frames": 100, "codec_options": {"bf": "2"}})
    with av.open(str(path)) as source:
        packets = [packet for packet in source.demux(video=0) if packet.size]
    second = [number for number, packet in enumerate(packets) if packet.is_keyframe][1]
    leading = sum(packet.pts < packets[second].pts for packet in packets[second:])
    copy = copied(path, range(second), tmp_path)
    assert leading and not probe(copy).damaged
    copy.write_bytes(with_counters_that_go_on(path.read_bytes() + copy.read_bytes()))
    video = probe(copy)
    shown = [number_in(frame.pixels) for frame in read_frames(video, range(video.frame_count))]
    assert shown[:100] == list(range(100)) and shown[100 : 100 + leading] != list(range(second, second + leading))
    assert video.damaged
    assert any(note.startswith("1 packet or frame is damaged or missing; what") for note in video.notes)


@pytest.mark.parametrize("start", [101, 150])
def test_joined_broadcasts_whose_times_overlap_are_examined_one_by_one(start, whole, clips, tmp_path, number_in):
    times = range(start, start + 200, 2)
    second, _ = clips(f"overlap {start}", {"base": Fraction(1, 60), "times": times, **PREDICTED})
    path = tmp_path / "joined.ts"
    path.write_bytes(with_counters_that_go_on(whole.read_bytes() + second.read_bytes()))
    video = probe(path)
    assert (video.frame_count, video.damaged, video.notes) == (200, False, (UNTIMED,))
    for chosen in (range(200), range(0, 200, 7)):
        assert [number_in(frame.pixels) for frame in read_frames(video, chosen)] == [n % 100 for n in chosen]


@pytest.mark.parametrize("kind", ["mp4", "mov", "matroska"])
def test_a_hole_in_the_times_of_a_file_that_was_never_broadcast_is_noted_and_no_damage(kind, whole, tmp_path):
    assert probe(copied(whole, (), tmp_path, kind)).notes == ()
    video = probe(copied(whole, {60, 61, 62}, tmp_path, kind))
    assert (video.frame_count, video.damaged) == (97, False)
    assert video.notes == (f"The time stamps have a gap, after 1.97 s; {MAY_BE}",)
    video = probe(copied(whole, {60, 61, 80, 81, 82}, tmp_path, kind))
    assert video.notes == (f"The time stamps have 2 gaps, after 1.97, 2.63 s; {MAY_BE}",)


@pytest.mark.parametrize("kind", ["mp4", "matroska"])
def test_a_single_frame_that_is_left_out_or_a_rate_that_is_uneven_is_not_noted(kind, whole, make, tmp_path):
    assert probe(copied(whole, {60, 85}, tmp_path, kind)).notes == ()
    uneven = np.cumsum(np.random.default_rng(0).geometric(0.3, 60)).tolist()
    for fields in ({"times": uneven}, {"base": Fraction(1, 60), "rate": 24, "times": times_of([2, 3], 1, 60)}):
        assert probe(make(format=kind, **fields)).notes == ()
