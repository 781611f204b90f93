"""Search for certificates and counterexamples: untrusted, checked by :mod:`symqb.certify`.

``prove`` gives the ledger, ``falsify`` attacks a theorem; the rest is for theorems of your own
(see ``docs/how-to/prove-your-own.md``).
"""

from symqb.prove.boxes import BoxStatement, BoxVerdict, certify_boxes, check_boxes
from symqb.prove.builder import NotFound, Proof, Theorem, Witness, certificate, point, statement
from symqb.prove.falsify import Attack, falsify, falsify_all
from symqb.prove.ledger import Ledger, Verdict, names, prove, write
from symqb.prove.thresholds import Threshold, passivity_threshold

__all__ = [
    "Attack",
    "BoxStatement",
    "BoxVerdict",
    "Ledger",
    "NotFound",
    "Proof",
    "Theorem",
    "Threshold",
    "Verdict",
    "Witness",
    "certificate",
    "certify_boxes",
    "check_boxes",
    "falsify",
    "falsify_all",
    "names",
    "passivity_threshold",
    "point",
    "prove",
    "statement",
    "write",
]
