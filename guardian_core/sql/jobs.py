"""What is asked of a worker that reads SQL, what it answers, and how both travel."""

from __future__ import annotations

from typing import IO, Any

from msgspec import Struct

from guardian_core.shapes import Shape
from guardian_core.sql.parents import Parent

__all__ = ["Answer", "Job", "Setting", "read_message", "write_message"]


class Setting(Struct, frozen=True, gc=False, array_like=True):
    """What is the same for every model of a project.

    ``seconds`` and ``memory`` (bytes) are what one model may take; ``runs_jinja`` is off where
    templates have shown that they cannot be trusted to end.
    """

    macros: dict[str, str]
    project: str
    adapter_type: str
    variables: dict[str, Any]
    seconds: float
    memory: int
    runs_jinja: bool = True


class Job(Struct, frozen=True, gc=False, array_like=True):
    """A model to read."""

    unique_id: str
    package_name: str
    code: str
    is_compiled: bool
    parents: tuple[Parent, ...]


class Answer(Struct, frozen=True, gc=False, array_like=True):
    """The shape of a model's SQL, or what went wrong; ``ran_out`` where its template took too much."""

    shape: Shape | None
    said: str = ""
    ran_out: bool = False


def read_message(stream: IO[bytes]) -> bytes | None:
    """The next message; None at the end."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    length = int.from_bytes(head, "big")
    content = stream.read(length)
    return content if len(content) == length else None


def write_message(stream: IO[bytes], content: bytes) -> None:
    """Send a message."""
    stream.write(len(content).to_bytes(4, "big") + content)
    stream.flush()
