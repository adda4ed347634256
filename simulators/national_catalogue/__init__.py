"""A stand-in for the national catalogue of administrative procedures: invented texts in its real shapes."""
