"""Names that are safe in a target language."""

from __future__ import annotations

import keyword
import re
from collections.abc import Callable, Iterable

C_KEYWORDS = frozenset(
    """
    auto break case char const continue default do double else enum extern float for goto if
    inline int long register restrict return short signed sizeof static struct switch typedef
    union unsigned void volatile while _Bool _Complex _Imaginary asm typeof fortran near far
    linux unix fabs sqrt log expm1 memcpy DBL_MAX uint64_t size_t in out base i lanes bad zero
    unknown trouble general quick main y0 y1 yn j0 j1 jn gamma signgam errno NULL EOF
    stdin stdout stderr assert offsetof complex imaginary bool true false nullptr constexpr alignas
    alignof noreturn static_assert thread_local typeof_unqual isnan isinf isfinite isnormal signbit
    fpclassify isgreater isgreaterequal isless islessequal islessgreater isunordered
    math_errhandling exp exp2 log1p log10 log2 logb pow sin cos tan sinh cosh tanh asin acos atan
    atan2 asinh acosh atanh floor ceil round trunc rint nearbyint lround lrint fmin fmax fdim fma
    fmod remainder remquo hypot cbrt erf erfc tgamma lgamma ldexp frexp modf scalbn scalb ilogb nan
    nextafter nexttoward copysign drem significand abs div exit abort malloc free memset strlen
    and and_eq bitand bitor catch class compl concept const_cast consteval constinit co_await
    co_return co_yield decltype delete dynamic_cast explicit export friend mutable namespace new
    noexcept not not_eq operator or or_eq private protected public reinterpret_cast requires
    static_cast template this throw try typeid typename using virtual wchar_t xor xor_eq
    """.split()  # noqa: SIM905  # a list of words reads as one
)
"""Words of C and C++, functions that compilers know, and macros in small letters."""

MACRO = re.compile(r"_\w*|[A-Z]{2}\w*|M_\w*|I")
"""How other names begin that headers may define: NAN, HUGE_VAL, M_PI, DBL_MAX, __unix__."""

JAVASCRIPT_KEYWORDS = frozenset(
    """
    await break case catch class const continue debugger default delete do else enum export
    extends false finally for function if implements import in instanceof interface let new
    null package private protected public return static super switch this throw true try
    typeof var void while with yield arguments eval undefined NaN Infinity Math Object Array
    Error Float64Array values result evaluate OUTPUTS PARAMETERS LEVELS RULES
    """.split()  # noqa: SIM905  # a list of words reads as one
)

PYTHON_KEYWORDS = frozenset({*keyword.kwlist, *keyword.softkwlist})


def unique_names(
    names: Iterable[str], reserved: Iterable[str], fold: Callable[[str], str] = str
) -> dict[str, str]:
    """Each name in ASCII, with underscores appended until it is neither reserved nor taken.

    What may be a macro somewhere counts as reserved in every language.  Names are the same where
    ``fold`` makes them so: ``str.lower`` for a language that does not tell capitals.

    Examples
    --------
    >>> unique_names(["int", "int_", "x"], C_KEYWORDS)
    {'int': 'int__', 'int_': 'int_', 'x': 'x'}
    >>> unique_names(["B", "b"], (), str.lower)
    {'B': 'B', 'b': 'b_'}
    """
    names, refused = list(names), set(map(fold, reserved))
    taken = {*refused, *map(fold, names)}
    chosen: dict[str, str] = {}
    for name in names:
        fresh = name
        if fold(name) in refused or not name.isascii() or MACRO.fullmatch(name):
            fresh = "".join(c if c.isascii() else f"u{ord(c):x}" for c in name)
            fresh = f"p_{fresh}" if MACRO.fullmatch(fresh) else fresh
            while fold(fresh) in taken:
                fresh += "_"
            taken.add(fold(fresh))
        refused.add(fold(fresh))
        chosen[name] = fresh
    return chosen
