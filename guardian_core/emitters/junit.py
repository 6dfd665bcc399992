"""The gaps as failed test cases, for whatever reads JUnit's XML."""

from __future__ import annotations

from xml.etree import ElementTree as Xml

from guardian_core import Report, Style, plain
from guardian_core.emitters.gaps import (
    gaps_of,
    message_of,
    place_of,
    said_of_shortfall,
    shortfalls_of,
    subject_of,
    sum_up,
)

__all__ = ["render"]


def render(report: Report, style: Style) -> bytes:
    """The report as this format has it."""
    cases = []
    for one in gaps_of(report, style.limit):
        place = place_of(one)
        case = Xml.Element(
            "testcase", classname=plain(one.unique_id), name=plain(_name(subject_of(one), one.test.name))
        )
        case.set("file", plain(place.path))
        case.set("line", str(place.line))
        failure = Xml.SubElement(case, "failure", type=one.rule, message=plain(message_of(one)))
        failure.text = plain(f"{place.path}:{place.line}")
        cases.append(case)
    for shortfall in shortfalls_of(report):
        case = Xml.Element("testcase", classname="coverage", name=shortfall.policy)
        Xml.SubElement(case, "failure", type=shortfall.policy, message=plain(said_of_shortfall(shortfall)))
        cases.append(case)
    failures = len(cases)
    if not cases:
        cases.append(Xml.Element("testcase", classname=plain(report.project.name), name=plain(sum_up(report))))
    top = Xml.Element("testsuites", name="dbt-guardian")
    suite = Xml.SubElement(
        top, "testsuite", name=plain(report.project.name), tests=str(len(cases)), failures=str(failures), errors="0"
    )
    suite.extend(cases)
    Xml.indent(top)
    return bytes(Xml.tostring(top, encoding="utf-8", xml_declaration=True)) + b"\n"


def _name(subject: str, test: str) -> str:
    return f"{test} on {subject}"
