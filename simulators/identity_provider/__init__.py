"""A stand-in for VNeID: a small OpenID Connect issuer with synthetic citizens and faults on demand."""
