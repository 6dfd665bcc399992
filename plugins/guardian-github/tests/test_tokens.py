"""Where tokens are from, whom they go to, and that nothing says them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from guardian_github import tokens
from guardian_github.tokens import find_token, without_secrets

from guardian_core import UsageError

CANARY = "c4nary-t0ken-of-nobody"


@pytest.fixture(autouse=True)
def nothing_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No token of the person who runs this, no `gh` and no keyring of theirs."""
    for name in ("DBT_GUARDIAN_TOKEN", "GH_TOKEN", "GITHUB_TOKEN", "GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN",
                 "GITLAB_TOKEN", "GITHUB_SERVER_URL"):  # fmt: skip
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr(tokens, "_found", set())


def test_the_token_of_github_goes_to_no_other_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GH_TOKEN", CANARY)
    assert find_token("github", "github.com") == CANARY
    with pytest.raises(UsageError, match=r"no token for github\.example\.com"):
        find_token("github", "github.example.com")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.example.com")  # a job that runs there
    assert find_token("github", "github.example.com") == CANARY
    monkeypatch.setenv("GH_ENTERPRISE_TOKEN", "other")
    assert find_token("github", "github.elsewhere.com") == "other"


def test_the_token_of_gh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    gh = tmp_path / "gh"
    gh.write_text(f'#!/bin/sh\n[ "$*" = "auth token --hostname github.com" ] && echo {CANARY}\n')
    gh.chmod(0o755)
    assert find_token("github", "github.com") == CANARY
    assert without_secrets(f"bad credentials: {CANARY}") == "bad credentials: ***"
    with pytest.raises(UsageError, match="no token"):
        find_token("github", "github.example.com")


def test_the_token_of_the_keyring(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "ring.py").write_text(
        "import keyring.backend\n"
        "class Ring(keyring.backend.KeyringBackend):\n"
        "    priority = 1\n"
        f"    def get_password(self, service, name): return {CANARY!r} if (service, name) == "
        "('dbt-guardian', 'gitlab.com') else None\n"
        "    def set_password(self, *_): ...\n"
        "    def delete_password(self, *_): ...\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    keyring = pytest.importorskip("keyring")
    keyring.set_keyring(__import__("ring").Ring())
    try:
        assert find_token("gitlab", "gitlab.com") == CANARY
        assert without_secrets(f"x {CANARY}") == "x ***"
    finally:
        sys.modules.pop("ring", None)
        keyring.core._keyring_backend = None


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("fatal: https://x:secret@host/a.git: no", "fatal: https://***@host/a.git: no"),
        ("ssh://git@host/a.git", "ssh://***@host/a.git"),
        ("ghp_abcdefgh0123 and glpat-abcdefgh_1", "*** and ***"),
        ("github_pat_11ABCDEFG_abc", "***"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_what_looks_like_a_secret_is_not_said(said: str, shown: str) -> None:
    assert without_secrets(said) == shown
