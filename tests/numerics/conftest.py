"""Independent ways to the steady state: from Pauli matrices, without sectors or elimination."""

from functools import reduce
from types import MappingProxyType

import mpmath as mp
import numpy as np
import pytest
from flint import arb, arb_mat, ctx

PAULI_X = np.array([[0.0, 1.0], [1.0, 0.0]])
PAULI_Y = np.array([[0.0, -1.0j], [1.0j, 0.0]])
PAULI_Z = np.diag([1.0, -1.0])


def at_site(matrix, site, spins):
    return reduce(np.kron, [matrix if k == site else np.eye(2) for k in range(1, spins + 1)])


def hamiltonian(spins, B0, J, Delta):
    total = sum(B0 * at_site(PAULI_Z, s, spins) for s in range(1, spins + 1))
    for s in range(1, spins):
        for matrix, strength in ((PAULI_X, J), (PAULI_Y, J), (PAULI_Z, Delta)):
            total = total + strength * at_site(matrix, s, spins) @ at_site(matrix, s + 1, spins)
    return np.real(total) / 2


def couplings(spins, epsilon, T_L, T_R, dissipation):
    first, last = at_site(PAULI_X, 1, spins), at_site(PAULI_X, spins, spins)
    left = [first + epsilon * last] if dissipation == "collective" else [first, epsilon * last]
    return [*((S, T_L) for S in left), (last, T_R)]


def phi(w, T):
    if abs(w) < 1e-12:
        return T
    return w / -np.expm1(-w / T) if w / T > -700 else 0.0


def steady_populations(H, baths):
    """Energies and populations for any Hamiltonian; baths are (operators, T, density / kappa)."""
    energies, states = np.linalg.eigh(H)
    gaps = energies[:, None] - energies[None, :]
    size = np.where(gaps == 0, 1.0, np.abs(gaps))
    rates = np.zeros_like(gaps)
    for operators, T, density in baths:
        squared = sum(np.abs(states.conj().T @ S @ states) ** 2 for S in operators)
        rates += squared * np.vectorize(phi)(gaps, T) * density(size) / size
    np.fill_diagonal(rates, 0.0)
    system = rates.T - np.diag(rates.sum(axis=1))
    system[-1] = 1.0
    right = np.zeros(len(energies))
    right[-1] = 1.0
    return energies, np.linalg.solve(system, right)


def rate_equation(spins, B0, J, Delta, epsilon, T_L, T_R, dissipation):
    """Energies and populations from the whole Hamiltonian and one dense linear system."""
    energies, states = np.linalg.eigh(hamiltonian(spins, B0, J, Delta))
    gaps = energies[:, None] - energies[None, :]
    rates = sum(
        np.square(states.T @ S @ states) * np.vectorize(phi)(gaps, T)
        for S, T in couplings(spins, epsilon, T_L, T_R, dissipation)
    )
    system = rates.T - np.diag(rates.sum(axis=1))
    system[-1] = 1.0
    right = np.zeros(len(energies))
    right[-1] = 1.0
    return energies, np.linalg.solve(system, right)


def lindblad(spins, B0, J, Delta, epsilon, T_L, T_R, dissipation, width=1e-9):
    """The steady density matrix in the bare basis, jumps of equal frequency acting together."""
    H = hamiltonian(spins, B0, J, Delta)
    energies, states = np.linalg.eigh(H)
    size, unit = len(energies), np.eye(len(energies))
    gaps = energies[None, :] - energies[:, None]
    total = -1j * (np.kron(np.diag(energies), unit) - np.kron(unit, np.diag(energies)))
    ordered = np.sort(gaps.ravel())
    groups = np.split(ordered, np.flatnonzero(np.diff(ordered) > width) + 1)
    for S, T in couplings(spins, epsilon, T_L, T_R, dissipation):
        elements = states.T @ S @ states
        for group in groups:
            w = group.mean()
            jump = np.where(np.abs(gaps - w) <= width * 10, elements, 0.0)
            if not np.abs(jump).max() > 1e-13:
                continue
            square = jump.T @ jump
            dissipator = np.kron(jump, jump)
            dissipator -= (np.kron(square, unit) + np.kron(unit, square)) / 2
            total += phi(w, T) * dissipator
    trace = np.eye(size).reshape(-1)
    total[0] = trace
    right = np.zeros(size**2, dtype=complex)
    right[0] = 1.0
    rho = np.linalg.solve(total, right).reshape(size, size)
    return H, states @ rho @ states.T


def forty_digits(spins, B0, J, Delta, epsilon, T_L, T_R, digits=90):
    """Populations by ascending energy with more than 40 digits, collective dissipation."""
    mp.mp.dps = digits
    ctx.prec = int(digits * 3.4)
    labels = [format(k, f"0{spins}b") for k in range(2**spins)]
    levels = []
    for up in range(spins + 1):
        members = [s for s in labels if s.count("1") == up]
        index = {s: i for i, s in enumerate(members)}
        H = mp.zeros(len(members))
        for s, i in index.items():
            z = [1 if c == "1" else -1 for c in s]
            H[i, i] = mp.mpf(B0) * sum(z) / 2
            for k in range(spins - 1):
                H[i, i] += mp.mpf(Delta) * z[k] * z[k + 1] / 2
                if z[k] != z[k + 1]:
                    H[index[s[:k] + s[k + 1] + s[k] + s[k + 2 :]], i] += mp.mpf(J)
        values, vectors = mp.eigsy(H)
        levels += [
            (values[c], {s: vectors[i, c] for s, i in index.items()}) for c in range(len(members))
        ]
    levels.sort(key=lambda level: level[0])
    return _populations(levels, spins, mp.mpf(epsilon), mp.mpf(T_L), mp.mpf(T_R))


def _populations(levels, spins, epsilon, T_L, T_R):
    size = len(levels)
    flipped = {"0": "1", "1": "0"}

    def element(site, a, c):
        return mp.fsum(
            x * c.get(s[:site] + flipped[s[site]] + s[site + 1 :], 0) for s, x in a.items()
        )

    def thermal(w, T):
        return w / -mp.expm1(-w / T) if w else T

    system = arb_mat(size, size)
    for i, (E, a) in enumerate(levels):
        for j, (F, c) in enumerate(levels):
            ups = [next(iter(x)).count("1") for x in (a, c)]
            if abs(ups[0] - ups[1]) != 1:
                continue
            x, y = element(0, a, c), element(spins - 1, a, c)
            rate = (x + epsilon * y) ** 2 * thermal(E - F, T_L) + y**2 * thermal(E - F, T_R)
            ball = arb(mp.nstr(rate, mp.mp.dps))
            system[j, i] += ball
            system[i, i] -= ball
    right = arb_mat(size, 1)
    for j in range(size):
        system[0, j] = arb(1)
    right[0, 0] = arb(1)
    solution = system.solve(right)
    return [mp.mpf(solution[k, 0].str(60, radius=False)) for k in range(size)]


@pytest.fixture
def reference():
    """The independent solvers, as a fixture: test folders are not importable."""
    precision = mp.mp.dps, ctx.prec
    yield Reference
    mp.mp.dps, ctx.prec = precision


class Reference:
    at_site = staticmethod(at_site)
    PAULI = MappingProxyType({"x": PAULI_X, "y": PAULI_Y, "z": PAULI_Z})
    steady_populations = staticmethod(steady_populations)
    rate_equation = staticmethod(rate_equation)
    lindblad = staticmethod(lindblad)
    forty_digits = staticmethod(forty_digits)
    hamiltonian = staticmethod(hamiltonian)
    couplings = staticmethod(couplings)
    phi = staticmethod(phi)


SAME = 1e-9
"""Frequencies closer than this belong to one jump operator."""


class Judge:
    """The full Lindblad equation of a battery whose values are all numbers, Ohmic baths.

    Of symqb only the records are read.  All 4^N elements of the density matrix are unknown; one
    jump operator for each coupling operator and frequency, A(0) among them.
    """

    def __init__(self, model):
        chain, spins = model.chain, model.chain.spins
        H = sum(float(B) * at_site(PAULI_Z, k, spins) for k, B in enumerate(chain.fields, 1))
        for k in range(1, spins):
            J, Delta, eta = (float(x[k - 1]) for x in (chain.J, chain.Delta, chain.eta))
            for axis, strength in zip("xyz", (J + eta, J - eta, Delta), strict=True):
                pauli = Reference.PAULI[axis]
                H = H + strength * at_site(pauli, k, spins) @ at_site(pauli, k + 1, spins)
        self.H = np.real(H) / 2
        self.energies, self.states = np.linalg.eigh(self.H)
        self.baths = []
        for bath in model.baths:
            parts = [
                float(w) * at_site(Reference.PAULI[bath.axis], site, spins)
                for site, w in bath.couplings
            ]
            collective = model.dissipation == "collective"
            self.baths.append(([sum(parts)] if collective else parts, float(bath.temperature)))

    def jumps(self, density=lambda name, w: 1.0):
        """Rate and matrix of every jump operator in the energy basis."""
        gaps = np.subtract.outer(self.energies, self.energies).T
        for place, (operators, T) in enumerate(self.baths):
            for S in operators:
                elements = self.states.conj().T @ S @ self.states
                found = np.sort(gaps[np.abs(elements) > 1e-13])
                cuts = np.flatnonzero(np.diff(found) > SAME) + 1
                for group in np.split(found, cuts) if len(found) else []:
                    w = float(group.mean())
                    if T == 0:
                        rate = max(w, 0.0) if abs(w) > SAME else 0.0
                    else:
                        rate = T if abs(w) < SAME else w / -np.expm1(-w / T)
                    jump = np.where(np.abs(gaps - w) <= SAME, elements, 0.0)
                    yield rate * density(place, abs(w)), jump

    def generator(self, density=lambda place, w: 1.0):
        """The generator over all elements of rho in the energy basis, row-major."""
        unit = np.eye(len(self.energies))
        diagonal = np.diag(self.energies)
        total = -1j * (np.kron(diagonal, unit) - np.kron(unit, diagonal))
        for rate, jump in self.jumps(density):
            square = jump.conj().T @ jump
            part = np.kron(jump, jump.conj())
            part -= (np.kron(square, unit) + np.kron(unit, square.T)) / 2
            total += rate * part
        return total

    def steady_states(self):
        """How many steady states there are: zeros among the eigenvalues of the generator at rest.

        Coherences that never decay but turn with a phase are not steady.
        """
        singular = np.linalg.svd(self.generator(), compute_uv=False)
        return int(np.sum(singular < 1e-9 * singular[0]))

    def density(self, density=lambda place, w: 1.0):
        """The one steady density matrix in the energy basis."""
        total = self.generator(density)
        size, first = len(self.energies), total[0].copy()
        # one equation follows from the others; the trace takes its place
        total[0] = np.eye(size).ravel()
        rho = np.linalg.solve(total, np.eye(1, size**2).ravel())
        assert np.abs(first @ rho) < 1e-12
        assert np.abs(rho).max() < 1 + 1e-9
        return rho.reshape(size, size)

    def eigenvalues(self, density=lambda place, w: 1.0):
        """Those of the density matrix, ascending within each group of coinciding levels."""
        rho = self.density(density)
        cuts = np.flatnonzero(np.diff(self.energies) > SAME) + 1
        groups = np.split(np.arange(len(self.energies)), cuts)
        return np.concatenate([np.linalg.eigvalsh(rho[np.ix_(g, g)]) for g in groups])


@pytest.fixture
def judge():
    """The full Lindblad equation of a battery of numbers: :class:`Judge`."""
    return Judge
