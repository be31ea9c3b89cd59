"""Https without a domain: a private CA of this machine, and how phones come to trust it."""
