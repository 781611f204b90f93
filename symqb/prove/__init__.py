"""Search for certificates and counterexamples: untrusted, checked by :mod:`symqb.certify`."""

from symqb.prove.ledger import Verdict, names, prove

__all__ = ["Verdict", "names", "prove"]
