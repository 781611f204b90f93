"""What an evaluation returns: the outputs by name, with the levels they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from symqb.models import AbsentError
from symqb.models.displays import Displayed


class Result(Displayed):
    """The outputs of an evaluation as attributes.

    Parameters
    ----------
    outputs : mapping
        Output name to value: a float, an array, or (for ``energies`` and ``populations``) an array
        with the levels along its last axis; mpmath numbers where digits were asked for.
    labels : tuple
        The levels along that axis; of a network its states.
    parameters : mapping
        The parameters used.

    Examples
    --------
    >>> Result({"charge": 0.5}, (1, 2), {"T": 1.0}).charge
    0.5
    """

    __slots__ = ("_absent", "_outputs", "_parameters", "labels")

    def __init__(
        self, outputs: Mapping[str, Any], labels: tuple[Any, ...], parameters: Mapping[str, Any]
    ) -> None:
        self._outputs = dict(outputs)
        self.labels = labels
        self._parameters: Any = dict(parameters)
        self._absent: Mapping[str, str] = {}

    @classmethod
    def at_point(
        cls, outputs: dict[str, Any], labels: tuple[Any, ...], names: Any, numbers: Any
    ) -> Result:
        """At one point, quickly: ``outputs`` is kept, parameters are paired when they are read."""
        made = cls.__new__(cls)
        made._outputs, made.labels, made._parameters = outputs, labels, (names, numbers)
        made._absent = {}
        return made

    def without(self, outputs: Iterable[str], reason: str) -> Result:
        """The same result, which tells why it lacks some outputs when they are asked for."""
        made = Result(self._outputs, self.labels, self.parameters)
        made._absent = {**self._absent, **dict.fromkeys(outputs, reason)}
        return made

    @property
    def absent(self) -> Mapping[str, str]:
        """The outputs that do not exist here, and why: the charge where the capacity is 0."""
        return MappingProxyType(dict(self._absent))

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters used; read only."""
        if isinstance(self._parameters, tuple):
            self._parameters = dict(zip(*self._parameters, strict=True))
        return MappingProxyType(self._parameters)

    def __getattr__(self, name: str) -> Any:
        # while an instance is being copied or unpickled it has no outputs yet
        outputs = object.__getattribute__(self, "_outputs")
        if name in outputs:
            return outputs[name]
        absent = object.__getattribute__(self, "_absent")
        if name in absent:
            raise AbsentError(f"no {name} here: {absent[name]}", (name,))
        raise AttributeError(f"no output {name!r}; this result holds {', '.join(outputs)}")

    def __getitem__(self, name: str) -> Any:
        return self._outputs[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._outputs)

    def __len__(self) -> int:
        return len(self._outputs)

    def keys(self) -> list[str]:
        """The names of the outputs."""
        return list(self._outputs)

    def to_dict(self) -> dict[str, Any]:
        """The outputs as a plain dictionary."""
        return dict(self._outputs)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._outputs]

    def __repr__(self) -> str:
        body = ", ".join(f"{name}={value!r}" for name, value in self._outputs.items())
        return f"Result({body})"

    def to_xarray(self) -> Any:
        """The outputs as a labelled data set.

        An axis along which a single parameter varies has that parameter's name and values; where
        several vary together, the axis is ``point`` (``point_0``, ... for several) and they are
        its coordinates.  Levels have the axis ``level``; parameters that do not vary are
        attributes.

        Returns
        -------
        xarray.Dataset

        Raises
        ------
        ImportError
            xarray is not installed; the extra ``sweep`` brings it.

        Examples
        --------
        >>> result = Result({"charge": [0.1, 0.2]}, (1,), {"T_L": [1.0, 2.0]})
        >>> dict(result.to_xarray().sizes)
        {'T_L': 2}
        """
        return self._shown("xarray")

    def to_pandas(self) -> Any:
        """One row a point: the parameters that vary, then the outputs, levels side by side.

        Columns of a level are named ``populations_1`` and so on.

        Returns
        -------
        pandas.DataFrame

        Raises
        ------
        ImportError
            pandas is not installed; the extra ``sweep`` brings it.
        """
        return self._shown("pandas")


def leave_out_absent(
    find: Callable[[tuple[str, ...]], Result], outputs: tuple[str, ...], *, named: bool
) -> Result:
    """Find outputs, without those that do not exist here; these the result gives reasons for.

    Parameters
    ----------
    find : callable
        From names of outputs to their result.
    outputs : tuple of str
        The outputs wanted.
    named : bool
        Whether they were asked for by name.

    Raises
    ------
    AbsentError
        An output asked for by name that does not exist.
    """
    reasons: dict[str, str] = {}
    while True:
        # at one point of an array this output does not exist, at another that one
        try:
            result = find(tuple(name for name in outputs if name not in reasons))
        except AbsentError as error:
            if named:
                raise
            reasons |= dict.fromkeys(error.outputs, str(error))
        else:
            for name, reason in reasons.items():
                result = result.without((name,), reason)
            return result
