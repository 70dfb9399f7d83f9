"""Frozen dataclasses, protocols, errors and identifiers: the words that every other package uses.

Standard library only, no input or output.
"""
