from __future__ import annotations

import json

import jsonschema
import pytest

from guardian_core.schema_files import schema_files
from guardian_core.shipped import shipped_text
from tests.conftest import ROOT


@pytest.mark.parametrize("name", sorted(schema_files()))
def test_committed_schemas_are_what_the_types_say(name: str) -> None:
    assert (ROOT / "schemas" / name).read_text() == schema_files()[name], "run `make schemas`"
    assert shipped_text("schemas", name) == schema_files()[name]
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_files()[name]))


def test_no_other_schemas_are_committed() -> None:
    assert {path.name for path in (ROOT / "schemas").iterdir()} == set(schema_files())
