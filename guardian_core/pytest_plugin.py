"""Rule packs as tests: ``pytest --dbt-guardian-pack ours.toml``.

The examples of each rule are a test of its own, and the properties of all of a pack's rules are one more.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

__all__ = ["pytest_addoption", "pytest_collect_file", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that names packs."""
    parser.getgroup("dbt-guardian").addoption(
        "--dbt-guardian-pack",
        action="append",
        default=[],
        metavar="FILE",
        help="Test the rules of this rule pack by their examples; again, or followed by more files, for more packs.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have the packs collected beside whatever else is."""
    config.args.extend(config.getoption("--dbt-guardian-pack"))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a pack, where packs are asked for."""
    if file_path.suffix not in (".toml", ".yml", ".yaml"):
        return None
    asked = {Path(one).resolve() for one in parent.config.getoption("--dbt-guardian-pack")}
    named = {parent.config.invocation_params.dir / one.split("::")[0] for one in parent.config.args}
    if not asked or file_path.resolve() not in asked | {one.resolve() for one in named}:
        return None
    return _Pack.from_parent(parent, path=file_path)


class _Pack(pytest.File):
    """A rule pack."""

    def collect(self) -> Iterator[pytest.Item]:
        from guardian_core.locations import enclosing_project
        from guardian_core.pack_reading import rules_of_packs
        from guardian_core.plugins import PluginHost
        from guardian_core.settings import load_settings

        root = enclosing_project(self.path.parent)
        settings = load_settings(root)
        host = PluginHost(settings.plugins)
        rules = rules_of_packs([str(self.path)], settings, root, host)
        for rule in rules:
            yield _RuleItem.from_parent(self, name=rule.id, rule=rule, detect=host.detect)
        beside = rules_of_packs([str(self.path)], settings, root, host, with_extended=True)
        others = [rule for rule in beside if rule not in rules]
        yield _PropertiesItem.from_parent(self, name="properties", rules=rules, others=others)


class _FailedError(Exception):
    """Rules that their examples do not hold, or that lack a property."""


class _Item(pytest.Item):
    """What is told by a line for each finding."""

    def tell(self, findings: Iterable[Any]) -> None:
        """Fail on findings that are errors; warn of the others."""
        from guardian_core.rule_tests import ERRORS

        lines = []
        for finding in findings:
            where = f"example {finding.example}: " if finding.example is not None else ""
            line = f"{finding.origin}: {finding.kind}: {where}{finding.message}"
            if finding.kind in ERRORS:
                lines.append(line)
            else:
                warnings.warn(pytest.PytestWarning(line), stacklevel=1)
        if lines:
            raise _FailedError("\n".join(lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, _FailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class _RuleItem(_Item):
    """A rule and its examples."""

    def __init__(self, *, rule: Any, detect: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rule, self.detect = rule, detect

    def runtest(self) -> None:
        from guardian_core.rule_tests import hold_rules

        self.tell(finding for result in hold_rules([self.rule], self.detect) for finding in result.findings)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = str(self.rule.origin).rpartition(":")[2]
        return self.path, int(line) - 1 if line.isdigit() else None, self.rule.id


class _PropertiesItem(_Item):
    """What must be true of the rules of a pack whatever columns there are."""

    def __init__(self, *, rules: Any, others: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rules, self.others = rules, others

    def runtest(self) -> None:
        from guardian_core.rule_tests import RuleResult, add_properties

        results = [RuleResult(rule.id, 0, 0, ()) for rule in self.rules]
        self.tell(finding for result in add_properties(results, self.rules, self.others) for finding in result.findings)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, "properties"
