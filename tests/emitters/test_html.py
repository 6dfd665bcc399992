"""The page as a file: what is in it, and what its policy lets run. What it shows is tested in a browser."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

import msgspec

from guardian_core import Report, Style
from guardian_core.emitters.html import render
from guardian_core.testing import EMITTER_CASES, emitter_report

REPORT = emitter_report([case.suggestion for case in EMITTER_CASES])


def test_the_report_is_in_it_whole_and_nothing_ends_it() -> None:
    hostile = msgspec.structs.replace(REPORT, guardian_version="</script><script>alert(1)</script>")
    text = render(hostile, Style()).decode()
    (data,) = re.findall(r'<script id="report" type="application/octet-stream">([A-Za-z0-9+/=]*)</script>', text)
    assert msgspec.json.decode(gzip.decompress(base64.b64decode(data)), type=Report) == hostile
    assert text.count("<script") == text.count("</script>") == 2


def test_its_policy_names_what_is_in_it_and_lets_nothing_else_run() -> None:
    text = render(REPORT, Style()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    for kind, tag in (("script-src", "script"), ("style-src", "style")):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert parts[kind] == f"'sha256-{digest}'"
    assert parts["default-src"] == parts["base-uri"] == parts["form-action"] == "'none'"
    assert text.index("Content-Security-Policy") < text.index("<style>")


def test_the_same_report_gives_the_same_bytes_and_a_limit_is_kept() -> None:
    assert render(REPORT, Style()) == render(REPORT, Style())
    assert "2 are missing" in render(REPORT, Style(limit=2)).decode()
    named = msgspec.structs.replace(REPORT, project=msgspec.structs.replace(REPORT.project, name="<b>&"))
    assert "<title>&lt;b&gt;&amp;: data tests</title>" in render(named, Style()).decode()
