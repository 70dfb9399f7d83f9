"""Loaders that turn a benchmark's name or a file into problems; `registry` is the way in."""
