"""The versioned catalogue of administrative procedures."""
