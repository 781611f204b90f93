"""What symqb is measured against: each peer made as its own users would make it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp

import symqb
from symqb.program import lower

Function = Callable[[Sequence[Any]], Any]
NAMES = ("B0", "J", "Delta", "epsilon", "T_L", "T_R")


class NotPossible(Exception):
    """A peer that cannot do this; the message says why."""


def closed_form(spins: int) -> tuple[list[sp.Symbol], list[sp.Expr]]:
    if spins > 2:
        raise NotPossible("no closed form that could be printed: 1280 trees a root")
    battery = symqb.xxz_battery(spins)
    symbols = [battery.symbols[name] for name in NAMES]
    replaced = {}
    populations = [p.subs(battery.symbols["kappa"], 1) for p in battery.steady_state().populations]
    # SymPy's phi prints as a piecewise; what a user would type is w / (1 - exp(-w/T))
    for p in populations:
        for call in p.atoms(sp.Function):
            if type(call).__name__ == "phi":
                w, T = call.args
                replaced[call] = w / (1 - sp.exp(-w / T))
    return symbols, [p.subs(replaced).doit() for p in populations]


def lambdified(spins: int, *, cse: bool) -> Function:
    symbols, populations = closed_form(spins)
    f = sp.lambdify(symbols, populations, "numpy", cse=cse)
    return lambda p: f(*p)


def lambdify_plain(spins: int) -> Function:
    return lambdified(spins, cse=False)


def lambdify_cse(spins: int) -> Function:
    return lambdified(spins, cse=True)


def autowrapped(spins: int) -> Function:
    from sympy.utilities.autowrap import ufuncify

    symbols, populations = closed_form(spins)
    try:
        f = [ufuncify(symbols, p, backend="cython") for p in populations]
    except Exception as error:
        raise NotPossible(f"autowrap failed: {type(error).__name__}: {str(error)[:80]}") from None
    return lambda p: [g(*map(np.atleast_1d, p)) for g in f]


def symengine_lambdify(spins: int) -> Function:
    import symengine as se

    symbols, populations = closed_form(spins)
    f = se.Lambdify(symbols, populations, backend="llvm" if se.have_llvm else "lambda", cse=True)

    def call(p: Sequence[Any]) -> Any:
        return f(np.stack(np.broadcast_arrays(*p), axis=-1))

    return call


def heyoka_cfunc(spins: int) -> Function:
    import heyoka as hy

    program = lower(
        symqb.xxz_battery(spins).program.prune(["populations"]), keep={"rootsum", "bose"}
    )
    values: dict[Any, Any] = {name: hy.expression(name) for name in program.inputs}
    forms: dict[str, Callable[..., Any]] = {
        "add": lambda a, b: a + b,
        "sub": lambda a, b: a - b,
        "mul": lambda a, b: a * b,
        "div": lambda a, b: a / b,
        "neg": lambda a: -a,
        "sqrt": hy.sqrt,
        "rootsum": lambda a, b, r: a + r,
        "bose": lambda a, T: a / (hy.exp(a / T) - 1.0),
        # heyoka has no abs, min or max: exact for the positive frequencies of this domain
        "abs": lambda a: a,
        "max": lambda a, b: b,
        "min": lambda a, b: a,
        "select": lambda a, b, x, y: x,
    }

    def value(ref: Any) -> Any:
        return values[ref] if isinstance(ref, str) else hy.expression(float(ref))

    for step in program.steps:
        values[step.name] = forms[step.op](*map(value, step.args))
    outputs = [value(ref) for ref in program.outputs["populations"]]
    f = hy.cfunc(outputs, vars=[values[name] for name in NAMES])

    def call(p: Sequence[Any]) -> Any:
        return f(np.ascontiguousarray(np.stack(np.broadcast_arrays(*p))))

    return call


def jax_closed_form(spins: int) -> Function:
    import jax

    jax.config.update("jax_enable_x64", True)
    symbols, populations = closed_form(spins)
    f = jax.jit(sp.lambdify(symbols, populations, "jax", cse=True))
    return lambda p: jax.block_until_ready(f(*p))


def rates_function(spins: int) -> tuple[list[tuple[int, int]], Callable[..., Any], int]:
    battery = symqb.xxz_battery(spins)
    state = battery.steady_state()
    pairs, exprs = [], []
    for name, rate in state.rates.items():
        source, target = map(int, name.split("_")[1:])
        pairs.append((source - 1, target - 1))
        calls = {
            c: c.args[0] / (1 - sp.exp(-c.args[0] / c.args[1]))
            for c in rate.atoms(sp.Function)
            if type(c).__name__ == "phi"
        }
        exprs.append(rate.subs(calls).subs(battery.symbols["kappa"], 1))
    f = sp.lambdify([battery.symbols[n] for n in NAMES], exprs, "numpy", cse=True)
    return pairs, f, len(state.labels)


def lapack(spins: int) -> Function:
    """The generator of every point with its last row replaced by ones, solved in one batch."""
    pairs, rates, size = rates_function(spins)

    def call(p: Sequence[Any]) -> Any:
        values = rates(*p)
        generator = np.zeros((*np.shape(p[0]), size, size))
        for (i, j), rate in zip(pairs, values, strict=True):
            generator[..., j, i] = rate
            generator[..., i, i] -= rate
        generator[..., -1, :] = 1.0
        right = np.zeros((*np.shape(p[0]), size, 1))
        right[..., -1, 0] = 1.0
        return np.linalg.solve(generator, right)[..., 0]

    return call


def numba_gth(spins: int) -> Function:
    """Rates by NumPy, elimination without subtraction by a compiled loop over dense matrices."""
    import numba

    pairs, rates, size = rates_function(spins)
    rows, columns = (np.array(side) for side in zip(*pairs, strict=True))

    @numba.njit
    def eliminate(values, rows, columns, size):  # type: ignore[no-untyped-def]
        count = values.shape[1]
        out = np.empty((count, size))
        for n in range(count):
            w = np.zeros((size, size))
            for k in range(len(rows)):
                w[rows[k], columns[k]] = values[k, n]
            for last in range(size - 1, 0, -1):
                total = w[last, :last].sum()
                for i in range(last):
                    w[i, last] /= total
                    for j in range(last):
                        w[i, j] += w[i, last] * w[last, j]
            out[n, 0] = 1.0
            norm = 1.0
            for k in range(1, size):
                out[n, k] = 0.0
                for i in range(k):
                    out[n, k] += out[n, i] * w[i, k]
                norm += out[n, k]
            for k in range(size):
                out[n, k] /= norm
        return out

    def call(p: Sequence[Any]) -> Any:
        values = np.stack([np.broadcast_to(r, np.shape(p[0])).ravel() for r in rates(*p)])
        return eliminate(values, rows, columns, size)

    return call


def qutip_solver(spins: int) -> Function:
    import qutip

    sx, sy, sz = qutip.sigmax(), qutip.sigmay(), qutip.sigmaz()

    def at(operator: Any, site: int) -> Any:
        return qutip.tensor([operator if k == site else qutip.qeye(2) for k in range(spins)])

    def one(values: Sequence[float]) -> Any:
        B0, J, Delta, epsilon, T_L, T_R = map(float, values)
        H = sum(B0 / 2 * at(sz, k) for k in range(spins))
        for k in range(spins - 1):
            H += J / 2 * (at(sx, k) * at(sx, k + 1) + at(sy, k) * at(sy, k + 1))
            H += Delta / 2 * at(sz, k) * at(sz, k + 1)

        def spectrum(T: float) -> Callable[[float], float]:
            return lambda w: T if w == 0 else w / -np.expm1(-w / T)

        last = spins - 1
        couplings = [
            [at(sx, 0) + epsilon * at(sx, last), spectrum(T_L)],
            [at(sx, last), spectrum(T_R)],
        ]
        tensor, kets = qutip.bloch_redfield_tensor(H, couplings, sec_cutoff=1e-9)
        return qutip.steadystate(tensor).transform(kets)

    return lambda p: [one(point) for point in zip(*map(np.ravel, p), strict=True)]


PEERS: dict[str, Callable[[int], Function]] = {
    "lambdify": lambdify_plain,
    "lambdify, cse": lambdify_cse,
    "autowrap": autowrapped,
    "symengine Lambdify": symengine_lambdify,
    "heyoka cfunc": heyoka_cfunc,
    "JAX, closed form": jax_closed_form,
    "numba GTH": numba_gth,
    "LAPACK null vector": lapack,
    "QuTiP": qutip_solver,
}
