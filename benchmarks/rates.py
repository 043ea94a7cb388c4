"""What this machine reaches right now: matrix products per precision and memory bandwidth, as JSON on standard output.

    python -m benchmarks.rates [--device cpu]

Matrix products have the shapes of the backbone's pointwise layers for 15 faces, and 2048 x 2048; each is taken as torch
multiplies and, on the CPU, as oneDNN does (``genconvit.networks.fused``), with weights as torch holds them and with
packed ones, which the blocks of the networks run on; the fastest counts. The rate is that of the best of the shapes, so
that the floor of the networks is low and their share of it is not flattered. ``copy`` counts each copied byte once,
``read`` is a sum over 512 MB; a floor uses the faster of the two.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from benchmarks.floor import WIDTHS, Rates

if TYPE_CHECKING:
    import torch

FACES = 15
SQUARE = 2048
BYTES = 1 << 29
TIMES = 5
PRECISIONS = ("float32", "bfloat16")


def shapes() -> list[tuple[int, int, int]]:
    """``(m, k, n)`` of the products that are measured."""
    found = [(SQUARE, SQUARE, SQUARE)]
    for stage, width in enumerate(WIDTHS):
        rows = FACES * (56 >> stage) ** 2
        found += [(rows, width, 4 * width), (rows, 4 * width, width)]
    return found


def rates_of(measured: Mapping[str, Any]) -> Rates:
    """The rates that a floor is made of, from the JSON of one measurement."""
    flops = {name: max(measured["gflops"][name].values()) * 1e9 for name in PRECISIONS}
    return Rates(flops, max(measured["copy_gbytes"], measured["read_gbytes"]) * 1e9)


def best(measurements: list[dict[str, Any]]) -> dict[str, Any]:
    """Each figure as the best of several measurements has it: what else runs only slows a machine down."""
    first = measurements[0]
    gflops = {
        name: {shape: max(one["gflops"][name][shape] for one in measurements) for shape in first["gflops"][name]}
        for name in PRECISIONS
    }
    bandwidth = {name: max(one[name] for one in measurements) for name in ("copy_gbytes", "read_gbytes")}
    return {"gflops": gflops, **bandwidth}


def measure(device: str) -> dict[str, Any]:
    """See the module's text; takes some seconds."""
    import torch

    torch.set_float32_matmul_precision("highest")
    place = torch.device(device)
    wait: Callable[[], object] = torch.cuda.synchronize if place.type == "cuda" else _nothing
    gflops: dict[str, dict[str, float]] = {}
    for name in PRECISIONS:
        kind = getattr(torch, name)
        gflops[name] = {f"{m}x{k}x{n}": _product(m, k, n, kind, place, wait) for m, k, n in shapes()}
    source = torch.ones(BYTES // 4, device=place)
    target = torch.empty_like(source)
    return {
        "gflops": gflops,
        "copy_gbytes": BYTES / _seconds(lambda: target.copy_(source), wait) / 1e9,
        "read_gbytes": BYTES / _seconds(source.sum, wait) / 1e9,
    }


def _product(m: int, k: int, n: int, kind: torch.dtype, place: torch.device, wait: Callable[[], object]) -> float:
    import torch

    from genconvit.networks import fused

    left = torch.randn(m, k, device=place).to(kind)
    right = torch.randn(k, n, device=place).to(kind)
    ways: list[Callable[[], object]] = [lambda: left @ right]
    if place.type == "cpu" and fused.works(kind):
        linear = torch.nn.Linear(k, n, dtype=kind)
        layer, packed, bias = fused.FusedLinear(linear), fused.packed(linear.weight.detach()), linear.bias.detach()
        # Without what a block has follow: that would make the rate, and with it the floor, that of more than a product.
        ways += [lambda: layer(left), lambda: fused.linear(left, packed, bias)]
    with torch.inference_mode():
        return 2 * m * k * n / min(_seconds(way, wait) for way in ways) / 1e9


def _seconds(work: Callable[[], object], wait: Callable[[], object]) -> float:
    """Median of :data:`TIMES` runs, after one that does not count."""
    taken = []
    for _ in range(TIMES + 1):
        start = time.perf_counter()
        work()
        wait()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken[1:])


def _nothing() -> None:
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", help="cpu or cuda; default: cpu")
    print(json.dumps(measure(parser.parse_args().device)))


if __name__ == "__main__":
    main()
