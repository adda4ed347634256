"""Telling people: templates per event and channel, preferences, a delivery log with retry and dead letters."""
