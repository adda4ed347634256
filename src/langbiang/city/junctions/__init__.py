"""Signalled junctions as people run them: layouts, plans, arming, overrides, alerts and the live picture."""
