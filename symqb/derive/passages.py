"""What a walk over states gathers on its way to those where it ends: without a subtraction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from symqb.derive.steady_state import Shares
from symqb.program import Builder, Ref
from symqb.program.builder import ZERO


def gather(
    builder: Builder,
    folded: Sequence[tuple[int, Shares]],
    sources: Mapping[int, Ref],
    ends: Collection[int],
) -> dict[int, Ref]:
    """Write what is gathered from every state on, until one of the ends is reached.

    The mean of what a walk gathers, if in state k it gathers ``sources[k]`` a unit of time: it
    solves ``sum_j k_ij (x_j - x_i) = -sources_i`` with x = 0 at the ends.  While a state is
    eliminated what detours over it gather is passed on to the others, ``c_i += share c``; then
    ``x = (c + sum_j k_j x_j) / s`` state by state.  Of sources that are not negative nothing is
    ever subtracted; of others the error is bounded by that of their moduli.

    Parameters
    ----------
    builder : Builder
    folded : sequence of (state, Shares)
        What :func:`symqb.derive.steady_state.eliminate` gives, all states but the ends.
    sources : mapping
        State to what it gives; nothing where it is left out.
    ends : collection of int

    Returns
    -------
    dict
        State to what is gathered from there on.
    """
    b, given = builder, dict(sources)
    lasting = list[Ref]()
    for node, shares in folded:
        own = given.get(node, ZERO)
        lasting.append(own)
        for i, share in shares.arriving.items() if own != ZERO else ():
            given[i] = b.add(given.get(i, ZERO), b.mul(share, own))
    found: dict[int, Ref] = dict.fromkeys(ends, ZERO)
    for (node, shares), own in zip(reversed(folded), reversed(lasting), strict=True):
        onward = b.sum(b.mul(rate, found[j]) for j, rate in shares.leaving.items())
        found[node] = b.div(b.add(own, onward), shares.total)
    return found
