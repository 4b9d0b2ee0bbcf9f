"""What a site consists of and was made from, for machines: RO-Crate 1.1 (JSON-LD).

References
----------
Sefton et al. 2023, RO-Crate Metadata Specification 1.1.3, doi:10.5281/zenodo.7867028.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from greenanalysis.core import paths
from greenanalysis.core.errors import InputError
from greenanalysis.core.files import sha256_file, sha256_json, write_json
from greenanalysis.core.version import __version__
from greenanalysis.site.page import Page
from greenanalysis.site.provenance import git_state, made_utc
from greenanalysis.site.published import read_carried

METADATA_FILE = "ro-crate-metadata.json"
_TERMS = {"sha256": "https://schema.org/sha256"}
"""What the context of RO-Crate does not know."""
_LICENCE = "https://spdx.org/licenses/MIT"
_TITLE = "Renewable power of Kazakhstan"
_ABOUT = (
    "Pages on the solar and wind resource, potential by region and the export of green "
    "electricity, each computed by a notebook from the data, parameters and packages named here."
)

_Entity = dict[str, Any]


def write_crate(
    out: Path, pages: Sequence[Page], state: Mapping[str, Any], made: Iterable[Path]
) -> Path:
    """Write the metadata of a site and return its path.

    Parameters
    ----------
    out : root of the site.
    pages : what the site shall hold.
    state : of the build.
    made : further files of the site, below its root.
    """
    entities: dict[str, _Entity] = {}
    parts: list[Path] = [path for path in made if path.is_file()]
    for page in pages:
        entry = state["pages"].get(page.name, {})
        path = out / f"{page.name}.html"
        if entry.get("status") == "ok" and path.is_file():
            parts += [path, *(out / name for name in entry.get("files", {}))]
            parts.append(out / str(entry["runtime"]))
            _add(entities, _page_entities(path, page.title))
    files = {path.relative_to(out).as_posix(): path for path in parts if path.is_file()}
    for name, path in files.items():
        entities[name] = {**_file(name, path), **entities.get(name, {})}
    target = out / METADATA_FILE
    write_json(target, _graph(sorted(files), entities))
    return target


def _graph(files: Sequence[str], entities: Mapping[str, _Entity]) -> dict[str, Any]:
    """Return the JSON-LD: the site, its files, and what they were made from, each told once."""
    from rocrate.model.contextentity import ContextEntity
    from rocrate.model.data_entity import DataEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.1")
    crate.metadata.extra_contexts.append(_TERMS)
    licence = {"@type": "CreativeWork", "name": "MIT License"}
    for name, entity in sorted({**entities, _LICENCE: licence}.items()):
        kind = DataEntity if name in files else ContextEntity
        crate.add(kind(crate, name, {key: value for key, value in entity.items() if key != "@id"}))
    git = git_state(paths.project_root())
    actions = [name for name, entity in entities.items() if entity["@type"] == "CreateAction"]
    site = {
        "name": _TITLE,
        "description": _ABOUT,
        "datePublished": made_utc(),
        "license": {"@id": _LICENCE},
        "version": __version__,
        "identifier": f"commit {git['commit']}{_dirty(git)}",
        "mentions": [{"@id": name} for name in sorted(actions)],
    }
    for name, value in site.items():
        crate.root_dataset[name] = value
    document: dict[str, Any] = crate.metadata.generate()
    return document


def _file(name: str, path: Path) -> _Entity:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {
        "@id": name,
        "@type": "File",
        "name": path.name,
        "encodingFormat": kind,
        "contentSize": str(path.stat().st_size),
        "sha256": sha256_file(path),
    }


def _page_entities(path: Path, title: str) -> list[_Entity]:
    """Return the page, the run that made it, and what the run used."""
    try:
        told = read_carried(path)
    except InputError:
        return [{"@id": path.name, "@type": "File", "name": title}]
    inputs = _inputs(told)
    data = [one for one in inputs if one["@type"] == "Dataset"]
    tools = _tools(told)
    parameters = [
        _value(f"#{told['page']}-parameter-{name}", name, value)
        for name, value in told["parameters"].items()
    ]
    seeds = [
        _value(f"#seed-{sha256_json([name, value])[:12]}", f"seed {name}", value)
        for name, value in told.get("seeds", {}).items()
    ]
    action = {
        "@id": f"#make-{told['page']}",
        "@type": "CreateAction",
        "name": f"Run of {told['notebook']} for {title}",
        "endTime": told.get("made_utc", ""),
        "instrument": [{"@id": tool["@id"]} for tool in tools],
        "object": [{"@id": one["@id"]} for one in (*data, *parameters, *seeds)],
        "result": [{"@id": path.name}, *({"@id": name} for name in told.get("files", {}))],
    }
    page = {
        "@id": path.name,
        "@type": "File",
        "name": title,
        "dateCreated": told.get("made_utc", ""),
        "isBasedOn": [{"@id": one["@id"]} for one in data],
    }
    return [page, action, *inputs, *tools, *parameters, *seeds]


def _inputs(told: Mapping[str, Any]) -> list[_Entity]:
    found, licences = [], []
    for data in told.get("datasets", []):
        licence = data.get("licence_url") or ""
        entity = {
            "@id": f"#{data['file']}-{data['sha256'][:12]}",
            "@type": "Dataset",
            "name": data["file"],
            "sha256": data["sha256"],
            "license": {"@id": licence} if licence else data["licence"],
            "conditionsOfAccess": data["licence"],
            "creditText": data["credit"],
        }
        found.append({key: value for key, value in entity.items() if value})
        if licence:
            licences.append({"@id": licence, "@type": "CreativeWork", "name": licence})
    return [*found, *_weather(told.get("weather", {})), *licences]


def _weather(weather: Mapping[str, Any]) -> list[_Entity]:
    """Return the weather that a page rests on, with its grade and what the checks said of it."""
    if not weather:
        return []
    name = f"#weather-{sha256_json(weather)[:12]}"
    facts = {"grade": "grade", "verdict": "verdict", "sha256": "hash", "years": "years"}
    values = [
        _value(f"{name}-{label}", f"weather {label}", weather.get(key) or "unknown")
        for label, key in facts.items()
    ]
    dataset = {
        "@id": name,
        "@type": "Dataset",
        "name": f"weather {weather.get('name', '')}",
        "description": str(weather.get("source", "")),
        "additionalProperty": [{"@id": value["@id"]} for value in values],
    }
    return [dataset, *values]


def _tools(told: Mapping[str, Any]) -> list[_Entity]:
    git = told.get("git", {})
    commit = f"{git.get('commit', 'unknown')}{_dirty(git)}"
    notebook = {
        "@id": f"#{told['notebook']}-{told['notebook_sha256'][:12]}",
        "@type": "SoftwareSourceCode",
        "name": told["notebook"],
        "sha256": told["notebook_sha256"],
        "programmingLanguage": "Python",
    }
    package = {
        "@id": f"#greenanalysis-{commit.replace(' ', '-')}",
        "@type": "SoftwareApplication",
        "name": "greenanalysis",
        "softwareVersion": f"{told['greenanalysis']}, commit {commit}",
        "license": {"@id": _LICENCE},
    }
    others = [
        {
            "@id": f"#{name}-{version}",
            "@type": "SoftwareApplication",
            "name": name,
            "softwareVersion": version,
        }
        for name, version in told.get("environment", {}).items()
    ]
    return [notebook, package, *others]


def _dirty(git: Mapping[str, Any]) -> str:
    states = {"True": " with local changes", "False": ""}
    return states.get(str(git.get("dirty")), " in unknown state")


def _value(name: str, label: str, value: object) -> _Entity:
    plain = value if isinstance(value, bool | int | float | str) else str(value)
    return {"@id": name, "@type": "PropertyValue", "name": label, "value": plain}


def _add(entities: dict[str, _Entity], more: Iterable[_Entity]) -> None:
    for entity in more:
        entities[entity["@id"]] = {**entities.get(entity["@id"], {}), **entity}
