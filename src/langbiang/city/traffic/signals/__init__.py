"""What the lamps and detectors of a junction did, measured from its 0.1 s event log. No Django, no database."""
