"""Files put in the place of shipped certificates: the ledger says what they are worth."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction as Q
from pathlib import Path
from typing import Any

import pytest

from symqb.certify import check
from symqb.prove.boxes import Search
from symqb.prove.ledger import PROOFS, check_file, prove
from symqb.prove.theorems.registry import THEOREMS
from symqb.prove.thresholds import POINTS, row_parameters, statement

SMALL = ("T2_step", "A13", "A16_argument")  # two theorems and a refutation


def put(folder: Path, name: str, text: str) -> Path:
    """A file where the ledger looks for the named certificate."""
    path = folder / (THEOREMS[name].path if name in THEOREMS else f"{name[:2]}/{name}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def shipped(name: str) -> str:
    path = THEOREMS[name].path if name in THEOREMS else f"{name[:2]}/{name}.json"
    return (PROOFS / path).read_text()


def verdict_on(folder: Path, name: str, text: str) -> tuple[str, str]:
    put(folder, name, text)
    (line,) = prove([name], proofs=folder)
    assert line.certificate.startswith("proofs/")
    assert (line.verdict == "inconclusive") == bool(line.reason)
    assert (line.verdict == "inconclusive") == (not line.assumes)
    return line.verdict, line.reason


@pytest.mark.parametrize("name", SMALL)
def test_the_shipped_file_is_worth_what_it_was(tmp_path: Path, name: str) -> None:
    expected = THEOREMS[name].expected
    assert verdict_on(tmp_path, name, shipped(name)) == (expected, "")


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("other", [*SMALL, "T9"])
def test_a_certificate_in_the_place_of_another_proves_nothing(
    tmp_path: Path, name: str, other: str
) -> None:
    if name == other:
        return
    verdict, reason = verdict_on(tmp_path, name, shipped(other))
    assert verdict == "inconclusive"
    assert reason.split(":")[0] in ("statement-differs", "format")


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("name", ["T2_step", "T9"])
def test_a_truncated_file_proves_nothing(tmp_path: Path, name: str, part: float) -> None:
    text = shipped(name).rstrip()
    verdict, reason = verdict_on(tmp_path, name, text[: min(int(part * len(text)), len(text) - 1)])
    assert verdict == "inconclusive"
    assert "not JSON" in reason


def test_a_statement_must_be_the_registered_one_to_the_letter(tmp_path: Path) -> None:
    """A blank more is another text, whatever it means; so is a definition in another place."""
    good = json.loads(shipped("T2_step"))
    assert verdict_on(tmp_path, "T2_step", json.dumps(good))[0] == "proved"
    for place in ("hypotheses", "conclusions"):
        changed = json.loads(json.dumps(good))
        key = next(iter(changed["statement"][place]))
        changed["statement"][place][key] += " "
        assert check(changed).verdict == "proved"
        verdict, reason = verdict_on(tmp_path, "T2_step", json.dumps(changed))
        assert (verdict, reason.split(":")[0]) == ("inconclusive", "statement-differs")


def test_a_missing_file_is_searched_for_and_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "T2" / "T2_step.json").mkdir(parents=True)  # a folder is no file
    for folder in (tmp_path, tmp_path / "nowhere"):
        (line,) = prove(["T2_step"], proofs=folder)
        assert (line.verdict, line.certificate) == ("proved", "search")


def test_a_theorem_under_the_name_of_boxes_is_judged_as_a_theorem(tmp_path: Path) -> None:
    """The checker proves what it holds; the ledger does not take it for T9 or T8."""
    for name in ("T9", "T8_figure"):
        path = put(tmp_path, name, shipped("T2_step"))
        assert check(path).statement["name"] == "T2_step"
        assert prove([name], proofs=tmp_path)[0].verdict == "inconclusive"
        found = check_file(path)
        assert found is not None
        assert found.verdict == "inconclusive"


def test_a_tree_under_another_name_is_no_certificate(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(shipped("T8_figure"))
    assert check_file(path) is None
    assert check(path).verdict == "refused"


def box_forgeries() -> dict[str, Callable[[dict[str, Any]], Any]]:
    return {
        "another name": lambda c: c["statement"].update(name="T8_far"),
        "a smaller box": lambda c: c["statement"]["box"].update(Delta=["0", "1/2"]),
        "another program": lambda c: c["statement"].update(program="0" * 64),
        "a key more": lambda c: c["statement"].update(note=""),
        "no statement": lambda c: c.pop("statement"),
        "no tree": lambda c: c.pop("tree"),
        "a tree of nothing": lambda c: c.update(tree=""),
        "a tree that is no text": lambda c: c.update(tree=["."]),
        "a box missing": lambda c: c.update(tree=c["tree"][:-1]),
        "a box more": lambda c: c.update(tree=c["tree"] + "."),
        "an open box": lambda c: c.update(tree=c["tree"][:-1] + "?"),
        "a variable it has not": lambda c: c.update(tree="1" + c["tree"][1:]),
        "no end": lambda c: c.update(tree="0" * 1_000_000),
        "another format": lambda c: c.update(format="symqb-boxes-2"),
    }


@pytest.mark.parametrize("what", sorted(box_forgeries()))
def test_a_forged_tree_proves_nothing(tmp_path: Path, what: str) -> None:
    certificate = json.loads(shipped("T8_figure"))
    box_forgeries()[what](certificate)
    assert verdict_on(tmp_path, "T8_figure", json.dumps(certificate))[0] == "inconclusive"


def test_a_ball_that_is_no_number_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole way from the file to the ledger, with an arithmetic that yields NaN."""
    from flint import arb

    from symqb.prove.balls import Jet, Jets

    monkeypatch.setattr(Jets, "sub", lambda self, a, b: Jet(arb("nan"), (arb("nan"),) * self.count))
    for name in ("T8_figure", "T9"):
        assert verdict_on(tmp_path, name, shipped(name))[0] == "inconclusive"


# ---- thresholds -----------------------------------------------------------------------------


def row_of(certificate: Any) -> Any:
    """A row whose state is active at epsilon = 1."""
    return next(row for row in certificate["rows"] if row["high"] is not None)


def lowered(row: Any, **more: Any) -> None:
    """A threshold far too low, correctly shown passive up to there."""
    low = Q(1, 100)
    claim = statement(row_parameters(Q(row["T_M"]), Q(row["s"])), low)
    row.update(low=str(low), high=str(low + Q(1, 10**4)), tree=Search(claim).run(), **more)


def threshold_forgeries() -> dict[str, Callable[[dict[str, Any]], Any]]:
    return {
        "an inversion that is not there": lambda c: lowered(row_of(c)),
        "an inversion of nothing": lambda c: lowered(row_of(c), pair=[]),
        "an inversion of null": lambda c: lowered(row_of(c), pair=None),
        "passive up to 1": lambda c: row_of(c).update(high=None, pair=None),
        "another pair": lambda c: row_of(c).update(pair=[3, 4]),
        "a row missing": lambda c: c["rows"].pop(),
        "a row twice": lambda c: c["rows"].append(c["rows"][-1]),
        "no rows": lambda c: c.update(rows=[]),
        "rows of nothing": lambda c: c.update(rows=None),
        "two rows exchanged": lambda c: c["rows"].reverse(),
        "other temperatures": lambda c: row_of(c).update(T_M="3"),
        "an upper end that is below": lambda c: row_of(c).update(high="0"),
        "an upper end far above": lambda c: row_of(c).update(high="1"),
        "not a number": lambda c: row_of(c).update(low=float("nan")),
        "infinity": lambda c: row_of(c).update(low=float("inf")),
        "true": lambda c: row_of(c).update(low=True),
        "a negative number": lambda c: row_of(c).update(low="-1"),
        "a number without end": lambda c: row_of(c).update(low="1e999999999"),
        "a fraction over zero": lambda c: row_of(c).update(low="1/0"),
        "a tree of nothing": lambda c: row_of(c).update(tree=""),
        "a row that is no object": lambda c: c.update(rows=["row"] * len(POINTS)),
        "another format": lambda c: c.update(format="symqb-boxes-1"),
    }


@pytest.mark.parametrize("what", sorted(threshold_forgeries()))
def test_a_forged_table_of_thresholds_proves_nothing(tmp_path: Path, what: str) -> None:
    certificate = json.loads(shipped("T9"))
    threshold_forgeries()[what](certificate)
    assert verdict_on(tmp_path, "T9", json.dumps(certificate))[0] == "inconclusive"


def test_a_key_that_occurs_twice_is_refused_in_every_kind_of_file(tmp_path: Path) -> None:
    for name in ("T2_step", "T8_figure", "T9"):
        text = shipped(name).replace('"format"', '"format": "none", "format"', 1)
        assert "twice" in verdict_on(tmp_path, name, text)[1]
