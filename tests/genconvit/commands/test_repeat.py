from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from genconvit import places, repeating
from genconvit.__main__ import main
from genconvit.certificate_document import parse
from genconvit.commands.repeat import DIFFERS
from genconvit.method import Finding, Method, to_toml
from tests.genconvit import repeat_for_tests

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "resources" / "repeatability.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def home(tmp_path: Path, tiny_weights: Path, tiny_method: Method, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's weights folder, with tiny networks and a method of that name."""
    folder = tmp_path / "user"
    shutil.copytree(tiny_weights, folder)
    (folder / "methods").mkdir()
    method = replace(tiny_method, name="standard", finding=Finding("centerface", 640, 0.5, 40, 0))
    (folder / "methods" / "standard.toml").write_text(to_toml(method), encoding="utf-8")
    monkeypatch.setattr(places, "user_folder", lambda: folder)
    monkeypatch.setattr(places, "SHIPPED", tmp_path / "shipped")
    return folder


@pytest.fixture
def made_up(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Engine processes that give made-up analyses, by the video's name."""
    monkeypatch.setattr(repeating, "repeat", functools.partial(repeating.repeat, target=repeat_for_tests.serve))


def test_two_runs_of_the_engine_on_a_clip_of_a_face(
    home: Path, portrait_clip: Path, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    target = tmp_path / "certificate.json"
    words = ["repeat", str(portrait_clip), "--device", "cpu", "--frames", "3", "--out", str(target)]
    assert main(words) == 0
    out, err = capfdbinary.readouterr()
    assert target.read_bytes() == out
    jsonschema.Draft202012Validator(SCHEMA).validate(json.loads(out))
    certificate = parse(out)
    assert (certificate.identical, certificate.video.name) == (True, "Porträt.mp4")
    (each,) = certificate.comparisons
    assert (each.frames.first, each.frames.pixels, each.faces.paired, each.crops.paired) == (3, 3, 3, 3)
    assert set(each.scores.networks) == {"ed", "vae"}
    assert b"the same analysis, byte for byte, but for its times." in err


@pytest.mark.usefixtures("made_up")
def test_results_that_differ_have_a_code_and_a_sentence(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["repeat", str(tmp_path / "drifts.mp4")]) == DIFFERS
    out, err = capfdbinary.readouterr()
    assert not parse(out).within
    assert b"DIFFERENT beyond the tolerance of 0 in scores, tracks, verdict; " in err
    assert b"the largest difference of a face's score is 0.001." in err
    assert b"CPU and GPU were not compared. This machine has no device" in err


@pytest.mark.usefixtures("made_up")
def test_a_gpu_within_the_tolerance_is_no_difference(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["repeat", str(tmp_path / "gpu.mp4"), "--runs", "3"]) == 0
    out, err = capfdbinary.readouterr()
    assert [run.device.partition(" ")[0] for run in parse(out).runs] == ["cuda:0", "cuda:0", "cuda:0", "cpu"]
    assert b"run 4 on cpu (AMD EPYC, 2 threads) against run 1 on cuda:0 (NVIDIA H200): the same in every stage" in err
    assert b"were not compared" not in err


@pytest.mark.usefixtures("made_up")
def test_bad_input_gets_a_sentence_and_no_certificate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video = tmp_path / "missing.mp4"
    assert main(["repeat", str(video)]) == 3
    assert main(["repeat", str(video), "--method", "nobody"]) == 4
    assert main(["repeat", str(video), "--out", str(tmp_path)]) == 2
    assert main(["repeat", str(video), "--out", str(tmp_path / "no" / "c.json")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"There is no file {video}.\n")


def test_the_certificate_never_replaces_the_video(home: Path, portrait_clip: Path) -> None:
    before = portrait_clip.read_bytes()
    assert main(["repeat", str(portrait_clip), "--out", str(portrait_clip)]) == 2
    assert portrait_clip.read_bytes() == before


@pytest.mark.parametrize("words", [["--runs", "1"], ["--runs", "many"], ["--runs", "101"], ["--device", "tpu"]])
def test_wrong_use(words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["repeat", "clip.mp4", *words])
    assert caught.value.code == 2


def test_ctrl_c_ends_with_a_word(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(repeating, "repeat", interrupted)
    assert main(["repeat", "clip.mp4"]) == 130
    assert capsys.readouterr() == ("", "Cancelled.\n")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, genconvit.__main__ as m\n"
        "try:\n    m.main(['repeat', '--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'cv2', 'av', 'decord', 'face_recognition'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.stderr, done.returncode) == ("", 0)
    assert "--runs N" in done.stdout
