from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from genconvit.alone import NotAlone
from genconvit.commands.sentences import sentence
from genconvit.engine import Serve
from genconvit.errors import WeightsMissing
from genconvit.evaluation.items import Item, Items
from genconvit.evaluation.record import ABOUT, JOURNAL, SCHEMA, FolderRefused, RunOptions
from genconvit.evaluation.results import Result
from genconvit.evaluation.session import State, evaluate
from genconvit.evaluation.worker import Setting, Work
from genconvit.method import Finding, Method, Rule, changed
from genconvit.progress import QUIET

NAMES = ("a", "b", "broken", "c", "poison", "d")
PATIENCE_S = 5.0
"""Two seconds are meant; a busy machine is no failure."""
Run = Callable[..., tuple[Result, ...]]


def items(root: Path, *names: str) -> Items:
    return Items("folders", root, tuple(Item(name, root / name, "FAKE", "some") for name in names))


@pytest.fixture
def weights(tmp_path: Path, tiny_weights: Path) -> Path:
    return Path(shutil.copytree(tiny_weights, tmp_path / "weights"))


@pytest.fixture
def run(target: Serve, tiny_method: Method, weights: Path, tmp_path: Path) -> Run:
    def start(*names: str, method: Method = tiny_method, how: RunOptions | None = None,
              states: list[State] | None = None, found: Items | None = None) -> tuple[Result, ...]:  # fmt: skip
        tell = states.append if states is not None else lambda state: None
        data = found or items(tmp_path / "data", *(names or NAMES))
        out = tmp_path / "out"
        return evaluate(
            data, method, [weights], out, how or RunOptions(), told=sentence, tell=tell, target=target
        ).results

    return start


def seen(weights: Path) -> list[str]:
    return (weights / "examined.txt").read_text(encoding="utf-8").splitlines()


def test_all_rows_in_the_order_of_the_items_whoever_is_done_first(run: Run) -> None:
    states: list[State] = []
    results = run(how=RunOptions(workers=3), states=states)
    assert [result.file for result in results] == list(NAMES)
    assert [bool(result.error) for result in results] == [False, False, True, False, True, False]
    assert states[0] == State(0, 6, 0, 0)
    assert states[-1] == State(6, 6, 2, 0)
    assert [state.done for state in states] == list(range(7))


def test_one_process_and_several_give_the_same_rows(run: Run, tmp_path: Path) -> None:
    one = run()
    shutil.rmtree(tmp_path / "out")
    several = run(how=RunOptions(workers=3))
    assert [replace(row, seconds=0) for row in one] == [replace(row, seconds=0) for row in several]


def test_what_is_done_is_not_done_again_but_errors_are_on_request(run: Run, weights: Path, tmp_path: Path) -> None:
    first = run("a", "b", "broken")
    states: list[State] = []
    assert run("b", "a", "broken", "c", states=states)[0] == first[1]
    assert seen(weights) == ["a", "b", "broken", "c"]
    assert states[0] == State(3, 4, 1, 3)
    run("a", "broken", how=RunOptions(retry_errors=True))
    assert seen(weights) == ["a", "b", "broken", "c", "broken"]
    about = json.loads((tmp_path / "out" / ABOUT).read_bytes())
    assert about["method"]["name"] == "tiny" and about["schema"] == SCHEMA
    assert [(run["files"], run["examined"], run["retry_errors"]) for run in about["runs"]] == [
        (3, 3, False), (4, 1, False), (2, 1, True),
    ]  # fmt: skip


def test_every_run_is_kept_with_what_it_was_made_with(run: Run, tmp_path: Path) -> None:
    run("a", how=RunOptions(threads=1))
    limited = replace(items(tmp_path / "data", "a", "b"), options={"split": "none", "limit": 2}, notes=("one is gone",))
    run(found=limited, how=RunOptions(threads=2, workers=2))
    run("a", "b")
    first, second, third = json.loads((tmp_path / "out" / ABOUT).read_bytes())["runs"]
    assert (first["threads"], first["workers"], first["options"], first["labels"]) == (1, 1, {}, {"FAKE": 1})
    assert (second["threads"], second["workers"], second["options"]) == (2, 2, {"split": "none", "limit": 2})
    assert second["notes"] == ["one is gone"]
    assert (first["devices"], second["devices"], third["devices"]) == (["cpu (for tests)"], ["cpu (for tests)"], [])
    for each in (first, second, third):
        assert each["libraries"]["numpy"] and each["platform"] and each["started_at"] <= each["ended_at"]


@pytest.mark.parametrize("name", ["compression", "real"])
def test_options_that_say_which_file_a_name_stands_for_must_stay(name: str, run: Run, tmp_path: Path) -> None:
    def told(value: str) -> Items:
        return replace(items(tmp_path / "data", "a"), options={name: value})

    run(found=told("one"))
    run("a")
    run(found=told("one"))
    with pytest.raises(FolderRefused, match=f"holds results with --{name} one, not two; choose another folder"):
        run(found=told("two"))


def test_a_file_that_was_changed_is_examined_again(
    run: Run, target: Serve, tiny_method: Method, weights: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("a", "b", "c"):
        (data / name).write_bytes(b"one")
    run("a", "b", "c", "d")
    os.utime(data / "a", ns=(1, 1))
    (data / "b").unlink()
    (data / "d").write_bytes(b"now there")
    found = items(data, "a", "b", "c", "d")
    done = evaluate(found, tiny_method, [weights], tmp_path / "out", RunOptions(), told=sentence,
                    tell=lambda state: None, target=target)  # fmt: skip
    assert done.changed == ("a", "d")
    assert seen(weights) == ["a", "b", "c", "d", "a", "d"]
    assert json.loads((tmp_path / "out" / ABOUT).read_bytes())["runs"][-1]["changed"] == ["a", "d"]
    run("a", "b", "c", "d")
    assert len(seen(weights)) == 6


def test_a_corrected_label_is_the_one_that_counts(run: Run, tmp_path: Path) -> None:
    run("a")
    corrected = Items("folders", tmp_path / "data", (Item("a", tmp_path / "data" / "a", "REAL", "other"),))
    (result,) = run(found=corrected)
    assert (result.label, result.group) == ("REAL", "other")


def test_another_method_other_data_and_results_of_unknown_origin_are_refused(
    run: Run, tiny_method: Method, tmp_path: Path
) -> None:
    run("a")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    with pytest.raises(FolderRefused, match=r"another method \(tiny, SHA-256"):
        run("a", method=changed(tiny_method, count=3))
    with pytest.raises(FolderRefused, match="other data"):
        run(found=items(tmp_path / "elsewhere", "a"))
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    (tmp_path / "out" / ABOUT).write_text("[]", "utf-8")
    with pytest.raises(FolderRefused, match="cannot be read"):
        run("a")
    (tmp_path / "out" / ABOUT).write_text('{"schema": 1}', "utf-8")
    with pytest.raises(FolderRefused, match=r"another version of the program \(schema 1, not 2\)"):
        run("a")
    (tmp_path / "out" / ABOUT).write_text('{"schema": 2, "runs": [3]}', "utf-8")
    with pytest.raises(FolderRefused, match="cannot be read"):
        run("a")
    (tmp_path / "out" / ABOUT).unlink()
    with pytest.raises(FolderRefused, match="says of what"):
        run("a")
    assert before[JOURNAL] == (tmp_path / "out" / JOURNAL).read_bytes()


def test_a_journal_of_another_shape_is_refused_not_examined_anew(run: Run, weights: Path, tmp_path: Path) -> None:
    run("a")
    path = tmp_path / "out" / JOURNAL
    path.write_bytes(old := b'{"file": "a", "label": "FAKE"}\n')
    before = (tmp_path / "out" / ABOUT).read_bytes()
    with pytest.raises(FolderRefused, match="line 1 is not a result as this version writes it; choose another folder"):
        run("a")
    assert seen(weights) == ["a"]
    assert path.read_bytes() == old and (tmp_path / "out" / ABOUT).read_bytes() == before


def narrowed(root: Path, *names: str, **options: str | int) -> Items:
    return replace(items(root, *names), options=options)


def test_fewer_results_never_take_the_place_of_more(run: Run, weights: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run("a", "b", "c")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    for options, told in (({"limit": 2}, "no --limit"), ({"split": "list"}, "no --split")):
        with pytest.raises(FolderRefused, match="holds 3 finished results, and 2 would take their place") as caught:
            run(found=narrowed(data, "a", "b", **options))
        assert f"({told}), or choose another folder" in str(caught.value)
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert len(run("a", "b")) == 2


def test_a_limit_may_stay_and_grow_but_not_shrink(run: Run, tmp_path: Path) -> None:
    data = tmp_path / "data"
    run(found=narrowed(data, "a", "b", limit=2))
    run(found=narrowed(data, "a", "c", limit=2))
    run(found=narrowed(data, "c", "d", "f", limit=3))
    assert len(run(found=narrowed(data, "a", "b", "c", "d", limit=4))) == 4
    with pytest.raises(FolderRefused, match=r"ask as the run before did \(--limit 4\)"):
        run(found=narrowed(data, "a", "b", limit=2))
    assert len(run("a", "b", "c", "d", "f")) == 5


POSSIBLE: dict[str, list[tuple[str, float, int, bool]]] = {
    "tracks": [
        ("FAKE", 0.6, 3, True),
        ("FAKE", 0.59, 3, False),
        ("FAKE", 0.9, 2, False),
        ("REAL", 0.39, 3, True),
        ("REAL", 0.4, 3, False),
        ("INCONCLUSIVE", 0.9, 9, True),
    ],
    "released": [("FAKE", 0.5, 1, True), ("REAL", 0.5, 1, True), ("REAL", 0.51, 1, False), ("FAKE", 0.49, 1, False)],
    "": [("REAL", 0.1, 9, False), ("FAKE", 0.9, 9, False)],
}


@pytest.mark.parametrize("kind", POSSIBLE)
def test_a_kept_verdict_is_one_that_the_rule_can_give(kind: str, run: Run, tiny_method: Method, tmp_path: Path) -> None:
    rule = Rule(kind, 0.6, 0.4, 0.5, 3, (tiny_method.core_sha256,), "", ()) if kind else None
    method = replace(tiny_method, rule=rule)
    run("a", method=method)
    path = tmp_path / "out" / JOURNAL
    line = json.loads(path.read_bytes())
    for verdict, score, faces, stays in POSSIBLE[kind]:
        line["result"] |= {"verdict": verdict, "score": score, "faces": faces}
        path.write_text(json.dumps(line) + "\n", "utf-8")
        if stays:
            assert run("a", method=method)[0].verdict == verdict
        else:
            with pytest.raises(FolderRefused, match=r"journal\.jsonl was changed: the method's rule does not call"):
                run("a", method=method)


def test_other_weights_under_the_same_name_are_another_method(run: Run, weights: Path) -> None:
    run("a")
    card = weights / "cards" / "genconvit-ed.toml"
    text = card.read_text("utf-8")
    sha256 = next(line for line in text.splitlines() if line.startswith("sha256"))
    card.write_text(text.replace(sha256, f'sha256 = "{"ab" * 32}"'), "utf-8")
    with pytest.raises(FolderRefused, match="another method"):
        run("a")


def test_two_evaluations_never_write_into_one_folder(run: Run, target: Serve, tmp_path: Path) -> None:
    refused = []

    def tell(state: State) -> None:
        with pytest.raises(NotAlone, match="another evaluation is writing"):
            run("a")
        refused.append(state)

    run("b", states=type("Telling", (list,), {"append": lambda self, state: tell(state)})())
    assert refused


def test_a_full_disk_ends_the_run_and_keeps_what_was_written(
    run: Run, monkeypatch: pytest.MonkeyPatch, weights: Path, tmp_path: Path
) -> None:
    def fsync(handle: int) -> None:
        if (tmp_path / "out" / JOURNAL).read_bytes().count(b"\n") > 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="No space left"):
            run("a", "b", "c", "d")
    assert [row.file for row in run("a", "b", "c", "d")] == ["a", "b", "c", "d"]
    assert seen(weights).count("a") == 1


def test_without_weights_nothing_is_begun(run: Run, weights: Path, tmp_path: Path) -> None:
    shutil.rmtree(weights / "cards")
    with pytest.raises(WeightsMissing):
        run("a")
    assert not (tmp_path / "out").exists()


SCRIPT = """
import signal
import sys
from pathlib import Path
# Whatever started the tests in the background lets its children ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.path.insert(0, sys.argv[1])
import workers_for_tests
from genconvit.commands.sentences import sentence
from genconvit.evaluation.items import Item, Items
from genconvit.evaluation.record import RunOptions
from genconvit.evaluation.session import evaluate
from genconvit.method import load
base = Path(sys.argv[2])
names = ["a", "b", "c", "hangs"]
found = Items("folders", base / "data", tuple(Item(name, base / "data" / name, "FAKE", "some") for name in names))
def tell(state):
    print(state.done, flush=True)
try:
    evaluate(found, load(base / "method.toml"), [base / "weights"], base / "out", RunOptions(workers=2), told=sentence,
             tell=tell, target=workers_for_tests.serve)
except KeyboardInterrupt:
    sys.exit(130)
"""


@pytest.fixture
def started(run: Run, tiny_method: Method, tmp_path: Path) -> subprocess.Popen[str]:
    """An evaluation in a process of its own that has done three files and hangs on the fourth."""
    from genconvit.method import to_toml

    (tmp_path / "method.toml").write_text(to_toml(tiny_method), "utf-8")
    command = [sys.executable, "-c", SCRIPT, str(Path(__file__).parent), str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while process.stdout.readline().strip() != "3":
        assert process.poll() is None
    return process


def test_a_kill_in_the_middle_loses_only_what_was_under_way(
    started: subprocess.Popen[str], run: Run, weights: Path, tmp_path: Path
) -> None:
    started.kill()
    started.communicate()
    (killed,) = json.loads((tmp_path / "out" / ABOUT).read_bytes())["runs"]
    assert (killed["devices"], killed["ended_at"]) == (["cpu (for tests)"], "")
    assert [row.error for row in run("a", "b", "c", "d")] == [""] * 4
    assert sorted(seen(weights)) == ["a", "b", "c", "d", "hangs"]


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c_ends_everything_at_once(started: subprocess.Popen[str]) -> None:
    start = time.monotonic()
    started.send_signal(signal.SIGINT)
    _, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (130, "")
    assert time.monotonic() - start < PATIENCE_S


def test_real_videos_by_real_networks_in_two_processes_and_in_this_one(
    tiny_method: Method, weights: Path, portrait_clip: Path, tmp_path: Path, few_threads: None
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name in ("one ü.mp4", "two.mp4"):
        shutil.copy(portrait_clip, data / name)
    (data / "text.mp4").write_text("no video", "utf-8")
    method = replace(tiny_method, finding=Finding("centerface", 640, 0.5, 40, 0))
    method = replace(method, rule=Rule("tracks", 0.0, 0.0, 0.0, 2, (method.core_sha256,), "", ()))
    found = items(data, "one ü.mp4", "text.mp4", "two.mp4", "gone.mp4")
    rows = evaluate(
        found, method, [weights], tmp_path / "out", RunOptions("cpu", 2), told=sentence, tell=lambda state: None
    ).results
    assert [(row.verdict, row.faces, row.frames) for row in rows] == [("FAKE", 5, 5), ("", 0, 0)] * 2
    assert rows[1].error.startswith("No decoder can read a picture from text.mp4.")
    assert rows[3].error == "There is no file gone.mp4."
    assert rows[0].sha256 == rows[2].sha256 == hashlib.sha256(portrait_clip.read_bytes()).hexdigest()
    work = Work((weights,))
    work.prepare(Setting(method, "cpu"), QUIET)
    again = [work.examine(found.items[place], QUIET) for place in (0, 2)]
    assert [replace(row, seconds=0) for row in again] == [replace(rows[place], seconds=0) for place in (0, 2)]
