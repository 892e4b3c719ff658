"""What `validate` found, for continuous integration: nothing in a name can break out of its format."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.letters import has_hidden
from domain.rule_book import rule_book
from domain.rules import Finding
from infrastructure.ci_reports import FORMATS, Report, below_repository, github, junit, sarif
from tests.e2e.conftest import Project, empty_project
from tests.projects import demo_project

PLAN, PAGE = "docs/plans/demo.json", "docs/plans/demo.md"
HOSTILE = "a,b:c%d\n::error::boom\r##[error]x\x1b[31m\u202e\x00]]>&<\"'\ufffe.json"
IDS = [row.id for row in rule_book() if row.told_by == "validate"]


def report(*findings: Finding, files: tuple[str, ...] = (PLAN,)) -> Report:
    return Report(files, findings, "1 error in it.", "1.2.3")


def late(file: str = PLAN, message: str = "task 1.1 was due", **other: Any) -> Finding:  # Any: fields of Finding
    given = {"rule": "task.overdue", "severity": "warning", "path": "$.phases[0].tasks[0].due", "line": 3}
    return Finding(message=message, file=file, **given | other)


texts = st.text(max_size=30) | st.sampled_from([HOSTILE, "::error::x", "##[error]x", "%0A", "", " "])
findings = st.builds(
    Finding,
    rule=st.sampled_from(IDS),
    severity=st.sampled_from(["error", "warning"]),
    path=texts,
    message=texts,
    file=texts.map(lambda name: name.lstrip("/")),  # from the root
    line=st.none() | st.integers(1, 10**6),
)
reports = st.builds(
    Report,
    files=st.lists(texts, max_size=3, unique=True).map(tuple),
    findings=st.lists(findings, max_size=4).map(tuple),
    verdict=texts,
    version=st.just("1.2.3"),
)


# --- GitHub -------------------------------------------------------------------------------------------------------------

COMMAND = re.compile(r"::(error|warning) file=[^:,\n\r]*,line=\d+,title=wt [a-z.-]+::[^\n\r]*")


def commands(text: str) -> list[str]:
    """What a runner takes for orders: it trims a line, then looks for `::` in front or for `##[` anywhere."""
    lines = [line.strip() for line in text.split("\n")]
    return [line for line in lines if line.startswith("::") or "##[" in line]


def undone(text: str) -> str:
    """What the runner makes of an escaped value."""
    for code, letter in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, letter)
    return text


def test_a_finding_is_an_annotation_at_its_line() -> None:
    assert github(report(late())).splitlines() == [
        f"::warning file={PLAN},line=3,title=wt task.overdue::task 1.1 was due",
        f"warning task.overdue at {PLAN}:3: task 1.1 was due",
        "wt: 1 error in it.",
    ]


def test_a_message_and_a_file_are_escaped_as_a_runner_undoes_it() -> None:
    (line, *_) = github(report(late(file="a,b:c%.json", message="50%, two\nlines: here"))).splitlines()
    assert line == "::warning file=a%2Cb%3Ac%25.json,line=3,title=wt task.overdue::50%25, two%0Alines: here"
    head, _, message = line.removeprefix("::").partition("::")
    assert undone(message) == "50%, two\nlines: here"
    assert undone(head.partition("file=")[2].partition(",")[0]) == "a,b:c%.json"


@given(reports)
def test_no_name_or_message_gives_a_runner_an_order(given: Report) -> None:
    text = github(given)
    assert len(commands(text)) == len(given.findings)
    assert all(COMMAND.fullmatch(line) for line in commands(text))
    assert not has_hidden(text.replace("\n", ""))


def test_a_hostile_name_gives_no_order_at_all() -> None:
    text = github(Report((HOSTILE,), (late(file=HOSTILE, message=HOSTILE),), HOSTILE, "1"))
    assert [line[:9] for line in commands(text)] == ["::warning"]
    assert "\n::error" not in text and "\r" not in text


# --- SARIF --------------------------------------------------------------------------------------------------------------


def closed(required: str = "", **properties: Any) -> dict[str, Any]:  # Any: fragments of JSON Schema
    return {"type": "object", "additionalProperties": False, "required": required.split(), "properties": properties}


def rows(of: Any, least: int = 0) -> dict[str, Any]:  # Any: fragments of JSON Schema
    return {"type": "array", "items": of, "minItems": least}


TEXT = {"type": "string"}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = closed("text", text=TEXT)
RELATIVE = {"type": "string", "pattern": r"^(?!/)(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})*$"}
PLACE = closed(
    physicalLocation=closed(
        "artifactLocation",
        artifactLocation=closed(uri=RELATIVE, uriBaseId=TEXT),
        region=closed(startLine={"type": "integer", "minimum": 1}),
    ),
    logicalLocations=rows(closed(fullyQualifiedName=TEXT)),
)
RESULT = closed(
    "message",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations=rows(PLACE, 1),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
)
RULE = closed("id", id=TEXT, shortDescription=MESSAGE, defaultConfiguration=closed(level=LEVEL))
DRIVER = closed("name", name={"type": "string", "minLength": 1}, version=TEXT, rules=rows(RULE))
RUN = closed("tool", tool=closed("driver", driver=DRIVER), results=rows(RESULT))
SARIF = closed(
    "version runs", version={"const": "2.1.0"}, runs=rows(RUN), **{"$schema": {"type": "string", "format": "uri"}}
)
"""The part of the published schema (OASIS, SARIF 2.1.0) that a report of ours uses; whatever is not in it is refused."""


def test_the_schema_of_sarif_refuses_what_sarif_forbids() -> None:
    good = json.loads(sarif(report(late())))
    validator = Draft202012Validator(SARIF)
    assert validator.is_valid(good)
    for bad in ({"version": "2.0.0"}, {"runs": [{}]}, {"mood": 1}):
        assert not validator.is_valid(good | bad)


@given(reports)
def test_every_report_is_valid_sarif(given: Report) -> None:
    text = sarif(given)
    document = json.loads(text)
    assert text.isascii()
    Draft202012Validator(SARIF).validate(document)
    (run,) = document["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result, finding in zip(run["results"], given.findings, strict=True):
        assert rules[result["ruleIndex"]] == result["ruleId"] == finding.rule
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert unquote(place) == finding.file


def test_a_problem_keeps_its_fingerprint_when_lines_move() -> None:
    def prints(*findings: Finding) -> list[str]:
        results = json.loads(sarif(report(*findings)))["runs"][0]["results"]
        return [result["partialFingerprints"]["wt/v1"] for result in results]

    here, there, other, page = prints(late(), late(line=9), late(message="task 1.2 was due"), late(file=PAGE))
    assert here == there
    assert len({here, other, page}) == 3


# --- JUnit --------------------------------------------------------------------------------------------------------------


def test_a_sound_file_is_one_case_that_passed() -> None:
    suites = ET.fromstring(junit(report()))
    assert suites.attrib == {"name": "wt validate", "tests": "1", "failures": "0", "errors": "0"}
    (suite,) = suites
    assert [(case.attrib, list(case)) for case in suite] == [({"classname": PLAN, "name": "is valid"}, [])]


def test_an_error_is_a_failure_and_a_warning_is_not() -> None:
    wrong = late(rule="page.edited", severity="error", file=PAGE, message="edited")
    plan, page = ET.fromstring(junit(report(late(), wrong)))
    assert (plan.attrib["failures"], page.attrib["failures"]) == ("0", "1")
    assert plan[0][0].tag == "system-out"
    assert (page[0][0].tag, page[0][0].attrib["type"], page[0][0].text) == (
        "failure",
        "page.edited",
        f"{PAGE}:3: edited",
    )


@given(reports)
def test_every_report_is_well_formed_and_its_counts_are_right(given: Report) -> None:
    suites = ET.fromstring(junit(given))
    cases, failures = suites.findall("*/testcase"), suites.findall("*/testcase/failure")
    assert {child.tag for child in suites.iter()} <= {"testsuites", "testsuite", "testcase", "failure", "system-out"}
    assert (suites.attrib["tests"], suites.attrib["failures"]) == (str(len(cases)), str(len(failures)))
    assert len(failures) == sum(finding.severity == "error" for finding in given.findings)
    for suite in suites:
        assert suite.attrib["tests"] == str(len(suite.findall("testcase")))
        assert suite.attrib["failures"] == str(len(suite.findall("testcase/failure")))


# --- where the repository begins ----------------------------------------------------------------------------------------


def test_places_are_told_from_the_top_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "services/shop").mkdir(parents=True)
    assert below_repository(str(tmp_path)) == ""
    assert below_repository(str(tmp_path / "services/shop")) == "services/shop"
    moved = report(late()).moved("services/shop")
    assert (moved.files, moved.findings[0].file) == ((f"services/shop/{PLAN}",), f"services/shop/{PLAN}")


# --- the command --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = demo_project(tmp_path_factory.mktemp("demo"))
    page = project.path("demo.md")
    page.write_text(page.read_text().replace("Lay bricks", "Lay stones"))
    return project


@pytest.mark.parametrize("format", FORMATS)
def test_the_answer_is_in_the_format_and_the_exit_code_stays(edited: Project, format: str) -> None:
    for words, meant in (
        (["validate"], PLAN),
        (["is the tracker file valid?"], PLAN),
        (["validate", "docs/plans"], "docs/plans"),
    ):
        done = edited.say(*words, "--format", format)
        verdict = f"1 error in {meant}."
        assert done.code == 1
        assert "page.edited" in done.out
        assert done.err == ("" if format == "github" else f"{verdict}\n")
        assert (f"wt: {verdict}\n" in done.out) == (format == "github")


def test_a_sound_project_has_an_empty_report(tmp_path: Path) -> None:
    project = demo_project(tmp_path)
    assert project.say("validate", "--format", "github") == (0, f"wt: {PLAN} is valid.\n", "")
    assert json.loads(project.say("validate", "--format", "sarif").out)["runs"][0]["results"] == []
    assert ET.fromstring(project.say("validate", "--format", "junit").out).attrib["failures"] == "0"


@pytest.mark.parametrize(
    "words", [["add task to phase 1: Roof"], ["mark 1.1 complete"], ["init", "Other"], ["doctor"], ["show progress"]]
)
def test_another_command_in_such_a_format_is_refused_before_anything_is_done(tmp_path: Path, words: list[str]) -> None:
    project = demo_project(tmp_path)
    before = project.fingerprint()
    for format in (*FORMATS, "prometheus"):
        done = project.say(*words, "--format", format)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(
            f"Only {'health' if format == 'prometheus' else 'validate'} has the format {format}."
        )
    assert project.fingerprint() == before


@pytest.mark.parametrize("place", ["nosuch.json", "docs", "../elsewhere.json", "/etc"])
def test_a_place_without_a_tracker_is_a_mistake_in_the_command_line(tmp_path: Path, place: str) -> None:
    project = demo_project(tmp_path)
    for format in ("text", "json", *FORMATS):
        done = project.say("validate", place, "--format", format)
        assert done.code == 2
        assert (done.out == "") == (format != "json")


def test_a_project_without_trackers_has_nothing_to_validate(tmp_path: Path) -> None:
    done = empty_project(tmp_path).say("validate")
    assert (done.code, done.out) == (0, "There is no tracker here yet: nothing to validate.\n")


def test_a_file_name_cannot_add_a_line_to_the_list(tmp_path: Path) -> None:
    project = demo_project(tmp_path)
    project.path("a\n::error::b.json").write_text("")
    for format in ("text", "github"):
        done = project.say("validate", "--format", format)
        assert done.code == 1
        assert not any(line.startswith("::error::") for line in (done.out + done.err).splitlines())


def test_the_page_of_help_shows_the_formats_by_example(tmp_path: Path) -> None:
    shown = Project(tmp_path).say("validate", "--help").out
    assert all(f"wt validate --format {format}" in shown for format in FORMATS)
    assert "--strict" in shown and "--format" in shown
