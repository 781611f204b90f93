"""The table and the plot of a run, from its figures: for the terminal and for the documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COUNTS = (1, 1000, 1_000_000)
TARGETS = ("c", "numba", "numpy")
HEADER = ("", "1", "10^3", "10^6", "passes", "first call, s", "worst error")


def cells(row: Mapping[str, Any]) -> list[str]:
    """One contestant's line."""
    if "not_possible" in row:
        return [row["name"], row["not_possible"], *[""] * (len(HEADER) - 2)]
    error = "" if row["worst_error"] is None else f"{row['worst_error']:.1e}"
    return [
        row["name"],
        *(f"{row[f'ns_a_point_at_{n}']:.4g}" for n in COUNTS),
        f"{row['expm1_passes']:.2f}",
        f"{row['first_call_s']:.2g}",
        error,
    ]


def table(figures: Mapping[str, Any], spins: int) -> str:
    """A Markdown table: nanoseconds a point, ratios to the unit, first call, worst error."""
    lines = [HEADER, ("---",) * len(HEADER)]
    lines += [tuple(cells(row)) for row in figures["rows"] if row["spins"] == spins]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def kept_to_avx2(found: Mapping[str, Any]) -> list[str]:
    """What a processor without AVX-512 would show: the unit, and our targets in it."""
    lines = [f"kept to AVX2 (NumPy, compiler, numba): bare np.expm1 {found['expm1_ns']:.3g} ns"]
    for spins, factors in ((2, 8), (3, 26)):
        passes = {t: found[f"{t}_ns_{spins}"] / (factors * found["expm1_ns"]) for t in TARGETS}
        shown = ", ".join(f"{target} {passes[target]:.2f}" for target in TARGETS)
        ratio = passes["numba"] / passes["c"]
        lines.append(
            f"{spins} spins, kept to AVX2, passes: {shown}; numba over C {ratio:.2f}",
        )
    return lines


def summary(figures: Mapping[str, Any]) -> str:
    """The machine, the units, the limits and the threads, a line each."""
    lines = [
        f"{figures['machine']}, NumPy {figures['numpy']}, load {figures['load']:.1f} at the start",
        f"bare np.expm1: {figures['expm1_ns']:.3g} ns an element",
        *kept_to_avx2(figures["avx2"]),
    ]
    for limit in figures["limits"]:
        lines.append(
            f"{limit['spins']} spins, C, {limit['limit']}: {limit['ns_a_point']:.3g} ns a point, "
            f"{limit['expm1_passes']:.2f} passes"
        )
    for swept in figures["swept"]:
        lines.append(
            f"{swept['spins']} spins, {swept['target']}, T_L and T_R arrays, four single numbers: "
            f"{swept['expm1_passes']:.2f} passes"
        )
    lines += [
        f"{s} spins, C, one thread over two: {ratio:.2f}"
        for s, ratio in figures["two_threads"].items()
    ]
    return "\n".join(f"- {line}" for line in lines)


def plot(figures: Mapping[str, Any]) -> str:
    """Time a point against the number of points, both axes logarithmic, as SVG."""
    import io

    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4.2), layout="constrained")
    for axes, spins in zip(figure.subplots(1, 2, sharey=True), (2, 3), strict=True):
        for row in figures["rows"]:
            if row["spins"] != spins or "not_possible" in row:
                continue
            mine = row["name"].startswith("symqb")
            times = [row[f"ns_a_point_at_{n}"] for n in COUNTS]
            style = (
                {"marker": "o", "linewidth": 2.2} if mine else {"marker": ".", "linestyle": "--"}
            )
            axes.loglog(COUNTS, times, label=row["name"], **style)
        axes.set(title=f"{spins} spins", xlabel="points in a call")
        axes.legend(fontsize=7)
    figure.axes[0].set_ylabel("ns a point, one thread")
    text = io.StringIO()
    figure.savefig(text, format="svg")
    return text.getvalue()
