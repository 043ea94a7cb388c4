from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from desktop.cases.opening import create_case, open_case
from desktop.cases.records import CaseDetails
from desktop.cases.verify import verify
from desktop.commands import exits
from desktop.commands.line import main
from genconvit.errors import EngineDied, EngineFailure, OutOfMemory, PictureNotKept, WeightsMissing, WeightsRefused
from genconvit.progress import Cancelled


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "case 7"


def examine(folder, *words: object) -> int:
    return main(["examine", "--case", str(folder), *map(str, words)])


def snapshot(folder):
    with open_case(folder) as case:
        return case.snapshot()


def test_a_line_per_video_and_a_case_that_verifies(folder, clip, engine, capsys):
    second = clip.with_name("second.mp4")
    second.write_bytes(b"other frames")
    assert examine(folder, clip, second) == exits.DONE
    assert capsys.readouterr().out == "Anruf 1.mp4\tFAKE\t0.910\t1\nsecond.mp4\tFAKE\t0.910\t1\n"
    assert snapshot(folder).details.number == ""
    assert len(snapshot(folder).analyses) == 2
    assert verify(folder) == ()
    assert engine.stopped


def test_details_are_those_that_were_given(folder, clip):
    assert examine(folder, clip, "--number", "7/26", "--laboratory-address", "Straße 1", "--examiner", "Öz") == 0
    assert snapshot(folder).details == CaseDetails("7/26", examiner="Öz", laboratory_address="Straße 1")


def test_an_existing_case_goes_on(folder, clip, capsys):
    examine(folder, clip, "--title", "first")
    assert examine(folder, clip, "--title", "second") == exits.DONE
    case = snapshot(folder)
    assert (len(case.evidence), len(case.analyses), case.details.title) == (1, 2, "first")
    assert "keeps its own details; not used: --title." in capsys.readouterr().err
    assert examine(folder, clip, "--title", "first") == exits.DONE
    assert capsys.readouterr().err == ""


def test_the_same_video_under_another_name_is_not_taken_in_twice(folder, clip, capsys):
    second = clip.with_name("copy of it.mp4")
    second.write_bytes(clip.read_bytes())
    assert examine(folder, clip, second) == exits.DONE
    assert [e.name for e in snapshot(folder).evidence] == ["Anruf 1.mp4"]
    assert f"in the case already, as Anruf 1.mp4 from {clip}; recorded as seen again." in capsys.readouterr().err


def test_what_reading_brought_to_light_is_said(folder, clip, engine, capsys, monkeypatch):
    def cut(*given):
        examination = examine_whole(*given)
        video = replace(examination.analysis.video, notes=("The file ends early.",))
        return replace(examination, analysis=replace(examination.analysis, video=video))

    examine_whole = engine.examine
    monkeypatch.setattr(engine, "examine", cut)
    assert examine(folder, clip) == exits.DONE
    assert capsys.readouterr().err == f"{clip}: The file ends early.\n"


def test_without_a_number_none_is_made_up(folder, clip):
    examine(folder, clip, "--report", folder.parent / "r.pdf")
    case = snapshot(folder)
    assert case.details.number == ""
    assert case.reports[0].file == "reports/case 7-report-001.pdf"


def test_references_copy_nothing(folder, clip):
    examine(folder, clip, "--reference")
    assert snapshot(folder).evidence[0].stored == ""


def test_a_report_is_written_where_it_was_asked_for(folder, clip, tmp_path, capsys):
    assert examine(folder, clip, "--report", tmp_path / "r.pdf") == exits.DONE
    assert (tmp_path / "r.pdf").read_bytes().startswith(b"%PDF-")
    assert str(tmp_path / "r.pdf") in capsys.readouterr().err


def test_a_video_that_cannot_be_read_does_not_stop_the_others(folder, clip, tmp_path, capsys):
    sound = tmp_path / "sound.mp4"
    sound.write_bytes(b"sound")
    assert examine(folder, sound, tmp_path / "no.mp4", clip, "--report", tmp_path / "r.pdf") == exits.VIDEO
    out, err = capsys.readouterr()
    assert out == "sound.mp4\tUNREADABLE\t-\t-\nno.mp4\tUNREADABLE\t-\t-\nAnruf 1.mp4\tFAKE\t0.910\t1\n"
    assert "no video stream" in err
    assert "There is no file no.mp4" in err
    assert [e.name for e in snapshot(folder).evidence] == ["Anruf 1.mp4"]
    assert (tmp_path / "r.pdf").is_file()


@pytest.mark.parametrize("failure", [EngineDied(-11, "examine"), EngineFailure("KeyError", "x", "Traceback: x")])
def test_an_engine_that_dies_over_one_video_goes_on_with_the_next(folder, clip, engine, capsys, failure):
    bad = clip.with_name("bad.mp4")
    bad.write_bytes(b"frames")
    engine.failures["bad.mp4"] = failure
    assert examine(folder, bad, clip) == exits.VIDEO
    out, err = capsys.readouterr()
    assert out == "bad.mp4\tFAILED\t-\t-\nAnruf 1.mp4\tFAKE\t0.910\t1\n"
    assert "bad.mp4: " in err
    assert verify(folder) == ()


def test_missing_weights_stop_everything(folder, clip, engine, capsys):
    engine.failures["Anruf 1.mp4"] = WeightsMissing("tiny", ())
    assert examine(folder, clip, clip) == exits.METHOD
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("not on this computer") == 1


@pytest.mark.parametrize("words", [("--method", "nobody"), ("--method", "none.toml")])
def test_a_method_that_cannot_be_used_makes_no_case(folder, clip, words, capsys):
    assert examine(folder, clip, *words) == exits.METHOD
    assert not folder.exists()
    assert capsys.readouterr().err.count("\n") == 1


def test_another_number_of_frames_is_another_method(folder, clip, engine):
    examine(folder, clip, "--frames", "30", "--device", "cpu")
    assert engine.asked[0][1:] == ("standard (30 frames)", "cpu")


def test_a_case_that_is_open_elsewhere_is_left_alone(folder, clip, capsys):
    with create_case(folder, CaseDetails("7")):
        assert examine(folder, clip) == exits.CASE
    assert "read-only (in use)" in capsys.readouterr().err
    assert snapshot(folder).evidence == ()


def test_a_folder_with_other_files_is_left_alone(folder, clip, capsys):
    folder.mkdir()
    (folder / "notes.txt").touch()
    assert examine(folder, clip) == exits.CASE
    assert "holds other files" in capsys.readouterr().err


def test_cancelling_keeps_what_was_finished(folder, clip, engine, capsys):
    second = clip.with_name("second.mp4")
    second.write_bytes(b"other frames")
    for failure in (Cancelled(), KeyboardInterrupt()):
        engine.failures["second.mp4"] = failure
        assert examine(folder, clip, second) == exits.CANCELLED
        assert "Cancelled" in capsys.readouterr().err
    assert len(snapshot(folder).analyses) == 2
    assert verify(folder) == ()


def test_a_name_with_a_tab_stays_one_column(folder, tmp_path, capsys):
    path = tmp_path / "a\tb.mp4"
    try:
        path.write_bytes(b"frames")
    except OSError:
        return  # Windows has no such names
    examine(folder, path)
    assert capsys.readouterr().out == "a b.mp4\tFAKE\t0.910\t1\n"


@pytest.mark.parametrize(
    "words", [("--frames", "0"), ("--frames", "1000001"), ("--frames", "²"), ("--every", "-1"), ("--every", "nan")]
)
def test_a_number_that_is_none_is_wrong_usage_and_makes_no_case(folder, clip, words, capsys):
    with pytest.raises(SystemExit) as caught:
        examine(folder, clip, *words)
    assert caught.value.code == exits.USAGE
    assert f"argument {words[0]}" in capsys.readouterr().err
    assert not folder.exists()


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        (WeightsRefused(Path("w.safetensors"), "not_finite"), exits.METHOD),
        (OutOfMemory("cuda:0", 0), exits.METHOD),
        (OutOfMemory("cuda:0", 1), exits.METHOD),
        (PictureNotKept(Path("frames"), "No space left on device"), exits.CASE),
    ],
)
def test_what_would_go_wrong_with_every_video_stops_at_the_first(folder, clip, engine, capsys, failure, status):
    engine.failures["Anruf 1.mp4"] = failure
    assert examine(folder, clip, clip) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert len(engine.asked) == 1


def test_a_batch_that_does_not_fit_is_of_one_video(folder, clip, engine, capsys):
    engine.failures["Anruf 1.mp4"] = OutOfMemory("cuda:0", 8)
    assert examine(folder, clip) == exits.VIDEO
    assert capsys.readouterr().out == "Anruf 1.mp4\tFAILED\t-\t-\n"


@pytest.mark.parametrize("words", [[], ["a.mp4"], ["a.mp4", "--case", "x", "--frames", "1", "--every", "1"]])
def test_a_wrong_command_line_is_said(words, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["examine", *words])
    assert caught.value.code == exits.USAGE
    assert "usage:" in capsys.readouterr().err
