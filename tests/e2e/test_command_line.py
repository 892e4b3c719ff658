"""The command line: options, subcommands or sentences, text that is no text, streams that are closed or full."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from domain.errors import Usage
from infrastructure.router import OPTIONS, Invocation, is_subcommand, read_arguments
from tests.e2e.conftest import WT, Project

# --- options ---------------------------------------------------------------------------------------------------------


def test_options_may_stand_anywhere() -> None:
    expected = Invocation(words=("complete", "1.1"), tracker="plan", json=True)
    for line in (
        "--json --tracker plan complete 1.1",
        "complete --tracker=plan 1.1 --json",
        "complete 1.1 --json --tracker plan",
    ):
        assert read_arguments(line.split()) == expected


def test_text_inside_one_argument_is_never_an_option() -> None:
    assert read_arguments(["show progress --json"]) == Invocation(words=("show progress --json",))
    assert read_arguments(["--not an option"]).words == ("--not an option",)


def test_a_value_behind_an_equals_sign_may_hold_spaces() -> None:
    assert read_arguments(["--actor=Dana Smith", "list"]) == Invocation(words=("list",), actor="Dana Smith")


def test_what_stands_after_two_dashes_is_text() -> None:
    assert read_arguments(["list", "--", "--json", "--frob"]) == Invocation(
        words=("list", "--json", "--frob"), dashed=1
    )


def test_words_with_dashes_amid_a_sentence_are_words() -> None:
    assert read_arguments(["note", "on", "1.1:", "turn", "-v", "on", "-", "or", "---", "off"]).words[3:] == (
        "turn",
        "-v",
        "on",
        "-",
        "or",
        "---",
        "off",
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--frob list", "There is no option --frob."),
        ("-x list", "There is no option -x."),
        ("list --dryrun", "There is no option --dryrun."),
        ("--tracker", "--tracker needs a value: --tracker NAME."),
        ("--tracker= list", "--tracker needs a value: --tracker NAME."),
        ("--tracker --verbose list", "--tracker needs a value: --tracker NAME."),
        ("--json=yes list", "--json takes no value."),
        ("--format xml list", "There is no format xml."),
        ("--show-wealth list", "There is no option --show-wealth."),
    ],
)
def test_a_wrong_option_is_told_in_words_and_as_json(project: Project, line: str, said: str) -> None:
    with pytest.raises(Usage):
        read_arguments(line.split())
    plain = project.say(*line.split())
    assert (plain.code, plain.out, plain.err.splitlines()[0]) == (2, "", said)
    told = project.say("--json", *line.split())
    assert (told.code, told.reply["outcome"], told.err) == (2, "refused", "")


def test_every_option_has_a_field_and_a_meaning() -> None:
    assert {option.field for option in OPTIONS} <= set(Invocation._fields)
    assert all(option.meaning.endswith(".") for option in OPTIONS)


# --- subcommand or sentence ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["validate"], True),
        (["validate", "docs/plans"], True),
        (["validate", "demo"], True),  # a tracker that is there
        (["validate", "--strict"], True),
        (["validate", "the", "tracker"], False),
        (["validate", "--", "the tracker"], True),  # behind `--` a program names places
        (["validate the tracker"], False),
        (["import", "x.md"], True),
        (["import", "x.md", "--as", "My plan"], True),
        (["import", "the", "old", "plan"], False),
        (["init"], True),
        (["init", "My plan"], True),
        (["init", "my", "plan"], False),
        (['init "My plan"'], False),
        (["--", "init", "My plan"], False),
        (["docs", "commands"], True),
        (["completion", "bash"], True),
        (["show", "progress"], False),
    ],
)
def test_a_first_word_is_a_subcommand_only_when_the_rest_can_be_its_arguments(
    demo: Project, monkeypatch: pytest.MonkeyPatch, words: list[str], expected: bool
) -> None:
    monkeypatch.chdir(demo.folder)
    assert is_subcommand(read_arguments(words)) is expected


def test_the_job_of_every_subcommand_can_be_said(demo: Project) -> None:
    (demo.folder / "old.md").write_text("# Old\n\n## One\n\n- [ ] do it\n", encoding="utf-8")
    demo.do('init "Other"', "import old.md", "validate")
    assert demo.path("old.json").exists() and demo.path("other.json").exists()


def test_explain_and_dry_run_hold_for_subcommands_too(project: Project) -> None:
    before = project.fingerprint()
    assert "create_tracker" in project.say("--explain", "init", "Demo").out
    assert "nothing was written" in project.say("--dry-run", "init", "Demo").out
    assert project.fingerprint() == before


def test_a_title_may_begin_with_dashes_after_two_dashes(project: Project) -> None:
    assert project.say("init", "--", "--weird").code == 0
    assert project.tracker("weird")["title"] == "--weird"


# --- pages that are not replies --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "--version",
        "--help",
        "-h",
        "init --help",
        "validate -h",
        "docs schema",
        "docs commands",
        "completion bash",
        "help",
        "",
    ],
)
def test_with_json_exactly_one_object_is_printed(project: Project, line: str) -> None:
    plain, told = project.say(*line.split()), project.say("--json", *line.split())
    assert (plain.code, plain.err, told.code, told.err) == (0, "", 0, "")
    assert plain.out.strip()
    assert told.out.count("\n") == 1 and json.loads(told.out)["schema"] == "wt.reply/1"


@pytest.mark.parametrize("line", ["init --bogus", "docs", "docs nothing", "completion tcsh", "validate --strickt"])
def test_what_a_subcommand_does_not_take_is_told_in_two_lines(project: Project, line: str) -> None:
    plain, told = project.say(*line.split()), project.say("--json", *line.split())
    assert (plain.code, plain.out, plain.err.count("\n")) == (2, "", 2)
    assert (told.code, told.reply["outcome"]) == (2, "refused")


def test_help_asked_of_a_verb_is_about_that_verb(project: Project) -> None:
    assert "add task to phase" in project.say("add", "--help").out
    assert project.say("add", "--help").out.startswith("About add:")


def test_help_lists_every_option(project: Project) -> None:
    page = project.say("--help").out
    assert all(option.name in page for option in OPTIONS)


def test_completion_knows_subcommands_and_options(project: Project) -> None:
    asked = {"_WT_COMPLETE": "complete_bash", "COMP_CWORD": "1"}
    assert project.wt(env={**asked, "COMP_WORDS": "wt va"}).out.split() == ["validate"]
    assert project.wt(env={**asked, "COMP_WORDS": "wt --dry"}).out.split() == ["--dry-run"]


# --- text ------------------------------------------------------------------------------------------------------------


def test_bytes_that_are_not_utf8_are_refused(demo: Project) -> None:
    before = demo.fingerprint()
    for extra in ((), ("--json",)):
        done = subprocess.run(
            [os.fsencode(sys.executable), os.fsencode(WT), *map(os.fsencode, extra), b"add task to phase 1: caf\xe9"],
            cwd=demo.folder,
            env=demo.env,
            capture_output=True,
        )
        assert done.returncode == 2
        assert b"not UTF-8" in (done.stdout if extra else done.stderr)
    assert demo.fingerprint() == before


def test_a_locale_without_letters_loses_none(demo: Project) -> None:
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    assert demo.wt("add task to phase 1: Café “Größe”", env=plain).code == 0
    assert demo.task("1.3")["title"] == "Café “Größe”"
    done = demo.wt("show progress", env=plain)
    assert done.out.isascii() and done.out.startswith("Overall progress: 0%\n") and "\\u" not in done.out


def test_a_huge_text_is_read_or_refused_in_short_words(demo: Project) -> None:
    for sentence in ("complete " + "x" * 100_000, "add task to phase 1: " + "long " * 20_000, "1.1 " * 25_000):
        done = demo.say(sentence)
        assert done.code in (0, 2, 3), done
        assert len(done.err) < 2000


@pytest.mark.parametrize("planted", ["\x1b[31mred", "\x1b]0;title\x07", "a\rb", "\u202eevil", "\x9b31m"])
def test_control_characters_never_reach_the_screen_raw(demo: Project, planted: str) -> None:
    row = demo.path("demo.json").read_text(encoding="utf-8").replace("Lay bricks", json.dumps(f"Lay {planted}")[1:-1])
    demo.path("demo.json").write_text(row, encoding="utf-8")
    for line in (
        "list",
        "show 1.1",
        "show progress",
        f"complete {planted}",
        "start the lay task",
        f"--x{planted}",
        f"--tracker {planted} list",
    ):
        done = demo.say(*(line.split(" ", 2) if line.startswith("--tracker") else [line]))
        shown = done.out + done.err
        assert not set(shown) & set("\x1b\x07\r\u202e\x9b"), line


# --- streams ---------------------------------------------------------------------------------------------------------


def shell(project: Project, line: str) -> subprocess.CompletedProcess[str]:
    command = line.replace("wt ", f"'{sys.executable}' '{WT}' ")
    return subprocess.run(["bash", "-c", command], cwd=project.folder, env=project.env, capture_output=True, text=True)


def test_a_closed_output_changes_nothing_about_what_is_done(demo: Project) -> None:
    done = shell(demo, "wt 'complete 1.2' >&- 2>&- <&-")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert demo.task("1.2")["status"] == "complete"
    assert shell(demo, "wt frobnicate 2>&-").returncode == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full")
def test_a_full_disk_behind_the_answer_is_told(demo: Project) -> None:
    read, changed = shell(demo, "wt list >/dev/full"), shell(demo, "wt 'complete 1.2' >/dev/full")
    assert (read.returncode, changed.returncode) == (1, 6)
    assert "could not be written" in read.stderr and "Traceback" not in read.stderr + changed.stderr


def test_a_reader_that_has_gone_is_no_fault(demo: Project) -> None:
    done = shell(demo, "set -o pipefail; wt help | head -c 1; exit $?")
    assert done.stderr == "" and done.returncode in (0, 141)


def test_nothing_is_asked_where_nobody_can_answer(demo: Project) -> None:
    demo.do("add task to phase 2: Paint fence")
    done = demo.wt("start the paint task")
    assert done.code == 2 and "Which one?" not in done.out + done.err
