"""Signing in: officers with a password and a second factor, citizens through an identity provider."""
