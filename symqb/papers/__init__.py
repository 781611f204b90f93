"""Papers given as data, one folder each: what is printed, for the audit to decide."""

__all__ = ["pra109_042619"]

from symqb.papers import pra109_042619
