"""One fault after the other: a sound plan, the fault before, during or after a command, two heals, a judgement."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import time

from domain.record import Record
from infrastructure.selftest import oracle
from infrastructure.selftest.clone import copied, made
from infrastructure.selftest.fault import (
    AFTER,
    ASK,
    AUTO,
    BEFORE,
    ESCALATE,
    IGNORE,
    Absent,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

    from infrastructure.selftest.clone import Clone, Said
    from infrastructure.selftest.fault import Fault, Oracle
    from infrastructure.selftest.oracle import Known, Promise

    Prepare = Callable[[Clone], object]

MOST_PASSES = 4  # runs of healing in a trial
RESTS_AFTER = 2  # runs after which nothing more may be done
SPOILT = (OSError, ValueError, KeyError, StopIteration, RuntimeError, subprocess.SubprocessError)  # no judgement then
OPEN = tuple(f"3.{number}" for number in range(3, 8))  # tasks that a trial may complete: nothing stands in their way


class Trial(Record):
    """What became of one fault at one position. `absent` says why it was not done; `invalid` why it proves nothing."""

    key: str
    id: str
    group: str
    position: str
    expected: str
    is_process: bool = False
    absent: str = ""
    invalid: str = ""
    is_noticeable: bool = True  # False when the command itself took care of it, as of any other work
    is_noticed: bool = False
    disposition: str = ""
    wrong: str = ""  # what the oracle still says
    lost: tuple[str, ...] = ()
    unneeded: tuple[str, ...] = ()  # actions of playbooks that are not made for it, or after it was over
    attempts: int = 0
    touched: int = 0  # objects
    risk: str = ""  # the highest that was taken
    seconds: float = 0.0
    passes: int = 0  # runs of healing that did something
    is_at_rest: bool = True  # whether that were two at most
    is_taken_back: bool | None = None  # None when there was nothing to take back

    @property
    def is_control(self) -> bool:
        return self.group == "controls"

    @property
    def is_right(self) -> bool:
        """The right thing was done about it, and nothing else."""
        return self.disposition == self.expected and not self.unneeded and not self.lost

    @property
    def is_resolved(self) -> bool:
        return self.is_right and not self.wrong

    @property
    def counts(self) -> bool:
        return not self.absent and not self.invalid

    @property
    def is_good(self) -> bool:
        """Nothing at all is to be said against it."""
        noticed = self.is_noticed or not self.is_noticeable
        return noticed and self.is_right and not self.wrong and self.is_at_rest and self.is_taken_back is not False

    def to_document(self) -> dict[str, Any]:
        lists = {"lost": list(self.lost), "unneeded": list(self.unneeded)}
        judged = {"is_right": self.is_right, "is_resolved": self.is_resolved, "is_good": self.is_good}
        return dict(self.values()) | lists | judged


def trial_of(document: Mapping[str, Any]) -> Trial:
    """What `to_document` gave."""
    lists = {name: tuple(document[name]) for name in ("lost", "unneeded")}
    return Trial(**{name: document[name] for name in Trial._fields} | lists)


class Runner:
    """Runs trials below one folder. Every trial draws its chances from the seed and its own name."""

    def __init__(self, folder: str, *, seed: int = 0, keep: bool = False, prepare: Prepare | None = None) -> None:
        """`prepare` is done to every clone before the trial: another playbook put in, say."""
        self._folder = folder
        self._seed = seed
        self._keep = keep
        self._prepare = prepare
        self._template: Clone | None = None

    def trial(self, fault: Fault, position: str, *, as_process: bool = False) -> Trial:
        """One fault at one position; every call of the program a process of its own when `as_process`."""
        clone = self._clone(fault, position)
        clone.as_process = as_process
        trial = Trial(fault.key, fault.id, fault.group, position, fault.expected, as_process)
        try:
            return _Course(fault, position, clone).run(trial.replace(is_noticeable=fault.is_noticeable))
        except Absent as absent:
            return trial.replace(absent=str(absent))
        except SPOILT as error:
            return trial.replace(invalid=f"{type(error).__name__}: {error}")
        finally:
            clone.close()
            if not self._keep:
                shutil.rmtree(clone.folder, ignore_errors=True)

    def chance(self, fault: Fault, position: str) -> random.Random:
        """What is drawn in this trial: the same for the same seed."""
        return random.Random(f"{self._seed} {fault.key} {position}")

    def _clone(self, fault: Fault, position: str) -> Clone:
        now = float(int(time.time()))
        if self._template is None:
            self._template = made(os.path.join(self._folder, "template"), now)
        folder = os.path.join(self._folder, f"{fault.key} {position}".replace(" ", "-"))
        clone = copied(self._template, folder, self.chance(fault, position), now)
        if self._prepare is not None:
            self._prepare(clone)
        return clone


class _Course:
    """The course of one trial."""

    def __init__(self, fault: Fault, position: str, clone: Clone) -> None:
        self._fault = fault
        self._position = position
        self._clone = clone
        self._healed: list[Said] = []
        self._over: Oracle | None = None

    def run(self, trial: Trial) -> Trial:
        clone = self._clone
        trouble = oracle.whole(clone)
        if trouble is not None or not clone.here("progress").is_done:
            return trial.replace(invalid=trouble or "the project was not well to begin with")
        before = oracle.known(clone)
        clone.note_page()
        promise, hurt = self._with_command(oracle.Promise(before.tasks or {}))
        is_absorbed = self._position != AFTER and not self._fault.look and self._wrong() is None
        tree, began = oracle.tree(clone), time.monotonic()
        self._look()
        self._heal()
        took = time.monotonic() - began
        kept = tree == oracle.tree(clone)
        self._heal_again()
        trial = trial.replace(seconds=round(took, 3), is_noticeable=trial.is_noticeable and not is_absorbed)
        return self._judged(trial, promise, hurt, kept)

    def _wrong(self) -> str | None:
        return (self._over or oracle.whole)(self._clone)

    # --- the course ---------------------------------------------------------------------------------------------------

    def _with_command(self, promise: Promise) -> tuple[Promise, Known]:
        if self._position == AFTER:
            promise = promise.after(self._command())
            return promise, self._hurt()
        if self._position == BEFORE:
            hurt = self._hurt()
            return promise.after(self._command()), hurt
        seen: list[Known] = []
        said = self._clone.meanwhile(self._sentence(), lambda: seen.append(self._hurt()))
        if not seen:
            raise Absent("the command came to nothing before the fault could be done")
        return promise.after(said), seen[0]

    def _hurt(self) -> Known:
        """Do it; everything that must not get lost from then on."""
        self._clone.note_page()
        self._over = self._fault.inject(self._clone)
        return oracle.known(self._clone)

    def _command(self) -> Said:
        return self._clone.say(*(self._fault.command or (self._sentence(),)))

    def _sentence(self) -> str:
        return f"complete {self._clone.chance.choice(OPEN)}"

    def _look(self) -> None:
        if self._fault.look:
            self._clone.say(*self._fault.look)

    def _heal(self) -> None:
        self._healed.append(self._clone.say("heal"))

    def _heal_again(self) -> None:
        """At least once, and until nothing more is done."""
        while True:
            self._clone.wait(self._fault.between)
            self._heal()
            if not acted(self._healed[-1]) or len(self._healed) >= MOST_PASSES:
                return

    # --- the judgement ------------------------------------------------------------------------------------------------

    def _judged(self, trial: Trial, promise: Promise, hurt: Known, kept: bool) -> Trial:
        clone = self._clone
        outcomes = [outcome for said in self._healed for outcome in said.data.get("outcomes", ())]
        steps = [step for outcome in outcomes for step in outcome["steps"] if step["result"] == "done"]
        wrong = self._wrong() or ""
        backs = [step["is_back"] for outcome in outcomes for step in outcome["steps"] if step["is_back"] is not None]
        promise = promise.but(clone.expected)
        return trial.replace(
            is_noticed=self._is_noticed(outcomes),
            disposition=self._disposition(wrong),
            wrong=wrong,
            lost=tuple(oracle.losses(promise, hurt, clone)),
            unneeded=tuple(self._unneeded(outcomes)),
            attempts=sum(outcome["attempts"] for outcome in outcomes),
            touched=sum(len(step["objects"]) for step in steps),
            risk=max((step["risk"] for step in steps), default=""),
            passes=sum(acted(said) for said in self._healed),
            is_at_rest=sum(map(acted, self._healed)) <= RESTS_AFTER,
            is_taken_back=self._taken_back(outcomes, backs, kept),
        )

    def _is_noticed(self, outcomes: Sequence[Mapping[str, Any]]) -> bool:
        """Whether the program said so: a playbook that is made for it, or one of its signs."""
        if any(outcome["playbook_id"] in self._fault.does for outcome in outcomes):
            return True
        told = "\n".join(_everything(said) for said in self._clone.told)
        return any(sign in told for sign in self._fault.signs)

    def _disposition(self, wrong: str) -> str:
        """By what a person had to see of it, most of all."""
        results = {outcome["result"] for said in self._healed for outcome in said.data.get("outcomes", ())}
        asked = [inquiry for said in self._healed for inquiry in said.data.get("inquiries", ())]
        if "asked" in results:
            return ASK
        if asked or results & {"escalated", "stopped"} or any(said.data.get("stopped") for said in self._healed):
            return ESCALATE
        if "healed" in results:
            return AUTO
        return self._without_healing(wrong)

    def _without_healing(self, wrong: str) -> str:
        """Nothing was healed: it was put right on the way, or a person was told, or nothing was done at all."""
        if self._fault.expected == IGNORE and not wrong:
            return IGNORE
        if not wrong and any(said.reply.get("healing") or said.is_done for said in self._clone.told):
            return AUTO if self._fault.expected == AUTO else self._told_a_person()
        return self._told_a_person()

    def _told_a_person(self) -> str:
        return ESCALATE if self._fault.signs and self._is_noticed(()) else IGNORE

    def _unneeded(self, outcomes: Sequence[Mapping[str, Any]]) -> Iterator[str]:
        for outcome in outcomes:
            if outcome["playbook_id"] not in self._fault.does:
                yield from (f"{outcome['playbook_id']}: {action}" for action in outcome["actions_taken"])

    def _taken_back(self, outcomes: Sequence[Mapping[str, Any]], backs: Sequence[bool], kept: bool) -> bool | None:
        """Whether everything stands as before where healing did not help."""
        if not outcomes or any(outcome["success"] for outcome in outcomes):
            return None if not backs else all(backs)
        return kept and all(backs)


def acted(said: Said) -> bool:
    return any(outcome["actions_taken"] for outcome in said.data.get("outcomes", ()))


def _everything(said: Said) -> str:
    findings = said.data.get("findings") or ()
    rules = [f"{row.get('rule')} {row.get('message')}" for row in findings if isinstance(row, dict)]
    answers = said.data.get("answers") or ()
    verdicts = [f"{row['probe']} {row['verdict']} {'flaked' if row['flaked'] else ''}" for row in answers]
    inquiries = [f"{row['symptom']} {row['last_error']}" for row in said.data.get("inquiries") or ()]
    return "\n".join([said.words, *rules, *verdicts, *inquiries])
