"""Upkeep as it is really done: the steps of `domain.playbooks.upkeep`, and the memory of when they were."""

from __future__ import annotations

from domain.errors import NotFound, WtError
from domain.playbooks import upkeep
from domain.playbooks.learning import learn_from_outcomes
from domain.playbooks.outcomes import Taken
from domain.playbooks.playbook import Playbook, Stage
from domain.playbooks.playbook import Step as Action
from domain.playbooks.treatment import LeaveNeeded, Run, Stopped, Treatment
from domain.playbooks.upkeep import DEADLINES, Told, steps_of
from infrastructure.healing_state import HealingLog
from infrastructure.reviews import SHOWN, Reviews

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from domain.playbooks.upkeep import Result, Step
    from domain.ports import Probing
    from domain.reply import Reply
    from infrastructure.healing import ProjectHealing
    from infrastructure.healing_world import ProjectWorld
    from infrastructure.playbooks import ProjectPlaybooks
    from infrastructure.preemption import Prevention

    Document = Mapping[str, Any]  # Any: plain values all through

NAME, LIMIT = "upkeep", 1 << 18  # bytes of one file of the log; two are kept


class ProjectUpkeep:
    """The port of the commands about upkeep."""

    def __init__(
        self,
        root: str,
        playbooks: ProjectPlaybooks,
        world: ProjectWorld,
        healing: ProjectHealing,
        *,
        probing: Callable[[], Probing],
        examine: Callable[[], Reply],
        prevention: Prevention,
    ) -> None:
        self._playbooks = playbooks
        self._world = world
        self._healing = healing
        self._probing = probing
        self._examine = examine
        self._prevention = prevention
        self._log = HealingLog(root, name=NAME, limit=LIMIT)

    # --- when ---------------------------------------------------------------------------------------------------------

    def due(self) -> list[str]:
        """The periods whose upkeep is due."""
        return upkeep.due(list(self._log.read()), self._world.now())

    def overview(self) -> list[Document]:
        """Every period: its steps, when it was done last, whether it is due."""
        lines = list(self._log.read())
        last, due = upkeep.last_done(lines), upkeep.due(lines, self._world.now())
        return [
            {
                "period": period,
                "due": period in due,
                "at": last.get(period),
                "steps": self.steps(period),
            }
            for period in upkeep.PERIODS
        ]

    def steps(self, period: str, step: str | None = None) -> list[Document]:
        """The steps of a period, or one of them. Raises NotFound for one that there is not."""
        return [{"step": each.name, "meaning": each.meaning} for each in _chosen(period, step)]

    # --- doing --------------------------------------------------------------------------------------------------------

    def run(self, period: str, step: str | None = None) -> Document:
        """One period's steps, each told; that all were done is remembered. With `step`, that one alone.

        Raises NotFound where nothing of wt is, or for a step that there is not.
        """
        steps = _chosen(period, step)
        self._world.must_be_a_project()
        since = upkeep.last_done(self._log.read()).get(period, 0.0)
        began = self._world.elapsed()
        results = upkeep.carried_out(steps, self._jobs(since), self._world.elapsed, DEADLINES[period])
        document = {
            "schema": upkeep.SCHEMA,
            "period": period,
            "at": self._world.now(),
            "seconds": round(self._world.elapsed() - began, 3),
            "steps": [result.to_document() for result in results],
        }
        return document | {"problem": "" if step else self._remembered(document, results)}

    def _remembered(self, document: Document, results: Sequence[Result]) -> str:
        """What went wrong with remembering it. The log has what was said; figures stand where they come from."""
        rows = [{key: value for key, value in result.to_document().items() if key != "data"} for result in results]
        try:
            self._log.append({**document, "steps": rows})
        except (WtError, OSError) as error:
            return f"that it was done could not be noted ({error})"
        return ""

    def _jobs(self, since: float) -> Mapping[str, Callable[[float], Told]]:
        return {
            "heal": self._heal,
            "judge_predictions": self._judge_predictions,
            "clear_temporary": self._clear_temporary,
            "test_probes": self._test_probes,
            "evolve": self._evolve,
            **Reviews(self._playbooks, self._world, self._healing, since).jobs(),
            "examine": self._examined,
            "rehearse": self._rehearse,
            "optimise": self._optimise,
        }

    # --- daily --------------------------------------------------------------------------------------------------------

    def _heal(self, _: float) -> Told:
        report = self._playbooks.heal(None, agreed=False, trigger="schedule")
        if report["stopped"]:
            return Told("found", str(report["stopped"]))
        healed = [outcome["playbook_id"] for outcome in report["outcomes"] if outcome["result"] == "healed"]
        asked = [inquiry["symptom"] for inquiry in report["inquiries"]]
        said = [f"healed: {', '.join(healed)}"] if healed else []
        said += [f"for a person: {', '.join(asked)}"] if asked else []
        return Told(
            "found" if asked else "done" if healed else "nothing",
            "; ".join(said) or "nothing needs healing",
            {"healed": healed, "asked": asked},
        )

    def _judge_predictions(self, _: float) -> Told:
        library, foresight = self._playbooks.library, self._world.foresight
        found = self._prevention.judge(self._world.outcomes(), library.get, foresight.cached_at)
        if not found:
            return Told("nothing", "nothing new was foretold and treated")
        rows = [judgement.to_document() for judgement in found]
        prevented = sum(judgement.prevented for judgement in found)
        return Told("done", f"{prevented} of {len(found)} were prevented, by replay", {"judged": rows})

    def _clear_temporary(self, seconds: float) -> Told:
        taken = self._tidied("clear_temporary", seconds)
        fixes = self._temporary_fixes()
        said = [*_said(taken), *fixes]
        return Told(
            _outcome(taken, bool(fixes)), "; ".join(said) or "nothing was left behind", {"still_in_force": fixes}
        )

    def _temporary_fixes(self) -> list[str]:
        """What was switched off for a while and has stayed off."""
        off = self._world.off()
        quarantined = [str(row["probe"]) for row in self._probing().rows() if row["quarantined"]]
        fixes = [off] if off else []
        fixes += [f"the playbook {id} is disabled" for id in sorted(self._world.disabled())]
        return fixes + [f"the probe {probe} is in quarantine" for probe in quarantined]

    # --- weekly and monthly -------------------------------------------------------------------------------------------

    def _test_probes(self, _: float) -> Told:
        rows = [row for row in self._probing().selftest() if row["tested"]]
        blind = [str(row["probe"]) for row in rows if not (row["control"] and row["seen"])]
        said = f"not right: {', '.join(blind)}" if blind else f"{len(rows)} probes see what they claim to see"
        return Told("found" if blind else "nothing", said, {"tested": len(rows), "blind": blind})

    def _evolve(self, _: float) -> Told:
        lessons = learn_from_outcomes(self._world.past()).values()
        weak = [each for each in lessons if each.tally.helped < each.tally.trials]
        if not weak:
            return Told("nothing", "every playbook that was used has helped each time")
        least = min(weak, key=lambda each: each.tally.helped / each.tally.trials).playbook_id
        rows = self._playbooks.evolved(least, rehearsal=False)
        proposed = [row["proposal"] for row in rows if row["proposal"]]
        said = (
            f"a better version of {least} is proposed: wt inbox"
            if proposed
            else f"nothing better than {least} was found"
        )
        return Told("found" if proposed else "nothing", said, {"playbook": least, "proposals": proposed})

    def _examined(self, _: float) -> Told:
        reply = self._examine()
        told = [str(finding["message"]) for finding in reply.data["findings"]]
        said = f"{reply.message} {'; '.join(told[:SHOWN])}".strip()
        return Told("found" if told else "nothing", said, {"findings": reply.data["findings"]})

    def _rehearse(self, _: float) -> Told:
        figures = self._playbooks.selftest(only=(), fast=True, seed=0, keep=False)["figures"]
        done = f"{figures['trials']} trials of {figures['faults']} faults and {figures['controls']} controls"
        said = "every figure is reached" if figures["is_reached"] else "not every figure is reached: wt selftest --fast"
        return Told("nothing" if figures["is_reached"] else "found", f"{done}: {said}", {"figures": figures})

    def _optimise(self, seconds: float) -> Told:
        taken = self._tidied("optimise", seconds)
        return Told(_outcome(taken, False), "; ".join(_said(taken)) or "there was nothing to do")

    # --- what they share ----------------------------------------------------------------------------------------------

    def _tidied(self, name: str, seconds: float) -> list[Taken]:
        """The actions of a step under all the guards of a treatment: scope, cap, time, nothing lost, the off switch."""
        step = next(step for step in upkeep.STEPS if step.name == name)
        taken: list[Taken] = []
        with self._world.alone():
            run, ends = Run(self._world.new_id(), "R1", set(), set()), self._world.elapsed() + seconds
            for action in step.does:
                taken += self._act(name, action, run, max(ends - self._world.elapsed(), 0.0))
                if taken and taken[-1].result == "stopped":
                    break
        return taken

    def _act(self, name: str, action: str, run: Run, seconds: float) -> list[Taken]:
        stage = Stage("upkeep", (Action(action),))
        playbook = Playbook(f"upkeep_{name}", name, (), (stage,), timeout=seconds, rollback=False)
        treatment = Treatment(self._world, playbook, (), run, None)
        try:
            treatment.tries(stage)
        except LeaveNeeded:
            pass  # it stands among what was taken, as refused
        except Stopped as stopped:
            return [*treatment.taken, Taken(action, stage.name, "R1", "stopped", said=stopped.reason)]
        return treatment.taken


def _chosen(period: str, step: str | None) -> list[Step]:
    known = steps_of(period)
    chosen = [each for each in known if step in (None, each.name)]
    if not chosen:
        names = ", ".join(each.name for each in known)
        raise NotFound(f"There is no step {step} in the {period} upkeep.", hint=f"There are: {names}.")
    return chosen


def _said(taken: Sequence[Taken]) -> list[str]:
    return [f"{each.action}: {each.said}" for each in taken if each.result != "nothing"]


def _outcome(taken: Sequence[Taken], is_found: bool) -> str:
    if is_found or any(each.result in ("failed", "refused", "stopped") for each in taken):
        return "found"
    return "done" if any(each.result == "done" for each in taken) else "nothing"
