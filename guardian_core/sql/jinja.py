"""A model's Jinja to SQL without a warehouse: the manifest's own macros, in a sandbox, with stubs for the rest.

The manifest may be a stranger's. Templates see plain values, which they may change as dbt lets them, and the stubs
of `guardian_core.sql.stubs`, never a module, a file or the network; how long they may run and how much memory they
may take is for `guardian_core.sql.workers` to say.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jinja2 import Template
from jinja2.sandbox import SandboxedEnvironment

from guardian_core.sql.parents import Parent, token_of
from guardian_core.sql.plain import render_plain
from guardian_core.sql.stubs import STAND_INS, Returned, names_of_dbt
from guardian_core.sql.unknowns import Names, Nothing, Relation, Unknown, use_texts

__all__ = ["MOST_OUTPUT", "Renderer"]

# Whose macros an adapter uses where it has none of its own.
_PARENTS = {"redshift": "postgres", "databricks": "spark", "fabric": "sqlserver", "synapse": "sqlserver"}
# Nobody writes models of so many characters; generated ones of a thousandth of it are long.
MOST_OUTPUT = 2_000_000
# What templates call that need no Jinja otherwise, unless a package has something else by that name.
_PLAIN = frozenset(("ref", "source", "config"))
_NOT_CALLED = re.compile(r"\{%-?\s*(?:materialization|test|data_test|snapshot|docs)\b")


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
        except Returned as returned:
            return returned.value


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
            undefined=Nothing, extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"], cache_size=0
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
        self._packages.setdefault("dbt_utils", {}).update(STAND_INS)
        self._packages.setdefault("dbt", {})["date_spine"] = STAND_INS["date_spine"]
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
        use_texts(swapped)
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
        names.update({package: Names(macros) for package, macros in self._packages.items() if package not in names})
        inside: dict[str, Any] = {}
        for package in self._internal:
            inside.update(self._packages.get(package, {}))
        names["dbt"] = Names(inside)
        builtins = {
            **names_of_dbt(adapter_type, self._project, self._dispatch),
            "ref": self._ref,
            "source": self._source,
            "var": self._variable,
        }
        for name in ("is_incremental", "statement", "run_query"):
            names.pop(name, None)  # dbt's own macros of these names ask the warehouse
        return {**names, **builtins, "builtins": Names(builtins), "context": Names(names)}

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

    def _ref(self, *named: Any, **versioned: Any) -> Relation:
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

    def _source(self, source_name: str, name: str) -> Relation:
        return self._relation(
            (place, parent)
            for place, parent in enumerate(self._parents)
            if parent.resource_type == "source" and (parent.source_name, parent.name) == (source_name, name)
        )

    def _relation(self, found: Iterable[tuple[int, Parent]]) -> Relation:
        place = next((place for place, _ in found), None)
        return Relation(token_of(place) if place is not None else "guardian_other")

    def _variable(self, name: str, default: Any = None) -> Any:
        for place in (self._variables.get(self._project), self._variables):
            if isinstance(place, Mapping) and name in place:
                return copy.deepcopy(place[name])  # one model must not change what another sees
        return default if default is not None else Unknown(name=name)
