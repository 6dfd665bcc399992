"""A model's Jinja to SQL without a warehouse: the manifest's own macros, in a sandbox, with stubs for the rest.

The manifest may be a stranger's. Templates see plain values, which they may change as dbt lets them, and the stubs
below, never a module, a file or the network; how long they may run and how much memory they may take is for
`guardian_core.sql.workers` to say.
"""

from __future__ import annotations

import copy
import datetime
import itertools
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from jinja2 import Template, Undefined
from jinja2.sandbox import SandboxedEnvironment

from guardian_core.sql.parents import Parent, token_of
from guardian_core.sql.plain import render_plain

__all__ = ["MOST_OUTPUT", "Renderer"]

# Whose macros an adapter uses where it has none of its own.
_PARENTS = {"redshift": "postgres", "databricks": "spark", "fabric": "sqlserver", "synapse": "sqlserver"}
# Nobody writes models of so many characters; generated ones of a thousandth of it are long.
MOST_OUTPUT = 2_000_000


class _Returned(Exception):  # noqa: N818 it is no error
    """How dbt's ``return`` leaves a macro."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class _Relation(str):
    """A relation in a template: its text is the token that stands for it."""

    __slots__ = ()

    @property
    def identifier(self) -> str:
        return str(self)

    name = table = identifier

    @property
    def database(self) -> str:
        return "guardian_database"

    @property
    def schema(self) -> str:
        return "guardian_schema"

    type = "table"
    is_table = True
    is_view = is_cte = False

    def render(self) -> str:
        return str(self)

    def include(self, **_: Any) -> _Relation:
        return self

    quote = incorporate = include


# What stands in SQL for what the manifest does not tell, and for what is not there at all. Where that is no SQL,
# it may be the other way round: a condition that is not known, a call that adds nothing.
_Texts = tuple[str, str]
_USUAL: _Texts = ("guardian_unknown", "")
_texts: list[_Texts] = [_USUAL]


class _Unknown(Undefined):
    """Whatever the manifest does not tell: a name in SQL, false in conditions, empty in loops."""

    __slots__ = ()

    def __str__(self) -> str:
        return _texts[0][0]

    def __call__(self, *_: Any, **__: Any) -> Any:
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
        return isinstance(other, _Unknown)

    def __hash__(self) -> int:
        return 0

    def __lt__(self, other: object) -> bool:  # type: ignore[override]  # where jinja2 raises, dbt knows
        return False

    __gt__ = __le__ = __ge__ = __lt__  # type: ignore[assignment]


class _Nothing(_Unknown):
    """What is not there at all: no text."""

    __slots__ = ()

    def __str__(self) -> str:
        return _texts[0][1]


class _Names:
    """A namespace of a template: what is in it, and something unknown for all else."""

    __slots__ = ("_found",)

    def __init__(self, found: Mapping[str, Any]) -> None:
        self._found = found

    def __getattr__(self, name: str) -> Any:
        if name[:1] == "_":  # which the sandbox takes for an attribute's; macros' names are found as items
            raise AttributeError(name)
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:
        return self._found.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._found[name] if name in self._found else _Unknown(name=name)


class _Macro:
    """A macro of the manifest, compiled when it is first called."""

    def __init__(self, renderer: Renderer, name: str, text: str) -> None:
        self._renderer, self._name, self._text = renderer, name, text
        self._template: Template | None = None

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if self._template is None:
            self._template = self._renderer.environment.from_string(self._text)
        # By hand what `Template.make_module` does, which leaves out names that begin with an underscore.
        context = self._template.new_context(self._renderer.names)
        for _ in self._template.root_render_func(context):
            pass
        try:
            return context.vars[self._name](*arguments, **named)
        except _Returned as returned:
            return returned.value


def _quiet(*_: Any, **__: Any) -> str:
    return ""


def _return(value: Any = None) -> Any:
    raise _Returned(value)


def _fail(*said: Any) -> Any:
    raise ValueError(" ".join(map(str, said)))


def _star(
    relation: Any = "", relation_alias: Any = "", except_: Any = (), prefix: str = "", suffix: str = "", **named: Any
) -> str:
    """dbt_utils.star, whose columns only the warehouse knows: a star, less what is left out."""
    if prefix or suffix:
        return "guardian_unknown"
    left_out = named.get("except") or except_
    alias = f"{relation_alias}." if relation_alias else ""
    return f"{alias}*" + (f" except ({', '.join(map(str, left_out))})" if left_out else "")


def _surrogate_key(*fields: Any, field_list: Sequence[Any] = (), **_: Any) -> str:
    listed = fields[0] if len(fields) == 1 and isinstance(fields[0], list | tuple) else fields or field_list
    return f"guardian_hash({', '.join(map(str, listed))})"


def _union_relations(relations: Sequence[Any] = (), **_: Any) -> str:
    return "(" + " union all ".join(f"select * from {relation}" for relation in relations) + ")"  # noqa: S608 never run


# Macros that ask the warehouse for columns, whose SQL says less than their name does, or that doubt the stubs.
_STAND_INS: Mapping[str, Callable[..., Any]] = {
    "star": _star,
    "generate_surrogate_key": _surrogate_key,
    "surrogate_key": _surrogate_key,
    "union_relations": _union_relations,
    "_is_relation": _quiet,
    "_is_ephemeral": _quiet,
}
# What all models share cannot be changed by one of them.
_EMPTY: Mapping[str, Any] = MappingProxyType({})
# What templates call that need no Jinja otherwise, unless a package has something else by that name.
_PLAIN = frozenset(("ref", "source", "config"))
_NOT_CALLED = re.compile(r"\{%-?\s*(?:materialization|test|data_test|snapshot|docs)\b")


class Renderer:
    """Renders the models of one project.

    Attributes:
        environment: The sandbox.
        names: What templates see; what depends on the model is set anew for each.
    """

    def __init__(
        self, macros: Mapping[str, str], project: str, adapter_type: str, variables: Mapping[str, Any] | None = None
    ) -> None:
        self.environment = SandboxedEnvironment(
            undefined=_Nothing, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], cache_size=0
        )
        self.environment.filters.update(dict.fromkeys(("as_bool", "as_native", "as_text", "as_number"), lambda v: v))
        self._project = project
        self._variables = variables or {}
        self._parents: Sequence[Parent] = ()
        self._packages: dict[str, dict[str, Any]] = {}
        for unique_id, text in macros.items():
            _, package, name = unique_id.split(".", 2)
            if _NOT_CALLED.match(text.lstrip()):
                continue
            self._packages.setdefault(package, {})[name] = _Macro(self, name, text)
        self._packages.setdefault("dbt_utils", {}).update(_STAND_INS)
        self._prefixes = [adapter_type]
        while self._prefixes[-1] in _PARENTS:
            self._prefixes.append(_PARENTS[self._prefixes[-1]])
        self._internal = ["dbt", *(f"dbt_{prefix}" for prefix in reversed(self._prefixes))]
        self._plain: Mapping[str, Callable[..., str]] = {"ref": self._ref, "source": self._source}
        self.names: dict[str, Any] = {}
        self._shared = self._names_of_all(adapter_type)

    def render(self, code: str, package: str, parents: Sequence[Parent], swapped: bool = False) -> str:
        """The SQL of one model.

        Args:
            code: Its ``raw_code``.
            package: Whose macros it means before others.
            parents: What it reads.
            swapped: Whether what is unknown adds nothing, and what is not there is a name, other than usual.

        Raises:
            Exception: Of any kind, where the template cannot be rendered.
        """
        _texts[0] = (_USUAL[1], _USUAL[0]) if swapped else _USUAL
        self._parents = parents
        own = self._packages.get(package, {}) if package != self._project else {}
        if own.keys().isdisjoint(_PLAIN):
            plain = render_plain(code, self._plain)
            if plain is not None:
                return plain
        self.names.clear()
        self.names.update(self._shared)
        self.names.update(own)
        pieces, length = [], 0
        for piece in self.environment.from_string(code).generate(self.names):
            pieces.append(piece)
            length += len(piece)
            if length > MOST_OUTPUT:
                raise ValueError("the SQL grows without end")
        return "".join(pieces)

    def _names_of_all(self, adapter_type: str) -> dict[str, Any]:
        names: dict[str, Any] = {}
        for package in (*self._internal, self._project):
            names.update(self._packages.get(package, {}))
        names.update({package: _Names(macros) for package, macros in self._packages.items() if package not in names})
        inside: dict[str, Any] = {}
        for package in self._internal:
            inside.update(self._packages.get(package, {}))
        names["dbt"] = _Names(inside)
        modules = {
            "datetime": _Names({name: getattr(datetime, name) for name in datetime.__all__}),
            "re": _Names({name: getattr(re, name) for name in re.__all__}),
            "itertools": _Names({name: getattr(itertools, name) for name in dir(itertools) if name[0] != "_"}),
            "pytz": _Names({"utc": datetime.UTC, "timezone": lambda _: datetime.UTC, "UTC": datetime.UTC}),
        }
        builtins: dict[str, Any] = {
            "ref": self._ref,
            "source": self._source,
            "var": self._variable,
            "config": _Config(),
            "this": _Relation("guardian_this"),
            "model": _Names({"config": _Names({}), "columns": _EMPTY, "tags": ()}),
            "execute": False,
            "is_incremental": lambda *_: False,
            "should_full_refresh": lambda *_: False,
            "env_var": lambda name, default=None: str(default) if default is not None else _Unknown(name=name),
            "target": _Names({"type": adapter_type, "name": "dev", "schema": "guardian_schema", "threads": 1}),
            "adapter": _Names(
                {
                    "dispatch": self._dispatch,
                    "type": lambda: adapter_type,
                    "quote": lambda name: name,
                    "get_columns_in_relation": lambda *_: [],
                    "get_relation": lambda *_, **__: None,
                    "get_columns_in_query": lambda *_: [],
                }
            ),
            "api": _Names(
                {
                    "Column": _Names(
                        {
                            "translate_type": lambda name: name,
                            "string_type": lambda size: f"varchar({size})",
                            "numeric_type": lambda name, *_: name,
                        }
                    ),
                    "Relation": _Names({"create": lambda **named: _Relation(named.get("identifier") or "guardian_x")}),
                }
            ),
            "modules": _Names(modules),
            "exceptions": _Names({"raise_compiler_error": _fail, "warn": _quiet, "raise_not_implemented": _fail}),
            "return": _return,
            "log": _quiet,
            "print": _quiet,
            "run_query": lambda *_: None,
            "statement": _statement,
            "load_result": lambda *_: None,
            "store_result": _quiet,
            "dbt_version": "1.11.0",
            "invocation_id": "guardian",
            "run_started_at": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
            "project_name": self._project,
            "flags": _Names({"FULL_REFRESH": False, "WHICH": "compile"}),
            "graph": _Names({"nodes": _EMPTY, "sources": _EMPTY}),
            "tojson": lambda value, default=None, **_: json.dumps(value, default=str),
            "fromjson": lambda text, default=None: json.loads(text),
            "fromyaml": _from_yaml,
            "toyaml": _to_yaml,
            "set": lambda value, default=None: set(value),
            "set_strict": set,
            "zip": lambda *lists, **_: list(zip(*lists, strict=False)),
            "zip_strict": lambda *lists: list(zip(*lists, strict=True)),
            "local_md5": lambda text: "guardian_md5",
            "thread_id": "guardian",
        }
        for name in ("is_incremental", "statement", "run_query"):
            names.pop(name, None)  # dbt's own macros of these names ask the warehouse
        return {**names, **builtins, "builtins": _Names(builtins), "context": _Names(names)}

    def _dispatch(self, macro_name: str, macro_namespace: str | None = None, **_: Any) -> Any:
        """The macro for this adapter: the project's before the package's, the adapter's before the default one."""
        name = macro_name.rpartition(".")[2]
        packages = [self._project, *([macro_namespace] if macro_namespace and macro_namespace != "dbt" else [])]
        for package in (*packages, *reversed(self._internal)):
            macros = self._packages.get(package, {})
            for prefix in (*self._prefixes, "default"):
                if f"{prefix}__{name}" in macros:
                    return macros[f"{prefix}__{name}"]
        raise ValueError(f"no macro {name} for this adapter")

    def _ref(self, *named: Any, **versioned: Any) -> _Relation:
        package, name = named if len(named) == 2 else (None, named[0])
        version = versioned.get("v", versioned.get("version"))
        return self._relation(
            (place, parent)
            for place, parent in enumerate(self._parents)
            if parent.resource_type != "source"
            and parent.name == name
            and package in (None, parent.package_name)
            and (
                str(parent.version) == str(version) if version is not None else parent.version == parent.latest_version
            )
        )

    def _source(self, source_name: str, name: str) -> _Relation:
        return self._relation(
            (place, parent)
            for place, parent in enumerate(self._parents)
            if parent.resource_type == "source" and (parent.source_name, parent.name) == (source_name, name)
        )

    def _relation(self, found: Iterable[tuple[int, Parent]]) -> _Relation:
        place = next((place for place, _ in found), None)
        return _Relation(token_of(place) if place is not None else "guardian_other")

    def _variable(self, name: str, default: Any = None) -> Any:
        for place in (self._variables.get(self._project), self._variables):
            if isinstance(place, Mapping) and name in place:
                return copy.deepcopy(place[name])  # one model must not change what another sees
        return default if default is not None else _Unknown(name=name)


class _Config:
    """A model's ``config``: nothing in the SQL, and its defaults where it is asked."""

    def __call__(self, *_: Any, **__: Any) -> str:
        return ""

    def get(self, name: str, default: Any = None, **_: Any) -> Any:
        return default

    require = get

    def persist_relation_docs(self) -> bool:
        return False

    persist_column_docs = persist_relation_docs


def _from_yaml(text: str, default: Any = None) -> Any:
    import yaml

    try:
        return yaml.load(text, yaml.SafeLoader)
    except yaml.YAMLError:
        return default


def _to_yaml(value: Any, default: Any = None, sort_keys: bool = False) -> Any:
    import yaml

    try:
        return yaml.safe_dump(value, sort_keys=sort_keys)
    except (ValueError, yaml.YAMLError):
        return default


def _statement(*_: Any, caller: Callable[[], Any] | None = None, **__: Any) -> str:
    return ""
