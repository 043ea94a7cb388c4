"""Files examined by several processes at a time; what happens to one file never ends the run."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import resource_tracker
from pathlib import Path

from genconvit.engine import Engine, Serve
from genconvit.errors import EngineDied, GenConViTError
from genconvit.evaluation.items import Item
from genconvit.evaluation.results import Result
from genconvit.evaluation.worker import Setting, serve
from genconvit.progress import Cancelled, Reporter

STALLED_S = 900.0
"""A file whose progress stands still for this long is given up."""
POLL_S = 0.1
PREPARE_TRIES = 3
"""A process can end between two files; where every new one does so too, no file can be examined."""

Told = Callable[[GenConViTError], str]
"""Makes the sentence for a row's ``error``."""


class _Stalled(Exception):
    """A file makes no progress."""


def examined(
    items: Sequence[Item],
    setting: Setting,
    folders: Sequence[Path],
    *,
    told: Told,
    devices: set[str],
    workers: int = 1,
    target: Serve = serve,
    stalled_s: float = STALLED_S,
) -> Generator[Result, None, None]:
    """The result of each item, in the order in which they are done; of one that fails, a row with its error.

    A process that ends over a file is replaced. Whoever stops iterating closes the iterator; then all processes end.

    Args:
        folders: weights folders, the user's first.
        devices: the names of those that are computed on are added to it.
        workers: processes, each with the networks in its memory.
        target: what a process runs; see :func:`genconvit.evaluation.worker.serve`.

    Raises:
        GenConViTError: no file can be examined, for example because the weights are not there.
    """
    todo: queue.SimpleQueue[Item] = queue.SimpleQueue()
    for item in items:
        todo.put(item)
    crew = _Crew(setting, told, devices, stalled_s, todo)
    engines = [Engine(folders, target) for _ in range(min(workers, len(items)))]
    threads = [threading.Thread(target=crew.work, args=(engine,), name="evaluation") for engine in engines]
    try:
        for thread in threads:
            thread.start()
        for _ in items:
            answer = crew.next_answer()
            if isinstance(answer, BaseException):
                raise answer
            yield answer
    finally:
        crew.stop.set()
        for engine in engines:
            engine.stop()
        for thread in threads:
            if thread.ident is not None:
                thread.join()


@dataclass(frozen=True, slots=True)
class _Crew:
    """What the threads share; each thread speaks to one process."""

    setting: Setting
    told: Told
    devices: set[str]
    stalled_s: float
    todo: queue.SimpleQueue[Item]
    answers: queue.SimpleQueue[Result | BaseException] = field(default_factory=queue.SimpleQueue)
    stop: threading.Event = field(default_factory=threading.Event)

    def next_answer(self) -> Result | BaseException:
        while True:
            try:
                # With a time limit, so that Ctrl-C gets through on every system.
                return self.answers.get(timeout=POLL_S)
            except queue.Empty:
                continue

    def work(self, engine: Engine) -> None:
        _leave_ctrl_c_to_the_main_thread()
        try:
            while not self.stop.is_set():
                self.answers.put(self._one(engine, self.todo.get_nowait()))
        except (queue.Empty, Cancelled):
            return
        except BaseException as error:  # noqa: BLE001  handed to the iterator, whose error it is
            self.answers.put(error)
        finally:
            engine.stop()

    def _one(self, engine: Engine, item: Item) -> Result:
        # Before every file: the process may be a new one. Where all is loaded this costs a word through the pipe.
        self.devices.add(self._prepared(engine))
        start = time.perf_counter()
        try:
            result = engine.call("examine", (item,), Reporter(self._watch(self.stalled_s)))
            assert isinstance(result, Result)
            return result
        except _Stalled:
            problem = f"given up: no progress for {self.stalled_s:g} s"
        except EngineDied as error:
            code = "" if error.exit_code is None else f" (exit code {error.exit_code})"
            problem = f"the process that examined it ended{code}"
        except GenConViTError as error:
            problem = " ".join(self.told(error).split()).replace(str(item.path), item.file)
        seconds = round(time.perf_counter() - start, 3)
        return Result(item.file, item.label, None, "", 0, 0, seconds, error=problem, group=item.group)

    def _prepared(self, engine: Engine) -> str:
        """The device's name, from a process that has all loaded."""
        prepare = partial(engine.call, "prepare", (self.setting,), Reporter(self._watch(float("inf"))))
        for _ in range(PREPARE_TRIES - 1):
            with contextlib.suppress(EngineDied):
                return str(prepare())
        return str(prepare())

    def _watch(self, longest_s: float) -> Callable[[float, int | None], None]:
        last: tuple[float, int | None] = (-1.0, None)
        since = time.monotonic()

        def tell(fraction: float, frames: int | None) -> None:
            nonlocal last, since
            if self.stop.is_set():
                raise Cancelled
            now = time.monotonic()
            if (fraction, frames) != last:
                last, since = (fraction, frames), now
            elif now - since > longest_s:
                raise _Stalled

        return tell


def _leave_ctrl_c_to_the_main_thread() -> None:
    """Processes started from this thread do not hear Ctrl-C, not even while they import; Windows has no such thing."""
    if hasattr(signal, "pthread_sigmask"):
        # Its first start lets the signals of the thread through again.
        resource_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
