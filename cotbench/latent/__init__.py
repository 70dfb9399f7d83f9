"""Problems and a simulated model with known truth: what both the benchmark `latent` and the model `sim/latent` are.

`Truth` gives, in closed form, what runs with them should come out at.
"""

from cotbench.latent.truth import Truth

__all__ = ["Truth"]
