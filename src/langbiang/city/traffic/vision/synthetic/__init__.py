"""A street that is drawn: ground truth for tests, for the self-test of a calibration, and for the measurements."""
