"""The documentation: docstrings are whole, examples run, links lead somewhere, pages stay quiet."""

from __future__ import annotations

import contextlib
import io
import itertools
import re
import shutil
import tomllib
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

import greenanalysis
from greenanalysis.core.errors import InputError
from greenanalysis.site.publish import docs
from greenanalysis.site.publish import docs as docs_read
from greenanalysis.site.publish.docs import OTHER, layer_of
from greenanalysis.site.publish.html import POLICY

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs").glob("*.md"))
MODULES = docs_read.read_modules(ROOT / "greenanalysis")
NOT_RUN = "<!-- not run: "
CODE = re.compile(r"(<!-- not run: [^\n]+-->\n)?^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def functions():
    """Yield each public function and method with the dotted name that it goes by."""
    for module in MODULES:
        for member in module.members:
            if member.kind == "function":
                yield f"{module.name}.{member.name}", member
            for method in member.methods:
                yield f"{module.name}.{member.name}.{method.name}", method


def test_everything_public_has_a_docstring():
    assert len(MODULES) > 200
    missing = [module.name for module in MODULES if not module.docstring]
    missing += [name for name, function in functions() if not function.docstring]
    for module in MODULES:
        missing += [f"{module.name}.{m.name}" for m in module.members if not m.docstring]
    assert missing == []


def test_a_list_of_parameters_names_all_of_them_and_no_other():
    wrong = {}
    for name, function in functions():
        if name.startswith("resource.engine."):  # kernels say in their summary what they fill
            continue
        docstring = docs_read.parse_docstring(function.docstring)
        listed, real = docs_read.described_names(docstring), {p.name for p in function.parameters}
        inside = " ".join(item.text for item in docstring.sections.get("Parameters", ()))
        named = {other for other in real if re.search(rf"; `*{other}\b", inside)}
        if listed and (listed | named) != real:
            wrong[name] = (listed | named) ^ real
    assert wrong == {}


def shown_functions():
    """Return the functions that the guides import, or take from the front door."""
    text = "".join(path.read_text(encoding="utf-8") for path in GUIDES)
    stub = (ROOT / "greenanalysis" / "__init__.pyi").read_text(encoding="utf-8")
    doors = re.findall(r"^from \.([\w.]+) import (\w+) as", stub, re.MULTILINE)
    text += "".join(
        f"\nfrom greenanalysis.{module} import {name}\n"
        for module, name in doors
        if f"ga.{name}(" in text
    )
    imports = re.findall(r"^from greenanalysis\.([\w.]+) import (.+)$", text, re.MULTILINE)
    known = dict(functions())
    names = {f"{module}.{name.strip()}" for module, line in imports for name in line.split(",")}
    return {name: known[name] for name in sorted(names & set(known))}


def test_functions_of_the_guides_describe_each_parameter():
    shown = shown_functions()
    assert len(shown) >= 15
    for name, function in shown.items():
        described = docs_read.described_names(docs_read.parse_docstring(function.docstring))
        assert {p.name for p in function.parameters} == described, name


def test_every_part_of_the_package_has_a_group():
    lost = {m.name for m in MODULES if layer_of(m.name.split(".")[0]) == OTHER}
    assert lost == set(), "add them to LAYERS of site/publish/docs.py"


EXAMPLE = '''"""A module."""


def wind(speed: float, *, height: float = 100.0, curve: "dict[str, float] | None" = None) -> float:
    """Return power.

    More about it.

    Parameters
    ----------
    speed : m/s,
        at the hub.
    height, curve : of the tower; see :func:`~greenanalysis.finance.lcoe`.

    Raises
    ------
    InputError : too fast.

    References
    ----------
    A. Author, 2020.
    """
'''


def test_docstrings_are_read_in_parts(tmp_path):
    (tmp_path / "example.py").write_text(EXAMPLE, encoding="utf-8")
    module = docs_read.read_module(tmp_path / "example.py", name="example")
    (member,) = module.members
    doc = docs_read.parse_docstring(member.docstring)
    assert (doc.summary, doc.text) == ("Return power.", "More about it.")
    assert doc.sections["Parameters"][0] == docs_read.Item("speed", "m/s, at the hub.")
    assert docs_read.described_names(doc) == {"speed", "height", "curve"}
    assert doc.sections["References"] == (docs_read.Item("", "A. Author, 2020."),)
    assert [(p.name, p.kind, p.default) for p in member.parameters][1] == (
        "height",
        "float",
        "100.0",
    )
    assert "\n    height: float = 100.0,\n" in member.signature


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    whole = SimpleNamespace(out=out, pages=[SimpleNamespace(name="atlas")])
    made = list(docs.docs_step(whole))
    return SimpleNamespace(out=out, made=made, step=whole)


class Page(HTMLParser):
    """What a page holds: anchors, links, addresses it would load from, attributes of its parts."""

    def __init__(self, path):
        super().__init__()
        self.ids, self.links, self.loads, self.metas, self.tags = set(), [], [], [], []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append((tag, found))
        if "id" in found:
            assert found["id"] not in self.ids, found["id"]
            self.ids.add(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        elif found.get("src") or found.get("href"):
            self.loads.append(found)
        if tag == "meta":
            self.metas.append(found)


@pytest.fixture(scope="module")
def read(site):
    return {path: Page(path) for path in site.made}


def test_every_relative_link_leads_to_a_page_and_an_anchor(site, read):
    for path, page in read.items():
        for link in page.links:
            if re.match(r"https?:", link):
                continue
            target, _, anchor = link.partition("#")
            other = (path.parent / target).resolve() if target else path
            if other == site.out / "index.html":
                continue
            assert other in read, f"{path.name}: {link}"
            assert not anchor or anchor in read[other].ids, f"{path.name}: {link}"


def test_pages_have_the_policy_and_load_nothing(read):
    for path, page in read.items():
        policies = [m["content"] for m in page.metas if m.get("http-equiv")]
        assert policies == [POLICY], path.name
        loads = [one for one in page.loads if not str(one.get("href", "")).startswith("data:")]
        assert loads == [], path.name
        style = re.findall(r"<style>.*?</style>", path.read_text(encoding="utf-8"), re.DOTALL)
        assert "url(" not in "".join(style), path.name
        assert ("html", {"lang": "en"}) in page.tags
        marked = any(tag == "main" and "translate" in found for tag, found in page.tags)
        source = ROOT / "docs" / f"{path.stem}.md"
        guide = path.parent.name == "docs" and source.is_file()
        asked = guide and docs.ENGLISH in source.read_text(encoding="utf-8").splitlines()
        assert marked == (asked or not guide), path.name
        assert path.stat().st_size < 300_000, path.name


def test_headings_do_not_skip_a_level(read):
    for path, page in read.items():
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels.count(1) == 1, path.name
        assert levels[0] == 1, path.name
        steps = itertools.pairwise(levels)
        assert all(after <= before + 1 for before, after in steps), path.name


def test_each_guide_is_on_the_index(read, site):
    index = read[site.out / "docs" / "index.html"]
    for guide in GUIDES:
        assert guide.stem == "index" or f"{guide.stem}.html" in index.links, guide.name


def test_a_second_step_writes_nothing(site):
    before = {path: path.stat().st_mtime_ns for path in site.made}
    assert list(docs.docs_step(site.step)) == site.made
    assert {path: path.stat().st_mtime_ns for path in site.made} == before


def test_parts_of_a_site_and_folders_without_docs_have_no_documentation(tmp_path, monkeypatch):
    briefs = SimpleNamespace(out=tmp_path / "a", pages=[SimpleNamespace(name="my-wind")])
    assert list(docs.docs_step(briefs)) == []
    shutil.copytree(ROOT / "data" / "assumptions", tmp_path / "data" / "assumptions")
    monkeypatch.setenv("GREENANALYSIS_HOME", str(tmp_path))
    whole = SimpleNamespace(out=tmp_path / "b", pages=[SimpleNamespace(name="atlas")])
    assert list(docs.docs_step(whole)) == []
    assert docs.docs_key() == "none"


def test_key_follows_the_text(tmp_path):
    (tmp_path / "docs").mkdir()
    guide = tmp_path / "docs" / "index.md"
    guide.write_text("# One\n", encoding="utf-8")
    first = docs.docs_key(tmp_path)
    guide.write_text("# Two\n", encoding="utf-8")
    assert docs.docs_key(tmp_path) != first


@pytest.mark.parametrize(
    ("text", "message"),
    [("No title\n", "title"), ("# T\n\n[lost](nowhere.md)\n", "nowhere.md")],
)
def test_a_guide_that_cannot_be_a_page_says_why(tmp_path, text, message):
    (tmp_path / "docs").mkdir()
    guide = tmp_path / "docs" / "a.md"
    guide.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        docs.render_guide(guide, root=tmp_path)


def test_markdown_cannot_bring_in_scripts(tmp_path):
    (tmp_path / "docs").mkdir()
    guide = tmp_path / "docs" / "a.md"
    guide.write_text("# T\n\n<script>x</script>\n\nA <b onclick=x>b</b>\n", encoding="utf-8")
    page = docs.render_guide(guide, root=tmp_path)
    assert "<script>x" not in page
    assert "<b " not in page


@pytest.mark.parametrize("path", GUIDES, ids=lambda path: path.stem)
def test_examples_run(path, monkeypatch, tmp_path):
    """All examples of a guide run in one namespace, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for skipped, code in CODE.findall(path.read_text(encoding="utf-8")):
        compile(code, path.name, "exec")
        if not skipped:
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(code, path.name, "exec"), names)


def test_every_block_of_code_names_its_language():
    for path in GUIDES:
        fences = re.findall(r"^```(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(fences[::2]) <= {"python", "sh", "toml", "yaml", "nginx", "text"}, path.name
        assert set(fences[1::2]) <= {""}, path.name


def commands(text):
    """Yield the commands of the shell blocks, each with the long options it is given."""
    for block in re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        for line in re.findall(r"^greenanalysis (.+)$", block, re.MULTILINE):
            words = line.split(" #")[0].split()
            yield words, {word.split("=")[0] for word in words if word.startswith("--")}


def test_commands_and_options_of_the_guides_exist():
    from greenanalysis.cli.main import cli

    for path in GUIDES:
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"(?<!import )\bgreenanalysis ([a-z-]+)", text):
            assert name in cli.commands, f"{path.name}: greenanalysis {name}"
        for words, options in commands(text):
            command = cli.commands[words[0]]
            known = {option for found in command.params for option in found.opts}
            if len(words) > 1 and words[1] in getattr(command, "commands", {}):
                known |= {o for found in command.commands[words[1]].params for o in found.opts}
            assert options <= known, f"{path.name}: {' '.join(words)}"


def test_citation_says_what_pyproject_says():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors", "version", "license"} <= set(citation)
    assert citation["title"] == project["name"]
    assert citation["license"] == project["license"]
    assert citation["version"] == greenanalysis.__version__
    assert project["dynamic"] == ["version"]  # read from the package: there is one place for it
    (author,) = citation["authors"]
    assert project["authors"] == [{"name": author["name"]}]
    assert author["name"] in (ROOT / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_relative_links_of_the_root_files_exist(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert link.startswith("https:") or (ROOT / link).exists(), link
