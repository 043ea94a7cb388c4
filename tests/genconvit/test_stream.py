import threading
from collections.abc import Iterator

import pytest

from genconvit.stream import prefetch


def test_items_arrive_in_order_from_another_thread() -> None:
    threads: set[int] = set()

    def source() -> Iterator[int]:
        for i in range(50):
            threads.add(threading.get_ident())
            yield i

    with prefetch(source(), 3) as ahead:
        assert list(ahead) == list(range(50))
    assert threads and threading.get_ident() not in threads


def test_it_runs_no_farther_ahead_than_asked() -> None:
    made: list[int] = []
    second = threading.Event()

    def source() -> Iterator[int]:
        for i in range(100):
            made.append(i)
            if len(made) == 4:
                second.set()
            yield i

    with prefetch(source(), 2) as ahead:
        assert next(ahead) == 0
        # One taken, two waiting, one in hand that finds no room.
        assert second.wait(5)
        assert len(made) == 4


def test_an_error_of_the_source_arrives_after_the_items_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        raise LookupError("the source's own")

    with prefetch(source(), 4) as ahead:
        assert next(ahead) == 1
        with pytest.raises(LookupError, match="the source's own"):
            next(ahead)


@pytest.mark.parametrize("raises", [True, False])
def test_the_thread_has_ended_and_the_source_is_closed_when_the_consumer_leaves_early(raises: bool) -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            i = 0
            while True:
                yield (i := i + 1)
        finally:
            closed.set()

    before = threading.active_count()

    def consume() -> None:
        with prefetch(source(), 2) as ahead:
            next(ahead)
            if raises:
                raise InterruptedError

    if raises:
        with pytest.raises(InterruptedError):
            consume()
    else:
        consume()
    assert closed.is_set()
    assert threading.active_count() == before


def test_an_empty_source() -> None:
    with prefetch([], 1) as ahead:
        assert list(ahead) == []
