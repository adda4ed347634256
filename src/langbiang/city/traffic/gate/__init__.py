"""The safety gate between any controller and any lamp: pure, deterministic, with the last word.

No input or output, no web framework, no clock of its own: time is an argument everywhere.
"""
