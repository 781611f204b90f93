"""What the judge says of a battery at a point: steady states, their number, every output."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from symqb.prove.numbers_levels import Judge, Reading, SeveralStates
from symqb.prove.numbers_outputs import Value, outputs_of
from symqb.prove.numbers_steady import cluster_state, rate_state


class Verdict(Reading):
    """What the judge says for one way to cut the levels into clusters."""

    @cached_property
    def state(self) -> tuple[list[Any], Any]:
        """The steady populations, and the states they belong to as columns over the levels.

        The states are None where no levels coincide.

        Raises
        ------
        SeveralStates, Undecided, Divergent
            Not one steady state; too large; an infinite rate.
        """
        with self.judge.precision():
            return cluster_state(self) if self.together else (rate_state(self), None)

    def count(self) -> int:
        """The number of steady states, coherences between coinciding levels included."""
        try:
            _ = self.state
        except SeveralStates as several:
            return several.count
        return 1

    @cached_property
    def outputs(self) -> dict[str, Value]:
        """Every output but ``energies`` and ``populations``, by symqb's names."""
        with self.judge.precision():
            return outputs_of(self, *self.state)


def verdicts(judge: Judge) -> list[Verdict]:
    """A verdict for each reading of the rule of coincidence: one almost always."""
    return [Verdict(judge, clusters) for clusters in judge.readings()]
