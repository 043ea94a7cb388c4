"""Training: photographs, self-blended images, degradation, the loop. Nothing in the engine knows of it."""
