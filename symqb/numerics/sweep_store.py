"""Where a sweep keeps its results: in memory, a zarr folder, or netCDF; chunks with checksums."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from errno import EIO
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from symqb.models import ParameterError
from symqb.numerics.sweep_journal import Journal, first_difference
from symqb.numerics.sweep_layout import CHECKSUM, SKIPPED, Layout
from symqb.numerics.sweep_skipped import Chunk, Skipped

Array = npt.NDArray[np.float64]

JOURNAL = ".journal"


class SweepStore:
    """A labelled data set that fills up chunk by chunk and knows which chunks are in, whole.

    Use it as a context: outside, the store belongs to no one and is not written to.

    Parameters
    ----------
    path : str, Path or None
        A ``.zarr`` folder, a ``.nc`` file, or None for memory.
    layout : Layout
        Names, axes, chunks, and what identifies the sweep; a store of another sweep is refused.

    Attributes
    ----------
    finished : set of int
        Numbers of the chunks that are in and were read back whole.

    Raises
    ------
    ParameterError
        A path of another kind, in use, or with something else in it.
    OSError
        A disk that is full, or closed to us.
    """

    def __init__(self, path: str | Path | None, layout: Layout) -> None:
        self.layout = layout
        self.finished: set[int] = set()
        self._skipped: dict[int, Skipped] = {}
        self._data: Any = None
        self._journal: Journal | None = None
        self._complete = False
        self.path = self._final = None if path is None else Path(path)
        if self._final is None:
            return
        if self._final.suffix not in (".zarr", ".nc") or "\0" in str(path):
            raise ParameterError(
                f"path={str(path)!r} is no name that ends in .zarr or .nc; choose one"
            )
        self._folder = (
            self._final
            if self._final.suffix == ".zarr"
            else self._final.with_name(self._final.name + ".partial.zarr")
        )
        self._journal_path = self._folder.with_name(self._folder.name + JOURNAL)
        self._fresh = self._folder.with_name(self._folder.name + ".layout")

    def __enter__(self) -> SweepStore:
        if self._final is None:
            self._data = self.layout.template(np.full)
            return self
        try:
            with self._explained():
                self._final.parent.mkdir(parents=True, exist_ok=True)
                self._complete = self._is_complete()
                if not self._complete:
                    self._start(self._final)
        except BaseException:
            self._release()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._release()

    def _release(self) -> None:
        """Let others have the store."""
        if self._journal is not None:
            self._journal.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say of a disk that is full, or closed to us, what it means for the sweep."""
        try:
            yield
        except OSError as error:
            raise OSError(
                error.errno or EIO,
                f"{error.strerror or error}; what is finished is kept: mend this and give the "
                "same call again, or choose another path",
                str(error.filename or self._folder),
            ) from error

    def _start(self, final: Path) -> None:
        """Take the journal, and make or mend what lies beside it."""
        for place in dict.fromkeys((final, self._folder)):
            whole = place == final != self._folder
            if place.exists() and (whole or not self._journal_path.exists()):
                raise ParameterError(
                    f"{place} exists, and is not this sweep, whole or interrupted: "
                    f"{self._why_not(place)}; give another path, or delete it"
                )
        journal = Journal(self._journal_path, self.layout.identity)
        self._journal = journal
        # where the first line is damaged the chunks tell whose they are, if any is whole
        lost = not journal.known and (self._folder.exists() or journal.checksums)
        if lost and next(self._whole(journal, journal.checksums), None) is None:
            raise ParameterError(
                f"{journal.path} is damaged, or of another version of symqb: it does not say "
                f"whose sweep it is; give another path, or delete it and {self._folder}"
            )
        journal.begin()
        shutil.rmtree(self._fresh, ignore_errors=True)
        if not self._is_sound():
            self._lay_out()
            if not self._is_sound():
                raise ParameterError(
                    f"{self._folder} is damaged; give another path, or delete it, "
                    "and its chunks are computed again"
                )

    def _lay_out(self) -> None:
        """Write names, axes and attributes, anew if they are damaged; chunks stay as they are."""
        import dask.array

        template = self.layout.template(
            lambda shape, value: dask.array.full(  # type: ignore[no-untyped-call]
                shape, value, chunks=-1, dtype=np.float64
            )
        )
        encoding = {name: {"chunks": self.layout.chunk_of(name)} for name in self.layout.variables}
        fresh = self._fresh
        template.to_zarr(fresh, mode="w", compute=False, encoding=encoding, consolidated=False)
        for file in sorted(path for path in fresh.rglob("*") if path.is_file()):
            place = self._folder / file.relative_to(fresh)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
        shutil.rmtree(fresh)

    def _is_sound(self) -> bool:
        """Whether names, axes and attributes of the folder are those of this sweep."""
        try:
            with _open(self._folder) as data:
                return self.layout.matches(data) and all(
                    data[name].encoding["chunks"] == self.layout.chunk_of(name)
                    for name in self.layout.variables
                )
        except Exception:  # a damaged folder may raise anything
            return False

    def _is_complete(self) -> bool:
        """Whether the netCDF file is there and is this sweep's, every number in it."""
        if self._final is None or self._final.suffix != ".nc" or not self._final.is_file():
            return False
        try:
            with _open(self._final) as data:
                return self.layout.matches(data) and (
                    data.attrs.get(CHECKSUM) == self.layout.total(data)
                )
        except Exception:  # so may a damaged file
            return False

    def _why_not(self, place: Path) -> str:
        """Why what lies at a place is not this sweep, whole."""
        try:
            with _open(place) as data:
                if "symqb_code" not in data.attrs:
                    return "symqb did not write it"
                found = first_difference(self.layout.identity_of(data), self.layout.identity)
        except Exception as error:  # a damaged file may raise anything
            return f"it cannot be read as one ({type(error).__name__})"
        if found:
            return found
        return "its journal is gone" if place.suffix == ".zarr" else "its numbers are damaged"

    def missing(self) -> list[int]:
        """Numbers of the chunks that are not in; each that is said to be is read back first.

        A chunk that is not what the journal says, or cannot be read, is missing.
        """
        if self._complete:
            return []
        journal = self._journal
        if journal is not None:
            unread = set(journal.checksums) - self.finished
            whole = set(self._whole(journal, unread))
            self.finished |= whole
            with self._explained():
                for number in unread - whole:
                    del journal.checksums[number]
                    self._remove(number)
        return [k for k in range(self.layout.count) if k not in self.finished]

    def _whole(self, journal: Journal, numbers: Iterable[int]) -> Iterator[int]:
        """Those of some chunks that are what the journal says of them."""
        try:
            opened = _open(self._folder)
        except Exception:  # not even their names can be read
            return
        with opened as data:
            for number in numbers:
                if not 0 <= number < self.layout.count:
                    continue
                try:
                    found = self.layout.checksum_in(data, number)
                except Exception:  # a damaged chunk may raise anything, too
                    continue
                if found == journal.checksums[number]:
                    yield number

    def _remove(self, number: int) -> None:
        """Take a damaged chunk away, so that nothing reads it to fill it up."""
        if not 0 <= number < self.layout.count:
            return
        for name, levels in self.layout.variables.items():
            index = [str(k) for k in (*self.layout.place(number), *([] if levels is None else [0]))]
            # as zarr's third and second format name them
            for file in (
                self._folder.joinpath(name, "c", *index),
                self._folder / name / (".".join(index) or "0"),
            ):
                if file.is_file() or file.is_symlink():
                    file.unlink()

    def write(self, number: int, region: Sequence[slice], chunk: Chunk) -> None:
        """Put one chunk in, then note in the journal that it is there, with its checksum."""
        if self._journal is None:
            place = dict(zip(self.layout.axes, region, strict=True))
            for name, array in chunk.values.items():
                self._data[name][place] = array
            self.finished.add(number)
            self._skipped[number] = chunk.skipped
            return
        import zarr

        with self._explained():
            group: Any = zarr.open_group(str(self._folder), mode="r+")
            for name, array in chunk.values.items():
                group[name][tuple(region)] = array
            found = self.layout.checksum(number, chunk.values)
            self._journal.note_chunk(number, found, chunk.skipped)

    def close(self) -> Any:
        """The finished data set, opened from where it is kept."""
        import xarray

        if self._final is None:
            self._data.attrs.update(self._left_out())
            return self._data
        if self._final.suffix == ".zarr":
            self._note_left_out()
            return self._opened()
        with self._explained():
            if not self._complete:
                self._assemble(self._final)
            # the journal last: without it the folder would be no one's
            shutil.rmtree(self._folder, ignore_errors=True)
            self._journal_path.unlink(missing_ok=True)
        return xarray.open_dataset(self._final)

    def _left_out(self) -> dict[str, str]:
        """The attribute that says which points were skipped, where any may be."""
        if not json.loads(self.layout.attributes.get("skip_errors", "false")):
            return {}
        parts = self._skipped if self._journal is None else self._journal.skipped
        return {SKIPPED: Skipped.of(parts[k] for k in sorted(parts)).text()}

    def _note_left_out(self) -> None:
        """Write that attribute to the folder, if it is not there."""
        import zarr

        with self._explained():
            group: Any = zarr.open_group(str(self._folder), mode="r+")
            if any(group.attrs.get(name) != text for name, text in self._left_out().items()):
                group.attrs.update(self._left_out())

    def _opened(self) -> Any:
        """The folder as a data set, variables in the order asked for: zarr lists them in any."""
        import xarray

        data = xarray.open_zarr(self._folder, consolidated=False)
        ordered = data[list(self.layout.variables)]
        ordered.set_close(data.close)
        return ordered

    def _assemble(self, final: Path) -> None:
        """Write the netCDF file from the folder, read it back, and put it in place."""
        unfinished = final.with_name(final.name + ".unfinished")
        try:
            with self._opened() as data:
                for name in data.variables:
                    data[name].encoding.clear()
                data.attrs[CHECKSUM] = total = self.layout.total(data)
                data.attrs.update(self._left_out())
                # netCDF keeps checksums of its own: a reader notices what is damaged later
                guarded = {n: {"fletcher32": True} for n in self.layout.variables if data[n].ndim}
                data.to_netcdf(unfinished, engine="netcdf4", encoding=guarded)
            with _open(unfinished) as written:
                whole = self.layout.total(written) == total
        except RuntimeError as error:  # how netCDF says that the disk is full
            raise OSError(EIO, f"netCDF could not write or read it ({error})", unfinished) from None
        if not whole:
            raise OSError(EIO, "what was written is not what is read back", str(unfinished))
        with unfinished.open("rb+") as handle:
            os.fsync(handle.fileno())
        unfinished.replace(final)


def _open(place: Path) -> Any:
    """A store as it is on disk, nothing kept in memory."""
    import xarray

    own: dict[str, Any] = {"engine": "netcdf4"}
    if place.suffix == ".zarr":
        own = {"engine": "zarr", "chunks": None, "consolidated": False}
    return xarray.open_dataset(place, cache=False, **own)
