"""Whether a model is sound: what makes plausible numbers wrong, in words with the remedy."""

from symqb.check.examine import check_model
from symqb.check.findings import Finding, Report

__all__ = ["Finding", "Report", "check_model"]
