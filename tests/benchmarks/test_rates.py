from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from benchmarks import rates
from benchmarks.rates import best, measure, rates_of, shapes
from genconvit.networks import fused


def measured(scale: float) -> dict[str, Any]:
    gflops = {"float32": {"a": 100 * scale, "b": 190.0}, "bfloat16": {"a": 400.0, "b": 300 / scale}}
    return {"gflops": gflops, "copy_gbytes": 10.0, "read_gbytes": 13 / scale}


def test_the_shapes_are_those_of_the_backbone() -> None:
    assert len(shapes()) == 9
    assert (15 * 14 * 14, 384, 1536) in shapes() and (15 * 7 * 7, 3072, 768) in shapes()
    # Every pointwise layer of a stage costs nearly the same.
    assert {m * k * n // 10**8 for m, k, n in shapes()[1:]} == {17}


def test_a_floor_takes_the_best_product_and_the_faster_way_to_memory() -> None:
    found = rates_of(measured(1.0))
    assert found.flops == {"float32": 190e9, "bfloat16": 400e9}
    assert found.bandwidth == 13e9


def test_of_several_measurements_the_best_counts() -> None:
    assert best([measured(1.0), measured(2.0)]) == {
        "gflops": {"float32": {"a": 200.0, "b": 190.0}, "bfloat16": {"a": 400.0, "b": 300.0}},
        "copy_gbytes": 10.0,
        "read_gbytes": 13.0,
    }


def test_a_measurement_has_a_figure_for_every_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "shapes", lambda: [(8, 4, 16), (4, 4, 4)])
    monkeypatch.setattr(rates, "BYTES", 1 << 16)
    found = measure("cpu")
    assert {name: set(by_shape) for name, by_shape in found["gflops"].items()} == {
        "float32": {"8x4x16", "4x4x4"},
        "bfloat16": {"8x4x16", "4x4x4"},
    }
    assert min(*rates_of(found).flops.values(), rates_of(found).bandwidth) > 0


def test_a_product_is_taken_every_way_there_is_and_the_fastest_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "shapes", lambda: [(1, 1, 1)])
    monkeypatch.setattr(rates, "BYTES", 1 << 16)
    taken: list[float] = []

    def seconds(work: Callable[[], object], _wait: object) -> float:
        work()
        taken.append(1.0 / (len(taken) + 1))
        return taken[-1]

    monkeypatch.setattr(rates, "_seconds", seconds)
    monkeypatch.setattr(fused, "works", lambda kind: kind == torch.float32)
    found = measure("cpu")["gflops"]
    assert found == {"float32": {"1x1x1": pytest.approx(6e-9)}, "bfloat16": {"1x1x1": pytest.approx(8e-9)}}


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_the_packed_product_is_the_same_layer(monkeypatch: pytest.MonkeyPatch, kind: torch.dtype) -> None:
    found: list[torch.Tensor] = []

    def seconds(work: Callable[[], object], _wait: object) -> float:
        product = work()
        assert isinstance(product, torch.Tensor)
        found.append(product)
        return 1.0

    works, packings = fused.works(kind), list[tuple[int, ...]]()
    pack = fused.packed

    def packed(weight: torch.Tensor) -> torch.Tensor:
        packings.append(tuple(weight.shape))
        return pack(weight)

    monkeypatch.setattr(rates, "_seconds", seconds)
    monkeypatch.setattr(fused, "packed", packed)
    rates._product(8, 32, 64, kind, torch.device("cpu"), lambda: None)
    assert {product.shape for product in found} == {(8, 64)} and {product.dtype for product in found} == {kind}
    # Where torch has no such operation here, there is one way only.
    assert (len(found), packings) == ((3, [(64, 32)]) if works else (1, []))
    for product in found[2:]:
        torch.testing.assert_close(product, found[1], rtol=0, atol=fused.CLOSE[kind])
