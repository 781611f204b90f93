"""For every rule a certificate that is accepted, and twins of it, each refused for its reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from symqb.certify import check, checker

HERE = Path(__file__).parent
ACCEPT = sorted((HERE / "accept").glob("*.json"))
DAMAGES = json.loads((HERE / "reject" / "damages.json").read_text())
RULES = ("combine", "cancel", "split", "define", "exp_sum", "exp_zero", "exp_bound", "lemma")


def damaged(record: dict[str, Any]) -> Any:
    import importlib.util

    spec = importlib.util.spec_from_file_location("checker_conftest", HERE / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.damaged(record)


@pytest.mark.parametrize("path", ACCEPT, ids=lambda p: p.stem)
def test_a_good_certificate_is_accepted(path: Path, second_check: Any) -> None:
    verdict = check(path)
    assert verdict.verdict in ("proved", "refuted")
    assert second_check(json.loads(path.read_text())) == verdict.verdict


@pytest.mark.parametrize("record", DAMAGES, ids=lambda r: f"{r['base']}: {r['what']}")
def test_a_damaged_twin_is_refused_for_its_reason(
    record: dict[str, Any], second_check: Any
) -> None:
    certificate = damaged(record)
    verdict = check(certificate)
    assert verdict.verdict == "refused"
    assert verdict.reason.split(":")[0] == record["reason"]
    assert verdict.statement == {}
    if record["reason"] != "too-much-work":  # how much work is too much is the first one's affair
        assert second_check(certificate).startswith("refused")


def test_every_rule_has_a_good_certificate_and_a_damaged_twin() -> None:
    texts = {path.stem: path.read_text() for path in ACCEPT}
    for rule in RULES:
        assert any(f'"{rule}":' in text for text in texts.values()), rule
    assert {record["base"] for record in DAMAGES} == set(texts)


def test_every_reason_for_refusal_is_pinned() -> None:
    """Each code the checker can give is given by some test here or among the hostile inputs."""
    import re

    source = Path(checker.__file__).read_text()
    codes = set(re.findall(r'Refused\(\s*"([a-z-]+)"', source))
    elsewhere = {"statement-differs", "no-such-fact", "unreadable"}
    missing = codes - {record["reason"] for record in DAMAGES} - elsewhere
    assert not missing


def test_the_checker_has_no_assert_and_imports_the_standard_library_only() -> None:
    import ast

    tree = ast.parse(Path(checker.__file__).read_text())
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    roots = {
        (alias.name if isinstance(node, ast.Import) else str(node.module)).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for alias in node.names
    }
    assert roots <= set(sys.stdlib_module_names)
    calls = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not calls & {"eval", "exec", "compile", "__import__", "getattr", "globals"}


@pytest.mark.parametrize("options", [[], ["-O"], ["-OO"], ["-I"]], ids=str)
def test_the_checker_runs_as_a_plain_script_and_without_assertions(options: list[str]) -> None:
    run = [sys.executable, *options, checker.__file__]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("COV")}
    good = subprocess.run(
        [*run, *map(str, ACCEPT)], capture_output=True, text=True, check=False, env=environment
    )
    assert good.returncode == 0, good.stderr
    assert good.stdout.count("assumes: ordered field of the reals") == len(ACCEPT)


def test_a_refused_file_makes_the_script_fail(tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(damaged(DAMAGES[0])))
    run = [sys.executable, "-OO", checker.__file__, str(ACCEPT[0]), str(path)]
    result = subprocess.run(run, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "refused (not-identical" in result.stdout


def test_a_certificate_of_another_statement_is_refused_when_asked_for_this_one() -> None:
    certificate = json.loads((HERE / "accept" / "cancel.json").read_text())
    wanted = json.loads(json.dumps(certificate["statement"]))
    assert check(certificate, wanted).verdict == "proved"
    certificate["statement"]["hypotheses"]["extra"] = "x > 7"
    certificate["consistent"]["with"]["x"] = "8"
    assert check(certificate).verdict == "proved"
    assert check(certificate, wanted).reason.startswith("statement-differs")
