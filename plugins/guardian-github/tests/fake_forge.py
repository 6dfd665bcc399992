"""A small GitHub and a small GitLab with a memory, made of the examples of GitHub's own description.

It stands behind Prism, which holds every request and answer to the description; what a branch is at, it asks the bare
repository on disk.
"""

from __future__ import annotations

import copy
import datetime
import json
import re
import subprocess
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC).isoformat().replace("+00:00", "Z")

OWN, FORK = 7, 8  # the numbers of repositories
ME = "ada"
NOBODY = {"message": "Resource not accessible by integration", "documentation_url": "https://docs.github.com"}


class FakeForge:
    """What is on the forge, and what was asked of it."""

    def __init__(self, bare: Path, examples: dict[str, Any]) -> None:
        self.examples = _mended(examples)
        self.one_at_a_time = threading.Lock()
        self.begin(bare)
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                """Say nothing."""

            def answer(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                body = json.loads(raw) if raw else None
                fake.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
                fake.requests.append((self.command, self.path, body))
                headers: dict[str, str] = {}
                if fake.failures:
                    status, headers = fake.failures.pop(0)
                    said: Any = {"message": "not now", "documentation_url": "https://docs.github.com"}
                else:
                    path, _, query = self.path.partition("?")
                    with fake.one_at_a_time:  # as a forge's database has it
                        status, said = fake.answer(
                            self.command, urllib.parse.unquote(path), dict(urllib.parse.parse_qsl(query)), body
                        )
                content = json.dumps(said).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PATCH = do_PUT = answer

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"

    def begin(self, bare: Path) -> None:
        """Forget everything: there is this repository, and nothing has been asked."""
        self.bare = bare
        self.pulls: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.tokens: set[str] = set()
        # What to answer instead, before anything is looked at: a status, and headers.
        self.failures: list[tuple[int, dict[str, str]]] = []
        self.refusal: dict[str, Any] | None = None  # what to say where a pull request is to be opened
        self.blind = 0  # how many lists are empty, as where another run is faster
        self.is_a_job = False  # whether the token is that of a job of GitHub's, which is nobody's

    def stop(self) -> None:
        """No more answers."""
        self.server.shutdown()
        self.server.server_close()

    def comment(self, number: int, body: str, who: str) -> None:
        """Write a comment under a pull request."""
        made = len(self.comments) + 1
        self.comments[made] = {"id": made, "number": number, "body": body, "who": who}

    # What people do.

    def close(self, number: int) -> None:
        """Close a pull request."""
        self.pulls[number] |= {"state": "closed", "closed_at": NOW}

    def merge(self, number: int) -> None:
        """Merge a pull request, which is ahead of the branch that it goes to."""
        one = self.pulls[number]
        self._git("update-ref", f"refs/heads/{one['base']}", self.head_of(one))
        one |= {"state": "closed", "closed_at": NOW, "merged_at": NOW}

    def head_of(self, one: dict[str, Any]) -> str:
        """The commit that the branch of a pull request is at, or was at last."""
        found = subprocess.run(
            ["git", "-C", self.bare, "rev-parse", "--verify", "-q", f"refs/heads/{one['head']}"],
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
        one["sha"] = found or one["sha"]
        return str(one["sha"])

    def _git(self, *arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", self.bare, *arguments], capture_output=True, text=True, check=True
        ).stdout.strip()

    # What programs ask.

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """The status and content of an answer."""
        if self.blind and method == "GET" and path.endswith(("/pulls", "/issues", "/merge_requests")):
            self.blind -= 1
            empty = {"total_count": 0, "incomplete_results": False, "items": []}
            return 200, empty if path.startswith("/search") else []
        gitlab = re.fullmatch(r"/api/v4/projects/(?:acme/shop|7)(/merge_requests.*)?", path)
        if gitlab is not None:
            return self._gitlab(method, gitlab[1] or "", query, body)
        if path == "/api/v4/user":
            return 200, {"id": 40, "username": ME}
        if path == "/user":
            return (403, NOBODY) if self.is_a_job else (200, self._user(ME))
        if path == "/search/issues":
            return 200, self._found(query["q"])
        if path == "/api/v4/users":
            return 200, [{"id": 41, "username": query["username"]}]
        if path.startswith("/api/v4/"):
            return 404, {"message": "Not Found"}
        match = re.fullmatch(r"/repos/acme/shop(/.*)?", path)
        if match is None:
            return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com", "status": "404"}
        return self._github(method, match[1] or "", query, body)

    def _github(self, method: str, rest: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if rest == "":
            made = copy.deepcopy(self.examples["full-repository-default-response"])
            return 200, made | {
                "id": OWN,
                "name": "shop",
                "full_name": "acme/shop",
                "default_branch": "main",
                "url": self._url(),
            }
        if rest == "/pulls" and method == "GET":
            wanted = query.get("state", "open")
            return 200, [
                self._simple(one)
                for one in self.pulls.values()
                if wanted in (one["state"], "all") and query.get("head", f"acme:{one['head']}") == f"acme:{one['head']}"
            ]
        if rest == "/pulls" and self.refusal is not None:
            return 422, self.refusal
        if rest == "/pulls":
            if any(one["head"] == body["head"] and one["state"] == "open" for one in self.pulls.values()):
                errors = [{"resource": "PullRequest", "code": "custom", "message": "A pull request already exists"}]
                return 422, {"message": "Validation Failed", "errors": errors, "documentation_url": "https://x"}
            return 201, self._pull(self._add(body["head"], body["base"], body["title"], body["body"], body["draft"]))
        if rest == "/issues":
            label = query.get("labels")
            return 200, [self._issue(one) for one in self.pulls.values() if label in one["labels"]]
        match = re.fullmatch(r"/(pulls|issues)/(\d+)(/\w+)?", rest)
        if match is not None and int(match[2]) in self.pulls:
            return self._github_one(method, match[1], self.pulls[int(match[2])], match[3] or "", body)
        match = re.fullmatch(r"/issues/comments/(\d+)", rest)
        if match is not None and int(match[1]) in self.comments:
            comment = self.comments[int(match[1])]
            comment |= body or {}
            return 200, self._comment(comment)
        return 404, {"message": "Not Found", "documentation_url": "https://docs.github.com", "status": "404"}

    def _github_one(self, method: str, kind: str, one: dict[str, Any], rest: str, body: Any) -> tuple[int, Any]:
        if rest == "":
            if method == "PATCH":
                one |= body
            return 200, self._pull(one) if kind == "pulls" else self._issue(one)
        if rest == "/labels":
            one["labels"] += [label for label in body if label not in one["labels"]]
            return 200, [self._label(label) for label in one["labels"]]
        if rest == "/requested_reviewers":
            if "nobody" in body["reviewers"]:
                return 422, {"message": "Reviews may only be requested from collaborators.", "errors": ["x"]}
            one["reviewers"] = sorted([*body["reviewers"], *(f"team {team}" for team in body["team_reviewers"])])
            return 201, self._simple(one)
        if rest == "/comments" and method == "GET":
            return 200, [self._comment(each) for each in self.comments.values() if each["number"] == one["number"]]
        number = len(self.comments) + 1
        self.comment(one["number"], body["body"], "github-actions[bot]" if self.is_a_job else ME)
        return 201, self._comment(self.comments[number])

    def _gitlab(self, method: str, rest: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        if rest == "":
            return 200, {"id": OWN, "path_with_namespace": "acme/shop", "default_branch": "main"}
        if rest == "/merge_requests" and method == "GET":
            state = {"opened": "open", "closed": "closed"}.get(query.get("state", "all"), "all")
            return 200, [
                self._merge_request(one)
                for one in self.pulls.values()
                if state in ("all", one["state"])
                and ("labels" not in query or query["labels"] in one["labels"])
                and query.get("source_branch", one["head"]) == one["head"]
                and query.get("search", "") in (one["body"] if query.get("in") == "description" else one["title"])
            ]
        if rest == "/merge_requests":
            if any(one["head"] == body["source_branch"] and one["state"] == "open" for one in self.pulls.values()):
                return 409, {"message": ["Another open merge request already exists"]}
            return 201, self._merge_request(
                self._add(body["source_branch"], body["target_branch"], body["title"], body["description"], False)
            )
        match = re.fullmatch(r"/merge_requests/(\d+)(?:/notes(?:/(\d+))?)?", rest)
        assert match is not None
        one = self.pulls[int(match[1])]
        if "/notes" in rest:
            if method == "GET":
                author = {ME: 40}
                return 200, [
                    each | {"system": False, "author": {"id": author.get(each["who"], 99)}}
                    for each in self.comments.values()
                ]
            if not match[2]:
                self.comment(one["number"], body["body"], ME)
                return 201, self.comments[len(self.comments)]
            self.comments[int(match[2])]["body"] = body["body"]
            return 200, self.comments[int(match[2])]
        for name, value in (body or {}).items():
            if name == "add_labels":
                one["labels"].append(value)
            else:
                one[{"description": "body", "reviewer_ids": "reviewers"}.get(name, name)] = value
        return 200, self._merge_request(one)

    def _add(self, head: str, base: str, title: str, body: str, draft: bool) -> dict[str, Any]:
        number = len(self.pulls) + 1
        made = {"number": number, "state": "open", "head": head, "base": base, "title": title, "body": body}
        self.pulls[number] = made | {
            "draft": draft, "repository": OWN, "sha": "", "labels": [], "reviewers": [], "merged_at": None, "closed_at": None
        }  # fmt: skip
        return self.pulls[number]

    def _url(self, rest: str = "") -> str:
        return f"{self.public}/repos/acme/shop{rest}"

    # Where people, and programs that follow links, reach it: Prism's address, where that stands before it.
    public = ""

    def _simple(self, one: dict[str, Any]) -> dict[str, Any]:
        return self._filled(copy.deepcopy(self.examples["pull-request-simple-items"][0]), one)

    def _pull(self, one: dict[str, Any]) -> dict[str, Any]:
        made = self._filled(copy.deepcopy(self.examples["pull-request"]), one)
        return made | {"merged": one["merged_at"] is not None}

    def _filled(self, made: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
        for name in ("number", "state", "title", "body", "draft", "merged_at", "closed_at"):
            made[name] = one[name]
        made["url"] = self._url(f"/pulls/{one['number']}")
        made["issue_url"] = self._url(f"/issues/{one['number']}")
        made["html_url"] = f"https://forge.example/acme/shop/pull/{one['number']}"
        made["head"] |= {"ref": one["head"], "sha": self.head_of(one), "label": f"acme:{one['head']}"}
        made["head"]["repo"] |= {"id": one["repository"], "full_name": "acme/shop"}
        made["base"] |= {"ref": one["base"]}
        made["labels"] = [self._label(label) for label in one["labels"]]
        return made

    def _issue(self, one: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = copy.deepcopy(self.examples["issue"])
        for name in ("number", "state", "title", "body", "closed_at"):
            made[name] = one[name]
        made["url"] = self._url(f"/issues/{one['number']}")
        pull = self._url(f"/pulls/{one['number']}")
        made["pull_request"] = {"url": pull, "html_url": pull, "diff_url": pull, "patch_url": pull}
        return made

    def _label(self, name: str) -> dict[str, Any]:
        made: dict[str, Any] = copy.deepcopy(self.examples["label-items"][0])
        return made | {"name": name}

    def _comment(self, one: dict[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = copy.deepcopy(self.examples["issue-comment"])
        address = self._url(f"/issues/comments/{one['id']}")
        made["user"] |= {"login": one["who"], "type": "Bot" if one["who"].endswith("[bot]") else "User"}
        return made | {"id": one["id"], "body": one["body"], "url": address}

    def _user(self, name: str) -> dict[str, Any]:
        made: dict[str, Any] = copy.deepcopy(self.examples["private-user-response-with-public-profile-information"])
        return made | {"login": name}

    def _found(self, query: str) -> dict[str, Any]:
        wanted = dict(part.split(":", 1) for part in query.split() if not part.startswith("is:"))
        items = [
            self._issue(one) | {"score": 1}
            for one in self.pulls.values()
            if one["state"] == "closed" and one["head"].startswith(wanted["head"])
        ]
        return {"total_count": len(items), "incomplete_results": False, "items": items}

    def _merge_request(self, one: dict[str, Any]) -> dict[str, Any]:
        state = {"open": "opened", "closed": "merged" if one["merged_at"] else "closed"}[one["state"]]
        return {
            "iid": one["number"],
            "state": state,
            "source_branch": one["head"],
            "target_branch": one["base"],
            "source_project_id": one["repository"],
            "sha": self.head_of(one),
            "title": one["title"],
            "description": one["body"],
            "labels": one["labels"],
            "web_url": f"https://forge.example/acme/shop/-/merge_requests/{one['number']}",
        }


def examples_of(described: dict[str, Any]) -> dict[str, Any]:
    """The examples of a description, by name."""
    return {name: one["value"] for name, one in described["components"]["examples"].items()}


def _mended(examples: Any) -> Any:
    """GitHub's examples lack two fields that its own schemas require."""
    if isinstance(examples, dict):
        if "privacy" in examples and "slug" in examples:
            examples.setdefault("type", "organization")
        if "clone_url" in examples:
            examples.setdefault("language", None)
    for one in examples.values() if isinstance(examples, dict) else examples if isinstance(examples, list) else ():
        _mended(one)
    return examples
