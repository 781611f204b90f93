"""Numbers on the paper's own parameters, and the check of zero ergotropy at epsilon = 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symqb.battery import Battery, xxz_battery
from symqb.emit.result import Result

FIELDS = {2: 2.0, 3: 5.0}
"""The field B0 of the paper's figures, by number of spins."""


@dataclass(frozen=True)
class Setting:
    """A point of one of the paper's figures."""

    figure: str
    spins: int
    J: float
    Delta: float
    epsilon: float
    T_L: float
    T_R: float

    @property
    def parameters(self) -> dict[str, float]:
        """As an evaluation takes them; kappa = 1."""
        return {
            "B0": FIELDS[self.spins],
            "J": self.J,
            "Delta": self.Delta,
            "epsilon": self.epsilon,
            "T_L": self.T_L,
            "T_R": self.T_R,
            "kappa": 1.0,
        }


SETTINGS = (
    Setting("3", 2, -1.0, -0.5, 0.0, 3.5, 0.5),
    Setting("4", 2, 1.0, 0.5, 0.0, 3.5, 0.5),
    Setting("5", 2, -1.0, -0.5, 1.0, 3.5, 0.5),
    Setting("6", 2, 1.0, 0.5, 1.0, 3.5, 0.5),
    Setting("7(a)", 2, -1.0, -0.5, 0.0, 35.0, 5.0),
    Setting("7(b)", 2, 1.0, 0.5, 0.0, 35.0, 5.0),
    Setting("7(c)", 2, -1.0, -0.5, 1.0, 35.0, 5.0),
    Setting("7(d)", 2, 1.0, 0.5, 1.0, 35.0, 5.0),
    Setting("8", 2, -1.0, -0.5, 1.0, 39.0, 1.0),
    Setting("9", 2, 1.0, 0.5, 1.0, 39.0, 1.0),
    Setting("10(a)", 2, 1.0, 0.5, 0.0, 10.0, 2.0),
    Setting("10(b)", 2, -1.0, -0.5, 0.0, 10.0, 2.0),
    Setting("12", 3, 1.0, 0.5, 0.0, 39.0, 1.0),
    Setting("12", 3, 1.0, 0.5, 1.0, 39.0, 1.0),
)
"""One point from each figure: B0, J and the sign of Delta are the paper's; temperatures lie in the
figure's range."""


def evaluate_settings() -> list[tuple[Setting, Result]]:
    """Every setting with its outputs."""
    batteries = {spins: xxz_battery(spins) for spins in FIELDS}
    return [
        (s, batteries[s.spins].evaluate(digits=None, outputs=None, **s.parameters))
        for s in SETTINGS
    ]


@dataclass(frozen=True)
class GridCheck:
    """Ergotropy at epsilon = 0 on a grid: a test, not a proof."""

    spins: int
    points: int
    worst: float
    where: dict[str, float]
    strongest: float
    """The largest ergotropy on the same grid at epsilon = 1: the check can fail."""

    @property
    def passed(self) -> bool:
        """Whether the ergotropy vanishes everywhere, to rounding."""
        return self.worst <= 1e-12


def check_passivity(battery: Battery, count: int = 41) -> GridCheck:
    """The ergotropy of the symmetric coupling on the paper's whole range of parameters.

    Both signs of J, Delta over -1 to 1, mean temperatures 0.5 to 50, and the temperature difference
    over its whole range; the same grid at epsilon = 1 shows that the check can fail.
    """
    f = battery.emit("numpy", outputs=("ergotropy",))
    J = np.array([-1.0, 1.0]).reshape(-1, 1, 1, 1)
    Delta = np.linspace(-1.0, 1.0, count).reshape(-1, 1, 1)
    mean = np.geomspace(0.5, 50.0, 9).reshape(-1, 1)
    bias = np.linspace(-1.98, 1.98, count) * mean
    T_L, T_R = mean + bias / 2, mean - bias / 2
    grid: dict[str, Any] = {"J": J, "Delta": Delta, "T_L": T_L, "T_R": T_R}
    B0 = FIELDS[battery.spins]
    W = f(B0=B0, epsilon=0.0, **grid).ergotropy
    index = np.unravel_index(int(np.argmax(W)), W.shape)
    whole = {name: float(np.broadcast_to(v, W.shape)[index]) for name, v in grid.items()}
    active = f(B0=B0, epsilon=1.0, **grid).ergotropy
    return GridCheck(
        battery.spins, int(W.size), float(W.max()), {"B0": B0, **whole}, float(active.max())
    )
