"""The city wing: traffic, planning, kiosks, assistant."""
