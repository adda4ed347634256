"""Signing and checking: PAdES signatures with keys in files or on tokens, a trust store in time, verdicts in
plain words. `pades`, `keys` and `validation` know no database; services and queries put them to work."""
