"""What templates see in the place of what only a run of dbt knows: relations, namespaces, and what is not known at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Undefined

__all__ = ["Names", "Nothing", "Relation", "Unknown", "use_texts"]

# What stands in SQL for what the manifest does not tell, and for what is not there at all. Where that is no SQL,
# it may be the other way round: a condition that is not known, a call that adds nothing.
_Texts = tuple[str, str]
_USUAL: _Texts = ("guardian_unknown", "")
_texts: list[_Texts] = [_USUAL]


def use_texts(swapped: bool = False) -> None:
    """Set what stands for what is not known, and for what is not there, in all that is rendered from now on.

    Args:
        swapped: Whether each stands for the other.
    """
    _texts[0] = (_USUAL[1], _USUAL[0]) if swapped else _USUAL


class Relation(str):
    """A relation in a template: its text is the token that stands for it."""

    __slots__ = ()

    @property
    def identifier(self) -> str:
        """Its name."""
        return str(self)

    name = table = identifier

    @property
    def database(self) -> str:
        """Where it is, which only a run knows."""
        return "guardian_database"

    @property
    def schema(self) -> str:
        """Where it is, which only a run knows."""
        return "guardian_schema"

    type = "table"
    is_table = True
    is_view = is_cte = False

    def render(self) -> str:
        """As it stands in SQL."""
        return str(self)

    def include(self, **_: Any) -> Relation:
        """The relation, with whatever parts of its name or other quotes."""
        return self

    quote = incorporate = include


class Unknown(Undefined):
    """Whatever the manifest does not tell: a name in SQL, false in conditions, empty in loops."""

    __slots__ = ()

    def __str__(self) -> str:
        return _texts[0][0]

    def __call__(self, *_: Any, **__: Any) -> Any:
        """What comes of it is not known either."""
        return self

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return self

    __getitem__ = __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __mod__ = __call__

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unknown)

    def __hash__(self) -> int:
        return 0

    def __lt__(self, other: object) -> bool:  # type: ignore[override]  # where jinja2 raises, dbt knows
        return False

    __gt__ = __le__ = __ge__ = __lt__  # type: ignore[assignment]


class Nothing(Unknown):
    """What is not there at all: no text."""

    __slots__ = ()

    def __str__(self) -> str:
        return _texts[0][1]


class Names:
    """A namespace of a template: what is in it, and something unknown for all else."""

    __slots__ = ("_found",)

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = found

    def __getattr__(self, name: str) -> Any:
        if name[:1] == "_":  # which the sandbox takes for an attribute's; macros' names are found as items
            raise AttributeError(name)
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:
        """What is in it by a name, or else the default."""
        return self._found.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._found[name] if name in self._found else Unknown(name=name)
