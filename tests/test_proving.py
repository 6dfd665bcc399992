"""What a verifier says of suggestions, in the report, whoever the verifier is."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from guardian_core.errors import UsageError
from guardian_core.hookspecs import Verification
from guardian_core.model import Diagnostic
from guardian_core.proving import prove
from guardian_core.suggestions import Verdict
from tests.conftest import EXAMPLE, Result
from tests.emitters.test_emitters import REPORT

OUTCOMES = st.sampled_from([None, *(Verdict(outcome, "so") for outcome in ("holds", "fails", "unknown"))])  # type: ignore[arg-type]


@given(st.lists(OUTCOMES, min_size=len(REPORT.suggestions), max_size=len(REPORT.suggestions)))
def test_each_suggestion_is_judged_and_none_is_lost(verdicts: list[Verdict | None]) -> None:
    pairs = zip(REPORT.suggestions, verdicts, strict=True)
    by_id = {one.id: verdict for one, verdict in pairs if verdict is not None}
    told = Diagnostic("error", "not-checked", "x: gone", "x")
    found = prove(REPORT, Verification(by_id, (told, told)))
    both = [*found.suggestions, *found.findings]
    assert sorted(one.id for one in both) == sorted(one.id for one in REPORT.suggestions)
    assert all(one.verdict == by_id.get(one.id, Verdict("unknown", "it was not checked")) for one in both)
    assert {one.id for one in found.findings} == {key for key, one in by_id.items() if one.outcome == "fails"}
    assert {one.id for one in both if one.proof == "verified"} == {
        key for key, one in by_id.items() if one.outcome == "holds"
    }
    assert found.diagnostics.count(told) == 1
    assert msgspec.convert(msgspec.to_builtins(found), type(REPORT)) == found


def test_without_a_plugin_it_says_which_one_is_missing(cli: Callable[..., Result], tmp_path: Path) -> None:
    project = tmp_path / "roastery"
    shutil.copytree(EXAMPLE, project)
    (project / "guardian.toml").write_text('[plugins]\ndeny = ["warehouse"]\n')
    said = "error: --verify needs a plugin that asks the warehouse\n  help: pip install guardian-warehouse\n"
    assert cli("analyze", project, "--verify") == (UsageError.exit_code, "", said)
