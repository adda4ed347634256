"""Agencies, departments and positions in time, who holds which, who stands in for whom."""
