"""The checker of certificates: standard library only, and nothing else of symqb."""

from symqb.certify.checker import FORMAT, Refused, Verdict, check, load, main

__all__ = ["FORMAT", "Refused", "Verdict", "check", "load", "main"]
