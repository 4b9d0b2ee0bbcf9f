"""YAML files of users: each key once, and numbers as people write them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from greenanalysis.core.errors import InputError


class _Loader(yaml.SafeLoader):
    """The safe loader of PyYAML with two differences: ``1e-6`` is a number, keys are unique."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        lines: dict[Any, int] = {}
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if isinstance(key, list | dict):
                break  # PyYAML refuses it with its own words
            if key in lines:
                raise yaml.MarkedYAMLError(
                    problem=f"key {key!r} stands in line {lines[key]} and again in line {line}",
                )
            lines[key] = line
        return super().construct_mapping(node, deep=deep)


# YAML 1.1, which PyYAML reads, asks for a point and a sign: 1e-6 is a text there. YAML 1.2 and
# JSON read it as a number, and so do people.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)


def parse_yaml(text: str) -> Any:
    """Return the content of a YAML text.

    Raises
    ------
    yaml.YAMLError : no YAML, or a key that stands twice in one mapping.
    """
    return yaml.load(text, Loader=_Loader)  # a SafeLoader


def read_yaml(path: Path, *, what: str) -> Any:
    """Return the content of a YAML file.

    Parameters
    ----------
    path : file, UTF-8.
    what : what the file is, for the message.

    Raises
    ------
    InputError : a file that cannot be read, no YAML, or a key that stands twice in one mapping.
    """
    try:
        return parse_yaml(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{what} {path} cannot be read as YAML: {error}") from error
