from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from genconvit import steering

STEERED = {
    "ATEN_CPU_CAPABILITY": "default",
    "CUBLAS_WORKSPACE_CONFIG": ":4096:8",
    "DNNL_MAX_CPU_ISA": "AVX2",
    "MKL_CBWR": "COMPATIBLE",
    "NPY_DISABLE_CPU_FEATURES": "AVX2",
    "NVIDIA_TF32_OVERRIDE": "1",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1",
}
NOT_STEERED = {"MKL_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTORCH_CUDA_ALLOC_CONF": "", "TORCH_HOME": "there"}


def set_all(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**STEERED, **NOT_STEERED}.items():
        monkeypatch.setenv(name, value)


def test_what_steers_arithmetic_is_known_from_what_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch)
    assert list(steering.steering().items()) == sorted(STEERED.items())


def test_it_is_taken_out_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch)
    before = dict(os.environ)
    with steering.taken_out():
        assert steering.steering() == {}
        assert {**os.environ, **STEERED} == before
    assert dict(os.environ) == before


def test_what_a_library_may_have_read_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch)
    monkeypatch.setitem(sys.modules, "torch", ModuleType("torch"))
    steering.take_out()
    assert steering.steering() == STEERED


def run(code: str, *words: str) -> list[str]:
    """The lines that a process prints that starts with all of them set."""
    environment = {**os.environ, **STEERED, **NOT_STEERED}
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.splitlines()


@pytest.mark.parametrize("program", ["genconvit", "desktop"])
def test_the_program_takes_them_out_before_a_library_can_read_them(program: str, root: Path) -> None:
    code = (
        "import os, runpy, sys\n"
        "sys.argv[1:] = ['--help']\n"
        f"try:\n    runpy.run_module({program!r}, run_name='__main__')\n"
        "except SystemExit:\n    pass\n"
        "from genconvit.devices import choose_device\n"
        f"print([name for name in {sorted({**STEERED, **NOT_STEERED})!r} if name in os.environ])\n"
        "print('DEFAULT' in choose_device('cpu').name, '=' in choose_device('cpu').name)"
    )
    assert run(code)[-2:] == [str(sorted(NOT_STEERED)), "False False"]
