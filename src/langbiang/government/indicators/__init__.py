"""Indicators: what agencies report, when, and what became of each figure."""
