"""The rules that packs themselves have, for whoever tests and checks them."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from guardian_core.pack_files import PackFile
from guardian_core.packs import load_packs
from guardian_core.plugins import PluginHost
from guardian_core.resolution import resolve_rules
from guardian_core.rules import Rule
from guardian_core.settings import PackSettings, Settings

__all__ = ["pack_named", "rules_of_packs"]


def rules_of_packs(
    packs: Sequence[str], settings: Settings, root: Path | None, host: PluginHost, *, with_extended: bool = False
) -> tuple[Rule, ...]:
    """The rules of packs, without those of packs that they extend, as the packs have them.

    Args:
        packs: Ids, or paths from the folder that the program runs in; none for those that settings name.
        settings: The project's.
        root: The project's folder, which paths in settings start from.
        host: The plugins, of which packs may be.
        with_extended: Those of packs that they extend, too.

    Raises:
        GuardianError: A pack is wrong, or not there.
    """
    today = datetime.date.today()
    asked = Settings(packs=PackSettings(use=tuple(packs), auto=False)) if packs else settings
    loaded = load_packs(host.rule_packs(), asked, Path() if packs else root, today)
    rules = resolve_rules(loaded.files, Settings(), today, host.signal_names(), host.rule_packs()).all
    if not packs or with_extended:
        return rules
    own = {file.pack.pack.id for file in loaded.files if not file.reason.endswith("extends it")}
    return tuple(rule for rule in rules if rule.id.partition(".")[0] in own)


def pack_named(name: str, settings: Settings, root: Path, host: PluginHost) -> PackFile:
    """A pack by its id, path or address, whether or not it is in force.

    Args:
        name: What settings would call it.
        settings: The project's.
        root: The folder that paths start from.
        host: The plugins, of which it may be.

    Raises:
        GuardianError: It is wrong, or not there.
    """
    alone = Settings(packs=PackSettings(use=(name,), auto=False))
    return load_packs(host.rule_packs(), alone, root, datetime.date.today()).files[-1]
