"""Environment variables by which the libraries compute in another way, without a word of it in any record.

Processes of the program's own are without them. Where a library that reads them is there already, the record of an
analysis names them instead.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

READ_BY = ("numpy", "torch", "cv2", "onnxruntime")
"""Libraries that read some of them when they are imported or first compute."""

_PREFIXES = (
    "ATEN_",
    "CUBLAS",
    "CUDNN_",
    "DNNL_",
    "FBGEMM_",
    "MKL_",
    "NPY_",
    "NVIDIA_TF32_OVERRIDE",
    "ONEDNN_",
    "OPENBLAS_CORETYPE",
    "OPENCV_CPU_DISABLE",
    "OPENCV_IPP",
    "OPENCV_OPENCL",
    "ORT_",
    "PYTORCH_",
    "TORCH_",
)
_KEPT = {
    # Torch takes its number of threads from it, which the record has.
    "MKL_NUM_THREADS",
    # Where memory and files lie moves no number.
    "PYTORCH_ALLOC_CONF",
    "PYTORCH_CUDA_ALLOC_CONF",
    "TORCH_HOME",
    # Without it some devices cannot run some networks at all.
    "PYTORCH_ENABLE_MPS_FALLBACK",
}


def steering() -> dict[str, str]:
    """Those that are set, by name, in alphabetical order."""
    return {name: os.environ[name] for name in sorted(os.environ) if name.startswith(_PREFIXES) and name not in _KEPT}


def take_out() -> None:
    """Remove them from this process and those that it starts. Where one of :data:`READ_BY` is imported nothing is
    removed: it may have read them, and the record must name them."""
    if not any(library in sys.modules for library in READ_BY):
        for name in steering():
            del os.environ[name]


@contextlib.contextmanager
def taken_out() -> Iterator[None]:
    """For as long as this lasts processes start without them; this one has them again afterwards."""
    kept = steering()
    for name in kept:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(kept)
