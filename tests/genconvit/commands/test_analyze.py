from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from genconvit import analyze as stages
from genconvit import places
from genconvit.__main__ import main
from genconvit.commands.analyze import CHANGED, NOT_OURS
from genconvit.method import Finding, Method, Rule, to_toml

ROOT = Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / "resources" / "analysis.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def clip(portrait_clip: Path) -> Path:
    return portrait_clip


@pytest.fixture
def home(tmp_path: Path, tiny_weights: Path, tiny_method: Method, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's weights folder, with tiny networks and a method of that name."""
    folder = tmp_path / "user"
    shutil.copytree(tiny_weights, folder)
    (folder / "methods").mkdir()
    method = replace(tiny_method, name="standard", finding=Finding("centerface", 640, 0.5, 40, 0))
    rule = Rule("tracks", 0.0, 0.0, 0.0, 2, (method.core_sha256,), "", ())
    (folder / "methods" / "standard.toml").write_text(to_toml(replace(method, rule=rule)), encoding="utf-8")
    monkeypatch.setattr(places, "user_folder", lambda: folder)
    monkeypatch.setattr(places, "SHIPPED", tmp_path / "shipped")
    return folder


def test_the_verdict_as_text(home: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", str(clip), "--device", "cpu"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    lines = out.splitlines()
    assert lines[0].endswith("Porträt.mp4")
    assert lines[1].startswith("FAKE, score 0.")
    assert "is at or above the rule's threshold of 0" in lines[2]
    assert lines[3] == NOT_OURS
    assert lines[4].startswith("Frames: 5 of 6 examined, 5 with a face, 5 flagged")
    assert lines[5] == "Faces: 5 found, 5 used"
    assert lines[-1] == "The score is not the probability that the video is fake."


def test_a_method_that_comes_with_the_program_is_told_from_others(
    home: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(home / "methods", tmp_path / "shipped" / "methods")
    assert main(["analyze", str(clip), "--device", "cpu"]) == 0
    assert main(["analyze", str(clip), "--device", "cpu", "--frames", "2"]) == 0
    as_shipped, changed = capsys.readouterr().out.split("not the probability", 1)
    assert CHANGED not in as_shipped and NOT_OURS not in as_shipped
    assert changed.splitlines()[4] == CHANGED


def test_json_on_standard_output_and_nothing_else(home: Path, clip: Path, capfdbinary: object) -> None:
    command = ["analyze", str(clip), "--device", "cpu", "--frames", "2", "--json", "-"]
    assert main(command) == 0
    out, err = capfdbinary.readouterr()  # type: ignore[attr-defined]
    assert err == b""
    document = json.loads(out)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["method"]["sampling"] == {"plan": "even", "count": 2, "seconds": 0.0}
    assert document["method"]["name"] == "standard (2 frames)"
    assert document["verdict"]["label"] == "FAKE"


def test_json_in_a_file_with_another_precision_has_no_label(
    home: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.json"
    target.write_text("old", encoding="utf-8")
    words = ["--every", "0.2", "--precision", "bfloat16", "--device", "cpu"]
    assert main(["analyze", str(clip), *words, "--json", str(target)]) == 0
    document = json.loads(target.read_bytes())
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["provenance"]["precision"] == "bfloat16"
    assert document["verdict"]["reason"] == "no_rule"
    assert capsys.readouterr().out.splitlines()[1].startswith("INCONCLUSIVE, score 0.")
    assert [file.name for file in tmp_path.iterdir() if "out.json" in file.name] == ["out.json"]


def test_a_method_file_by_path(home: Path, clip: Path, tmp_path: Path, tiny_method: Method) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(to_toml(tiny_method), encoding="utf-8")
    target = tmp_path / "out.json"
    assert main(["analyze", str(clip), "--method", str(path), "--device", "cpu", "--json", str(target)]) == 0
    assert json.loads(target.read_bytes())["method"]["name"] == "tiny"


def test_videos_that_cannot_be_read(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words, empty = tmp_path / "words.mp4", tmp_path / "empty.mp4"
    words.write_text("not a video " * 500, encoding="utf-8")
    empty.touch()
    for path in (words, empty, tmp_path, tmp_path / "nothing.mp4"):
        assert main(["analyze", str(path)]) == 3
        out, err = capsys.readouterr()
        assert out == ""
        assert str(path) in err
        assert "Traceback" not in err


def test_weights_methods_and_devices_that_are_not_there(
    home: Path, clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("schema = 1\nname =", encoding="utf-8")
    assert main(["analyze", str(clip), "--method", "nobody"]) == 4
    assert main(["analyze", str(clip), "--method", str(broken)]) == 4
    (home / "cards" / "genconvit-vae.toml").unlink()
    assert main(["analyze", str(clip)]) == 4
    assert capsys.readouterr().err.count("\n") >= 3


@pytest.mark.parametrize(
    "words",
    [
        ["--frames", "0"], ["--frames", "many"], ["--frames", "3", "--every", "1"], ["--every", "-1"],
        ["--every", "nan"], ["--device", "tpu"], ["--precision", "int8"], ["--surplus"],
    ],
)  # fmt: skip
def test_wrong_use(home: Path, clip: Path, words: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["analyze", str(clip), *words])
    assert caught.value.code == 2


def test_the_json_never_replaces_the_video(home: Path, clip: Path, tmp_path: Path) -> None:
    before = clip.read_bytes()
    assert main(["analyze", str(clip), "--json", str(clip)]) == 2
    assert clip.read_bytes() == before
    assert main(["analyze", str(clip), "--json", str(tmp_path)]) == 2
    assert main(["analyze", str(clip), "--json", str(tmp_path / "no" / "out.json")]) == 2


def test_ctrl_c_ends_with_a_word(
    home: Path, clip: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stages, "analyze", interrupted)
    assert main(["analyze", str(clip)]) == 130
    assert capsys.readouterr().err == "Cancelled.\n"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, genconvit.__main__ as m\n"
        "try:\n    m.main(['analyze', '--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'cv2', 'av', 'decord', 'face_recognition'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.stderr == ""
    assert done.returncode == 0
    assert "--every SECONDS" in done.stdout
