"""How a stored picture is turned for display: the display matrix that phones write instead of turning pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from av.buffer import Buffer
from av.video.frame import VideoFrame


@dataclass(frozen=True, slots=True)
class Orientation:
    """Made from a display matrix ``(a, b, c, d)``: a stored point ``(x, y)`` is shown at ``(ax + cy, bx + dy)``, y
    downwards (ISO/IEC 14496-12, 6.2.2)."""

    swapped: bool
    """Rows become columns."""
    leftwards: bool
    """Then columns are reversed."""
    upwards: bool
    """Then rows are reversed."""
    askew: bool = False
    """The matrix asks for more than quarter turns and mirror images, and is not followed."""

    @property
    def mirrored(self) -> bool:
        return self.swapped ^ self.leftwards ^ self.upwards

    @property
    def rotation_deg(self) -> int:
        """The clockwise turn, before the picture is mirrored left to right where it is mirrored."""
        leftwards = self.leftwards ^ self.mirrored
        if self.swapped:
            return 90 if leftwards else 270
        return 180 if leftwards else 0

    def shown(self, stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """A view of ``[height, width, 3]`` as it is displayed."""
        turned = stored.swapaxes(0, 1) if self.swapped else stored
        return turned[:: -1 if self.upwards else 1, :: -1 if self.leftwards else 1]


AS_STORED = Orientation(swapped=False, leftwards=False, upwards=False)


def orientation_of(frame: VideoFrame) -> Orientation:
    """What the frame's own display matrix asks for."""
    found = frame.side_data.get("DISPLAYMATRIX")
    if not isinstance(found, Buffer):
        return AS_STORED
    a, b, _, c, d = np.frombuffer(bytes(found), dtype=np.int32)[:5].tolist()
    if a and d and not b and not c:
        return Orientation(swapped=False, leftwards=a < 0, upwards=d < 0)
    if b and c and not a and not d:
        return Orientation(swapped=True, leftwards=c < 0, upwards=b < 0)
    return Orientation(swapped=False, leftwards=False, upwards=False, askew=True)
