"""The variables of a project, which its manifest does not tell, from dbt_project.yml."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["project_variables", "variables_text"]

_LARGEST = 200_000


def variables_text(root: Path | None) -> str:
    """The text that says what a project's variables are; empty where it has none, or cannot be read."""
    path = root / "dbt_project.yml" if root is not None else None
    if path is None or not path.is_file() or path.stat().st_size > _LARGEST:
        return ""
    text = path.read_text(encoding="utf-8", errors="replace")
    return text if "vars:" in text else ""


def project_variables(text: str) -> dict[str, Any]:
    """What stands under ``vars`` in the text of a dbt_project.yml; nothing where it cannot be read."""
    if not text:
        return {}
    from guardian_core.yaml_documents import YAMLTextError, load_yaml  # it takes longer than all else, and few need it

    try:
        value = load_yaml(text, 20)
    except YAMLTextError:
        return {}
    found = value.get("vars") if isinstance(value, dict) else None
    return {str(key): item for key, item in found.items()} if isinstance(found, dict) else {}
