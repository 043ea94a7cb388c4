"""Clips made on the spot, each frame of which carries its own number in black and white blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import pytest

BITS = 10
COLUMNS = 5


def numbered(number: int, width: int, height: int) -> npt.NDArray[np.uint8]:
    """``uint8 [height, width, 3]``: ``number`` in two rows of five blocks below a grey band, so that up is known."""
    picture = np.full((height, width, 3), 90, dtype=np.uint8)
    for bit in range(BITS):
        top, bottom, left, right = _block(bit, width, height)
        picture[top:bottom, left:right] = 235 if number >> bit & 1 else 16
    return picture


def number_in(picture: npt.NDArray[np.uint8]) -> int:
    """The number that :func:`numbered` drew, or -1 where the picture is not one of those, or not upright."""
    height, width = picture.shape[:2]
    if not 50 < float(picture[: height // 6].mean()) < 130:
        return -1
    number = 0
    for bit in range(BITS):
        top, bottom, left, right = _block(bit, width, height)
        inset_y, inset_x = (bottom - top) // 4, (right - left) // 4
        level = float(picture[top + inset_y : bottom - inset_y, left + inset_x : right - inset_x].mean())
        if 70 < level < 180:
            return -1
        number |= (level > 128) << bit
    return number


def _block(bit: int, width: int, height: int) -> tuple[int, int, int, int]:
    row, column = divmod(bit, COLUMNS)
    top = height // 4 + row * (height * 3 // 8)
    left = column * width // COLUMNS
    return top, top + height * 3 // 8, left, left + width // COLUMNS


@dataclass(frozen=True)
class Recipe:
    """How a clip is made. ``times``: presentation times in units of ``base``; without it one per frame."""

    name: str = "clip.mp4"
    format: str = "mp4"
    codec: str = "libx264"
    frames: int = 60
    size: tuple[int, int] = (160, 96)
    pixel_format: str = "yuv420p"
    rate: int = 30
    base: Fraction = Fraction(1, 30)
    times: Sequence[int] | None = None
    codec_options: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    gop: int = 12
    rotation: int | None = None
    flip: bool = False
    aspect: Fraction | None = None
    shift: int = 0
    """Added to the packets' times, in frames: below zero, the container hides the frames before zero."""
    tags: dict[str, int] = field(default_factory=dict)
    interlaced: bool = False
    noise: int = 0
    """How far every sample may lie from the drawn picture, so that a frame takes more than a few packets."""

    @property
    def shown(self) -> Sequence[int]:
        """Presentation times of the frames, in units of ``base``."""
        return self.times if self.times is not None else range(self.frames)


def write(recipe: Recipe, folder: Path) -> Path:
    path = folder / recipe.name
    width, height = recipe.size
    turned = recipe.rotation in (90, 270)
    with av.open(str(path), "w", format=recipe.format, options=recipe.options) as container:
        stream = container.add_stream(recipe.codec, rate=recipe.rate)
        stream.width, stream.height, stream.pix_fmt = width, height, recipe.pixel_format
        stream.gop_size, stream.thread_count = recipe.gop, 1
        stream.codec_context.time_base = recipe.base
        stream.options = recipe.codec_options
        if recipe.aspect is not None:
            stream.codec_context.sample_aspect_ratio = recipe.aspect
        for name, value in recipe.tags.items():
            setattr(stream.codec_context, name, value)
        if recipe.interlaced:
            stream.codec_context.flags |= av.codec.context.Flags.interlaced_dct | av.codec.context.Flags.interlaced_me
        if recipe.rotation is not None:
            stream.set_display_rotation(recipe.rotation, hflip=recipe.flip)
        random = np.random.default_rng(0)
        for number, time in enumerate(recipe.shown):
            picture = numbered(number, height, width) if turned else numbered(number, width, height)
            if recipe.noise:
                noise = random.integers(-recipe.noise, recipe.noise, picture.shape)
                picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
            if recipe.flip:
                picture = np.ascontiguousarray(picture[:, ::-1])
            if recipe.rotation:
                picture = np.ascontiguousarray(np.rot90(picture, -recipe.rotation // 90))
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=recipe.pixel_format)
            frame.pts, frame.time_base = time, recipe.base
            _mux(container, stream.encode(frame), recipe)
        _mux(container, stream.encode(None), recipe)
    return path


def _mux(container: av.container.OutputContainer, packets: Iterable[av.Packet], recipe: Recipe) -> None:
    for packet in packets:
        if recipe.shift:
            step = round(recipe.shift / recipe.rate / packet.time_base)
            packet.pts, packet.dts = packet.pts + step, packet.dts + step
        container.mux(packet)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """``make(codec="mpeg4", frames=3, ...)``: a clip of one's own; the fields are those of :class:`Recipe`."""
    return lambda **fields: write(Recipe(**fields), tmp_path)


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, dict[str, Any]], tuple[Path, Recipe]]:
    """``clips(name, fields)``: a clip that is made once."""
    folder, made = tmp_path_factory.mktemp("clips"), {}

    def get(name: str, fields: dict[str, Any]) -> tuple[Path, Recipe]:
        if name not in made:
            recipe = Recipe(**{"name": f"{len(made)}.{fields.get('format', 'mp4')}", **fields})
            made[name] = write(recipe, folder), recipe
        return made[name]

    return get


@pytest.fixture(scope="session", name="number_in")
def number_in_fixture() -> Callable[[npt.NDArray[np.uint8]], int]:
    return number_in
