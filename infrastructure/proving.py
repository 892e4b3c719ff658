"""Checks of tasks, carried out: commands behind the gate of trust, files and commits looked at."""

from __future__ import annotations

import hashlib
import os
import re
import shlex

from domain.errors import Blocked, NotFound, Unavailable, WtError
from domain.proof import Declared, Proof
from infrastructure import git, running, trust

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from domain.ports import Trackers
    from domain.proof import Wanted
    from domain.tracker import Check
    from infrastructure.running import Ran

TAIL_LINES = 20
TAIL_LETTERS = 2000
SHORT = 10  # letters of a commit, as people are told it
COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
OURS = ("docs/plans/", ".ecw/")  # a tracker is always on its way


class ProjectProving:
    """What proves the tasks of one project, and what of it a person trusts."""

    def __init__(
        self,
        root: str,
        trackers: Trackers,
        *,
        test_command: str,
        settings: Sequence[Declared] = (),
        timeout: float,
        env: Mapping[str, str],
        ask: Callable[[Declared], bool] | None,
        now: str,
        by: str,
    ) -> None:
        """`settings` are the commands that the project's settings declare."""
        self._root = root
        self._trackers = trackers
        self._test_command = test_command
        self._settings = settings
        self._timeout = timeout
        self._env = env
        self._ask = ask
        self._now = now
        self._by = by

    # --- running ------------------------------------------------------------------------------------------------------

    def prove(self, where: str, wanted: Sequence[Wanted]) -> dict[Check, Proof]:
        """Run each check that is wanted, once; first of all every command must be trusted.

        Raises Blocked for a command that nobody trusts, and inside a check; Unavailable.
        """
        if running.INSIDE in self._env:
            said = "A check cannot have other checks run: it would wait for itself."
            raise Blocked(said, hint="Leave completing tasks out of what a check does.")
        checks = list(dict.fromkeys(each.check for each in wanted))
        gate = self.gate()
        for declared in self._declared(where, checks):
            gate.must_trust(declared)
        commit = self._commit() if checks else None
        return {check: self._run(check).replace(commit=commit) for check in checks}

    def gate(self) -> trust.Gate:
        return trust.Gate(trust.store(self._root), self._ask, self._now, self._by)

    def _declared(self, where: str, checks: Sequence[Check]) -> list[Declared]:
        lines = [line for check in checks if (line := self._command_line(check))]
        return [Declared(where, line) for line in dict.fromkeys(lines)]

    def _command_line(self, check: Check) -> str | None:
        """What is run for a check; None for one that is only looked at."""
        if check.kind == "test":
            return f"{self._test_command} {shlex.quote(check.value)}"
        return check.value if check.kind == "command" else None

    def _run(self, check: Check) -> Proof:
        line = self._command_line(check)
        if line is not None:
            return self._run_command(check, line)
        return self._file(check) if check.kind == "file" else self._contains(check)

    def _run_command(self, check: Check, line: str) -> Proof:
        try:
            argv = shlex.split(line)
        except ValueError as error:
            return Proof(check, False, f"is no command line: {str(error).lower()}", command=line)
        ran = running.run(argv, self._root, timeout=self._timeout, env=self._env)
        how = f"exit {ran.code}" if ran.code is not None else ran.why
        return Proof(
            check,
            ran.code == 0,
            how,
            tail(ran),
            command=line,
            exit_code=ran.code,
            sha256=ran.sha256 or None,
            duration_ms=ran.duration_ms,
        )

    def _file(self, check: Check) -> Proof:
        path = os.path.realpath(os.path.join(self._root, check.value))
        if not path.startswith(self._root.rstrip(os.sep) + os.sep):
            return Proof(check, False, "it lies outside this project")
        if not os.path.isfile(path):
            return Proof(check, False, "there is no such file")
        try:
            with open(path, "rb") as file:
                return Proof(check, True, "it exists", sha256=hashlib.file_digest(file, "sha256").hexdigest())
        except OSError as error:
            return Proof(check, False, f"it cannot be read: {(error.strerror or '').lower()}")

    def _contains(self, check: Check) -> Proof:
        """Whether the commit is one of those that the working tree stands on."""
        named = git.run(self._root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{check.value}^{{commit}}")
        sha = named.out.decode("ascii", "replace").strip()
        if named.code or not sha:
            return Proof(check, False, "there is no such commit")
        if git.run(self._root, "merge-base", "--is-ancestor", sha, "HEAD").code:
            return Proof(check, False, "it is not part of what is checked out")
        return Proof(check, True, f"{sha[:SHORT]} is part of what is checked out")

    def _commit(self) -> str | None:
        """The commit that is checked out, with `-dirty` where files differ from it; None where there is no git."""
        try:
            head = (
                git.run(self._root, "rev-parse", "--verify", "--quiet", "HEAD").out.decode("ascii", "replace").strip()
            )
            rows = git.run(self._root, "status", "--porcelain", "-z", "--untracked-files=no", "--no-renames").out
        except Unavailable:
            return None
        changed = [row[3:] for row in os.fsdecode(rows).split("\0") if row]
        return f"{head}-dirty" if head and not all(path.startswith(OURS) for path in changed) else head or None

    # --- trust --------------------------------------------------------------------------------------------------------

    def grant(self) -> tuple[list[str], list[str]]:
        """Ask a person about every command of the project that is not trusted yet. Returns (trusted now, not trusted).

        Raises Blocked where no person can be asked, Unavailable.
        """
        store = trust.store(self._root)
        untrusted = [declared for declared in self._all_declared() if not store.trusts(declared)]
        if untrusted and self._ask is None:
            raise Blocked(
                "Only a person at a terminal can trust the commands of a project; nothing was trusted.",
                hint='They type "wt trust" there and read what it shows. What there is: wt trust list',
            )
        gate = self.gate()
        answers = [(declared.text, gate.asked(declared)) for declared in untrusted]
        return [text for text, said in answers if said], [text for text, said in answers if not said]

    def _all_declared(self) -> list[Declared]:
        """Every command that the readable trackers of the project, its settings and its probes bring."""
        from infrastructure.probe_files import probe_files

        found = [*self._settings]
        found += [file.declared for file in probe_files(self._root) if file.probe is not None]
        for name in self._trackers.names():
            try:
                tracker = self._trackers.read(name).tracker
            except WtError:  # one that cannot be read brings nothing that could run
                continue
            rows = (row for phase in tracker.phases for row in phase.tasks.column("verify"))
            found += self._declared(name, [check for row in rows for check in row])
        return list(dict.fromkeys(found))

    def commands(self) -> list[tuple[str, str, bool]]:
        """(file, command, whether it is trusted) of all that the project brings, then of what it does not bring now."""
        store, declared = trust.store(self._root), self._all_declared()
        rows = [(each.where, each.text, store.trusts(each)) for each in declared]
        brought = {(where, text) for where, text, _ in rows}
        kept = [(os.path.relpath(entry.path, self._root), entry.text) for entry in store.here()]
        return rows + [(*each, True) for each in kept if each not in brought]

    def revoke(self, which: str | None) -> list[str]:
        """Trust a command of this project no longer, by its text or its place in the list; all of them by None.

        Raises NotFound, Unavailable.
        """
        store = trust.store(self._root)
        meant = self._at_place(which) if which and which.isdecimal() else which
        gone = [entry for entry in store.here() if which is None or entry.text == meant]
        if which is not None and not gone:
            raise NotFound(f"No trusted command here is {trust.shown(which)}.", hint="See them: wt trust list")
        if gone:
            store.remove(gone)
        return [entry.text for entry in gone]

    def _at_place(self, number: str) -> str | None:
        """The text in this row of the list that people are shown."""
        rows = self.commands()
        return rows[int(number) - 1][1] if 0 < int(number) <= len(rows) else None


def tail(ran: Ran) -> str:
    """The last lines of what a command said, as plain text."""
    text = COLOURS.sub("", ran.out.decode(errors="replace").replace("\r\n", "\n"))
    plain = "".join(c for c in text if c.isprintable() or c in "\n\t")
    lines = [line.rstrip() for line in plain.strip("\n").split("\n")][-TAIL_LINES:]
    return "\n".join(lines)[-TAIL_LETTERS:].strip("\n")
