"""dbt's own names in templates, without a warehouse: what they give where nothing runs."""

from __future__ import annotations

import datetime
import itertools
import json
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from guardian_core.sql.unknowns import Names, Relation, Unknown

__all__ = ["STAND_INS", "Returned", "names_of_dbt"]

# What all models share cannot be changed by one of them.
_EMPTY: Mapping[str, Any] = MappingProxyType({})


def names_of_dbt(adapter_type: str, project: str, dispatch: Callable[..., Any]) -> dict[str, Any]:
    """What dbt has in every template, but for the names that tell of a project's own relations and variables.

    Args:
        adapter_type: As dbt has it.
        project: The name of the project.
        dispatch: What ``adapter.dispatch`` is.
    """
    modules = {
        "datetime": Names({name: getattr(datetime, name) for name in datetime.__all__}),
        "re": Names({name: getattr(re, name) for name in re.__all__}),
        "itertools": Names({name: getattr(itertools, name) for name in dir(itertools) if name[0] != "_"}),
        "pytz": Names({"utc": datetime.UTC, "timezone": lambda _: datetime.UTC, "UTC": datetime.UTC}),
    }
    return {
        "config": _Config(),
        "this": Relation("guardian_this"),
        "model": Names({"config": Names({}), "columns": _EMPTY, "tags": ()}),
        "execute": False,
        "is_incremental": lambda *_: False,
        "should_full_refresh": lambda *_: False,
        "env_var": lambda name, default=None: str(default) if default is not None else Unknown(name=name),
        "target": Names({"type": adapter_type, "name": "dev", "schema": "guardian_schema", "threads": 1}),
        "adapter": Names(
            {
                "dispatch": dispatch,
                "type": lambda: adapter_type,
                "quote": lambda name: name,
                "get_columns_in_relation": lambda *_: [],
                "get_relation": lambda *_, **__: None,
                "get_columns_in_query": lambda *_: [],
            }
        ),
        "api": Names(
            {
                "Column": Names(
                    {
                        "translate_type": lambda name: name,
                        "string_type": lambda size: f"varchar({size})",
                        "numeric_type": lambda name, *_: name,
                    }
                ),
                "Relation": Names({"create": lambda **named: Relation(named.get("identifier") or "guardian_x")}),
            }
        ),
        "modules": Names(modules),
        "exceptions": Names({"raise_compiler_error": _fail, "warn": _quiet, "raise_not_implemented": _fail}),
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
        "project_name": project,
        "flags": Names({"FULL_REFRESH": False, "WHICH": "compile"}),
        "graph": Names({"nodes": _EMPTY, "sources": _EMPTY}),
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


class Returned(Exception):  # noqa: N818 it is no error
    """How dbt's ``return`` leaves a macro."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


def _quiet(*_: Any, **__: Any) -> str:
    return ""


def _return(value: Any = None) -> Any:
    raise Returned(value)


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


def _deduplicate(relation: Any = "", partition_by: Any = "", order_by: Any = "", **_: Any) -> str:
    """dbt_utils.deduplicate, which is an array of rows on BigQuery, and a natural join on most: the first row of each."""
    numbered = f"row_number() over (partition by {partition_by} order by {order_by})"
    return f"select * from {relation} where {numbered} = 1"  # noqa: S608 never run


def _unpivot(
    relation: Any = "",
    cast_to: Any = "",
    exclude: Sequence[Any] | None = None,
    remove: Any = None,
    field_name: Any = "field_name",
    value_name: Any = "value",
    **_: Any,
) -> str:
    """dbt_utils.unpivot, which asks the warehouse for the columns that it makes rows of."""
    kept = ", ".join(map(str, [*(exclude or ()), field_name, value_name]))
    made = f"unpivot ({value_name} for {field_name} in (guardian_unknown))"
    return f"select {kept} from {relation} {made}"  # noqa: S608 never run


def _date_spine(datepart: Any = "day", *_: Any, **__: Any) -> str:
    """date_spine of dbt_utils and of dbt, which counts its days in the warehouse: there is a row for each."""
    return f"select distinct guardian_day as date_{datepart} from guardian_spine"  # noqa: S608 never run


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


# Macros that ask the warehouse for columns, whose SQL says less than their name does, or that doubt the stubs.
STAND_INS: Mapping[str, Callable[..., Any]] = {
    "star": _star,
    "generate_surrogate_key": _surrogate_key,
    "surrogate_key": _surrogate_key,
    "union_relations": _union_relations,
    "date_spine": _date_spine,
    "deduplicate": _deduplicate,
    "unpivot": _unpivot,
    "_is_relation": _quiet,
    "_is_ephemeral": _quiet,
}
