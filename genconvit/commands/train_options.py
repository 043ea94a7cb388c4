"""The options of ``train``."""

from __future__ import annotations

import argparse
from pathlib import Path

MARGIN, EARLY_PX, EARLY_UNTIL, JOIN = 0.1, 128, 0.5, 0.85
DEFAULTS: dict[str, float] = {"margin": MARGIN, "early_size": EARLY_PX, "early_until": EARLY_UNTIL, "join": JOIN}
"""Of options of which the parser must tell whether they were given."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """All of them; those of :data:`DEFAULTS` are None where they are not given."""
    _add_data(parser)
    _add_network(parser.add_argument_group("network"))
    _add_length(parser.add_argument_group("length and machine"))
    _add_learning(parser.add_argument_group("learning"))
    _add_output(parser.add_argument_group("output"))


def _add_data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("data, one of the first two")
    source = group.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--self-blend",
        type=Path,
        nargs="+",
        metavar="PATH",
        help="real photographs, of which fakes are made on the fly: zips or folders with a faces.csv (68 landmarks a "
        "picture), folders of such zips, or folders of plain pictures, whose landmarks are then found once",
    )
    source.add_argument("--data", type=Path, metavar="DIR", help="labelled face images: DIR/train|valid|test/fake|real")
    group.add_argument(
        "--encode", action="store_true", help="put half of the images through an H.264 encoder, real and fake alike"
    )
    group.add_argument(
        "--donors",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the self-blended fakes, how many get another photograph's face instead (default: 0)",
    )
    group.add_argument(
        "--relit",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the self-blended fakes, how many get light from another side on what is laid over (default: 0)",
    )
    group.add_argument(
        "--redrawn",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the self-blended fakes, how many get their own face as a generator draws it: reenacted with another "
        "expression, or without texture (default: 0)",
    )
    group.add_argument(
        "--cloned",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the self-blended fakes, how many are laid over by Poisson blending, as seamless cloning does "
        "(default: 0)",
    )
    group.add_argument(
        "--camera",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the pairs of a photograph and its fake, how many are smoothed, sharpened or enlarged whole, as a "
        "telephone does (default: 0)",
    )
    group.add_argument(
        "--beauty",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the pairs of a photograph and its fake, how many are made of the photograph as a beauty filter shows "
        "it (default: 0)",
    )
    group.add_argument(
        "--filming",
        type=float,
        default=0.0,
        metavar="SHARE",
        help="of the pairs of a photograph and its fake, how many are shown moving, in shadow, in the dark, partly "
        "covered and the like, as video shows faces (default: 0)",
    )
    group.add_argument(
        "--margin",
        type=float,
        help=f"with --self-blend: of the crop, as a share of the face's longer side (default: {MARGIN})",
    )
    group.add_argument(
        "--cache",
        type=Path,
        metavar="FILE",
        help="with --self-blend: found boxes (default: boxes.json in the folder of --out); found landmarks lie beside "
        "it",
    )


def _add_network(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--network", choices=("ed", "vae"), default="ed", help="autoencoder or variational one")
    group.add_argument(
        "--backbone", default="efficientnet_lite0", help="any timm model by name (default: efficientnet_lite0)"
    )
    group.add_argument(
        "--start",
        type=Path,
        metavar="FILE",
        help="ImageNet weights of the backbone (.pth), or weights of this program (.safetensors, with its card) to go "
        "on from, whose backbone is this one or a smaller one of its family",
    )
    group.add_argument("--image-size", type=int, default=160, metavar="PX", help="a multiple of 32 (default: 160)")
    group.add_argument(
        "--early-size", type=int, metavar="PX", help=f"ed: size in the first part of the run (default: {EARLY_PX})"
    )
    group.add_argument(
        "--early-until", type=float, metavar="SHARE", help=f"ed: where that part ends (default: {EARLY_UNTIL})"
    )
    group.add_argument(
        "--join",
        type=float,
        metavar="SHARE",
        help="ed: of the run, from where on the classifier sees the reconstruction too; 0: always, as released "
        f"(default: {JOIN})",
    )


def _add_length(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--steps", type=int, default=0, help="length of the run")
    group.add_argument("--minutes", type=float, default=0.0, help="length by the clock, instead of --steps")
    group.add_argument("--seed", type=int, default=1, help="(default: 1)")
    group.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:1, mps (default: auto)")
    group.add_argument(
        "--precision",
        choices=("float32", "bfloat16"),
        default="float32",
        help="of the arithmetic; bfloat16 is mixed precision (default: float32)",
    )
    group.add_argument("--batch", type=int, default=32, help="images a step, half of them real (default: 32)")
    group.add_argument(
        "--accumulate",
        type=int,
        default=1,
        metavar="N",
        help="compute each batch in N parts, one after the other, for less memory (default: 1)",
    )
    group.add_argument(
        "--workers", type=int, default=1, help="processes that make images; 0: none of their own (default: 1)"
    )
    group.add_argument("--threads", type=int, default=0, help="threads for the network; 0: as torch has it")


def _add_learning(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--learning-rate", type=float, default=6e-4, help="at its highest, AdamW (default: 6e-4; released: 1e-4, Adam)"
    )
    group.add_argument(
        "--warm-up", type=int, default=150, metavar="STEPS", help="over which the rate rises (default: 150)"
    )
    group.add_argument(
        "--schedule",
        choices=("cosine", "constant"),
        default="cosine",
        help="of the rate after that: half a cosine down to a hundredth, or none (default: cosine)",
    )
    group.add_argument("--weight-decay", type=float, default=0.02, help="(default: 0.02; released: 1e-4)")
    group.add_argument("--clip", type=float, default=2.0, help="largest norm of the gradient; 0: none (default: 2)")
    group.add_argument("--label-smoothing", type=float, default=0.05, help="(default: 0.05; released: 0)")
    group.add_argument(
        "--average-decay",
        type=float,
        default=0.998,
        help="of the moving average of the weights, which is what is kept in the end; 0: none (default: 0.998)",
    )
    group.add_argument(
        "--locate",
        type=float,
        default=0.0,
        metavar="WEIGHT",
        help="with --self-blend: of the error, in the loss, of where a face was altered, which the backbone's features "
        "at a sixteenth of the size are asked for; 0: that is not asked (default: 0)",
    )
    group.add_argument(
        "--reconstruction-weight",
        type=float,
        metavar="WEIGHT",
        help="of the reconstruction's mean squared error in the loss (default: 1 for vae, as released; 0.2 for ed, "
        "released: 0)",
    )


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--out", type=Path, required=True, metavar="DIR", help="for everything that the run writes")
    group.add_argument("--name", default="trained", help="of the weights (default: trained)")
    group.add_argument(
        "--evaluate-every",
        type=int,
        default=300,
        metavar="STEPS",
        help="on 240 pairs of what is kept back; 0: never (default: 300)",
    )
    group.add_argument(
        "--save-every",
        type=int,
        default=0,
        metavar="STEPS",
        help="besides every four minutes and before each evaluation",
    )
    group.add_argument(
        "--small-checkpoints",
        action="store_true",
        help="three fifths of the size (63 MB instead of 100 for the default network); going on from one is as good, "
        "but not the same to the bit",
    )
    group.add_argument("--licence", default="as the licences of the images allow", help="for the card")
    group.add_argument("--source", default="trained with this program", help="for the card")
