r"""Write the net flows of the steady state, edge by edge and bath by bath, without cancellation.

A net flow is the difference of two flows that may agree in all their digits: near equilibrium, and
in a bath that couples strongly.  Here it is made of cycles.  Two channels :math:`a, b` between the
same two levels i and j drive the cycle

.. math:: k^a_{ij}k^b_{ji} - k^a_{ji}k^b_{ij} = k^a_{ji}k^b_{ij}\,(e^{y_a - y_b} - 1),\qquad
          y = \ln(k_{ij}/k_{ji}),

whose exponent is known without the rates: a bath at temperature T that takes the energy W has
:math:`y = W/T`.  Eliminating a level makes a channel between each pair of its neighbours, with the
sum of the exponents; channels side by side merge into one.  Undone in reverse order, the merges
split the flow of the whole, which vanishes where two levels are left, into those of its channels:

.. math:: f_a = \frac{(k^a_{ij} + k^a_{ji})F + (p_i + p_j)D_{ab}}{K_{ij} + K_{ji}} .
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

from symqb.program import Builder, ProgramError, Ref
from symqb.program.builder import ONE, ZERO
from symqb.program.lower import inverse

HALF = Fraction(1, 2)

Pair = tuple[int, int]


@dataclass(frozen=True)
class Channel:
    """Hold one way between two levels: rates there and back, and the logarithm of their ratio.

    The logarithm is ``sum(heats[nu] / T_nu) + excess``, with ``heats`` the energies that the baths
    take when the channel is passed; they add up to the energy lost.  ``size`` is that of the terms
    of the excess.
    """

    there: Ref
    back: Ref
    heats: tuple[Ref, ...]
    excess: Ref = ZERO
    size: Ref = ZERO


@dataclass(frozen=True)
class _Merge:
    """Remember two channels that became one, with the rates of both together."""

    first: Channel
    second: Channel
    drive: Ref
    there: Ref
    back: Ref


class FlowWriter:
    """Write merges, splits and exponents as steps of a program.

    Parameters
    ----------
    builder : Builder
        Where the steps go.
    temperatures : sequence of references
        Temperatures of the baths, in the order of a channel's ``heats``.
    gap : callable, optional
        From the numbers of two baths to the first one's temperature above the second's; where
        both are expressions, what they share drops out of it.  Their difference by default.
    """

    def __init__(
        self,
        builder: Builder,
        temperatures: Sequence[Ref],
        gap: Callable[[int, int], Ref] | None = None,
    ) -> None:
        self.builder, self._temperatures = builder, tuple(temperatures)
        self._gap = gap or (lambda nu, mu: builder.sub(temperatures[nu], temperatures[mu]))

    def colder(self, nu: int, mu: int) -> Ref:
        """Write ``1/T_nu - 1/T_mu``: exactly zero for equal temperatures, finite at zero."""
        b, T, S = self.builder, self._temperatures[nu], self._temperatures[mu]
        return b.mul(b.mul(self._gap(mu, nu), inverse(b, T)), inverse(b, S))

    def _risen(self, x: Ref) -> Ref:
        """Write ``exp(|x|) - 1``, in doubles held finite."""
        b = self.builder
        return b.apply("expm1", b.apply("held", b.apply("abs", x)))

    def grown(self, x: Ref) -> Ref:
        """Write ``exp(x) - 1`` for either sign of x, held finite."""
        b = self.builder
        size = self._risen(x)
        return b.apply("select", ZERO, x, size, b.neg(b.div(size, b.add(ONE, size))))

    def exponential(self, x: Ref) -> Ref:
        """Write ``exp(x)`` for either sign of x, held finite."""
        b = self.builder
        size = self._risen(x)
        grown = b.add(ONE, size)
        return b.apply("select", ZERO, x, grown, b.div(ONE, grown))

    def shrunk(self, x: Ref) -> Ref:
        """Write ``1 - exp(-|x|)``, from 0 to 1."""
        b = self.builder
        size = self._risen(x)
        return b.div(size, b.add(ONE, size))

    def against(self, channel: Channel, reference: int) -> Ref:
        """Write a channel's exponent less that of one bath alone at ``reference``'s temperature."""
        b = self.builder
        terms = [
            b.mul(heat, self.colder(nu, reference))
            for nu, heat in enumerate(channel.heats)
            if nu != reference
        ]
        return b.add(b.sum(terms), channel.excess)

    def apart(self, first: Channel, second: Channel) -> Ref:
        """Write the difference of two channels' exponents.

        The differences of their heats add up to zero: the largest is left out, so that heats which
        are exactly zero stay so.
        """
        b = self.builder
        heats = tuple(map(b.sub, first.heats, second.heats))
        excess = b.sub(first.excess, second.excess)
        whole = Channel(ZERO, ZERO, heats, excess)
        driven = [nu for nu, heat in enumerate(heats) if heat != ZERO]
        if not driven:
            return excess
        found, largest = self.against(whole, driven[0]), b.apply("abs", heats[driven[0]])
        if len(driven) == 2 and heats[driven[1]] == b.neg(heats[driven[0]]):
            return found
        for nu in driven[1:]:
            size = b.apply("abs", heats[nu])
            found = b.apply("select", size, largest, found, self.against(whole, nu))
            largest = b.apply("max", largest, size)
        return found

    def merge(
        self, first: Channel, second: Channel, total: tuple[Ref, Ref] | None = None
    ) -> tuple[Channel, _Merge]:
        """Merge two channels side by side into one, whose rates are ``total`` if that is known.

        Returns
        -------
        channel and merge
            The one channel, and what :meth:`split` needs to tell the flows of the two.
        """
        b = self.builder
        there, back = total or (b.add(first.there, second.there), b.add(first.back, second.back))
        apart = self.apart(first, second)
        down, up = b.mul(first.there, second.back), b.mul(first.back, second.there)
        near = b.mul(up, self.grown(apart))
        drive = b.apply("select", b.apply("abs", apart), HALF, near, b.sub(down, up))
        mixed = self._mixed(first, second, (there, back), apart)
        return Channel(there, back, *mixed), _Merge(first, second, drive, there, back)

    def _mixed(
        self, first: Channel, second: Channel, total: tuple[Ref, Ref], apart: Ref
    ) -> tuple[tuple[Ref, ...], Ref, Ref]:
        r"""Write the exponent of two channels a and b together, by two equal forms.

        .. math:: y = y_a - \ln(1 + s_b(e^{y_a - y_b} - 1)) = y_a + \ln(1 + r_b(e^{y_b - y_a} - 1))

        with the shares s there and r back.  The form whose exponential is below 1 is taken, and for
        a the channel that leaves the smaller correction: the one that dominates, if one does.

        Returns
        -------
        heats, excess, size
            As a :class:`Channel` has them.
        """
        b = self.builder
        # no fall where it is zero, as |apart| is differentiated there
        falling = b.apply("select", ZERO, apart, ZERO, ONE)

        def where_falling(x: Ref, y: Ref) -> Ref:
            return b.apply("select", ONE, falling, x, y)

        there, back = (inverse(b, rate) for rate in total)
        by_second = where_falling(b.mul(second.there, there), b.mul(second.back, back))
        by_first = where_falling(b.mul(first.back, back), b.mul(first.there, there))

        beside_second = where_falling(b.mul(first.there, there), b.mul(first.back, back))
        beside_first = where_falling(b.mul(second.back, back), b.mul(second.there, there))
        # shares are compared by their odds: doubles tell two near 1 apart by what is left of each
        odds = b.mul(by_second, beside_first), b.mul(by_first, beside_second)

        def chosen(x: Ref, y: Ref) -> Ref:
            return x if x == y else b.apply("select", *odds, x, y)

        share = chosen(by_second, by_first)
        part = b.mul(share, self.shrunk(apart))
        # 1 - part is close to 0 where the other's share and the exponential are: their sum then
        others = chosen(beside_second, beside_first)
        left = b.add(others, b.mul(share, self.exponential(b.neg(b.apply("abs", apart)))))
        # beside a bath at zero the other has no share at all, and the exponent is infinite
        most = b.apply("log", b.apply("select", others, ZERO, ZERO, b.apply("lifted", left)))
        correction = b.apply("select", part, HALF, b.apply("log1p", b.neg(part)), most)
        lowered = chosen(falling, b.sub(ONE, falling))
        signed = b.apply("select", ONE, lowered, correction, b.neg(correction))
        heats = tuple(map(chosen, first.heats, second.heats))
        size = b.add(chosen(first.size, second.size), b.neg(correction))
        return heats, b.sub(chosen(first.excess, second.excess), signed), size

    def split(self, merge: _Merge, flow: Ref, populated: Ref) -> tuple[Ref, Ref]:
        """Split the flow of two merged channels into theirs; ``populated`` is ``p_i + p_j``."""
        b = self.builder
        share = inverse(b, b.add(merge.there, merge.back))
        cycle = b.mul(b.mul(merge.drive, share), populated)

        def part(channel: Channel) -> Ref:
            return b.mul(b.mul(b.add(channel.there, channel.back), share), flow)

        return b.add(part(merge.first), cycle), b.sub(part(merge.second), cycle)


def _reversed(builder: Builder, channel: Channel) -> Channel:
    """Turn a channel round: rates exchanged, heats and excess of the other sign."""
    heats = tuple(map(builder.neg, channel.heats))
    excess = builder.neg(channel.excess)
    return Channel(channel.back, channel.there, heats, excess, channel.size)


class Network:
    """Eliminate a graph of channels level by level, and find the flows on the way back.

    Parameters
    ----------
    writer : FlowWriter
        Writes the steps.
    baths : mapping
        For each edge ``(i, j)`` the channels from i to j by the baths that drive it.
    totals : mapping
        For each edge the rates from i to j and back, all baths together.
    order : sequence of int
        All levels but the one that is kept.
    """

    def __init__(
        self,
        writer: FlowWriter,
        baths: Mapping[Pair, Mapping[str, Channel]],
        totals: Mapping[Pair, tuple[Ref, Ref]],
        order: Sequence[int],
    ) -> None:
        self.writer, self.builder = writer, writer.builder
        self._order = tuple(order)
        self._channels: dict[Pair, Channel] = {}
        self._merges: dict[Pair, list[tuple[str, _Merge | None]]] = {}
        for edge, parts in baths.items():
            self._channels[edge] = self._joined(edge, parts, totals[edge])
        self._around: dict[int, dict[int, Channel]] = {}
        self._shares: dict[int, list[tuple[int, Ref, tuple[Ref, Ref]]]] = {}
        self._detours: dict[int, list[tuple[Pair, _Merge | None]]] = {}
        for level in self._order:
            self._eliminate(level)

    def _joined(self, edge: Pair, parts: Mapping[str, Channel], total: tuple[Ref, Ref]) -> Channel:
        """Merge the channels of all baths along one edge, and keep how, for :meth:`flows`."""
        (name, whole), *rest = parts.items()
        history: list[tuple[str, _Merge | None]] = [(name, None)]
        for k, (name, channel) in enumerate(rest, 1):
            whole, merge = self.writer.merge(whole, channel, total if k == len(rest) else None)
            history.append((name, merge))
        self._merges[edge] = history
        return whole

    def _channel(self, i: int, j: int) -> Channel | None:
        """Look up the channel from i to j, whichever way it is kept; None if there is none."""
        if (i, j) in self._channels:
            return self._channels[i, j]
        if (j, i) in self._channels:
            return _reversed(self.builder, self._channels[j, i])
        return None

    def _eliminate(self, level: int) -> None:
        """Fold a level's channels into those between its neighbours."""
        b = self.builder
        around = sorted({a + c - level for a, c in self._channels if level in (a, c)})
        out = {i: self._required(level, i) for i in around}
        total = b.sum(out[i].there for i in around)
        share = b.div(ONE, total)
        self._shares[level] = [
            (i, b.mul(out[i].there, share), self._thermal(out[i])) for i in around
        ]
        self._detours[level] = []
        for i, j in combinations(around, 2):
            there = b.mul(b.mul(out[i].back, share), out[j].there)
            back = b.mul(b.mul(out[j].back, share), out[i].there)
            heats = tuple(map(b.sub, out[j].heats, out[i].heats))
            excess, size = b.sub(out[j].excess, out[i].excess), b.add(out[i].size, out[j].size)
            detour = Channel(there, back, heats, excess, size)
            self._add(level, (i, j), detour)
        for i in around:
            self._channels.pop((i, level), None)
            self._channels.pop((level, i), None)

    def _required(self, i: int, j: int) -> Channel:
        """Look up the channel from i to j; an edge without a bath is an error of the caller."""
        found = self._channel(i, j)
        if found is None:
            raise ProgramError(f"no channel between levels {i} and {j}; give the edge its baths")
        return found

    def _thermal(self, out: Channel) -> tuple[Ref, Ref]:
        """Write a channel's exponent inwards less that at the last bath's T, and its size."""
        b, last = self.builder, len(out.heats) - 1
        terms = [
            b.mul(heat, self.writer.colder(nu, last))
            for nu, heat in enumerate(out.heats)
            if nu != last
        ]
        sizes = [b.apply("abs", b.strip_sign(term)) for term in terms]
        return b.neg(b.add(b.sum(terms), out.excess)), b.sum([*sizes, out.size])

    def _add(self, level: int, pair: Pair, detour: Channel) -> None:
        """Lay a detour by way of an eliminated level beside the channel of a pair, if any."""
        known = self._channel(*pair)
        merge = None
        if known is not None:
            detour, merge = self.writer.merge(known, detour)
            self._channels.pop(pair[::-1], None)
        self._channels[pair] = detour
        self._detours[level].append((pair, merge))

    def flows(self, populations: Mapping[int, Ref]) -> dict[Pair, dict[str, Ref]]:
        """Write the net flow of every edge ``(i, j)`` from i to j, bath by bath.

        Parameters
        ----------
        populations : mapping
            Level to its steady population.
        """
        b = self.builder
        flows: dict[Pair, Ref] = {}
        for level in reversed(self._order):
            arriving: dict[int, Ref] = {i: ZERO for i, _, _ in self._shares[level]}
            for (i, j), merge in reversed(self._detours[level]):
                flow = flows.pop((i, j), ZERO)
                if merge is not None:
                    populated = b.add(populations[i], populations[j])
                    flows[i, j], flow = self.writer.split(merge, flow, populated)
                arriving[i] = b.add(arriving[i], flow)
                arriving[j] = b.sub(arriving[j], flow)
            for i, flow in arriving.items():
                flows[min(i, level), max(i, level)] = flow if i < level else b.neg(flow)
        return {edge: self._by_bath(edge, flows, populations) for edge in self._merges}

    def _by_bath(
        self, edge: Pair, flows: Mapping[Pair, Ref], populations: Mapping[int, Ref]
    ) -> dict[str, Ref]:
        """Split the flow along one edge among the baths, last merge first."""
        b, (i, j) = self.builder, edge
        rest = flows[i, j] if i < j else b.neg(flows[j, i])
        found: dict[str, Ref] = {}
        for name, merge in reversed(self._merges[edge]):
            if merge is None:
                found[name] = rest
            else:
                populated = b.add(populations[i], populations[j])
                rest, found[name] = self.writer.split(merge, rest, populated)
        return found

    def exponents(self) -> list[Ref]:
        """Write the exponents of all ways out of eliminated levels, as :meth:`excesses` uses them.

        In doubles the exponential of one beyond the range is lost beside a share that underflows.
        """
        shares = (share for found in self._shares.values() for share in found)
        return list(dict.fromkeys(thermal for _, _, (thermal, _) in shares))

    def excesses(self, levels: Sequence[int]) -> dict[int, tuple[Ref, Ref]]:
        r"""Write ``theta``: populations :math:`\propto e^{\theta_i - E_i/T}`, T of the last bath.

        By averages over the ways out of each level, :math:`e^{\theta_n} = \sum_i (k_{ni}/s_n)
        e^{\theta_i + z_{in}}`, so that they are exactly zero where all temperatures are equal.

        Returns
        -------
        dict
            Level to theta and to the size of what was added up to it, which tells its rounding.
        """
        b, writer = self.builder, self.writer
        (kept,) = set(levels) - set(self._order)
        found: dict[int, tuple[Ref, Ref]] = {kept: (ZERO, ZERO)}
        for level in reversed(self._order):
            near, far, small, large = [list[Ref]() for _ in range(4)]
            for i, share, (thermal, size) in self._shares[level]:
                x = b.add(found[i][0], thermal)
                grown, weight = writer.grown(x), b.mul(share, writer.exponential(x))
                near.append(b.mul(share, grown))
                far.append(weight)
                moved = b.mul(weight, b.add(found[i][1], size))
                small.append(b.add(b.apply("abs", near[-1]), moved))
                large.append(b.add(weight, moved))
            # far below none of the ways the first sum is close to -1 and keeps few digits
            total, whole = b.sum(near), b.apply("lifted", b.sum(far))

            def chosen(x: Ref, y: Ref, total: Ref = total) -> Ref:
                return b.apply("select", -HALF, total, x, y)

            logarithm = b.apply("log", whole)
            theta = chosen(b.apply("log1p", total), logarithm)
            rounded = b.add(b.apply("abs", logarithm), b.div(b.sum(large), whole))
            found[level] = theta, chosen(b.div(b.sum(small), whole), rounded)
        return found
