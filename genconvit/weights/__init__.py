"""Weight files: taken in once, kept as safetensors beside a card, checked each time they are loaded."""

from __future__ import annotations

from genconvit.cards import Card, cards, find_card, verify
from genconvit.weights.importing import import_weights, read_checkpoint
from genconvit.weights.loading import load, load_checkpoint
from genconvit.weights.saving import save

__all__ = [
    "Card",
    "cards",
    "find_card",
    "import_weights",
    "load",
    "load_checkpoint",
    "read_checkpoint",
    "save",
    "verify",
]
