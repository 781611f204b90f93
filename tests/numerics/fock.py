"""The Fock basis as tests look at it: its spectrum alone, and an order for levels that coincide."""

import numpy as np

from symqb.numerics.free_fermions import fock_levels


def fock_spectrum(model, point):
    """The spectrum of :func:`symqb.numerics.free_fermions.fock_levels`, or None."""
    levels = fock_levels(model, point)
    return None if levels is None else levels.spectrum


def by_energy_and_population(energies, populations, width):
    """The order of levels by energy, those no farther apart than ``width`` by population."""
    order = np.argsort(energies, kind="stable")
    cluster = np.empty(len(order), dtype=np.int64)
    cluster[order] = np.concatenate([[0], np.cumsum(np.diff(energies[order]) > width)])
    return np.lexsort((populations, cluster))


def equal_levels(spectrum, width):
    """Groups of levels, by place, no step within which exceeds the width."""
    energies = np.concatenate(spectrum.energies)
    order = np.argsort(energies, kind="stable")
    cuts = np.flatnonzero(np.diff(energies[order]) > width) + 1
    return [np.sort(part) for part in np.split(order, cuts)]
