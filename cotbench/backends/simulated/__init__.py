"""The simulated model `sim/latent`: replies with known statistics, from the messages alone."""
