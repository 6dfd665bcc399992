"""Every way in which a run can stop, each with the exit code that it ends with."""

from __future__ import annotations

from typing import ClassVar

__all__ = ["ArtifactError", "GuardianError", "PackError", "PluginError", "SettingsError", "UsageError"]

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_ARTIFACT = 3
EXIT_DEGRADED = 4


class GuardianError(Exception):
    """One clear line for the user: what is wrong, where, and what to do about it.

    Attributes:
        remedy: What to do, where it deserves a line of its own.
    """

    exit_code: ClassVar[int] = EXIT_USAGE

    def __init__(self, message: str, remedy: str | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy


class UsageError(GuardianError):
    """The command line asks for something that cannot be done."""


class SettingsError(GuardianError):
    """The project's guardian settings are wrong."""


class PackError(GuardianError):
    """A rule pack is wrong; the message has one line for each mistake."""


class ArtifactError(GuardianError):
    """dbt's artifact is missing, unreadable or not what it should be."""

    exit_code: ClassVar[int] = EXIT_ARTIFACT


class PluginError(GuardianError):
    """A plugin failed at what was asked of it, so that there is no result."""

    exit_code: ClassVar[int] = EXIT_DEGRADED
