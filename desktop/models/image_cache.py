"""The frames looked at last, so that going back shows them at once."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtGui import QImage

LIMIT_BYTES = 256_000_000


class ImageCache:
    """Drops what was not asked for longest when it holds more than ``limit_bytes``."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._images: OrderedDict[tuple[str, int], QImage] = OrderedDict()

    def get(self, evidence: str, frame: int) -> QImage | None:
        image = self._images.get((evidence, frame))
        if image is not None:
            self._images.move_to_end((evidence, frame))
        return image

    def put(self, evidence: str, frame: int, image: QImage) -> None:
        self._images[(evidence, frame)] = image
        while len(self._images) > 1 and sum(one.sizeInBytes() for one in self._images.values()) > self._limit_bytes:
            self._images.popitem(last=False)

    def clear(self) -> None:
        self._images.clear()
