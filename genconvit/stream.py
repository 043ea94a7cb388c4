"""The threads of the engine: a stage runs ahead of the one that needs it, and ends with the block it was made for."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from typing import Generic, Protocol, TypeVar

from genconvit.progress import Cancelled, Progress, Reporter

T = TypeVar("T")

BETWEEN_LOOKS_S = 0.05


@contextlib.contextmanager
def prefetch(source: Iterable[T], depth: int) -> Iterator[Iterator[T]]:
    """Run through ``source`` on a thread of its own, at most ``depth`` items ahead.

    Used as ``with prefetch(frames, 4) as ahead: for frame in ahead: ...``. When the block is left, for whatever reason,
    the thread has ended and a generator given as ``source`` is closed. What the source raises is raised from the
    iterator, after the items before it. Leaving waits for the item that is being made.
    """
    items: queue.Queue[tuple[T] | BaseException | None] = queue.Queue(depth)
    stop = threading.Event()

    def run() -> None:
        end: BaseException | None = None
        try:
            iterator = iter(source)
            try:
                for item in iterator:
                    if not _put(items, (item,), stop):
                        return
            finally:
                if hasattr(iterator, "close"):
                    iterator.close()
        except BaseException as error:  # noqa: BLE001  handed to the consumer, whose error it is
            end = error
        _put(items, end, stop)

    def taken() -> Iterator[T]:
        while isinstance(item := items.get(), tuple):
            yield item[0]
        if item is not None:
            raise item

    thread = threading.Thread(target=run, name="prefetch", daemon=True)
    thread.start()
    try:
        yield taken()
    finally:
        stop.set()
        thread.join()


class Made(Generic[T]):
    """Something that is being made on another thread; see :func:`beside`."""

    def __init__(self, future: Future[T], stop: threading.Event) -> None:
        """``stop``: when set, the making is to end."""
        self._future, self._stop = future, stop

    def check(self) -> None:
        """Raise what the making raised, if it has come to that. Never waits."""
        if self._future.done():
            self._future.result()

    def wait(self, meanwhile: Callable[[], None]) -> T:
        """What was made. ``meanwhile`` is called now and then until it is there; what it raises ends the waiting."""
        while not wait_for([self._future], BETWEEN_LOOKS_S).done:
            meanwhile()
        return self._future.result()

    def end(self, meanwhile: Callable[[], None]) -> None:
        """Have the making end, and wait for that as :meth:`wait` does. Raises what it raised, but not Cancelled."""
        self._stop.set()
        while not wait_for([self._future], BETWEEN_LOOKS_S).done:
            meanwhile()
        error = self._future.exception()
        if error is not None and not isinstance(error, Cancelled):
            raise error


class Start(Protocol):
    """Starts a making on the thread of :func:`aside`, behind those that were started before it."""

    def __call__(self, make: Callable[[Progress], T], /) -> Made[T]: ...


@contextlib.contextmanager
def beside(make: Callable[[Progress], T]) -> Iterator[Made[T]]:
    """Make something on a thread of its own while the block runs.

    When the block is left, for whatever reason, the thread has ended: from then on the Progress that ``make`` was given
    raises Cancelled. What ``make`` raises is raised from :class:`Made`.
    """
    with aside() as start:
        yield start(make)


@contextlib.contextmanager
def aside() -> Iterator[Start]:
    """A thread of its own for whatever the block starts on it, one making after the other, as :func:`beside` does."""
    stop = threading.Event()

    def tell(fraction: float, frames: int | None) -> None:
        if stop.is_set():
            raise Cancelled

    with ThreadPoolExecutor(1, thread_name_prefix="aside") as pool:
        try:
            yield lambda make: Made(pool.submit(make, Reporter(tell)), stop)
        finally:
            stop.set()


def _put(items: queue.Queue[T], item: T, stop: threading.Event) -> bool:
    while not stop.is_set():
        with contextlib.suppress(queue.Full):
            items.put(item, timeout=0.05)
            return True
    return False
