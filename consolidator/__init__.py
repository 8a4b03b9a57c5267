"""Consolidator: union reports gathered, checked and summed, each figure traceable to its cell."""

__version__ = "0.1.0"
