"""What figures were taken on: the machine, the libraries, the load, and how much memory a process used."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from pathlib import Path
from typing import Any

from genconvit.provenance import libraries, now

STATUS = Path("/proc/self/status")
CORES = Path("/proc/cpuinfo")
TIMES = Path("/proc/stat")


def taken_on() -> dict[str, Any]:
    """For the head of a results file."""
    return {
        "when": now(),
        "processor": processor(),
        "cores": os.cpu_count(),
        "omp_num_threads": os.environ.get("OMP_NUM_THREADS"),
        "memory_bytes": _memory_bytes(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "libraries": libraries(),
    }


def load_average() -> float | None:
    """Processes that ran or waited in the last minute, on average; None on Windows, which does not say."""
    return os.getloadavg()[0] if sys.platform != "win32" else None


def busy_s() -> float | None:
    """Seconds that all processors together have worked since the system started; None where it does not say."""
    try:
        counts = [int(word) for word in TIMES.read_text(encoding="ascii").splitlines()[0].split()[1:9]]
    except (OSError, ValueError, IndexError):
        return None
    user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen = counts
    return (user + nice + system + interrupts + soft_interrupts + stolen) / os.sysconf("SC_CLK_TCK")


def own_s() -> float:
    """Seconds of processor time that this process took, and those it started that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def processor() -> str:
    """Its name as the system gives it, else its architecture."""
    try:
        lines = CORES.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine() or "unknown processor"


def peak_memory_bytes() -> int:
    """The most memory that this process held at once.

    Linux: ``VmHWM``, since ``ru_maxrss`` of a started program begins at what its parent held. Other POSIX systems:
    ``ru_maxrss``, bytes on macOS and KiB elsewhere. Windows: ``PeakWorkingSetSize`` of ``GetProcessMemoryInfo``. All of
    them count pages of mapped files that were touched.
    """
    if STATUS.is_file():
        lines = STATUS.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    if sys.platform == "win32":
        return _peak_working_set()
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None


class _Counters(ctypes.Structure):
    """``PROCESS_MEMORY_COUNTERS`` of the Windows API."""

    _fields_ = (
        ("cb", ctypes.c_uint32),
        ("page_faults", ctypes.c_uint32),
        ("peak_working_set", ctypes.c_size_t),
        *((f"other_{number}", ctypes.c_size_t) for number in range(7)),
    )


def _peak_working_set() -> int:
    counters = _Counters()
    counters.cb = ctypes.sizeof(counters)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009  mypy does not know it on other systems
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    kernel.K32GetProcessMemoryInfo.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint32)
    if not kernel.K32GetProcessMemoryInfo(kernel.GetCurrentProcess(), ctypes.byref(counters), counters.cb):
        raise OSError("GetProcessMemoryInfo does not answer")
    return int(counters.peak_working_set)
