from __future__ import annotations

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.floor import Rates, Work, both_work, convnext_mac, ed_work, floor_s, vae_work
from genconvit.networks import NetworkConfig, build

RATES = Rates({"float32": 192e9, "bfloat16": 417e9}, 13e9)


def counted(network: str) -> int:
    """FLOPs of one face in convolutions and matrix products, as torch counts them in the real network."""
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        module = build(NetworkConfig(network, "convnext_tiny", 224)).eval()
        module(torch.empty(1, 3, 224, 224), *([torch.empty(12544)] if network == "vae" else []))
    return int(counter.get_total_flops())


def all_flop(work: Work) -> int:
    return work.flop + work.mu_flop


@pytest.mark.parametrize(("network", "work"), [("ed", ed_work()), ("vae", vae_work())])
def test_the_count_is_that_of_the_real_network(network: str, work: Work) -> None:
    assert counted(network) == all_flop(work)


def test_the_figures_of_the_docstring() -> None:
    assert convnext_mac(224) / 1e6 == pytest.approx(4455.5, abs=0.05)
    assert convnext_mac(112) / 1e6 == pytest.approx(1064.3, abs=0.05)
    assert all_flop(ed_work()) / 1e9 == pytest.approx(18.39, abs=0.005)
    assert all_flop(vae_work()) / 1e9 == pytest.approx(11.78, abs=0.005)
    assert vae_work().mu_weights * 4 / 1e9 == pytest.approx(1.26, abs=0.005)
    assert floor_s(both_work(), 15, 1, "float32", RATES) == pytest.approx(2.40, abs=0.005)


def test_few_faces_wait_for_the_weights_of_mu_and_many_for_their_arithmetic() -> None:
    work = both_work()
    reading_s = work.mu_weights * 4 / 13e9
    assert floor_s(work, 1, 1, "float32", RATES) == pytest.approx(work.flop / 192e9 + reading_s)
    assert floor_s(work, 300, 1, "float32", RATES) == pytest.approx(300 * all_flop(work) / 192e9)
    assert floor_s(work, 2, 2, "bfloat16", RATES) == pytest.approx(2 * work.flop / 417e9 + reading_s)
    assert floor_s(work, 0, 0, "float32", RATES) == 0.0
