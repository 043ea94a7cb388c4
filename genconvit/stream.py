"""The stream between reading and scoring: the only thread of the engine."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


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


def _put(items: queue.Queue[T], item: T, stop: threading.Event) -> bool:
    while not stop.is_set():
        with contextlib.suppress(queue.Full):
            items.put(item, timeout=0.05)
            return True
    return False
