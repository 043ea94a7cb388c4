"""The released protocol, written plainly: what the authors' prediction script does with a clip, one thing at a time.

decord gives ``linspace(0, n - 1, N)`` frames; dlib's HOG looks at each at full size without upsampling; the first N
faces are cut out without a margin and resized to 224 px with INTER_AREA; both networks run in float32, eagerly, as
released: the constructor makes a Swin transformer that is never run, ``mu`` is computed three times and ``var`` once a
batch; then sigmoid, the mean over the 2N rows, and the score that the script prints.

It is what the program is compared with, in speed by benchmarks/pipeline.py and to the bit by
tests/genconvit/test_released_protocol.py, and shares none of its code but the way in which timm, face_recognition
and decord are imported. Left out, to its favour: the constructor loads no ImageNet weights, no augmentation library is
imported, and frames are not looked at any more once there are enough faces.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from benchmarks.random_weights import BACKBONE, FILES, IMAGE_PX, SWIN
from genconvit.decord_import import load_decord
from genconvit.faces import load_face_recognition
from genconvit.networks.backbone import load_timm

timm, face_recognition, decord = load_timm(), load_face_recognition(), load_decord()

Pixels = npt.NDArray[np.uint8]
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class PatchEmbedding(nn.Module):
    """A Swin transformer and a projection that hang in the backbone and are never run."""

    def __init__(self, swin: nn.Module) -> None:
        super().__init__()
        self.backbone = swin
        self.proj = nn.Conv2d(1000, 768, kernel_size=1)


class EdEncoder(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise((3, 16, 32, 64, 128, 256)):
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
        self.features = nn.Sequential(*layers)


class VaeEncoder(nn.Module):
    def __init__(self, image_px: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise((3, 16, 32, 64, 128)):
            layers += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.BatchNorm2d(after), nn.LeakyReLU()]
        self.features = nn.Sequential(*layers)
        flat, latent = 128 * (image_px // 16) ** 2, 256 * (image_px // 32) ** 2
        self.fc1 = nn.Linear(flat, 256)
        self.fc2 = nn.Linear(256, 128)
        self.mu = nn.Linear(flat, latent)
        self.var = nn.Linear(flat, latent)

    def forward(self, images: Tensor) -> Tensor:
        flat = self.features(images).flatten(1)
        mean, spread = self.mu(flat), self.var(flat)
        self.divergence = (spread.exp() + mean**2 - 1.0 - spread).sum()
        deviation = torch.exp(0.5 * self.mu(flat))
        sample: Tensor = torch.randn_like(deviation) * deviation + self.mu(flat)
        return sample


class Decoder(nn.Module):
    def __init__(self, widths: tuple[int, ...], between: type[nn.Module]) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [nn.ConvTranspose2d(before, after, 2, stride=2), between()]
        self.features = nn.Sequential(*layers)


class Ed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.encoder = EdEncoder()
        self.decoder = Decoder((256, 128, 64, 32, 16, 3), nn.ReLU)
        self.backbone = timm.create_model(BACKBONE)
        self.embedder = timm.create_model(SWIN)
        self.backbone.patch_embed = PatchEmbedding(self.embedder)
        self.fc = nn.Linear(2000, 500)
        self.fc2 = nn.Linear(500, 2)

    def forward(self, images: Tensor) -> Tensor:
        rebuilt = self.backbone(self.decoder.features(self.encoder.features(images)))
        direct = self.backbone(images)
        gelu = nn.functional.gelu
        logits: Tensor = self.fc2(gelu(self.fc(gelu(torch.cat((rebuilt, direct), 1)))))
        return logits


class Vae(nn.Module):
    def __init__(self, image_px: int = IMAGE_PX) -> None:
        super().__init__()
        self.encoder = VaeEncoder(image_px)
        self.decoder = Decoder((256, 64, 32, 16, 3), nn.LeakyReLU)
        self.embedder = timm.create_model(SWIN)
        self.convnext_backbone = timm.create_model(BACKBONE)
        self.convnext_backbone.patch_embed = PatchEmbedding(self.embedder)
        self.fc3 = nn.Linear(1000, 500)
        self.fc = nn.Linear(2000, 500)
        self.fc2 = nn.Linear(500, 2)

    def forward(self, images: Tensor) -> Tensor:
        side = images.shape[-1] // 32
        rebuilt = self.decoder.features(self.encoder(images).view(-1, 256, side, side))
        features = torch.cat((self.convnext_backbone(images), self.convnext_backbone(rebuilt)), 1)
        logits: Tensor = self.fc2(torch.relu(self.fc(torch.relu(features))))
        return logits


def load(folder: Path, device: str = "cpu") -> list[nn.Module]:
    """Both networks in evaluation mode, with the weights of the two released files in a folder.

    The Swin transformer keeps its random values: it is never run, and its keys follow the version of timm.
    """
    networks = []
    for name, kind in (("ed", Ed), ("vae", Vae)):
        network: nn.Module = kind()
        checkpoint = torch.load(folder / FILES[name], map_location="cpu", weights_only=True)
        fill(network, checkpoint.get("state_dict", checkpoint))
        networks.append(network.eval().to(device))
    return networks


def fill(network: nn.Module, state: Mapping[str, Tensor]) -> None:
    """Load whatever runs, and all of that. Raises RuntimeError as torch does."""
    asleep = {key: value for key, value in network.state_dict().items() if _is_asleep(key)}
    network.load_state_dict({key: value for key, value in state.items() if not _is_asleep(key)} | asleep)


def _is_asleep(key: str) -> bool:
    return key.startswith("embedder.") or ".patch_embed." in key


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """A face as the script holds it: ``uint8 [S, S, 3]``, RGB. ``reading`` counts its readings; with few frames,
    several are of one frame."""

    reading: int
    frame: int
    pixels: Pixels


class ReleasedProtocol:
    """The script, with networks that stay loaded from clip to clip.

    Args:
        networks: normalised ``float32 [N, 3, S, S]`` to logits ``[N, 2]``, fake and real.
        image_px: another size of the crops than the released one, S.

    Attributes:
        seconds: by stage, summed until somebody clears it.
        faces: that the last clip's score rests on.
    """

    def __init__(
        self, networks: Sequence[Callable[[Tensor], Tensor]], device: str = "cpu", image_px: int = IMAGE_PX
    ) -> None:
        self.seconds: dict[str, float] = {}
        self.faces = 0
        self._networks, self._image_px = networks, image_px
        self._device = torch.device(device)

    def run(self, clip: Path, frames: int) -> float:
        """The printed score of a clip; 0.5 without a face."""
        crops = self.crops(clip, frames)
        self.faces = len(crops)
        if not crops:
            return 0.5
        with self._stage("score"):
            return self.verdict(np.stack([crop.pixels for crop in crops]))[1]

    def crops(self, clip: Path, frames: int) -> list[Crop]:
        """The first ``frames`` faces of as many frames."""
        with self._stage("decode"):
            reader = decord.VideoReader(str(clip), ctx=decord.cpu(0))
            named = np.linspace(0, len(reader) - 1, frames).astype(int).tolist()
            pixels = reader.get_batch(named).asnumpy()
        crops: list[Crop] = []
        for reading, number in enumerate(named):
            if len(crops) == frames:
                break
            with self._stage("find"):
                shown = cv2.cvtColor(pixels[reading], cv2.COLOR_RGB2BGR)
                boxes = face_recognition.face_locations(shown, number_of_times_to_upsample=0, model="hog")
            with self._stage("crop"):
                for top, right, bottom, left in boxes[: frames - len(crops)]:
                    face = shown[top:bottom, left:right]
                    face = cv2.resize(face, (self._image_px, self._image_px), interpolation=cv2.INTER_AREA)
                    face = cv2.cvtColor(face, cv2.COLOR_BGR2RGB)
                    crops.append(Crop(reading, number, np.asarray(face, np.uint8)))
        return crops

    @torch.no_grad()
    def verdict(self, crops: Pixels) -> tuple[str, float]:
        """Label and printed score, ``f`` where fake is above real, else ``1 - r``, of ``uint8 [N, S, S, 3]``, RGB."""
        mean, std = (torch.tensor(three, device=self._device).view(3, 1, 1) for three in (MEAN, STD))
        images = (torch.from_numpy(crops).to(self._device).permute(0, 3, 1, 2).float() / 255.0 - mean) / std
        rows = torch.cat([network(images) for network in self._networks])
        fake, real = torch.sigmoid(rows).mean(0).tolist()
        return "FAKE" if fake >= real else "REAL", fake if fake > real else 1.0 - real

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start
