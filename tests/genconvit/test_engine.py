import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest

from genconvit.analyze import analyze
from genconvit.engine import Engine
from genconvit.engine_process import Work
from genconvit.errors import EngineDied, EngineFailure, VideoNotFound, WeightsDamaged, WeightsMissing
from genconvit.method import Finding, Method, Rule, Sampling, WeightsRef
from genconvit.progress import QUIET, Cancelled, Progress, Reporter


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.syspath_prepend(Path(__file__).parent)
    import engine_for_tests

    with Engine([Path("weights here")], target=engine_for_tests.serve) as engine:
        yield engine
    assert multiprocessing.active_children() == []


def ask(engine: Engine, name: str, progress: Progress = QUIET) -> tuple[int, str]:
    return engine.call("probe", (Path(name),), progress)


def test_one_process_answers_call_after_call(engine: Engine) -> None:
    pid, folder = ask(engine, "fine")
    assert pid != os.getpid()
    assert folder == "weights here"
    assert ask(engine, "fine")[0] == pid


def test_the_process_starts_without_what_steers_arithmetic(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    assert ask(engine, "environment")[1] == ""
    assert os.environ["ONEDNN_MAX_CPU_ISA"] == "AVX2"


def test_errors_come_over_typed_and_leave_the_process_alive(engine: Engine) -> None:
    pid, _ = ask(engine, "fine")
    with pytest.raises(VideoNotFound) as caught:
        ask(engine, "missing")
    assert caught.value.path == Path("missing")
    assert caught.value.problem == "missing"
    assert ask(engine, "fine")[0] == pid


def test_a_fault_comes_over_with_its_trace(engine: Engine) -> None:
    with pytest.raises(EngineFailure) as caught:
        ask(engine, "fault")
    assert caught.value.kind == "ZeroDivisionError"
    assert caught.value.message == "a fault of ours"
    assert "engine_for_tests.py" in caught.value.trace


def test_a_dead_process_is_reported_and_the_next_call_starts_another(engine: Engine) -> None:
    pid, _ = ask(engine, "fine")
    with pytest.raises(EngineDied) as caught:
        ask(engine, "dies")
    assert caught.value.exit_code == 7
    assert caught.value.stage == "probe"
    assert ask(engine, "fine")[0] != pid


def test_a_process_killed_between_calls_is_replaced(engine: Engine) -> None:
    pid, _ = ask(engine, "fine")
    [child] = multiprocessing.active_children()
    child.kill()
    child.join()
    assert ask(engine, "fine")[0] != pid


def test_progress_arrives_in_the_calling_thread_in_order(engine: Engine) -> None:
    seen: list[tuple[float, int | None, str]] = []
    here = threading.current_thread().name
    ask(engine, "counts", Reporter(lambda f, n: seen.append((f, n, threading.current_thread().name))))
    counted = [n for _, n, _ in seen if n is not None]
    assert counted == sorted(counted)
    assert counted[-1] == 4
    assert {name for _, _, name in seen} == {here}


@pytest.mark.parametrize("what", ["hangs", "reports"])
def test_cancelling_by_progress_ends_the_process_at_once(engine: Engine, what: str) -> None:
    ask(engine, "fine")
    calls = 0

    def cancel(fraction: float, frames: int | None) -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise Cancelled

    start = time.monotonic()
    with pytest.raises(Cancelled):
        ask(engine, what, Reporter(cancel))
    assert time.monotonic() - start < 3
    assert multiprocessing.active_children() == []
    ask(engine, "fine")


def test_any_error_of_the_callers_own_progress_comes_back_as_it_is(engine: Engine) -> None:
    def broken(fraction: float, frames: int | None) -> None:
        if frames:
            raise PermissionError("the caller's own")

    with pytest.raises(PermissionError, match="the caller's own"):
        ask(engine, "reports", Reporter(broken))


def test_stop_from_another_thread_makes_the_call_raise_cancelled(engine: Engine) -> None:
    ask(engine, "fine")
    under_way = threading.Event()
    stopping = threading.Thread(target=lambda: (under_way.wait(30), engine.stop()))
    stopping.start()
    told: list[float] = []

    def tell(fraction: float, frames: int | None) -> None:
        told.append(fraction)
        if len(told) > 1:
            under_way.set()

    with pytest.raises(Cancelled):
        ask(engine, "hangs", Reporter(tell))
    stopping.join()
    ask(engine, "fine")


def test_stop_without_a_process_does_nothing(engine: Engine) -> None:
    engine.stop()
    ask(engine, "fine")
    engine.stop()
    engine.stop()


def test_a_call_cancelled_before_it_starts_starts_no_process(engine: Engine) -> None:
    def cancel(fraction: float, frames: int | None) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        ask(engine, "fine", Reporter(cancel))
    assert multiprocessing.active_children() == []


def test_the_callers_side_imports_neither_torch_nor_a_decoder() -> None:
    heavy = ("torch", "timm", "decord", "av", "cv2", "dlib", "face_recognition")
    code = f"import sys, genconvit.engine, genconvit.document; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_the_real_work_gives_what_it_gives_in_process(
    portrait_clip: Path, tmp_path: Path, tiny_weights: Path, tiny_method: Method
) -> None:
    method = replace(tiny_method, sampling=Sampling("even", 2, 0.0), finding=Finding("centerface", 640, 0.5, 40, 0))
    rule = Rule("tracks", 0.0, 0.0, 0.0, 1, (method.core_sha256,), "", ())
    method = replace(method, rule=rule)
    with Engine([tiny_weights]) as engine:
        video = engine.probe(portrait_clip)
        examination = engine.examine(portrait_clip, method, "cpu", tmp_path)
        frame = engine.read_frame(portrait_clip, 3)
        with pytest.raises(VideoNotFound):
            engine.examine(tmp_path / "nothing.mp4", method, "cpu")
        again = engine.examine(portrait_clip, method, "cpu")
        with pytest.raises(WeightsMissing):
            engine.examine(portrait_clip, replace(method, weights=(WeightsRef("nothing", "ed", ""),), rule=None), "cpu")
    assert examination.analysis.video == video
    assert frame.index == 3
    assert frame.pixels.shape == (video.height_px, video.width_px, 3)
    assert [picture.kind for picture in examination.pictures] == ["frame", "crop"] * 2
    assert all(picture.file.is_file() for picture in examination.pictures)
    here = analyze(portrait_clip, method, folders=(tiny_weights,), device="cpu").analysis
    for there in (examination.analysis, again.analysis):
        assert (there.scores, there.tracks, there.verdict) == (here.scores, here.tracks, here.verdict)
        assert there.method == here.method
    assert again.analysis.timings_s["load"] < 0.5


def test_weights_that_were_written_into_are_not_kept_for_the_next_call(
    portrait_clip: Path, tiny_weights: Path, tiny_method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work((tiny_weights,))
    method = replace(tiny_method, sampling=Sampling("even", 1, 0.0), finding=Finding("centerface", 640, 0.5, 40, 0))
    examine = partial(work.examine, portrait_clip, method, "cpu", None, QUIET)
    wanted = examine().analysis.scores
    damaged = WeightsDamaged(tiny_weights, "0" * 64, "1" * 64)
    with monkeypatch.context() as patched:
        patched.setattr(work._loaded[1], "score", Mock(side_effect=damaged))
        with pytest.raises(WeightsDamaged):
            examine()
        assert examine().analysis.scores == wanted


UNGUARDED = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
print("main", flush=True)
import engine_for_tests
from genconvit.engine import Engine
engine = Engine([Path("x")], target=engine_for_tests.serve)
print("pid", engine.call("probe", (Path("fine"),), __import__("genconvit.progress").progress.QUIET)[0], flush=True)
{end}
"""


def run_unguarded(folder: Path, end: str) -> "subprocess.CompletedProcess[str]":
    here = Path(__file__)
    script = folder / "heavy.py"
    paths = [str(here.parent), str(here.parents[2])]
    script.write_text(UNGUARDED.format(paths=paths, end=end), encoding="utf-8")
    return subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=60)


def test_the_main_module_of_the_caller_is_not_run_again(tmp_path: Path) -> None:
    done = run_unguarded(tmp_path, "engine.stop()")
    assert done.stderr == ""
    assert done.stdout.count("main") == 1
    assert done.returncode == 0


def test_the_engine_ends_when_its_parent_dies_even_when_it_hangs(tmp_path: Path) -> None:
    end = (
        "import threading, time, os\n"
        "ask = lambda: engine.call('probe', (Path('hangs'),), __import__('genconvit.progress').progress.QUIET)\n"
        "threading.Thread(target=ask, daemon=True).start()\n"
        "time.sleep(0.3)\n"
        "os._exit(3)"
    )
    # Both processes hold the captured output: run() returns only when the engine is gone as well.
    start = time.monotonic()
    done = run_unguarded(tmp_path, end)
    assert done.returncode == 3
    assert time.monotonic() - start < 30
