"""Times `analyze` on manifests of three sizes beside the floor, bare orjson reading the same file; and many rules.

    python -m benchmarks [MODELS ...]

Each command runs in a process of its own, in turn with the floor, several times; printed are the
best wall and CPU seconds, and the peak memory. Installed plugins are left out.
"""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from pathlib import Path

from benchmarks.cost import Cost, best, cost
from benchmarks.make_manifest import COLUMNS

SIZES = (1_000, 5_000, 20_000)
FLOOR = "import orjson, gc, sys; gc.disable(); orjson.loads(open(sys.argv[1], 'rb').read())"


def _made(models: int, folder: Path) -> Path:
    made = folder / str(models)
    cost(sys.executable, "-m", "benchmarks.make_manifest", str(models), str(made))
    return made


def measure(models: int, folder: Path) -> None:
    """Print one row for a size."""
    manifest = str(_made(models, folder) / "target" / "manifest.json")
    ours, floor = [], []
    for _ in range(3 if models > 5_000 else 7):
        floor.append(cost(sys.executable, "-c", FLOOR, manifest))
        ours.append(cost(sys.executable, "-m", "guardian_core", "analyze", manifest, "--format", "json"))
    a, b = best(ours), best(floor)
    size = Path(manifest).stat().st_size / 1e6
    print(
        f"{models:>7,} {models * COLUMNS:>9,} {size:>6.0f} {a.wall:>9.2f} {a.cpu:>6.2f} {a.peak:>6.0f} "
        f"{b.wall:>9.2f} {b.cpu:>6.2f} {b.peak:>6.0f} {a.wall / b.wall:>8.2f} {a.peak / b.peak:>7.2f}",
        flush=True,
    )


def measure_rules(models: int, folder: Path) -> None:
    """Print how long a thousand rules take beside the core pack."""
    made = _made(models, folder)
    (made / "dbt_project.yml").write_text("name: bench\n")
    cost(sys.executable, "-m", "benchmarks.make_pack", "1000", str(made / "many.toml"))
    costs: dict[str, list[Cost]] = {"core": [], "many.toml": []}
    for _ in range(5):
        for pack, of_pack in costs.items():
            (made / "guardian.toml").write_text(f'[packs]\nuse = ["{pack}"]\nauto = false\n')
            of_pack.append(
                cost(sys.executable, "-m", "guardian_core", "analyze", str(made), "--format", "json", "--quiet")
            )
    (made / "guardian.toml").unlink()
    (made / "dbt_project.yml").unlink()
    core, many = best(costs["core"]), best(costs["many.toml"])
    print(f"{models:,} models, core pack {core.wall:.2f} s, 1,000 rules {many.wall:.2f} s: {many.wall / core.wall:.2f}")


def main(sizes: list[int]) -> None:
    """Measure every size."""
    os.environ["DBT_GUARDIAN_DISABLE_PLUGINS"] = "1"
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    start = min((cost(sys.executable, "-m", "guardian_core", "--version") for _ in range(5)), key=lambda one: one.wall)
    print(f"--version: {start.wall:.3f} s")
    print(f"{'':>24} {'dbt-guardian analyze':>23} {'orjson.loads':>23} {'ratio':>16}")
    print(" models   columns     MB    wall s  cpu s     MB    wall s  cpu s     MB     wall  memory")
    folder = Path(tempfile.gettempdir(), "dbt-guardian-benchmarks")
    for models in sizes:
        measure(models, folder)
    measure_rules(5_000, folder)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or list(SIZES))
