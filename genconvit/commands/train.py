"""``train --self-blend PATH... --out DIR``: make weights from real photographs alone."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from tqdm import tqdm

WRONG_USE = 2
NO_WEIGHTS = 4
BAR_STEPS = 1000


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the ``train`` sub-command; its ``run`` default takes the parsed arguments and gives the exit code."""
    parser = subparsers.add_parser("train", help="train weights on self-blended photographs")
    parser.add_argument(
        "--self-blend",
        type=Path,
        nargs="+",
        required=True,
        metavar="PATH",
        help="zips of real photographs with a faces.csv (landmarks), folders of such zips, or folders with a faces.csv",
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="checkpoint, metrics and the weights")
    parser.add_argument("--name", default="trained", help="name of the weights (default: trained)")
    parser.add_argument("--start", type=Path, metavar="FILE", help="ImageNet weights of the backbone, a .pth file")
    parser.add_argument("--backbone", default="efficientnet_lite0", help="timm model name")
    parser.add_argument("--image-size", type=int, default=160, metavar="PX", help="a multiple of 32")
    parser.add_argument("--early-size", type=int, default=128, metavar="PX", help="size in the first part of the run")
    parser.add_argument("--early-until", type=float, default=0.5, help="share of the run that ends the first part")
    parser.add_argument("--margin", type=float, default=0.1, help="of the crop, as a share of the face's longer side")
    parser.add_argument("--batch", type=int, default=32, help="images a step, half of them real")
    parser.add_argument("--steps", type=int, default=0, help="length of the run; repeatable to the bit")
    parser.add_argument("--minutes", type=float, default=0.0, help="length of the run by the clock")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--learning-rate", type=float, default=6e-4)
    parser.add_argument("--join", type=float, default=0.85, help="share of the run after which the autoencoder joins")
    parser.add_argument("--encode", action="store_true", help="put half of the pairs through an H.264 encoder")
    parser.add_argument("--evaluate-every", type=int, default=300, metavar="STEPS")
    parser.add_argument("--save-every", type=int, default=0, metavar="STEPS", help="besides every four minutes")
    parser.add_argument("--workers", type=int, default=1, help="processes that make images; 0: none of their own")
    parser.add_argument("--threads", type=int, default=0, help="threads for the network; 0: as torch has it")
    parser.add_argument("--cache", type=Path, metavar="FILE", help="found boxes (default: boxes.json in DIR)")
    parser.add_argument("--licence", default="as the photographs' licences allow", help="for the card")
    parser.add_argument("--source", default="trained with this program", help="for the card")
    parser.set_defaults(run=_train)


def _train(arguments: argparse.Namespace) -> int:
    with tqdm(total=BAR_STEPS, unit="‰", disable=None) as bar:

        def tell(step: int, share: float, loss: float) -> None:
            bar.update(int(share * BAR_STEPS) - bar.n)
            bar.set_postfix(step=step, loss=f"{loss:.3f}", refresh=False)

        return _run(arguments, bar.write, tell)


def _run(arguments: argparse.Namespace, say: Callable[[str], None], tell: Callable[[int, float, float], None]) -> int:
    # Importing torch takes seconds; --help does without.
    from genconvit.errors import GenConViTError
    from genconvit.training.loop import RunDiffers
    from genconvit.training.model import StartUnfit
    from genconvit.training.photographs import PhotographsUnreadable
    from genconvit.training.session import run_training

    try:
        run_training(arguments, say, tell)
    except (PhotographsUnreadable, RunDiffers, StartUnfit, ValueError) as error:
        print(f"Cannot train: {error}.", file=sys.stderr)
        return WRONG_USE
    except (GenConViTError, OSError) as error:
        print(f"The weights could not be written: {error}.", file=sys.stderr)
        return NO_WEIGHTS
    return 0
