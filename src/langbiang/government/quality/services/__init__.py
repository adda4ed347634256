"""Writes of the index: its counters, its weights, scores of other provinces."""
