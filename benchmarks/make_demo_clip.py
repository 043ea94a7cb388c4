"""Make the demo clip: a still portrait filmed by a simulated phone, its face altered in the middle third.

The portrait is NASA's photograph of Eileen Collins, in the public domain, which ships with scikit-image as
``skimage.data.astronaut()``. In the altered frames the face is blended with an altered copy of itself: enlarged a
little, out of place by a pixel or two, softer, of another colour and contrast, under a mask with a soft edge. The same
seed gives the same pictures; the same versions of the libraries give the same file.

    python benchmarks/make_demo_clip.py [--to resources]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt
import skimage.data

Floats = npt.NDArray[np.float32]

SEED = 20261120
WIDTH_PX, HEIGHT_PX, FPS = 720, 540, 30
FRAMES = 240
ALTERED = (80, 160)
"""Half-open range of the frames with an altered face."""
ENLARGED = 3
"""The portrait is worked on at this multiple of its size, so that no step of it shows its pixels."""
CENTRE = (232.0, 154.0)
"""What the camera looks at, in pixels of the portrait."""
VIEW_PX = 396.0
"""Width of the picture at the start, in pixels of the portrait."""
OUTLINE = (
    (180, 112), (182, 138), (190, 158), (207, 173), (221, 176), (235, 174), (252, 162), (264, 142),
    (269, 112), (262, 90), (240, 80), (210, 78), (188, 86),
)  # fmt: skip
"""Around the face from ear to ear, over the chin and the brows, in pixels of the portrait."""
BIT_RATE = 1_250_000


@dataclass(frozen=True)
class Camera:
    """Where the phone points in one frame."""

    x: float
    y: float
    turn_deg: float
    zoom: float
    gain: tuple[float, float, float]


def wander(random: np.random.Generator, cycles: float) -> Floats:
    """A smooth random path of :data:`FRAMES` values, about -1..1, that turns about ``cycles`` times."""
    t = np.arange(FRAMES) / FRAMES
    path = np.zeros(FRAMES)
    for rate, share in ((0.5, 1.0), (1.0, 0.6), (1.9, 0.35), (3.1, 0.2)):
        path += share * np.sin(2 * np.pi * (rate * cycles * t + random.random()))
    return (path / 1.6).astype(np.float32)


def cameras(random: np.random.Generator) -> list[Camera]:
    """A slow push in and pan, a tremble of the hand, and exposure and white balance that drift."""
    sway_x, sway_y, turn = wander(random, 2.0), wander(random, 2.5), wander(random, 1.6)
    shake_x, shake_y = wander(random, 14.0), wander(random, 17.0)
    light, warmth = wander(random, 1.5), wander(random, 1.0)
    found = []
    for n in range(FRAMES):
        t = n / (FRAMES - 1)
        gain = 1.0 + 0.055 * float(light[n])
        warm = 0.018 * float(warmth[n])
        found.append(
            Camera(
                x=CENTRE[0] + 9.0 * (t - 0.5) + 5.0 * float(sway_x[n]) + 0.7 * float(shake_x[n]),
                y=CENTRE[1] - 5.0 * t + 3.0 * float(sway_y[n]) + 0.6 * float(shake_y[n]),
                turn_deg=1.1 * float(turn[n]),
                zoom=1.0 + 0.07 * (0.5 - 0.5 * math.cos(math.pi * t)),
                gain=(gain + warm, gain, gain - warm),
            )
        )
    return found


def portrait() -> Floats:
    """``float32 [1536, 1536, 3]``, RGB, 0..255."""
    load: Callable[[], npt.NDArray[np.uint8]] = skimage.data.astronaut
    small = load().astype(np.float32)
    size = (small.shape[1] * ENLARGED, small.shape[0] * ENLARGED)
    large = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(large, 0, 255), dtype=np.float32)


def mask(shape: tuple[int, int], soft_px: float) -> Floats:
    """``float32 [height, width, 1]``, 1 inside of the face, falling to 0 across its outline."""
    filled = np.zeros(shape, dtype=np.float32)
    hull = cv2.convexHull(np.array(OUTLINE, dtype=np.float32) * ENLARGED)
    cv2.fillConvexPoly(filled, hull.astype(np.int32), 1.0, cv2.LINE_AA)
    soft = cv2.GaussianBlur(filled, (0, 0), soft_px * ENLARGED)
    return np.asarray(soft, dtype=np.float32)[..., None]


def altered(image: Floats, cover: Floats, dx: float, dy: float, strength: float) -> Floats:
    """The portrait with its face under an altered copy; ``dx`` and ``dy`` in pixels of the portrait."""
    centre_x, centre_y, grown = 224.0 * ENLARGED, 128.0 * ENLARGED, 1.045
    move = np.array(
        [
            [grown, 0.0, (1 - grown) * centre_x + dx * ENLARGED],
            [0.0, grown, (1 - grown) * centre_y + dy * ENLARGED],
        ],
        dtype=np.float32,
    )
    size = (image.shape[1], image.shape[0])
    copy = cv2.warpAffine(image, move, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    copy = cv2.GaussianBlur(copy, (0, 0), 0.95 * ENLARGED)
    grey = copy.mean(axis=2, keepdims=True)
    copy = grey + (copy - grey) * 0.84
    copy = 132.0 + (copy - 132.0) * 0.90
    copy = copy + strength * np.array([4.0, 7.0, 12.0], dtype=np.float32)
    return np.asarray(image + cover * (np.clip(copy, 0, 255) - image), dtype=np.float32)


def filmed(image: Floats, camera: Camera) -> Floats:
    """What the phone's lens makes of it: ``float32 [HEIGHT_PX, WIDTH_PX, 3]``, before grain."""
    scale = WIDTH_PX / (VIEW_PX * ENLARGED) * camera.zoom
    matrix = cv2.getRotationMatrix2D((camera.x * ENLARGED, camera.y * ENLARGED), camera.turn_deg, scale)
    matrix[0, 2] += WIDTH_PX / 2 - camera.x * ENLARGED
    matrix[1, 2] += HEIGHT_PX / 2 - camera.y * ENLARGED
    size = (WIDTH_PX, HEIGHT_PX)
    seen = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(seen * np.array(camera.gain, dtype=np.float32), dtype=np.float32)


def developed(seen: Floats, random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Sensor grain, stronger where it is dark and coarser in colour than in light, and a phone's sharpening."""
    height, width = seen.shape[:2]
    level = 2.2 + 2.6 * (1.0 - seen.mean(axis=2, keepdims=True) / 255.0)
    light = random.standard_normal((height, width, 1)).astype(np.float32)
    colour = random.standard_normal((height // 2, width // 2, 3)).astype(np.float32)
    grain = light + 0.7 * cv2.resize(colour, (width, height), interpolation=cv2.INTER_LINEAR)
    noisy = seen + level * cv2.GaussianBlur(grain, (0, 0), 0.6)
    sharp = noisy + 0.45 * (noisy - cv2.GaussianBlur(noisy, (0, 0), 1.3))
    return np.asarray(np.clip(sharp + 0.5, 0, 255), dtype=np.uint8)


def encode(to: Path) -> None:
    """Write the clip: H.264, yuv420p, mp4, without B-frames and with a key frame every second, as phones do."""
    random = np.random.default_rng(SEED)
    path, image = cameras(random), portrait()
    cover = mask(image.shape[:2], soft_px=2.4)
    drift_x, drift_y, flicker = wander(random, 6.0), wander(random, 7.0), wander(random, 9.0)
    with av.open(str(to), "w", format="mp4", options={"movflags": "+faststart", "fflags": "+bitexact"}) as container:
        stream = container.add_stream("libx264", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.bit_rate, stream.gop_size, stream.max_b_frames = BIT_RATE, FPS, 0
        stream.thread_count = 1
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        stream.options = {"preset": "slow", "maxrate": str(BIT_RATE), "bufsize": str(BIT_RATE), "tune": "grain"}
        for n, camera in enumerate(path):
            scene = image
            if ALTERED[0] <= n < ALTERED[1]:
                dx, dy = 1.2 + 0.5 * float(drift_x[n]), -0.8 + 0.5 * float(drift_y[n])
                scene = altered(image, cover, dx, dy, 1.0 + 0.25 * float(flicker[n]))
            frame = av.VideoFrame.from_ndarray(developed(filmed(scene, camera), random), format="rgb24")
            frame.pts, frame.time_base = n, Fraction(1, FPS)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def describe(clip: Path) -> dict[str, object]:
    """What the clip is, as it stands beside it."""
    return {
        "file": clip.name,
        "sha256": hashlib.sha256(clip.read_bytes()).hexdigest(),
        "bytes": clip.stat().st_size,
        "width_px": WIDTH_PX,
        "height_px": HEIGHT_PX,
        "frames": FRAMES,
        "fps": FPS,
        "altered_frames": list(ALTERED),
        "altered_frames_note": "first altered frame, first frame after; counted from 0",
        "altered_seconds": [ALTERED[0] / FPS, ALTERED[1] / FPS],
        "what": "A still portrait under a simulated phone camera (movement, exposure drift, grain, compression). "
        "In the altered frames the face is blended with an altered copy of itself.",
        "source": "NASA's official portrait of astronaut Eileen Collins, as skimage.data.astronaut() of scikit-image",
        "licence": "public domain",
        "script": "benchmarks/make_demo_clip.py",
        "seed": SEED,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", type=Path, default=Path(__file__).resolve().parents[1] / "resources")
    folder = parser.parse_args().to
    folder.mkdir(parents=True, exist_ok=True)
    clip = folder / "demo.mp4"
    encode(clip)
    text = json.dumps(describe(clip), indent=2, ensure_ascii=False)
    (folder / "demo.json").write_text(text + "\n", encoding="utf-8")
    print(f"{clip}: {clip.stat().st_size} bytes")


if __name__ == "__main__":
    main()
