from __future__ import annotations

import pytest
import torch

from genconvit import devices
from genconvit.devices import available_devices, choose_device
from genconvit.errors import DeviceUnavailable


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with nothing but a processor, whatever this one has."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    return monkeypatch


def test_the_processor_is_named_with_its_threads() -> None:
    device = choose_device("cpu")
    assert device.torch_device == torch.device("cpu")
    assert device.name.startswith("cpu (")
    assert device.name.endswith(f", {torch.get_num_threads()} threads)")
    assert "cpu" in available_devices()


def test_variables_that_steer_arithmetic_and_are_set_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = choose_device("cpu").name
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert choose_device("cpu").name == f"{plain.removesuffix(')')}, ONEDNN_MAX_CPU_ISA=AVX2)"


def test_auto_takes_the_processor_where_there_is_nothing_else(bare: pytest.MonkeyPatch) -> None:
    assert choose_device("auto") == choose_device("cpu")


@pytest.mark.parametrize("name", ["cuda", "mps", "cuda:0", "cuda:99", "tpu", "CPU", "cuda:x", "cpu:3", "", "gpu"])
def test_what_is_not_there_is_refused_with_what_is(name: str, bare: pytest.MonkeyPatch) -> None:
    with pytest.raises(DeviceUnavailable) as caught:
        choose_device(name)
    assert (caught.value.device, caught.value.available) == (name, ("cpu",))
    assert caught.value.detail


def failing(*_: object, **options: object) -> torch.Tensor:
    raise RuntimeError("CUDA error: no kernel image is available\nmore words")


def test_a_card_that_cannot_compute_is_told(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(torch.cuda, "device_count", lambda: 2)
    bare.setattr(devices.torch, "ones", failing)
    with pytest.raises(DeviceUnavailable) as caught:
        choose_device("cuda:1")
    assert caught.value.available == ("cpu", "cuda:0", "cuda:1")
    assert caught.value.detail == "CUDA error: no kernel image is available"
    name = choose_device("auto").name
    assert name.startswith("cpu (")
    assert "cuda not usable: CUDA error: no kernel image is available" in name


def test_a_card_that_computes_wrongly_is_not_used(bare: pytest.MonkeyPatch) -> None:
    bare.setattr(torch.cuda, "device_count", lambda: 1)
    bare.setattr(devices.torch, "ones", lambda *_, **options: torch.zeros(8))
    with pytest.raises(DeviceUnavailable, match="came out wrong"):
        choose_device("cuda")


def test_a_working_card_is_preferred_and_named(bare: pytest.MonkeyPatch) -> None:
    ones = torch.ones
    bare.setattr(torch.cuda, "device_count", lambda: 1)
    bare.setattr(torch.cuda, "current_device", lambda: 0)
    bare.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H200")
    bare.setattr(devices.torch, "ones", lambda count, device: ones(count))
    assert choose_device("auto").name == "cuda:0 (NVIDIA H200)"
    assert choose_device("cuda").torch_device == torch.device("cuda:0")
