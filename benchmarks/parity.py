"""How far this program's logits are from the released arithmetic, written out in float64, at the released size.

    python -m benchmarks.parity WEIGHTS [CLIP] [--faces 9] [--noises 2] [--device cpu]

WEIGHTS is a folder with the two released files, or with random ones of their keys and shapes; missing ones are made
(``benchmarks.random_weights``). The crops are the first faces of the clip as the ``released`` method finds and cuts
them. Ours comes from ``genconvit.released``, the other side from ``benchmarks.plain_arithmetic``. Besides: one face
alone against all in one batch, and the released script's two numbers for a video, the mean sigmoids over all rows.
Takes about 8 GB of memory with 4 faces, more with more, and seconds a face for the float64 side.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks import plain_arithmetic, random_weights
from benchmarks.clips import DEMO
from benchmarks.machine import taken_on
from benchmarks.processes import RESULTS, write_results
from genconvit import method as methods
from genconvit import released
from genconvit import video as videos
from genconvit.crop import crop
from genconvit.faces import make_finder
from genconvit.method import Method
from genconvit.networks import draw_noise
from genconvit.places import SHIPPED
from genconvit.released import ReleasedFile

SCHEMA = "veriframe.benchmarks.parity/1"
BAR = {"cpu": 1e-5, "cuda": 1e-4, "mps": 1e-4}
"""Times the larger of 1 and the logit."""
FACES = 9
"""At 224 px the widest stage of a backbone takes 4 at a time (``genconvit.networks.fused``): two whole portions and a
part of one."""
ALONE = 1e-5
MEANS = 1e-5

Crops = npt.NDArray[np.uint8]
Noise = npt.NDArray[np.float32]
Logits = npt.NDArray[np.floating]
Rows = Mapping[str, Sequence[Logits]]
"""Per network, for each noise, ``[N, 2]``."""


def crops_of(clip: Path, method: Method, most: int) -> Crops:
    """The first faces of a clip as the method sees them, ``uint8 [N, S, S, 3]``, RGB."""
    video = videos.probe(clip)
    finder = make_finder(method.finding)
    found: list[Crops] = []
    for frame in videos.read_frames(video, videos.plan(method.sampling, video)):
        found += [crop(frame.pixels, face.box, method.crop) for face in finder.find(frame.pixels)]
        if len(found) >= most:
            break
    if not found:
        raise SystemExit(f"{clip}: the released finder finds no face")
    return np.stack(found[:most])


def plain_logits(network: str, file: Path, crops: Crops, noises: Sequence[Noise]) -> list[Logits]:
    """Of the float64 side; the file is mapped, and read as it is needed. ``ed`` takes no noise and is run once."""
    held = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
    state = {key: tensor.numpy() for key, tensor in held.get("state_dict", held).items()}
    if network == "ed":
        return [plain_arithmetic.logits("ed", state, crops, noises[0])] * len(noises)
    return [plain_arithmetic.logits(network, state, crops, noise) for noise in noises]


def our_logits(file: ReleasedFile, crops: Crops, noises: Sequence[Noise]) -> list[Logits]:
    return [released.logits([file], crops, noise)[file.network] for noise in noises]


def compared(
    file: ReleasedFile, ours: Sequence[Logits], plain: Sequence[Logits], alone: Sequence[Logits]
) -> dict[str, Any]:
    found, wanted = np.stack(ours), np.stack(plain)
    difference = np.abs(found - wanted)
    relative = difference / np.maximum(1.0, np.abs(wanted))
    apart = float(np.abs(np.stack(alone) - found).max())
    bar = BAR[file.device.partition(":")[0].partition(" ")[0]]
    return {
        "logits_from": float(wanted.min()),
        "logits_to": float(wanted.max()),
        "least_spread_over_faces": float(np.ptp(wanted, axis=1).min()),
        "largest_difference": float(difference.max()),
        "largest_relative": float(relative.max()),
        "alone_against_batch": apart,
        "bar": bar,
        "within": bool(relative.max() <= bar and apart <= ALONE),
    }


def of_video(rows: Rows) -> npt.NDArray[np.float64]:
    """``[noises, 2]``: the mean sigmoids of fake and real over the faces and networks, as the released script has."""
    means = [np.concatenate(both) for both in zip(*rows.values(), strict=True)]
    return np.stack([(1.0 / (1.0 + np.exp(-part.astype(np.float64)))).mean(axis=0) for part in means])


def means_compared(ours: Rows, plain: Rows) -> dict[str, Any]:
    """The two numbers for a video, of the float64 side, and how far ours are from them."""
    wanted = of_video(plain)
    largest = float(np.abs(of_video(ours) - wanted).max())
    return {
        "fake": wanted[:, 0].tolist(),
        "real": wanted[:, 1].tolist(),
        "largest_difference": largest,
        "bar": MEANS,
        "within": largest <= MEANS,
    }


def is_within(result: Mapping[str, Any]) -> bool:
    return all(row["within"] for row in (*result["networks"].values(), result["both"]))


def measure(folder: Path, clip: Path, faces: int, noises: int, device: str) -> dict[str, Any]:
    method = methods.find("released", [SHIPPED / "methods"])
    crops = crops_of(clip, method, faces)
    drawn: list[Noise] = []
    ours: dict[str, list[Logits]] = {}
    plain: dict[str, list[Logits]] = {}
    tables: dict[str, Any] = {}
    named = ""
    for network, name in random_weights.FILES.items():
        if not (folder / name).is_file():
            random_weights.write(network, folder)
        file = released.load(folder / name, device)
        named = file.device
        drawn = drawn or [draw_noise(256 * (file.image_px // 32) ** 2, seed).numpy() for seed in range(noises)]
        ours[network] = our_logits(file, crops, drawn)
        alone = [np.concatenate([our_logits(file, one[None], [noise])[0] for one in crops]) for noise in drawn]
        plain[network] = plain_logits(network, folder / name, crops, drawn)
        tables[network] = compared(file, ours[network], plain[network], alone)
    return {
        "schema": SCHEMA,
        **taken_on(),
        "device": named,
        "clip": clip.name,
        "faces": len(crops),
        "noise_seeds": list(range(noises)),
        "networks": tables,
        "both": means_compared(ours, plain),
    }


def table(result: Mapping[str, Any]) -> str:
    lines = [
        f"{result['faces']} faces of {result['clip']}, {len(result['noise_seeds'])} noise vectors, {result['device']}",
        f"{'':8}{'logits':>18}{'difference':>13}{'relative':>11}{'bar':>9}{'alone':>11}",
    ]
    for name, row in result["networks"].items():
        span = f"{row['logits_from']:.3f} .. {row['logits_to']:.3f}"
        lines.append(
            f"{name:8}{span:>18}{row['largest_difference']:13.2e}{row['largest_relative']:11.2e}"
            f"{row['bar']:9.0e}{row['alone_against_batch']:11.2e}"
        )
    both = result["both"]
    lines.append(f"both: mean sigmoids differ by at most {both['largest_difference']:.2e}, bar {both['bar']:.0e}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path, metavar="WEIGHTS")
    parser.add_argument("clip", type=Path, metavar="CLIP", nargs="?", default=DEMO)
    parser.add_argument("--faces", type=int, default=FACES)
    parser.add_argument("--noises", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--out", type=Path, default=RESULTS / "parity.json", metavar="FILE")
    arguments = parser.parse_args()
    result = measure(arguments.weights, arguments.clip, arguments.faces, arguments.noises, arguments.device)
    print(table(result))
    write_results(arguments.out, result)
    if not is_within(result):
        raise SystemExit("outside of the bar")


if __name__ == "__main__":
    main()
