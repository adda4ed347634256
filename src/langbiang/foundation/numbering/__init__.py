"""Gapless numbers per register and period."""
