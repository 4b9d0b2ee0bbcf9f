"""Lower bounds of the dependencies, taken from the lock: what the tests run with, cut to its minor.

Run as ``python -m tests.support.bounds``: rewrites the requirements of ``pyproject.toml`` and the
same packages in ``environment.yml``. Upper bounds, exact versions and markers stay. Where the lock
holds two versions (for different versions of Python) the lower one counts.
"""

from __future__ import annotations

import re
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENT = re.compile(
    r"(?P<head>^    \")(?P<name>[A-Za-z0-9._-]+)(?P<spec>[^\";\[]*)(?P<tail>(?:;[^\"]*)?\",.*)$",
    re.MULTILINE,
)
CONDA = re.compile(r"^(?P<head> +- )(?P<name>[A-Za-z0-9._-]+)(?P<spec>[<>=!,.0-9]*)$", re.MULTILINE)


def normal(name: str) -> str:
    """Return the one spelling of a package's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(text: str) -> dict[str, Version]:
    """Return the lowest version of each package of a lock."""
    versions: dict[str, Version] = {}
    for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", text, re.MULTILINE):
        key, number = normal(name), Version(version)
        versions[key] = min(number, versions.get(key, number))
    return versions


def bounded(spec: str, version: Version | None) -> str:
    """Return a specifier with the lower bound that a locked version gives."""
    parts = [part.strip() for part in spec.split(",") if part.strip()]
    if version is None or any(part.startswith("==") for part in parts):
        return spec
    upper = [part for part in parts if not part.startswith((">", "~"))]
    return ",".join([f">={version.major}.{version.minor}", *upper])


def pyproject_with_bounds(text: str, versions: dict[str, Version]) -> str:
    """Return ``pyproject.toml`` with the bounds of a lock in its lists of packages."""
    start, end = text.index("\ndependencies = ["), text.index("\n[project.scripts]")

    def line(match: re.Match[str]) -> str:
        spec = bounded(match["spec"], versions.get(normal(match["name"])))
        return f"{match['head']}{match['name']}{spec}{match['tail']}"

    return text[:start] + REQUIREMENT.sub(line, text[start:end]) + text[end:]


def environment_with_bounds(text: str, pyproject: str) -> str:
    """Return ``environment.yml`` with the specifiers that ``pyproject.toml`` states."""
    start, end = pyproject.index("\ndependencies = ["), pyproject.index("\n[project.scripts]")
    stated = {
        normal(match["name"]): match["spec"] for match in REQUIREMENT.finditer(pyproject[start:end])
    }

    def line(match: re.Match[str]) -> str:
        spec = stated.get(normal(match["name"]), match["spec"])
        return f"{match['head']}{match['name']}{spec}"

    return CONDA.sub(line, text)


def main() -> None:
    """Rewrite the two files."""
    versions = locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    pyproject, environment = ROOT / "pyproject.toml", ROOT / "environment.yml"
    text = pyproject_with_bounds(pyproject.read_text(encoding="utf-8"), versions)
    pyproject.write_text(text, encoding="utf-8")
    conda = environment_with_bounds(environment.read_text(encoding="utf-8"), text)
    environment.write_text(conda, encoding="utf-8")


if __name__ == "__main__":
    main()
