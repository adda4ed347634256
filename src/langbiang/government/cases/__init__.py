"""Cases: intake, handling, decision, result and return, for every agency of the province."""
