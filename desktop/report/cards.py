"""What the cards of the weights say: how good they were where they were measured, and what they miss.

A rule's figures speak of the rule; a card speaks of the weights, also on other data. A card is no part of an analysis:
it is printed only where it is about the very weights that were used, and as what it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from desktop.report.blocks import Block, Field, Fields, Paragraph
from desktop.report.words import NOT_SUPPLIED, prose, supplied
from genconvit.cards import Card
from genconvit.records import WeightsUsed

HEADING = "What the card of the weights says"
ABOUT = (
    "As the card stood in the weights folder when this report was made. A card is a text by whoever made the weights; "
    "it is no part of the analysis and no hash of it is recorded. This one gives the SHA-256 of the weights used. "
    "Where it counts labels, they are those of the rule that it was measured with, which need not be the rule above."
)
NONE = (
    f"Card of the weights “{{}}”: {NOT_SUPPLIED}. What else was measured of these weights, and what they are known to "
    "miss, is not known to this report."
)


def blocks(used: tuple[WeightsUsed, ...], cards: Mapping[str, Card]) -> tuple[Block, ...]:
    """Of each weights file its card. ``cards``: per SHA-256 of a weights file."""
    if not used:
        return ()
    return (Paragraph(HEADING, "heading"), *(block for weights in used for block in _card(weights, cards)))


def _card(weights: WeightsUsed, cards: Mapping[str, Card]) -> tuple[Block, ...]:
    card = cards.get(weights.sha256)
    if card is None or card.sha256 != weights.sha256:
        return (Paragraph(NONE.format(supplied(weights.name))),)
    rows = (
        Field("Weights", supplied(weights.name)),
        Field("Measured", prose("\n\n".join(card.measured)), "prose"),
        Field("Known weaknesses", prose("\n\n".join(card.weaknesses)), "prose"),
    )
    return (Fields(rows), Paragraph(ABOUT, "small"))
