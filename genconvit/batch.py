"""How many crops go through the networks at once: what gathers crops for them and what runs them agree on it."""

BATCH = 32
"""It moves the last digits of a score: with another number, scores differ by the rounding of float32."""
