"""T8: how little ln g bends, for two baths of equal weight.

With x_i = w/(2 T_i) and c_i = coth x_i one has N + 1 = C = (c_1 + c_2)/2 and f = ln g =
ln((C + 1)/(C - 1)).  With s_i = c_i^2 - 1, R = x_1 s_1 + x_2 s_2 and
P = x_1^2 c_1 s_1 + x_2^2 c_2 s_2:

    w f' = R/(C^2 - 1) > 0,    -w f''/f' = [2 (C^2 - 1) P - C R^2]/[R (C^2 - 1)].

``T8_concave`` is the sign of the bracket, an identity; the boxes bound the quotient by 7/25.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from symqb.program import Builder, Program, Ref
from symqb.prove.boxes import BoxStatement
from symqb.prove.builder import Proof, Theorem, statement

Q = Fraction
# The largest -w f''/f' is 0.2795..., near w = 0.96 T_hot and T_cold = 0.21 T_hot.
BEND = Q(7, 25)
# Hot side: x_1 = w/(2 T_hot) beyond which an estimate suffices (docs/passivity.md).
HOT_END = Q(2)
# Cold side: x_2 = w/(2 T_cold) beyond which tanh x_2 and (x_2/sinh x_2)^2 are bounded instead.
COLD_END = Q(12)
TANH_LEAST, SINH_MOST = 1 - Q(1, 10**9), Q(1, 10**7)


@cache
def concave() -> Theorem:
    """2 (C^2 - 1) P >= C R^2: Cauchy-Schwarz and the inequality of means, as one identity."""
    p = Proof(
        statement(
            "T8_concave",
            "x1 x2 c1 c2",
            [
                ("C", "is", "1/2*c1 + 1/2*c2"),
                ("s1", "is", "c1^2 - 1"),
                ("s2", "is", "c2^2 - 1"),
                ("R", "is", "x1*s1 + x2*s2"),
                ("P", "is", "x1^2*c1*s1 + x2^2*c2*s2"),
            ],
            {"c1": "c1 > 1", "c2": "c2 > 1"},
            {"concave": "2*(C^2 - 1)*P - C*R^2 >= 0"},
        )
    )
    for c in ("c1", "c2"):
        p.combine(f"{c}_pos", f"{c} > 0", [("1", [c], None), ("1", [], None)])
        p.combine(f"s_{c}", f"{c}^2 - 1 > 0", [("1", [c, c], None), ("2", [c], None)])
    p.combine("c1c2", "c1*c2 > 0", [("1", ["c1_pos", "c2_pos"], None)])
    p.combine(
        "scaled",
        "c1*c2*(2*(C^2 - 1)*P - C*R^2) >= 0",
        [
            ("1/2", ["c1_pos", "s_c1"], "x1*(c1 - c2)"),
            ("1/2", ["c2_pos", "s_c2"], "x2*(c1 - c2)"),
            *[("1/2", [c, "s_c1", "s_c2"], "x1*c1 - x2*c2") for c in ("c1_pos", "c2_pos")],
        ],
    )
    p.cancel("concave", "2*(C^2 - 1)*P - C*R^2 >= 0", "c1c2", "scaled")
    return p.done()


def _near(b: Builder, x: Ref) -> tuple[Ref, Ref, Ref]:
    """o = 2x/(e^(2x) - 1), k = x coth x = x + o and m = (x/sinh x)^2 = o (o + 2x)."""
    twice = b.mul(Q(2), x)
    o = b.apply("bose", twice, Q(1))
    return o, b.add(x, o), b.mul(o, b.add(o, twice))


def _square(b: Builder, x: Ref) -> Ref:
    return b.mul(x, x)


def _product(b: Builder, *factors: Ref) -> Ref:
    total: Ref = Q(1)
    for factor in factors:
        total = b.mul(total, factor)
    return total


def bend_program(chart: str) -> Program:
    """7/25 - (-w f''/f'), times a positive factor that makes it regular.

    With h = x_1, x = x_2 and r = T_cold/T_hot = h/x, everything over h^3: (c_1, c_2) is
    (k_1, r k_2)/h and (s_1, s_2) is (m_1, r^2 m_2)/h^2.  The chart "warm" has r and x for
    variables, "cool" h and x.
    """
    b = Builder(("r", "x") if chart == "warm" else ("h", "x"))
    r: Ref = "r" if chart == "warm" else b.div("h", "x")
    h: Ref = b.mul("r", "x") if chart == "warm" else "h"
    o1, k1, m1 = _near(b, h)
    o2, k2, m2 = _near(b, "x")
    rk, rm = b.mul(r, k2), b.mul(r, m2)
    e = b.add(o1, b.mul(r, o2))
    above = b.add(b.mul(h, e), b.mul(Q(1, 4), _square(b, e)))  # h^2 (C^2 - 1)
    allowed = _product(b, 2 * BEND, k1, k2, b.add(m1, rm), above)
    means = _product(
        b, h, "x", b.add(b.mul(k1, m1), b.mul(rk, m2)), _square(b, b.sub(o1, b.mul(r, o2)))
    )
    schwarz = _product(b, b.add(k1, rk), m1, rm, _square(b, b.sub(k1, k2)))
    return b.build({"bend": b.sub(allowed, b.add(means, schwarz))})


def cold_program() -> Program:
    """The same for x_2 >= 12, by t = tanh x_2 and m = (x_2/sinh x_2)^2, which lie in a small box.

    There r k_2 = h/t, and r (k_1 - k_2)^2 m/k_2 <= r k_2 m as 1 <= k_1 <= k_2.  The other outputs
    say that t and m are in the box at x_2 = 12; t rises and m falls beyond.
    """
    b = Builder(("h", "t", "m"))
    o1, k1, m1 = _near(b, "h")
    rk = b.div("h", "t")
    total = b.add(k1, rk)
    e = b.add(o1, b.sub(rk, "h"))
    above = b.add(b.mul("h", e), b.mul(Q(1, 4), _square(b, e)))
    allowed = _product(b, 2 * BEND, k1, m1, above)
    means = _product(b, "h", "t", b.add(b.mul(k1, m1), b.mul(rk, "m")), _square(b, b.sub(k1, rk)))
    schwarz = _product(b, total, m1, rk, "m")
    _, k, m = _near(b, COLD_END)
    return b.build(
        {
            "bend": b.sub(allowed, b.add(means, schwarz)),
            "tanh": b.sub(b.div(COLD_END, k), TANH_LEAST),
            "sinh": b.sub(SINH_MOST, m),
        }
    )


@cache
def bend_statement(chart: str) -> BoxStatement:
    """-w f'' <= 7/25 f' where T_cold >= w/4 ("warm"), w/24 <= T_cold <= w/4 ("cool") or less."""
    zero, unit = Q(0), Q(1)
    box, where = {
        "warm": ({"r": (zero, unit), "x": (zero, HOT_END)}, "w <= 4 T_cold"),
        "cool": (
            {"h": (zero, HOT_END), "x": (HOT_END, COLD_END)},
            "w <= 4 T_hot, 4 T_cold <= w <= 24 T_cold",
        ),
        "cold": (
            {"h": (zero, HOT_END), "t": (TANH_LEAST, unit), "m": (zero, SINH_MOST)},
            "w <= 4 T_hot, 24 T_cold <= w",
        ),
    }[chart]
    program = cold_program() if chart == "cold" else bend_program(chart)
    title = f"two baths of equal weight, {where}: -w f'' < 7/25 f' for f = ln g"
    return BoxStatement(f"T8_bend_{chart}", title, program, box)


CHARTS = ("warm", "cool", "cold")
