"""Model files: a system or a chain with its baths, as a physicist types it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from typing import Any

from symqb.models.baths import Bath
from symqb.models.battery import BatteryModel
from symqb.models.chain import Chain
from symqb.models.errors import SymqbError
from symqb.models.file_values import FileValues
from symqb.models.register import Register
from symqb.models.system import Jump, System
from symqb.models.toml_lines import Place, TomlFile, parse_toml, read_toml

TOP = ("title", "parameters", "register", "system", "chain", "baths", "jumps")
REGISTER = ("levels",)
SYSTEM = ("H", "kappa", "reference", "symmetries")
BATH = ("name", "temperature", "spectrum")
SYSTEM_BATH = (*BATH, "coupling", "statistics", "mu", "kappa", "occupation", "dissipation")
CHAIN_BATH = (*BATH, "sites", "axis")
JUMP = ("operator", "rate", "bath")
BONDS, XYZ_BONDS = ("J", "eta", "Delta", "B0"), ("Jx", "Jy", "Delta", "B0")
CHAIN = ("spins", "J", "Delta", "B0", "eta", "Jx", "Jy", "kappa", "dissipation")

SITE = re.compile(r"[1-9][0-9]{0,7}")
OF_A_BATH = re.compile(r"\bbath (\w+)")
OF_A_PART = re.compile(r"\b(jump|symmetry) (\d+)\b")


def read_model_file(path: str | os.PathLike[str]) -> System | BatteryModel:
    """Read a model file.

    Raises
    ------
    ParameterError, DomainError
        What cannot be read, and what the records refuse; with the file and the line.
    """
    return _ModelReader(read_toml(path)).model()


def read_model_text(text: str, name: str = "model.toml") -> System | BatteryModel:
    """Read a model from the text of a model file.

    Raises
    ------
    ParameterError, DomainError
        As :func:`read_model_file`.

    Examples
    --------
    >>> model = read_model_text('''
    ... [register]
    ... levels = [2]
    ... [system]
    ... H = "w*N1"
    ... [[baths]]
    ... name = "c"
    ... temperature = 0.1
    ... coupling = "X1"
    ... ''')
    >>> model.H, model.baths[0].temperature
    (Matrix([
    [w, 0],
    [0, 0]]), Fraction(1, 10))
    """
    return _ModelReader(parse_toml(text, name)).model()


class _ModelReader:
    """Build the records that a file describes; what they refuse is told with the line."""

    def __init__(self, file: TomlFile) -> None:
        self.file, self.values = file, FileValues(file)

    def model(self) -> System | BatteryModel:
        """The model, after a look at which tables there are."""
        tables, values = self.file.tables, self.values
        values.check_keys((), tables, TOP, "the file")
        if not isinstance(tables.get("title", ""), str):
            raise values.refuse(("title",), "is no text", 'write title = "..."')
        self._declare()
        if "chain" in tables:
            beside = [table for table in ("system", "register", "jumps") if table in tables]
            if beside:
                raise self.file.refuse(
                    (beside[0],),
                    f"{beside[0]!r} stands beside 'chain'; a chain has a Hamiltonian and no jumps "
                    "of its own, so leave one of the two out",
                )
            model: System | BatteryModel = self._chain()
        elif "system" in tables:
            model = self._system()
        else:
            raise self.file.refuse(
                (), "there is no table [system] and no [chain]; write one, with H or with spins"
            )
        for name in values.declared or ():
            if name not in values.used:
                raise self.file.refuse(
                    ("parameters",),
                    f"parameters: {name!r} is in no formula of the file; leave it out, or mend it",
                )
        return model

    def _declare(self) -> None:
        given = self.file.tables.get("parameters")
        if given is None:
            return
        if not isinstance(given, list) or not all(isinstance(name, str) for name in given):
            remedy = 'write e.g. parameters = ["w", "T"]'
            raise self.values.refuse(("parameters",), "is no list of names", remedy)
        self.values.declared = tuple(given)

    # ------------------------------------------------------------------------------------- system

    def _system(self) -> System:
        values = self.values
        if "register" in self.file.tables:
            values.register = self._register()
        table = values.table(("system",), SYSTEM, "[system]")
        raw = values.need(("system",), table, "H", '"w*N1"')
        given: dict[str, Any] = {"H": values.operator(raw, ("system", "H"), "H")}
        given |= self._kappa(("system",), table)
        if "reference" in table:
            given["reference"] = table["reference"]
        if "symmetries" in table:
            place = ("system", "symmetries")
            given["symmetries"] = values.operators(table["symmetries"], place, "symmetries")
        baths = [self._system_bath(*found) for found in values.tables("baths", SYSTEM_BATH)]
        jumps = [self._jump(*found) for found in values.tables("jumps", JUMP)]
        try:
            return System(**given, baths=baths, jumps=jumps, register=values.register)
        except SymqbError as error:
            raise self.file.told(error, self._part(str(error), baths)) from None

    def _part(self, told: str, baths: Sequence[Bath]) -> Place:
        """Which part of a file an error of the whole system is about."""
        if (found := OF_A_BATH.search(told)) and any(b.name == found[1] for b in baths):
            return "baths", next(k for k, b in enumerate(baths) if b.name == found[1])
        if found := OF_A_PART.search(told):
            return ("jumps", int(found[2]) - 1) if found[1] == "jump" else ("system", "symmetries")
        names = [bath.name for bath in baths]
        if repeated := [k for k, name in enumerate(names) if name in names[:k]]:
            return "baths", repeated[0]
        return ("system" if "system" in self.file.tables else "chain",)

    def _kappa(self, place: Place, table: Mapping[str, Any]) -> dict[str, Any]:
        """The common strength of the baths, if it is given; else it is a parameter."""
        if "kappa" not in table:
            self.values.used.add("kappa")
            return {}
        return {"kappa": self.values.scalar(table["kappa"], (*place, "kappa"), "kappa")}

    def _register(self) -> Register:
        place = ("register", "levels")
        table = self.values.table(("register",), REGISTER, "[register]")
        levels = self.values.need(("register",), table, "levels", "[2, 2]")
        if not isinstance(levels, list) or not levels:
            raise self.values.refuse(
                place, "is no list of levels", "give those of each site: [2, 2]"
            )
        with self.file.at(*place):
            return Register(*levels)

    def _system_bath(self, place: Place, table: Mapping[str, Any]) -> Bath:
        values, given = self.values, self._bath(place, table)
        coupling = values.need(place, table, "coupling", '"X1"')
        if coupling == []:
            raise values.refuse((*place, "coupling"), "holds no operator", "give one or several")
        given["coupling"] = values.operators(coupling, (*place, "coupling"), "coupling")
        for key in ("mu", "kappa"):
            if key in table:
                given[key] = values.scalar(table[key], (*place, key), key)
        for key in ("statistics", "dissipation"):
            if key in table:
                given[key] = table[key]
        if "occupation" in table:
            given["occupation"] = values.occupation(table["occupation"], (*place, "occupation"))
        with self.file.at(*place):
            return Bath(**given)

    def _bath(self, place: Place, table: Mapping[str, Any]) -> dict[str, Any]:
        """What baths of systems and of chains have in common."""
        values = self.values
        raw = values.need(place, table, "temperature", '"T_L"')
        given = {
            "name": values.need(place, table, "name", '"L"'),
            "temperature": values.scalar(raw, (*place, "temperature"), "temperature"),
        }
        if "spectrum" in table:
            given["spectrum"] = values.spectrum(table["spectrum"], (*place, "spectrum"))
        return given

    def _jump(self, place: Place, table: Mapping[str, Any]) -> Jump:
        values = self.values
        operator = values.need(place, table, "operator", '"M1"')
        rate = values.need(place, table, "rate", '"gamma"')
        given: dict[str, Any] = {
            "operator": values.operator(operator, (*place, "operator"), "operator"),
            "rate": values.scalar(rate, (*place, "rate"), "rate"),
        }
        with self.file.at(*place):
            return Jump(**given, bath=table.get("bath"))

    # -------------------------------------------------------------------------------------- chain

    def _chain(self) -> BatteryModel:
        values, place = self.values, ("chain",)
        table = values.table(place, CHAIN, "[chain]")
        spins = values.need(place, table, "spins", "3")
        xyz = [key for key in ("Jx", "Jy") if key in table]
        both = [key for key in ("J", "eta") if key in table]
        if xyz and both:
            raise values.refuse(
                ("chain", both[0]), f"stands beside {xyz[0]}", "give J and eta, or Jx and Jy"
            )
        named = {
            key: values.scalars(table[key], ("chain", key), key)
            for key in (XYZ_BONDS if xyz else BONDS)
            if key in table
        }
        with self.file.at(*place):
            chain = Chain.xyz(spins, **named) if xyz else Chain(spins, **named)
        # what is left out has its own name, but eta, which is 0
        values.used |= {key for key in (XYZ_BONDS if xyz else BONDS) if key not in named}
        baths = tuple(self._chain_bath(*found) for found in values.tables("baths", CHAIN_BATH))
        given = self._kappa(place, table)
        if "dissipation" in table:
            given["dissipation"] = table["dissipation"]
        try:
            return BatteryModel(chain, baths, **given)
        except SymqbError as error:
            raise self.file.told(error, self._part(str(error), baths)) from None

    def _chain_bath(self, place: Place, table: Mapping[str, Any]) -> Bath:
        values, given = self.values, self._bath(place, table)
        where = (*place, "sites")
        sites = values.need(place, table, "sites", "{ 1 = 1 }")
        if not isinstance(sites, dict):
            raise values.refuse(where, "is no table of sites and weights", "write { 1 = 1 }")
        for site in sites:
            if not SITE.fullmatch(site):
                raise self.file.refuse(
                    where, f"site={site!r} is no number of a site; write 1, 2, ..."
                )
        given["sites"] = {
            int(site): values.scalar(weight, where, f"weight at site {site}")
            for site, weight in sites.items()
        }
        if "axis" in table:
            given["axis"] = table["axis"]
        with self.file.at(*place):
            return Bath(**given)
