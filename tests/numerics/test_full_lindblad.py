"""The engine against the full Lindblad equation of four to seven spins, coherences included.

Nothing of symqb's engine is used for the reference: the Hamiltonian and the couplings are Kronecker
products of Pauli matrices, LAPACK diagonalises the whole of it, jump operators collect all pairs of
levels of one frequency, and a sparse factorisation solves for all 4^N elements of the density
matrix at once (16,384 for seven spins).
"""

import numpy as np
import pytest
import scipy.sparse as sparse
from scipy.sparse.linalg import splu

import symqb
from symqb import Bath, BatteryModel, Chain
from symqb.models import xxz_model
from symqb.numerics import evaluate_chain

SAME = 1e-9
"""Frequencies closer than this belong to one jump operator."""
PAULI = {
    "x": sparse.csr_array([[0.0, 1.0], [1.0, 0.0]]),
    "y": sparse.csr_array([[0.0, -1.0j], [1.0j, 0.0]]),
    "z": sparse.csr_array([[1.0, 0.0], [0.0, -1.0]]),
}


def on_site(axis, site, spins):
    left, right = sparse.eye_array(2 ** (site - 1)), sparse.eye_array(2 ** (spins - site))
    return sparse.kron(sparse.kron(left, PAULI[axis]), right, format="csr")


def hamiltonian(fields, Jx, Jy, Delta):
    spins = len(fields)
    total = sum(B * on_site("z", k, spins) for k, B in enumerate(fields, 1))
    for axis, strengths in (("x", Jx), ("y", Jy), ("z", Delta)):
        for k, strength in enumerate(strengths, 1):
            total = total + strength * on_site(axis, k, spins) @ on_site(axis, k + 1, spins)
    return np.real(total.toarray()) / 2


def thermal(w, T):
    """w / (1 - exp(-w/T)), and its limit T at w = 0."""
    return T if abs(w) < SAME else w / -np.expm1(-w / T)


def jump_groups(elements, energies):
    """The pairs ``to <- from`` that an operator connects, those of one frequency together."""
    to, source = np.nonzero(np.abs(elements) > 1e-13)
    frequency = energies[source] - energies[to]
    order = np.argsort(frequency)
    to, source, frequency = to[order], source[order], frequency[order]
    cuts = np.flatnonzero(np.diff(frequency) > SAME) + 1
    groups = np.split(np.arange(len(order)), cuts) if len(order) else []
    for chosen in groups:
        a, c = to[chosen], source[chosen]
        yield a, c, elements[a, c], float(frequency[chosen].mean())


def superoperator(H, baths):
    """The generator over all pairs of levels, row-major; baths are (operators, temperature)."""
    energies, states = np.linalg.eigh(H)
    size = len(energies)
    rows, columns, values = [], [], []
    loss = np.zeros((size, size), dtype=complex)
    for operators, T in baths:
        for S in operators:
            elements = states.conj().T @ (S @ states)
            for a, c, x, w in jump_groups(elements, energies):
                rate = thermal(w, T)
                rows.append(np.add.outer(a * size, a).ravel())
                columns.append(np.add.outer(c * size, c).ravel())
                values.append(rate * np.outer(x, x.conj()).ravel())
                # A+ A connects what goes to the same level
                same = np.equal.outer(a, a)
                i, j = np.nonzero(same)
                np.add.at(loss, (c[i], c[j]), rate * x[i].conj() * x[j])
    triplets = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    gain = sparse.coo_array(triplets, shape=(size**2, size**2))
    unit = sparse.eye_array(size)
    left = sparse.csr_array(-1j * np.diag(energies) - loss / 2)
    both = sparse.kron(left, unit) + sparse.kron(unit, left.conj())
    return energies, states, sparse.csr_array(gain + both)


def steady_density(H, baths):
    """Energies, eigenstates and the steady density matrix in the energy basis."""
    energies, states, generator = superoperator(H, baths)
    size = len(energies)
    # one equation follows from the others; the trace takes its place
    trace = sparse.csr_array(np.eye(size).reshape(1, -1))
    system = sparse.vstack([trace, generator[1:]], format="csc")
    right = np.zeros(size**2, dtype=complex)
    right[0] = 1.0
    rho = splu(system).solve(right).reshape(size, size)
    assert np.abs(generator @ rho.ravel()).max() < 1e-11
    return energies, states, rho


def uniform_case(spins, dissipation, rng):
    point = {
        "B0": rng.uniform(0.2, 4),
        "J": rng.uniform(0.3, 1) * rng.choice([-1, 1]),
        "Delta": rng.uniform(-1, 1),
        "epsilon": float(rng.choice([0.0, 1.0, 0.4])),
        "T_L": 10 ** rng.uniform(-0.3, 1.3),
        "T_R": 10 ** rng.uniform(-0.3, 1.3),
    }
    return xxz_model(spins, dissipation), point, uniform_hamiltonian(spins, point)


def uniform_hamiltonian(spins, point):
    J, Delta = ([point[name]] * (spins - 1) for name in ("J", "Delta"))
    return hamiltonian([point["B0"]] * spins, J, J, Delta)


def ends(spins, point, dissipation):
    first, last = on_site("x", 1, spins), on_site("x", spins, spins)
    left = [first + point["epsilon"] * last]
    if dissipation == "individual":
        left = [first, point["epsilon"] * last]
    return [(left, point["T_L"]), ([last], point["T_R"])]


def compare(model, point, H, baths, *, single=True):
    """The largest error of a population; assert those of ergotropy, energy and coherences."""
    found = evaluate_chain(model, {**point, "kappa": 1.0})
    energies, states, rho = steady_density(H, baths)
    np.testing.assert_allclose(np.sort(found.energies), energies, atol=1e-11)
    bare = states @ rho @ states.conj().T
    stored = np.real(np.trace(bare @ H)) - H[-1, -1]
    assert found.stored_energy == pytest.approx(stored, abs=1e-9)
    assert found.ergotropy == pytest.approx(symqb.ergotropy(bare, H), abs=1e-9)
    if single:
        assert np.abs(rho - np.diag(np.diag(rho))).max() < 1e-10
        exact = np.real(np.diag(rho))
        return float(np.abs(found.populations[np.argsort(found.energies)] - exact).max())
    return float(np.abs(np.sort(found.populations) - np.linalg.eigvalsh(rho)).max())


LONG = [pytest.param(spins, marks=pytest.mark.slow) for spins in (6, 7)]


@pytest.mark.parametrize("dissipation", ["collective", "individual"])
@pytest.mark.parametrize("spins", [4, 5, *LONG])
def test_random_uniform_chains(spins, dissipation):
    rng, worst = np.random.default_rng([spins, len(dissipation)]), 0.0
    points = {4: 8, 5: 4, 6: 10, 7: 6}[spins]
    for _ in range(points):
        model, point, H = uniform_case(spins, dissipation, rng)
        worst = max(worst, compare(model, point, H, ends(spins, point, dissipation)))
        assert worst < 1e-10
    print(f"{spins} spins, {dissipation}: {points} points, worst error {worst:.1e}")


@pytest.mark.parametrize("spins", [4, *LONG])
def test_random_chains_with_every_bond_and_field_its_own(spins):
    """XYZ bonds, a bath on two sites along x, another on two along y."""
    rng, worst = np.random.default_rng(spins), 0.0
    for _ in range(2):
        Jx, Jy, Delta = rng.uniform(-1, 1, (3, spins - 1))
        fields, (T_L, T_R) = rng.uniform(0.5, 2, spins), rng.uniform(0.5, 5, 2)
        model = BatteryModel(
            Chain.xyz(spins, tuple(Jx), tuple(Jy), tuple(Delta), tuple(fields)),
            (Bath("L", T_L, {1: 1, 2: 0.6}), Bath("R", T_R, {spins: 1, 3: -0.3}, "y")),
        )
        left = on_site("x", 1, spins) + 0.6 * on_site("x", 2, spins)
        right = on_site("y", spins, spins) - 0.3 * on_site("y", 3, spins)
        H = hamiltonian(fields, Jx, Jy, Delta)
        worst = max(worst, compare(model, {}, H, [([left], T_L), ([right], T_R)]))
        assert worst < 1e-10
    print(f"{spins} spins, every bond its own: worst error {worst:.1e}")


# levels coincide at Delta = 0 from four spins on, at Delta = J/2 from six on
@pytest.mark.slow
@pytest.mark.parametrize(("spins", "Delta"), [(4, 0.0), (5, 0.0), (6, 0.5)])
def test_coinciding_levels(spins, Delta):
    point = {"B0": 2.0, "J": 1.0, "Delta": Delta, "epsilon": 0.7, "T_L": 3.0, "T_R": 1.0}
    H, baths = uniform_hamiltonian(spins, point), ends(spins, point, "collective")
    worst = compare(xxz_model(spins), point, H, baths, single=False)
    assert worst < 1e-10
    print(f"{spins} spins, Delta = {Delta}: worst error {worst:.1e}")


def test_the_comparison_notices_small_differences():
    model, point, H = uniform_case(4, "collective", np.random.default_rng(1))
    baths = ends(4, point, "collective")
    assert compare(model, point, H, baths) < 1e-10
    warmer = [(baths[0][0], baths[0][1] * (1 + 1e-6)), baths[1]]
    with pytest.raises(AssertionError):
        assert compare(model, point, H, warmer) < 1e-10


@pytest.mark.parametrize("axis", ["x", "y"])
def test_the_reference_reaches_equilibrium_by_itself(axis):
    """Both baths at one temperature: the Gibbs state, whatever symqb says."""
    spins = 4
    point = {"B0": 1.3, "J": 1.0, "Delta": 0.4, "epsilon": 0.7, "T_L": 2.0, "T_R": 2.0}
    H = uniform_hamiltonian(spins, point)
    baths = [([on_site(axis, 1, spins)], 2.0), ([on_site(axis, spins, spins)], 2.0)]
    energies, _, rho = steady_density(H, baths)
    gibbs = np.exp(-(energies - energies[0]) / 2.0)
    np.testing.assert_allclose(rho, np.diag(gibbs / gibbs.sum()), atol=1e-12)
