"""``train``: make weights, from real photographs alone or from labelled face images."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tqdm import tqdm

from genconvit.commands.train_options import DEFAULTS, add_options

if TYPE_CHECKING:
    from genconvit.training.config import TrainingConfig
    from genconvit.training.session import Assignment

WRONG_USE = 2
NO_WEIGHTS = 4
VAE_REBUILD, ED_REBUILD = 1.0, 0.2
BLENDED_ONLY = ("donors", "relit", "redrawn", "cloned", "camera", "beauty", "filming", "locate")
"""Options that only photographs have a use for; 0 asks for nothing."""
FOUND_ONLY = ("margin", "cache")
"""Options that only pictures in which a face is found have a use for."""
ED_ONLY = ("early_size", "early_until", "join")
BAR_STEPS = 1000
DESCRIPTION = """\
Train weights. The same words again go on where a run was stopped: at any moment, on this machine or, with the folder of
--out copied, on another. The same seed gives the same run, to the bit on a CPU and with --steps.

The folder of --out gets the checkpoint, metrics.jsonl, and at the end the weights with their card, validation.json,
curves.png, confusion.png and roc.png.
"""
EXAMPLES = """\
examples:
  from real photographs in zips with landmarks, or in a folder of pictures, for an hour:
    python -m genconvit train --self-blend faces/ --out run --minutes 60 --start efficientnet_lite0.pth

  as the GenConViT authors train, from train|valid|test / fake|real folders of face images:
    python -m genconvit train --data dataset/ --out run --network vae --backbone convnext_tiny --image-size 224 \\
        --steps 20000 --learning-rate 1e-4

  go on from weights that were trained before, on a GPU, in mixed precision:
    python -m genconvit train --self-blend faces/ --out run2 --start run/trained.safetensors --device cuda \\
        --precision bfloat16 --batch 256 --workers 12 --steps 40000
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the ``train`` sub-command; its ``run`` default takes the parsed arguments and gives the exit code."""
    parser = subparsers.add_parser(
        "train",
        help="train weights on real photographs or on labelled face images",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_options(parser)
    parser.set_defaults(run=_train)


def _train(arguments: argparse.Namespace) -> int:
    with tqdm(total=BAR_STEPS, unit="‰", disable=None) as bar:

        def tell(step: int, share: float, loss: float) -> None:
            bar.update(int(share * BAR_STEPS) - bar.n)
            bar.set_postfix(step=step, loss=f"{loss:.3f}", refresh=False)

        def looked(images: int) -> None:
            bar.set_postfix(looked_at=images, refresh=False)
            bar.update(0)

        return _run(arguments, bar.write, tell, looked)


def _run(
    arguments: argparse.Namespace,
    say: Callable[[str], None],
    tell: Callable[[int, float, float], None],
    looked: Callable[[int], None],
) -> int:
    # Importing torch takes seconds; --help does without.
    from genconvit.alone import NotAlone
    from genconvit.cards import is_name
    from genconvit.commands.sentences import exit_code, sentence
    from genconvit.errors import GenConViTError
    from genconvit.training.checkpoint import CheckpointDamaged
    from genconvit.training.config import ConfigUnfit
    from genconvit.training.data import DataUnusable
    from genconvit.training.loop import RunDiffers, RunFailed
    from genconvit.training.photographs import PhotographsUnreadable
    from genconvit.training.session import run_training
    from genconvit.training.start import StartUnfit

    if not is_name(arguments.name):
        print(f"Cannot train: {arguments.name!r} is no name for weights (letters, digits, . _ -).", file=sys.stderr)
        return WRONG_USE
    try:
        run_training(_assignment(arguments), say, tell, looked)
    except (
        ConfigUnfit,
        NotAlone,
        PhotographsUnreadable,
        DataUnusable,
        RunDiffers,
        StartUnfit,
        CheckpointDamaged,
    ) as error:
        print(f"Cannot train: {error}.", file=sys.stderr)
        return WRONG_USE
    except RunFailed as error:
        print(f"The run stopped: {error}. Its last checkpoint stands.", file=sys.stderr)
        return NO_WEIGHTS
    except GenConViTError as error:
        print(sentence(error), file=sys.stderr)
        return exit_code(error)
    except OSError as error:
        print(f"A file could not be read or written: {error}.", file=sys.stderr)
        return NO_WEIGHTS
    return 0


def _assignment(arguments: argparse.Namespace) -> Assignment:
    from genconvit.training.export import Words
    from genconvit.training.session import Assignment

    return Assignment(
        config=_config(arguments),
        out=arguments.out,
        name=arguments.name,
        words=Words(arguments.licence, arguments.source),
        photographs=tuple(arguments.self_blend or ()),
        folders=arguments.data,
        cache=arguments.cache,
        start=arguments.start,
        device=arguments.device,
        workers=arguments.workers,
        threads=arguments.threads,
        packed=arguments.small_checkpoints,
    )


def _config(arguments: argparse.Namespace) -> TrainingConfig:
    """Raises ConfigUnfit."""
    from genconvit.training.config import ConfigUnfit, TrainingConfig

    for names, why in _without_use(arguments):
        if names:
            raise ConfigUnfit(f"{' and '.join(f'--{name}' for name in names).replace('_', '-')}: {why}")
    told = {name: getattr(arguments, name) for name in DEFAULTS}
    told = {name: DEFAULTS[name] if value is None else value for name, value in told.items()}
    vae = arguments.network == "vae"
    rebuild = arguments.reconstruction_weight
    if rebuild is None:
        rebuild = VAE_REBUILD if vae else ED_REBUILD
    return TrainingConfig(
        network=arguments.network,
        backbone=arguments.backbone,
        image_px=arguments.image_size,
        early_px=arguments.image_size if vae else min(told["early_size"], arguments.image_size),
        early_until=told["early_until"],
        margin=told["margin"],
        batch=arguments.batch,
        accumulate=arguments.accumulate,
        steps=arguments.steps,
        minutes=arguments.minutes,
        seed=arguments.seed,
        learning_rate=arguments.learning_rate,
        warm_up=arguments.warm_up,
        schedule=arguments.schedule,
        weight_decay=arguments.weight_decay,
        smoothing=arguments.label_smoothing,
        clip=arguments.clip,
        decay=arguments.average_decay,
        join=0.0 if vae else told["join"],
        rebuild_weight=rebuild,
        encode=arguments.encode,
        donors=arguments.donors,
        relit=arguments.relit,
        redrawn=arguments.redrawn,
        cloned=arguments.cloned,
        camera=arguments.camera,
        beauty=arguments.beauty,
        filming=arguments.filming,
        locate=arguments.locate,
        precision=arguments.precision,
        evaluate_every=arguments.evaluate_every,
        save_every=arguments.save_every,
    )


def _without_use(arguments: argparse.Namespace) -> Iterator[tuple[list[str], str]]:
    """Options that were given and that the run would not heed, and why."""
    given = [name for name in (*FOUND_ONLY, *ED_ONLY) if getattr(arguments, name) is not None]
    if arguments.data:
        asked = [name for name in BLENDED_ONLY if getattr(arguments, name)]
        yield asked, "this is for fakes made on the way, and --data brings its own"
        found = [name for name in given if name in FOUND_ONLY]
        yield found, "this is for faces that are found in pictures, and those of --data are cut out already"
    if arguments.network == "vae":
        early = [name for name in given if name in ED_ONLY]
        yield early, "this is for ed; vae takes one size of image and its reconstruction from the start"
    if arguments.steps and arguments.minutes:
        yield ["minutes"], "--steps says already how long the run is"
