from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from genconvit import devices, places
from genconvit.__main__ import main
from genconvit.commands.evaluate import MOST_BY_DEFAULT
from genconvit.evaluation import results, session
from genconvit.evaluation.comparison import Comparison
from genconvit.evaluation.items import Item
from genconvit.evaluation.journal import Journal
from genconvit.evaluation.results import Result
from genconvit.method import Method, Rule, to_toml

ROOT = Path(__file__).parents[3]
Rows = dict[str, Result]


@pytest.fixture
def home(tmp_path: Path, tiny_weights: Path, tiny_method: Method, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's weights folder, with tiny networks and a method ``standard`` that is content with one face."""
    folder = tmp_path / "user"
    shutil.copytree(tiny_weights, folder)
    (folder / "methods").mkdir()
    method = replace(tiny_method, name="standard")
    rule = Rule("tracks", 0.6, 0.4, 0.5, 1, (method.core_sha256,), "", ())
    (folder / "methods" / "standard.toml").write_text(to_toml(replace(method, rule=rule)), encoding="utf-8")
    monkeypatch.setattr(places, "user_folder", lambda: folder)
    monkeypatch.setattr(places, "SHIPPED", tmp_path / "shipped")
    return folder


@pytest.fixture
def asked(home: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """No processes: a file's verdict is in its name. The files that were examined."""
    files: list[str] = []

    def examined(items: Sequence[Item], *_: Any, **__: Any) -> Generator[Result, None, None]:
        for item in items:
            files.append(item.file)
            verdict = item.path.stem.split()[0]
            scores = {"FAKE": 0.8, "REAL": 0.2, "INCONCLUSIVE": 0.5}
            if verdict in scores:
                yield Result(item.file, item.label, scores[verdict], verdict, 3, 5, 1.0, group=item.group)
            else:
                yield Result(item.file, item.label, None, "", 0, 0, 1.0, error="It is broken.", group=item.group)

    monkeypatch.setattr(session, "examined", examined)
    return files


def data(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    return folder


NAMES = (
    "fake/Swap/FAKE 1", "fake/Swap/FAKE 2", "fake/Swap/REAL 3", "fake/broken", "real/FAKE 4", "real/REAL 5",
    "real/INCONCLUSIVE 6", "real/REAL 7",
)  # fmt: skip


def words(tmp_path: Path, *more: str) -> list[str]:
    return ["evaluate", "--layout", "folders", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out"), *more]


def test_a_table_a_row_a_file_a_summary_and_charts(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data(tmp_path / "data", *NAMES)
    assert main(words(tmp_path)) == 0
    out, err = capsys.readouterr()
    assert err == ""
    header, swap, whole = out.splitlines()[:3]
    assert header.split()[:3] == ["real", "fake", "AUC"]
    assert swap.startswith("Swap  0     3") and "66.7 % (2/3)" in swap
    assert whole.startswith("all   4     4") and "25.0 % (1/4)" in whole and "66.7 % (2/3)" in whole
    assert whole.endswith("fake: 1 with an error")
    assert "1 could not be examined, the first: fake/broken: It is broken." in out
    folder = tmp_path / "out"
    rows = results.read(folder / "results.csv")
    assert [row.file for row in rows] == sorted(NAMES)
    assert json.loads((folder / "summary.json").read_bytes())["method"]["name"] == "standard"
    assert all((folder / f"{name}.png").stat().st_size > 1000 for name in ("roc", "histogram", "reliability"))
    before = (folder / "results.csv").read_bytes()
    assert main(words(tmp_path)) == 0
    assert len(asked) == len(NAMES)
    assert (folder / "results.csv").read_bytes() == before


def test_errors_are_tried_again_only_on_request(asked: list[str], tmp_path: Path) -> None:
    data(tmp_path / "data", "fake/broken", "real/REAL 1")
    for more in ([], [], ["--retry-errors"]):
        assert main(words(tmp_path, *more)) == 0
    assert asked == ["fake/broken", "real/REAL 1", "fake/broken"]


def test_a_few_files(asked: list[str], tmp_path: Path) -> None:
    data(tmp_path / "data", *(f"fake/FAKE {n}" for n in range(8)), *(f"real/REAL {n}" for n in range(8)))
    assert main(words(tmp_path, "--limit", "4")) == 0
    assert asked == ["fake/FAKE 0", "fake/FAKE 4", "real/REAL 0", "real/REAL 4"]


def test_too_few_frames_for_the_rule_are_told(
    asked: list[str], home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = home / "methods" / "standard.toml"
    path.write_text(path.read_text("utf-8").replace("least_faces = 1", "least_faces = 4"), encoding="utf-8")
    data(tmp_path / "data", "fake/FAKE 1")
    assert main(words(tmp_path, "--frames", "3")) == 0
    assert capsys.readouterr().err == "Note: the rule asks for 4 faces, and 3 frames seldom hold them.\n"


def test_when_nothing_could_be_examined_the_exit_code_says_so(asked: list[str], tmp_path: Path) -> None:
    data(tmp_path / "data", "fake/broken", "real/broken")
    assert main(words(tmp_path)) == 3


def test_a_changed_file_is_examined_again_and_told_of(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data(tmp_path / "data", "fake/FAKE 1", "real/REAL 1")
    assert main(words(tmp_path)) == 0
    (tmp_path / "data" / "fake" / "FAKE 1").write_bytes(b"another")
    assert main(words(tmp_path)) == 0
    assert asked == ["fake/FAKE 1", "real/REAL 1", "fake/FAKE 1"]
    assert capsys.readouterr().err == "Note: examined again, as the files were changed since: fake/FAKE 1.\n"


@pytest.mark.parametrize(
    ("more", "there", "workers"),
    [
        ([], ("cpu",), MOST_BY_DEFAULT),
        ([], ("cpu", "cuda:0"), 1),
        (["--device", "cpu"], ("cpu", "cuda:0"), MOST_BY_DEFAULT),
        (["--device", "mps"], ("cpu", "mps"), 1),
        (["--workers", "3"], ("cpu", "cuda:0"), 3),
    ],
)
def test_one_process_on_a_gpu_unless_more_are_asked_for(
    more: list[str], there: tuple[str, ...], workers: int, asked: list[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(devices, "available_devices", lambda: there)
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    data(tmp_path / "data", "fake/FAKE 1", "real/REAL 1")
    assert main(words(tmp_path, *more)) == 0
    assert json.loads((tmp_path / "out" / "evaluation.json").read_bytes())["runs"][0]["workers"] == workers


def test_files_of_one_content_are_told_of(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    without = vars(session)["examined"]

    def examined(*given: Any, **more: Any) -> Generator[Result, None, None]:
        for row in without(*given, **more):
            yield replace(row, sha256="ab" * 32)

    monkeypatch.setattr(session, "examined", examined)
    data(tmp_path / "data", "fake/FAKE 1", "fake/FAKE 2")
    assert main(words(tmp_path)) == 0
    told = "2 files are 1 contents, byte for byte, and each file counts: fake/FAKE 1, fake/FAKE 2"
    assert capsys.readouterr().err == f"Note: {told}.\n"
    assert json.loads((tmp_path / "out" / "evaluation.json").read_bytes())["runs"][0]["notes"] == [told]
    assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["same_content"] == 2


def test_a_limit_does_not_replace_the_results_of_all(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data(tmp_path / "data", *NAMES)
    assert main(words(tmp_path)) == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    capsys.readouterr()
    assert main(words(tmp_path, "--limit", "2")) == 2
    assert capsys.readouterr().err == (
        f"Cannot evaluate: {tmp_path / 'out'} holds 8 finished results, and 2 would take their place; ask as the run "
        "before did (no --limit), or choose another folder.\n"
    )
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_the_limit_stands_in_the_record(asked: list[str], tmp_path: Path) -> None:
    data(tmp_path / "data", "fake/FAKE 1", "fake/FAKE 2", "real/REAL 1")
    assert main(words(tmp_path, "--limit", "2")) == 0
    assert json.loads((tmp_path / "out" / "evaluation.json").read_bytes())["runs"][0]["options"] == {"limit": 2}


def test_what_cannot_be_evaluated_is_named(
    asked: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(tmp_path)) == 2
    assert capsys.readouterr().err == f"Cannot evaluate: there is no {tmp_path / 'data'}.\n"
    data(tmp_path / "data", "fake/FAKE 1")
    assert main(words(tmp_path, "--method", "nobody")) == 4
    assert main(words(tmp_path)) == 0
    capsys.readouterr()
    assert main(words(tmp_path, "--frames", "2")) == 2
    assert "holds results of another method (standard, SHA-256" in capsys.readouterr().err
    (tmp_path / "file").touch()
    assert main([*words(tmp_path)[:-1], str(tmp_path / "file")]) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_a_full_disk_is_named(
    asked: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    data(tmp_path / "data", "fake/FAKE 1")
    with monkeypatch.context() as patch:
        patch.setattr(Journal, "append", full)
        assert main(words(tmp_path)) == 1
    assert capsys.readouterr().err == (
        f"{tmp_path / 'out'} cannot be written: No space left on device.\n"
        "What was finished before is kept; the same command goes on.\n"
    )
    assert main(words(tmp_path)) == 0


@pytest.mark.parametrize(
    "more",
    [
        ["--workers", "0"], ["--limit", "none"], ["--layout", "zip"], ["--device", "tpu"], ["--threads", "-1"],
        ["--compare", "a.csv"], ["--from-results", "a", "--compare", "b", "c"],
    ],
)  # fmt: skip
def test_wrong_use(more: list[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words(tmp_path, *more))
    assert caught.value.code == 2


def test_what_is_needed_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", "--layout", "csv"])
    assert "needs --data, --out (or --from-results, or --compare)" in capsys.readouterr().err


def test_faces_by_real_networks(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(1)
    for name in ("fake/a.png", "fake/ä b.jpg", "real/a.png"):
        (tmp_path / "data" / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = random.integers(0, 255, (40, 50, 3), dtype=np.uint8)
        (tmp_path / "data" / name).write_bytes(cv2.imencode(name[-4:], pixels)[1].tobytes())
    faces = ["evaluate", "--layout", "faces", "--data", str(tmp_path / "data"), "--out", str(tmp_path / "out")]
    assert main([*faces, "--device", "cpu", "--workers", "1"]) == 0
    rows = results.read(tmp_path / "out" / "results.csv")
    assert [(row.file, row.label, row.faces, row.frames) for row in rows] == [
        ("fake/a.png", "FAKE", 1, 1), ("fake/ä b.jpg", "FAKE", 1, 1), ("real/a.png", "REAL", 1, 1),
    ]  # fmt: skip
    assert all(row.score is not None and row.verdict for row in rows)


def authors_file(path: Path) -> Path:
    labels = ["FAKE", "REAL"]
    video = {"name": ["a.mp4", "b.mp4"], "pred": [0.9, 0.2], "klass": ["DFDC", "DFDC"], "pred_label": labels}
    path.write_text(json.dumps({"video": video | {"correct_label": labels}}), encoding="utf-8")
    return path


def test_results_of_the_authors_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = authors_file(tmp_path / "prediction.json")
    assert main(["evaluate", "--from-results", str(path)]) == 0
    assert "1/1" in capsys.readouterr().out
    assert main(["evaluate", "--from-results", str(path), "--out", str(tmp_path / "out")]) == 0
    assert len(results.read(tmp_path / "out" / "prediction" / "results.csv")) == 2
    assert (tmp_path / "out" / "prediction" / "summary.json").is_file()
    (tmp_path / "b").mkdir()
    both = ["--from-results", str(path), str(authors_file(tmp_path / "b" / "prediction.json"))]
    assert main(["evaluate", *both, "--out", str(tmp_path / "out")]) == 2
    assert main(["evaluate", "--from-results", str(tmp_path / "gone.json")]) != 0
    assert str(tmp_path / "gone.json") in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [
        ["--layout", "folders"], ["--data", "x"], ["--method", "mine"], ["--limit", "3"], ["--retry-errors"],
        ["--split", "none"], ["--workers", "2"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("instead", [["--from-results", "a.json"], ["--compare", "a.csv", "b.csv"]])
def test_options_of_examining_have_no_use_without_it(
    instead: list[str], more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["evaluate", *instead, *more])
    assert caught.value.code == 2
    assert f"{more[0]} has no use with {instead[0]}" in capsys.readouterr().err


def test_a_comparison_is_written_nowhere(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["evaluate", "--compare", "a.csv", "b.csv", "--out", "x"])
    assert "--out has no use with --compare" in capsys.readouterr().err


def test_a_comparison_that_cannot_be_printed_promises_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(self: Comparison) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Comparison, "text", full)
    results.write([], tmp_path / "a.csv")
    assert main(["evaluate", "--compare", str(tmp_path / "a.csv"), str(tmp_path / "a.csv")]) == 1
    assert capsys.readouterr().err == "The output cannot be written: No space left on device.\n"


def test_two_results_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for name, scores in (("a", (0.9, 0.7, 0.2, 0.6)), ("b", (0.9, 0.8, 0.1, 0.3))):
        rows = [
            Result(f"{n}.mp4", "FAKE" if n < 2 else "REAL", score, "FAKE" if score > 0.5 else "REAL", 3, 5, 1.0)
            for n, score in enumerate(scores)
        ]
        results.write(rows, tmp_path / f"{name}.csv")
        files.append(str(tmp_path / f"{name}.csv"))
    assert main(["evaluate", "--compare", *files]) == 0
    assert capsys.readouterr().out
    (tmp_path / "b.csv").write_text("file,label\n", encoding="utf-8")
    assert main(["evaluate", "--compare", *files]) != 0
    assert "b.csv" in capsys.readouterr().err


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, genconvit.__main__ as m\n"
        "try:\n    m.main(['evaluate', '--help'])\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'cv2', 'av', 'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--retry-errors" in done.stdout and "examples:" in done.stdout
