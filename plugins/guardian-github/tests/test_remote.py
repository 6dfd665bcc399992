"""Which repository a remote's address is, and where its API is."""

from __future__ import annotations

import pytest
from guardian_github.remote import Remote, find_remote

from guardian_core import UsageError

GITHUB = "https://api.github.com"


@pytest.fixture(autouse=True)
def no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "GITHUB_SERVER_URL",
        "GITHUB_API_URL",
        "GITHUB_REPOSITORY",
        "CI_SERVER_HOST",
        "CI_SERVER_URL",
        "CI_PROJECT_PATH",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("address", "remote"),
    [
        ("https://github.com/acme/shop.git", Remote("github", "github.com", "acme/shop", GITHUB)),
        ("git@github.com:acme/shop.git", Remote("github", "github.com", "acme/shop", GITHUB)),
        ("git@github.com-work:acme/shop.git", Remote("github", "github.com", "acme/shop", GITHUB)),
        ("ssh://git@ssh.github.com:443/acme/shop.git", Remote("github", "github.com", "acme/shop", GITHUB)),
        (
            "https://github.acme.com/data/shop",
            Remote("github", "github.acme.com", "data/shop", "https://github.acme.com/api/v3"),
        ),
        ("git@gitlab.com:a/b/c.git", Remote("gitlab", "gitlab.com", "a/b/c", "https://gitlab.com")),
        ("ssh://git@altssh.gitlab.com:443/a/b.git", Remote("gitlab", "gitlab.com", "a/b", "https://gitlab.com")),
        ("https://gitlab.acme.com/a/b", Remote("gitlab", "gitlab.acme.com", "a/b", "https://gitlab.acme.com")),
    ],
)
def test_addresses(address: str, remote: Remote) -> None:
    assert find_remote(address) == remote


def test_a_job_on_one_forge_may_be_about_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.acme.com")
    monkeypatch.setenv("GITHUB_API_URL", "https://github.acme.com/api/special")
    monkeypatch.setenv("CI_SERVER_HOST", "gitlab.acme.com")
    monkeypatch.setenv("CI_SERVER_URL", "https://gitlab.acme.com:8443")
    assert find_remote("https://github.com/acme/shop").api == GITHUB
    assert find_remote("https://github.acme.com/acme/shop").api == "https://github.acme.com/api/special"
    assert find_remote("https://gitlab.com/acme/shop").api == "https://gitlab.com"
    assert find_remote("https://gitlab.acme.com/acme/shop").api == "https://gitlab.acme.com:8443"


@pytest.mark.parametrize(
    ("address", "api", "said"),
    [
        ("https://x:secret@example.com/a/b", None, r"https://\*\*\*@example.com/a/b does not say which forge"),
        ("https://github.com/", None, "does not say which repository"),
        ("https://github.com/acme/shop", "foo", "--api-url foo: no address"),
        ("https://github.com/acme/shop", "file:///etc/passwd", "--api-url file:///etc/passwd: no address"),
    ],
)
def test_what_does_not_say_enough(address: str, api: str | None, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        find_remote(address, api=api)
