"""The gaps as failed test cases, for whatever reads JUnit's XML."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from guardian_core import (
    Report,
    Style,
    check_summary,
    gap_message,
    gap_place,
    gap_subject,
    gaps_of,
    plain,
    shortfall_message,
    shortfalls_of,
)

__all__ = ["render"]


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    cases = []
    for one in gaps_of(report, style.limit):
        place = gap_place(one)
        case = Xml.Element(
            "testcase", classname=plain(one.unique_id), name=plain(_name(gap_subject(one), one.test.name))
        )
        case.set("file", plain(place.path))
        case.set("line", str(place.line))
        failure = Xml.SubElement(case, "failure", type=plain(one.rule), message=plain(gap_message(one)))
        failure.text = plain(f"{place.path}:{place.line}")
        cases.append(case)
    for shortfall in shortfalls_of(report):
        case = Xml.Element("testcase", classname="coverage", name=shortfall.policy)
        Xml.SubElement(case, "failure", type=shortfall.policy, message=plain(shortfall_message(shortfall)))
        cases.append(case)
    failures = len(cases)
    if not cases:
        cases.append(Xml.Element("testcase", classname=plain(report.project.name), name=plain(check_summary(report))))
    top = Xml.Element("testsuites", name="dbt-guardian")
    suite = Xml.SubElement(
        top, "testsuite", name=plain(report.project.name), tests=str(len(cases)), failures=str(failures), errors="0"
    )
    suite.extend(cases)
    Xml.indent(top)
    return bytes(Xml.tostring(top, encoding="utf-8", xml_declaration=True)) + b"\n"


def _name(subject: str, test: str) -> str:
    return f"{test} on {subject}"
