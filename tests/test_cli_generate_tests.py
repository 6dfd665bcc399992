"""`generate-tests`: as a diff, into the project's own files, one by one with a person, as one file."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from guardian_core.cli.interactive import ask, keep_answers
from guardian_core.properties.form import Form
from guardian_core.settings import load_settings
from guardian_core.suggestions import Call
from tests.conftest import EXAMPLE, Result
from tests.properties.strategies import suggestion

Cli = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    copy = tmp_path / "roastery"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("logs", "*.duckdb*", "dbt-guardian"))
    return copy


def files(project: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(project)): file.read_bytes()
        for file in sorted(project.rglob("*"))
        if file.is_file() and not {".git", "target"} & set(file.parts)
    }


def commit(project: Path) -> None:
    git = ["git", "-C", str(project), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *command], check=True)


def test_without_anything_else_it_is_a_diff(cli: Cli, project: Path) -> None:
    before = files(project)
    result = cli("generate-tests", project, "--priority", 1, "--max", 9)
    assert result == (0, DIFF, "9 tests in 3 files; --write writes them\n")
    assert cli("generate-tests", project, "--priority", 1, "--max", 9, "--diff", "-q") == (0, DIFF, "")
    assert files(project) == before


def test_what_is_written_is_what_the_diff_says(cli: Cli, project: Path) -> None:
    before = files(project)
    diff = cli("generate-tests", project, "-q").out
    result = cli("generate-tests", project, "--write")
    assert result == (0, "", WRITTEN)
    written = files(project)
    for path, content in before.items():
        remaining = iter(written.pop(path).splitlines())
        assert all(any(other == line for other in remaining) for line in content.splitlines())
    assert list(written) == ["models/intermediate/_intermediate__models.yml", "snapshots/_snapshots.yml"]
    other = project.parent / "other"
    shutil.copytree(EXAMPLE, other, ignore=shutil.ignore_patterns("logs", "*.duckdb*", "target"))
    subprocess.run(["git", "init", "-q", other], check=True)
    subprocess.run(["git", "apply", "-"], input=diff.encode(), cwd=other, check=True)
    assert {**files(other)} == files(project)


def test_a_second_time_changes_nothing(cli: Cli, project: Path) -> None:
    cli("generate-tests", project, "--write", "-q")
    written = files(project)
    result = cli("generate-tests", project, "--write")
    assert (result.code, result.out) == (0, "")
    assert result.err.endswith("nothing to write\n166 are in the files already: run `dbt parse`\n")
    assert cli("generate-tests", project).out == ""
    assert files(project) == written


def test_uncommitted_changes_are_not_mixed_with_its_own(cli: Cli, project: Path) -> None:
    commit(project)
    touched = project / "models" / "marts" / "_marts__models.yml"
    touched.write_text(touched.read_text() + "# half a thought\n")
    before = files(project)
    result = cli("generate-tests", project, "--write")
    assert (result.code, result.out) == (2, "")
    said = "error: uncommitted changes in models/marts/_marts__models.yml: commit them first, or pass --allow-dirty\n"
    assert result.err.endswith(said)
    assert files(project) == before
    assert cli("generate-tests", project, "--write", "--select", "stg_shop__payments", "-q").code == 0  # not that file
    assert cli("generate-tests", project, "--write", "--allow-dirty", "-q").code == 0
    assert touched.read_text().endswith("# half a thought\n")


def describe_in(project: Path, name: str, patch_path: str) -> None:
    """Have the manifest say that a file describes a model."""
    manifest = project / "target" / "manifest.json"
    content = json.loads(manifest.read_text())
    content["nodes"][f"model.roastery.{name}"]["patch_path"] = patch_path
    manifest.write_text(json.dumps(content))


def test_what_is_described_outside_is_left_to_a_person(cli: Cli, project: Path) -> None:
    describe_in(project, "fct_orders", "roastery://../outside.yml")
    outside = project.parent / "outside.yml"
    outside.write_text("models:\n  - name: fct_orders\n")
    before = files(project)
    result = cli("generate-tests", project, "--select", "fct_orders", "--test", "relationships", "--write")
    assert (result.code, result.out) == (0, "")
    why = "is described outside of the project, in ../outside.yml"
    assert f"  model.roastery.fct_orders: relationships on fct_orders.customer_id: {why}\n" in result.err
    assert files(project) == before
    assert cli("generate-tests", project, "--write", "-q").code == 0  # what is in the project is written
    assert files(project) != before
    assert outside.read_text() == "models:\n  - name: fct_orders\n"
    placed = cli(
        "check", project, "--select", "fct_orders", "--fail-on", "priority<=5", "--format", "concise", "-q"
    ).out
    assert "../" not in placed


def test_what_a_package_describes_is_left_to_a_person(cli: Cli, project: Path) -> None:
    # A seed of the project in the place of a package's, which its own YAML goes on describing.
    describe_in(project, "fct_orders", "beans://models/marts/_marts__models.yml")
    before = files(project)
    result = cli("generate-tests", project, "--select", "fct_orders", "--test", "relationships", "--write")
    assert (result.code, result.out) == (0, "")
    why = "is described by package beans, and dbt takes one entry for each"
    assert f"  model.roastery.fct_orders: relationships on fct_orders.customer_id: {why}\n" in result.err
    assert files(project) == before
    file = cli("generate-tests", project, "--select", "fct_orders", "--test", "relationships", "-q", "-o", "-").out
    assert file.partition("there.\n")[2].startswith("#\n# package beans\n#   models:\n#     - name: fct_orders\n")


def test_without_a_project_there_is_nothing_to_write_into(cli: Cli, project: Path) -> None:
    manifest = shutil.copy(project / "target" / "manifest.json", project.parent)
    result = cli("generate-tests", manifest, "-q")
    assert (result.code, result.out) == (2, "")
    assert result.err.endswith(
        "there is no dbt_project.yml beside it, so that its property files are not known; name the project's folder, or use --output\n"
    )
    assert cli("generate-tests", manifest, "-q", "-o", "-").out.startswith("# ")


def test_one_place_at_a_time(cli: Cli, project: Path) -> None:
    for pair in (["--write", "--diff"], ["--write", "-o", "x.yml"], ["--diff", "-o", "-"]):
        assert cli("generate-tests", project, *pair) == (
            2, "", "error: --write, --diff and --output exclude each other\n"
        )  # fmt: skip


def test_what_is_left_for_a_person_is_named(cli: Cli, project: Path) -> None:
    file = project / "models" / "staging" / "_staging__models.yml"
    file.write_text(file.read_text() + "\n  - {name: stg_shop__payments}\n")
    result = cli("generate-tests", project, "--select", "stg_shop__payments", "--write")
    assert (result.code, result.out) == (0, "")
    where = "models/staging/_staging__models.yml:42"
    why = "an entry between { and }, which only --extend-lines adds to"
    assert result.err.endswith(
        "nothing to write\n5 in 1 file to add by hand:\n"
        f"  {where}: unique on stg_shop__payments.payment_id: {why}\n"
        f"  {where}: not_null on stg_shop__payments.payment_id: {why}\n"
        f"  {where}: not_null on stg_shop__payments.order_id: {why}\n"
        f"  {where}: relationships on stg_shop__payments.order_id: {why}\n"
        f"  {where}: not_null on stg_shop__payments.payment_method: {why}\n"
    )
    before = file.read_text().splitlines()
    result = cli(
        "generate-tests", project, "--select", "stg_shop__payments", "--write", "--extend-lines", "--allow-dirty"
    )
    assert (result.code, result.out) == (0, "")
    assert result.err.endswith("models/staging/_staging__models.yml: 5 added\nwrote 5 tests in 1 file\n")
    line = (
        "  - {name: stg_shop__payments, columns: [{name: payment_id, data_tests: [unique, not_null]}, "
        "{name: order_id, data_tests: [not_null, {relationships: {arguments: "
        "{to: ref('stg_shop__orders'), field: order_id}}}]}, "
        "{name: payment_method, data_tests: [not_null]}]}"
    )
    assert file.read_text().splitlines() == [*before[:-1], line]


def answers(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_person_decides_one_by_one(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "guardian.toml").write_text('[[suppress]]\nrule = "core.no-such"\nreason = "x"')
    answers(monkeypatch, "a", "s", "", "what", "s", "not ours", "r", "enough", "q")
    result = cli("generate-tests", project, "--test", "unique", "--write", "--interactive")
    assert (result.code, result.out) == (0, "")
    assert "kept 2 answers in " in result.err
    assert "wrote 1 test in 1 file\n" in result.err
    kept = tomllib.loads((project / "guardian.toml").read_text())["suppress"]
    assert kept[0] == {"rule": "core.no-such", "reason": "x"}
    assert [sorted(one) for one in kept[1:]] == [["column", "node", "reason", "rule", "test"], ["reason", "rule"]]
    assert [one["reason"] for one in kept[1:]] == ["not ours", "enough"]
    silenced = {
        (one["unique_id"], one["column"])
        for one in json.loads(cli("analyze", project, "-f", "json").out)["suggestions"]
        if one["test"]["name"] == "unique"
    }
    assert (kept[1]["node"], kept[1]["column"]) not in silenced


def test_to_stop_reading_answers_writes_nothing(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = files(project)
    answers(monkeypatch, "a")
    assert cli("generate-tests", project, "--write", "--interactive").code != 0
    assert files(project) == before


def editor(*texts: str | None) -> Callable[..., str | None]:
    waiting: Iterator[str | None] = iter(texts)
    return lambda text, extension: next(waiting)


def test_a_test_can_be_edited(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    one = suggestion("model.shop.orders", "status", Call("accepted_values", None, {"values": None}), True)
    answers(monkeypatch, "e", "e", "e", "e", "e")
    wrong = [None, "x: [", "- a\n- b\n", "- 3\n"]
    right = "- dbt_expectations.in_set:\n    arguments:\n      value_set: [a]\n    config: {severity: warn}\n"
    found = ask([one], Form("data_tests", True), editor(*wrong, right))
    assert [test.test for test in found.accepted] == [
        Call("in_set", "dbt_expectations", {"value_set": ["a"]}, {"severity": "warn"})
    ]
    assert not found.accepted[0].needs_input
    said = capsys.readouterr().err
    assert said.count("no data test: ") == 2
    assert "one data test is wanted: a list with one item" in said


def test_answers_are_kept_where_the_settings_are(tmp_path: Path) -> None:
    answer = {"reason": 'it "is"', "rule": "core.x"}
    assert keep_answers([], load_settings(tmp_path), tmp_path) is None
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.dbt-guardian.packs]\nauto = false")
    assert keep_answers([answer], load_settings(tmp_path), tmp_path) == file
    assert file.read_text() == (
        '[tool.dbt-guardian.packs]\nauto = false\n\n[[tool.dbt-guardian.suppress]]\nreason = "it \\"is\\""\nrule = "core.x"\n'
    )
    assert load_settings(tmp_path).suppress[0].rule == "core.x"
    file.unlink()
    assert keep_answers([answer], load_settings(tmp_path), tmp_path) == tmp_path / "guardian.toml"
    assert (tmp_path / "guardian.toml").read_text() == '[[suppress]]\nreason = "it \\"is\\""\nrule = "core.x"\n'


def test_the_settings_line_ends_stay(tmp_path: Path) -> None:
    file = tmp_path / "guardian.toml"
    file.write_bytes(b"\xef\xbb\xbf[packs]\r\nauto = false\r\n")
    keep_answers([{"reason": "so", "rule": "core.x"}], load_settings(tmp_path), tmp_path)
    assert file.read_bytes() == (
        b'\xef\xbb\xbf[packs]\r\nauto = false\r\n\r\n[[suppress]]\r\nreason = "so"\r\nrule = "core.x"\r\n'
    )


def test_where_answers_cannot_be_kept_nobody_is_asked(cli: Cli, project: Path) -> None:
    before = 'suppress = [{ rule = "core.primary-key", node = "x", reason = "so" }]\n'
    (project / "guardian.toml").write_text(before)
    said = "`suppress` stands there in a form that cannot be added to; write it as [[suppress]] tables first"
    result = cli("generate-tests", project, "--interactive", "--write", "-q")
    assert result == (2, "", f"error: {project / 'guardian.toml'}: {said}\n")
    assert (project / "guardian.toml").read_text() == before


def test_placeholders_are_comments(cli: Cli, project: Path) -> None:
    (project / "ours.toml").write_text(PACK)
    (project / "guardian.toml").write_text('[packs]\nuse = ["./ours.toml"]\nauto = false\n')
    left = cli("generate-tests", project, "--select", "fct_orders")
    assert left == (
        0,
        "",
        "nothing to write\n1 more needs values that only a person knows; --placeholders adds them as comments\n",
    )
    result = cli("generate-tests", project, "--select", "fct_orders", "--placeholders", "-q")
    assert [line for line in result.out.splitlines() if line[:1] == "+"][1:] == [
        "+        # data_tests:",
        "+          # TODO name the values, then take away the #",
        "+          # - accepted_values:",
        "+          #     arguments:",
        "+          #       values: []",
    ]
    assert cli("generate-tests", project, "--select", "fct_orders", "--placeholders", "--write", "-q").code == 0
    assert cli("generate-tests", project, "--select", "fct_orders", "--placeholders").out == ""


PACK = """\
format = 1
[pack]
id = "ours"
title = "Ours"
version = "1.0"
[rules.status]
summary = "A status has few values"
why = "They drift."
when = { name = { last = ["item_count"] } }
unless = { signal = "closed_domain" }
[[rules.status.suggest]]
test = "accepted_values"
arguments = { values = "$closed_domain.values" }
priority = 3
confidence = 0.5
placeholder = true
[[rules.status.examples]]
column = { name = "item_count" }
expect = ["accepted_values"]
[[rules.status.examples]]
column = { name = "count_of_items" }
expect = []
"""

DIFF = """\
--- a/models/marts/_marts__models.yml
+++ b/models/marts/_marts__models.yml
@@ -54,3 +54,10 @@
       - name: sales_date
       - name: category
       - name: revenue
+
+  - name: dim_customers
+    columns:
+      - name: customer_id
+        data_tests:
+          - unique
+          - not_null
--- a/models/staging/_staging__models.yml
+++ b/models/staging/_staging__models.yml
@@ -36,5 +36,21 @@
   - name: stg_shop__products
     columns:
       - name: product_id
+        data_tests:
+          - unique
+          - not_null
       - name: sku
         description: Unique identifier of the article, printed on the bag
+
+  - name: stg_shop__order_items
+    columns:
+      - name: order_item_key
+        data_tests:
+          - unique
+          - not_null
+
+  - name: stg_shop__payments
+    columns:
+      - name: payment_id
+        data_tests:
+          - unique
--- /dev/null
+++ b/snapshots/_snapshots.yml
@@ -0,0 +1,9 @@
+version: 2
+
+snapshots:
+  - name: products_snapshot
+    columns:
+      - name: dbt_scd_id
+        data_tests:
+          - unique
+          - not_null
"""

WRITTEN = """\
models/intermediate/_intermediate__models.yml: 11 added
models/marts/_marts__models.yml: 36 added
models/staging/_sources.yml: 31 added
models/staging/_staging__models.yml: 33 added
seeds/_seeds.yml: 48 added
snapshots/_snapshots.yml: 7 added
wrote 166 tests in 6 files
"""


ELSEWHERE = [
    "models:\n  - {name: fct_payments, description: x}\n",
    "models:\n  - name: &n fct_payments\n    description: x\n",
    "models:\n  - name:   # c\n      fct_payments\n    description: z\n",
    "x-base: &base\n  name: fct_payments\nmodels:\n  - <<: *base\n    description: d\n",
    'models:\n  - name: "{% if true %}fct_payments{% endif %}"\n',
]


@pytest.mark.parametrize("text", ELSEWHERE)
def test_a_model_never_gets_a_second_entry_however_the_first_is_written(cli: Cli, project: Path, text: str) -> None:
    (project / "models" / "marts" / "pay.yml").write_text(text)
    cli("generate-tests", project, "--priority", "1", "--select", "fct_payments", "--write")
    assert "fct_payments" not in (project / "models" / "marts" / "_marts__models.yml").read_text()
    written = (project / "models" / "marts" / "pay.yml").read_text()
    assert written.count("fct_payments") == 1


def test_every_folder_that_the_project_names_is_searched(cli: Cli, project: Path) -> None:
    (project / "more").mkdir()
    settings = project / "dbt_project.yml"
    settings.write_text(re.sub(r"model-paths.*", 'model-paths: ["models", "more"]', settings.read_text()))
    (project / "more" / "pay.yml").write_text("models:\n  - name: fct_payments\n    description: z\n")
    cli("generate-tests", project, "--priority", "1", "--select", "fct_payments", "--write")
    assert "- unique" in (project / "more" / "pay.yml").read_text()
    assert "fct_payments" not in (project / "models" / "marts" / "_marts__models.yml").read_text()


@pytest.mark.parametrize(
    "text",
    [
        "models:\n  - name: fct_payments\n    data_tests:\n      - unique:\n          column_name: payment_id\n"
        "      - not_null: {arguments: {column_name: PAYMENT_ID}}\n",
        "x-col: &id\n  name: payment_id\nmodels:\n  - name: fct_payments\n    columns:\n      - <<: *id\n",
        "models:\n  - name: fct_payments\n    columns:\n      - name: \"{{ 'payment_id' }}\"\n",
    ],
)
def test_what_may_be_there_already_is_not_written_again(cli: Cli, project: Path, text: str) -> None:
    file = project / "models" / "marts" / "pay.yml"
    file.write_text(text)
    cli("generate-tests", project, "--priority", "1", "--select", "fct_payments", "--write")
    assert file.read_text() == text


def test_a_file_that_somebody_wrote_is_not_replaced(cli: Cli, project: Path, tmp_path: Path) -> None:
    for name in ("models/marts/_marts__models.yml", "dbt_project.yml"):
        before = (project / name).read_text()
        result = cli("generate-tests", project, "--output", project / name)
        assert (result.code, result.out) == (2, "")
        assert "is there already, and not by generate-tests" in result.err
        assert (project / name).read_text() == before
    for _ in range(2):  # its own it may
        assert cli("generate-tests", project, "--output", tmp_path / "new.yml").code == 0


@pytest.mark.parametrize(
    "path", ["profiles.yml", ".github/workflows/ci.yml", "dbt_packages/x/s.yml", "target/x.yml", "."]
)
def test_what_is_not_for_property_files_is_refused(cli: Cli, project: Path, path: str) -> None:
    describe_in(project, "fct_payments", f"roastery://{path}")
    result = cli("generate-tests", project, "--select", "fct_payments", "--write")
    assert (result.code, result.out) == (2, "")
    assert "which is no YAML file of the project; nothing is written" in result.err


def test_a_pipe_in_a_folder_hangs_nobody(cli: Cli, project: Path) -> None:
    os.mkfifo(project / "models" / "marts" / "z.yml")
    assert cli("generate-tests", project, "--select", "fct_payments", "--write").code == 0


def test_where_git_cannot_say_nothing_is_written(cli: Cli, project: Path) -> None:
    subprocess.run(["git", "init", "-q", project], check=True)
    (project / ".git" / "index").write_text("xx")
    before = (project / "models" / "marts" / "_marts__models.yml").read_text()
    result = cli("generate-tests", project, "--select", "fct_orders", "--write", "-q")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: git does not say whether files have uncommitted changes: ")
    assert (project / "models" / "marts" / "_marts__models.yml").read_text() == before
    assert cli("generate-tests", project, "--select", "fct_orders", "--write", "-q", "--allow-dirty").code == 0


def test_a_dirty_file_is_refused_before_anybody_is_asked(cli: Cli, project: Path) -> None:
    subprocess.run(["git", "init", "-q", project], check=True)
    result = cli("generate-tests", project, "--interactive", "--write", "-q")
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: uncommitted changes in ")


@pytest.mark.parametrize(
    "wrong",
    ["- not_null: {config: [1]}", "- not_null: {config: abc}", '- ".": {}', '- "": {a: 1}', "- a: {arguments: [1]}",
     "- dbt_utils.unique_combination_of_columns: {combination_of_columns: [1]}", "- foo: {a: [{}]}",
     "- foo: {a: 0x" + "f" * 5000 + "}"],
)  # fmt: skip
def test_an_edited_test_that_is_none_is_asked_for_again(
    wrong: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    one = suggestion("model.shop.orders", "status", Call("not_null"))
    answers(monkeypatch, "e", "q")
    found = ask([one], Form("data_tests", True), editor(wrong))
    told = "no data test" in capsys.readouterr().err
    assert told != bool(found.accepted)


def test_an_editor_that_fails_is_not_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def edit(*_: object, **__: object) -> str:
        raise click.ClickException("false: Editing failed")

    answers(monkeypatch, "a", "e", "s", "so")
    two = [suggestion("model.shop.orders", name, Call("not_null")) for name in ("a", "b")]
    assert len(ask(two, Form("data_tests", True), edit).accepted) == 1
    assert "no editor: false: Editing failed" in capsys.readouterr().err
