"""What numba's language lacks, as intrinsics: a double's bits, wide vectors, unshared memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any


def _intrinsic(target: Any, sources: tuple[Any, ...], emit: Callable[..., Any]) -> Any:
    """A function for compiled code: ``emit(builder, *values)`` makes its instructions."""
    from numba import types
    from numba.extending import intrinsic

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = emit(builder, *args)
        return context.get_dummy_value() if target is types.void else value

    made = (target(*sources), codegen)
    # numba counts the parameters of the function it is given
    by_count: tuple[Callable[..., Any], ...] = (
        lambda typing_context: made,
        lambda typing_context, a: made,
        lambda typing_context, a, b: made,
        lambda typing_context, a, b, c: made,
    )
    return intrinsic(by_count[len(sources)])


@cache
def bit_casts() -> tuple[Any, Any]:
    """Functions from a double to its bits and back."""
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba import types

    def to(llvm_type: Any) -> Callable[[Any, Any], Any]:
        return lambda builder, x: builder.bitcast(x, llvm_type)

    bits = _intrinsic(types.int64, (types.float64,), to(ir.IntType(64)))
    return bits, _intrinsic(types.float64, (types.int64,), to(ir.DoubleType()))


@cache
def wide_vectors() -> Any:
    """Asks LLVM for the widest vectors in the function it stands in."""
    from numba import types

    def emit(builder: Any) -> None:
        # llvmlite refuses attributes that are text; its set prints whatever it holds
        set.add(builder.function.attributes, '"prefer-vector-width"="512"')

    return _intrinsic(types.void, (), emit)


def _element(builder: Any, address: Any, index: Any) -> Any:
    from llvmlite import ir

    pointer = builder.inttoptr(address, ir.DoubleType().as_pointer())
    return builder.gep(pointer, [index], inbounds=True)


def _apart(builder: Any, access: Any, own: int, count: int) -> None:
    """Say of a load or store that only those of its own number touch the same memory.

    LLVM vectorises a loop over many arrays only where it knows that none overlaps another: it
    does not test more than a few pairs of them as it runs.
    """
    module = builder.module
    domain = module.add_metadata(["symqb"])
    scopes = [module.add_metadata([f"array {k}", domain]) for k in range(count)]
    others = [scope for k, scope in enumerate(scopes) if k != own]
    access.set_metadata("alias.scope", module.add_metadata([scopes[own]]))
    access.set_metadata("noalias", module.add_metadata(others))


def memory(rows: int) -> tuple[Any, tuple[Any, ...]]:
    """A function that reads from an address, and one for each of several outputs that writes.

    Addresses are integers, indices count doubles.  In a function that uses them no output may
    overlap another or what is read.
    """
    from numba import types

    def load(builder: Any, address: Any, index: Any) -> Any:
        value = builder.load(_element(builder, address, index), align=8)
        _apart(builder, value, rows, rows + 1)
        return value

    def store_to(row: int) -> Callable[..., None]:
        def store(builder: Any, address: Any, index: Any, value: Any) -> None:
            _apart(
                builder,
                builder.store(value, _element(builder, address, index), align=8),
                row,
                rows + 1,
            )

        return store

    place = (types.int64, types.int64)
    read = _intrinsic(types.float64, place, load)
    stores = [_intrinsic(types.void, (*place, types.float64), store_to(row)) for row in range(rows)]
    return read, tuple(stores)
