"""Which device of this machine the networks run on, and what it is called in a record."""

from __future__ import annotations

import platform
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch

from genconvit.errors import DeviceUnavailable
from genconvit.steering import steering

NAMES = ("auto", "cpu", "cuda", "mps")


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was tried and works."""

    torch_device: torch.device
    name: str
    """For a record, for example ``cpu (AMD EPYC 9654, AVX512, 2 threads)`` or ``cuda:0 (NVIDIA H200)``. Processors of
    one name can differ in the instructions that they have; sums are then taken in another order, as they can be on
    another number of threads. Where :mod:`genconvit.steering` could not take variables out, they are named."""


def choose_device(wanted: str = "auto") -> Device:
    """The device called ``cpu``, ``cuda``, ``cuda:1``, ``mps``, or for ``auto`` the first of cuda, mps, cpu that works.

    Raises:
        DeviceUnavailable: there is none of that name, or it cannot compute; says what there is.
    """
    if wanted != "auto":
        if problem := _problem(wanted):
            raise DeviceUnavailable(wanted, available_devices(), problem)
        return _described(wanted)
    failures: list[str] = []
    for kind in ("cuda", "mps"):
        if not (problem := _problem(kind)):
            return _described(kind)
        if _is_present(kind):
            failures.append(f"{kind} not usable: {problem}")
    return _described("cpu", failures)


def use_threads(threads: int) -> None:
    """How many threads of this process compute on the CPU."""
    torch.set_num_threads(threads)


def available_devices() -> tuple[str, ...]:
    """Names that :func:`choose_device` accepts on this machine, besides ``auto``."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cards = torch.cuda.device_count()
    names = ["cpu", *(f"cuda:{index}" for index in range(cards))]
    if torch.backends.mps.is_available():
        names.append("mps")
    return tuple(names)


def _is_present(kind: str) -> bool:
    return any(name.partition(":")[0] == kind for name in available_devices())


def _problem(name: str) -> str:
    """Why a device cannot be used; empty when a first computation on it came out right."""
    kind = name.partition(":")[0]
    if kind not in NAMES[1:]:
        return "no device of that kind is known"
    if name != "cpu" and name not in available_devices() and name != kind:
        return "there is none of that number"
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            if kind != "cpu" and not _is_present(kind):
                return str(caught[0].message) if caught else f"this machine, or this build of torch, has no {kind}"
            total = torch.ones(8, device=torch.device(name)).sum().item()
    except (RuntimeError, AssertionError, ValueError, NotImplementedError) as error:
        return str(error).strip().partition("\n")[0]
    return "" if total == 8.0 else "a first computation on it came out wrong"


def _described(name: str, failures: list[str] | None = None) -> Device:
    if name == "cuda":
        name = f"cuda:{torch.cuda.current_device()}"
    device = torch.device(name)
    if device.type == "cuda":
        facts = [torch.cuda.get_device_name(device)]
    elif device.type == "mps":
        facts = [platform.machine()]
    else:
        facts = [_processor(), torch.backends.cpu.get_cpu_capability(), f"{torch.get_num_threads()} threads"]
    facts += [f"{variable}={value}" for variable, value in steering().items()]
    return Device(device, f"{name} ({', '.join([*facts, *(failures or [])])})")


def _processor() -> str:
    """The processor's name as the system gives it, else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name" and value.strip():
            return value.strip()
    return platform.processor() or platform.machine() or "unknown processor"
