"""Everything a battery is at one rational point, bounded: temperatures to populations."""

from __future__ import annotations

from fractions import Fraction

from symqb.prove.bounds import Bounds, Interval
from symqb.prove.builder import Proof


class AtPoint:
    """Bose numbers and rates of two baths at given temperatures, as names with bounds.

    For a negative frequency -v the number is n = -(1 + m) with m the number at v, so that
    emission w (1 + n) = v m and absorption w n = v (1 + m) come out positive, as they are.
    """

    def __init__(self, p: Proof, TL: Fraction, TR: Fraction) -> None:
        self.p, self.bounds = p, Bounds(p)
        self.temperatures = {"L": TL, "R": TR}
        self.numbers: dict[tuple[str, str], tuple[Interval, bool]] = {}
        for h, T in self.temperatures.items():
            p.quotient(f"b{h}", "1", str(T))

    def bose(self, bath: str, label: str, w: Fraction) -> None:
        """X = exp(b w) and n = 1/(X - 1)."""
        p, v = self.p, abs(w)
        name, number = f"X{bath}{label}", f"n{bath}{label}"
        if w > 0:
            self.numbers[bath, label] = (self.positive(name, number, bath, w), False)
            return
        other = self.positive(f"Y{bath}{label}", f"m{bath}{label}", bath, v)
        p.exponential(name, f"{w}*b{bath}")
        p.exponential(f"{name}_one", "0")
        p.exp_zero(f"{name}_zero", f"{name}_one")
        p.exp_sum(f"{name}_unit", name, f"Y{bath}{label}", f"{name}_one")
        Y = f"Y{bath}{label}"
        # X Y = 1 with Y > 1: X < 1, by (1 - X) Y = Y - 1 > 0.
        p.combine(f"{Y}_pos", f"{Y} > 0", [("1", [f"{Y}_above"], None), ("1", [], None)])
        p.combine(
            f"{name}_scaled",
            f"{Y}*(1 - {name}) > 0",
            [("1", [f"{Y}_above"], None)],
            {f"{name}_unit": "1", f"{name}_zero": "-1"},
        )
        p.cancel(f"{name}_below", f"1 - {name} > 0", f"{Y}_pos", f"{name}_scaled")
        p.quotient(number, "1", f"{name} - 1", f"{name}_below")
        m = f"m{bath}{label}"
        p.combine(
            f"{number}_scaled",
            f"(1 - {name})*({number} + 1 + {m}) = 0",
            [],
            {number: "-1", m: name, f"{name}_unit": m, f"{name}_zero": f"-{m}"},
        )
        p.cancel(f"{number}_mirror", f"{number} + 1 + {m} = 0", f"{name}_below", f"{number}_scaled")
        self.numbers[bath, label] = (other, True)

    def positive(self, name: str, number: str, bath: str, w: Fraction) -> Interval:
        p, T = self.p, self.temperatures[bath]
        X = self.bounds.exponential_of(name, f"{w}*b{bath}", w / T, {f"b{bath}": str(w / T)})
        above = self.bounds.add(X, self.bounds.constant(Fraction(-1)))
        less = self.bounds.state(
            f"{name} - 1",
            above.low,
            above.high,
            [(Fraction(1), [above.low_fact])],
            [(Fraction(1), [above.high_fact])],
        )
        p.combine(
            f"{name}_above",
            f"{name} - 1 > 0",
            [("1", [less.low_fact], None), (str(less.low), [], None)],
        )
        p.quotient(number, "1", f"{name} - 1", f"{name}_above")
        one = self.bounds.constant(Fraction(1))
        return self.bounds.quotient(number, one, less, f"{name}_above")

    def rates(
        self,
        down: str,
        up: str,
        label: str,
        w: Fraction,
        weights: dict[str, Fraction],
        bodies: tuple[str, str],
    ) -> dict[str, Interval]:
        """The emission rate ``down`` and absorption rate ``up``, defined by ``bodies``."""
        for h in "LR":
            self.bose(h, label, w)
        plus: list[Interval] = []
        plain: list[Interval] = []
        mirrors: dict[str, str] = {}
        b, v = self.bounds, abs(w)
        for h in "LR":
            number, mirrored = self.numbers[h, label]
            if not weights[h]:
                continue
            plain.append(b.scale(weights[h] * v, number))
            more = b.add(number, b.constant(Fraction(1)))
            plus.append(b.scale(weights[h] * v, more))
            if mirrored:
                mirrors[f"n{h}{label}_mirror"] = str(weights[h] * w)
        emission, absorption = (
            (b.total(plain), b.total(plus)) if w < 0 else (b.total(plus), b.total(plain))
        )
        found = {}
        for name, value, body in ((down, emission, bodies[0]), (up, absorption, bodies[1])):
            self.p.quotient(name, body, "1")
            found[name] = self.same(name, value, mirrors)
            self.p.combine(
                f"{name}_pos",
                f"{name} > 0",
                [("1", [found[name].low_fact], None), (str(found[name].low), [], None)],
            )
        return found

    def same(self, name: str, value: Interval, mirrors: dict[str, str]) -> Interval:
        """The bounds of an expression, for the name that was defined by it."""
        one = Fraction(1)
        minus = {fact: f"-({m})" for fact, m in mirrors.items()}
        return self.bounds.state(
            name,
            value.low,
            value.high,
            [(one, [value.low_fact])],
            [(one, [value.high_fact])],
            ({name: "1"} | mirrors, {name: "-1"} | minus),
        )
