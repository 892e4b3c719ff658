"""Questions and requests to see something: they only ever become commands that read."""

# a line of words is easier to read, and to add to, than a list

from __future__ import annotations

from domain.commands.table import Command
from domain.language.clauses import Clause
from domain.language.lexicon import STATUS_ALIASES
from domain.language.reading import Unclear
from domain.language.slots import named, resembling

TYPE_CHECKING = False
if TYPE_CHECKING:
    from domain.commands.table import Ref
    from domain.language.grammar import Chunk, World

# Words that say what a question is after. The first row whose words all stand in it decides (`a|b`: one of them).
CUES = (
    (
        "help",
        "how do|can|to|should|does|would "
        "i|you|we|one|add|mark|set|move|delete|complete|create|make|assign|rename|use|block|start|undo|attach",
    ),
    ("help", "what can|could i|you|we|it|wt do|say|type|ask|tell|use"),
    ("help", "how do|does this|it|wt work|works"),
    ("progress", "on track"),
    ("next", "bored work|task|something|job"),
    ("regenerate", "redo page|markdown|view"),
    ("help", "commands|verbs"),
    ("help", "how is|are|do|to used|use|operate|drive"),
    ("help", "way to"),
    ("progress", "where stand|stands|standing"),
    ("next", "where go here|next"),
    ("health", "condition|shape|state installation|tool|system|wt|engine|software"),
    ("help", "examples what|type|say|some"),
    ("health", "selfcheck|self-check|self-test|selftest|check-up|checkup"),
    ("health", "system|tool|wt|everything|engine shape|order|condition"),
    ("validate", "validator|inconsistencies|consistent|consistency|validity"),
    ("validate", "look|check|search|hunt|scan errors|problems|mistakes|corruption|damage tracker|plan|data|file"),
    ("sync", "align|match|line markdown|page|view|file|data|json"),
    ("regenerate", "produce|build|print|reprint markdown|page|view|md|document"),
    ("progress", "are|am we|i there|done|close|finished yet|there"),
    (
        "next",
        "something|anything|suggestion|suggestions do|start|tackle|on|work "
        "give|suggest|find|show|recommend|need|want|have|for|me",
    ),
    ("help", "explain how|what|why"),
    ("sync", "up date markdown|page|view|md|file|json|data"),
    ("help", "help|usage|manual|instructions|tutorial|syntax|examples|cheatsheet|documentation|docs"),
    ("help", "commands|verbs|options what|which|list|show|available|known|all|your|understand"),
    ("help", "what|which|how do|can|does you|wt|it understand|know|work"),
    ("trackers", "trackers|initiatives|plans|projects|boards"),
    (
        "validate",
        "validate|validation|valid|lint|consistent|integrity|validates|corrupt|corrupted|sane|intact|wellformed|schema",
    ),
    (
        "validate",
        "check|verify|inspect|audit tracker|plan|file|project|consistency|errors|problems|integrity|structure|format",
    ),
    ("validate", "any|are|is|there|find|show errors|problems|inconsistencies tracker|plan|file|there|any"),
    (
        "healing_statistics",
        "healing|self-healing|recovery|recoveries|knowledge statistics|statistic|stats|figures|numbers|rate|rates",
    ),
    ("show_escalations", "escalations|escalation|escalated"),
    ("show_errors", "errors|error|failures show|list|log|logs|which|what|recent|last|latest|occurred|happened|wt"),
    ("regenerate", "regenerate|redraw|render|rerender|recreate|regen"),
    (
        "regenerate",
        "rebuild|refresh|generate|update|rewrite|write|produce|make|create markdown|page|view|md|document|readme|html",
    ),
    ("sync", "sync|synchronisation|synchronization|synchronise|synchronize|resync|synch|reconcile"),
    ("sync", "in|into|out sync|line|step"),
    ("health", "health|healthy|healthcheck|doctor|diagnose|diagnostics|vitals|unhealthy|wellbeing|heartbeat"),
    ("health", "are|is you|wt|everything|tool|system ok|okay|well|alive|fine|working|healthy|alright"),
)
OF_THE_TOOL = frozenset("health sync regenerate validate healing_statistics show_escalations show_errors".split())
HISTORY = frozenset(
    (
        "history edits log logs changed changes happened activity changelog journal timeline trail audit events recent"
    ).split()
)
NEXT = frozenset("next suggest recommend recommended".split())
LEFT = frozenset("left remain remains remaining outstanding unfinished incomplete undone rest still".split())
BLOCKED = frozenset(
    (
        "blocked blockers blocker stuck blocking impediments impediment waiting stalled bottleneck bottlenecks "
        "blocks block hold holding"
    ).split()
)
PROGRESS = frozenset(
    (
        "progress overview summary percent percentage far standing dashboard stats statistics burndown report "
        "completion velocity complete doing going looking stand stands along there coming track"
    ).split()
)
PARTS = {
    "evidence": "evidence proof evidences artifact attachment attachments",
    "notes": "note notes comment comments remark remarks",
    "criteria": "criterion criteria acceptance",
    "subtasks": "subtask subtasks boxes checklist steps checkboxes",
    "dependencies": "depend depends dependency dependencies prerequisite prerequisites blocking waiting "
    "needs requires before first depending",
    "assignee": "who owner assignee owns whose assigned responsible",
    "due": "due deadline when",
    "priority": "priority important urgent urgency",
    "estimate": "estimate long effort size",
    "labels": "label labels tag tags",
    "description": "description describe",
    "status": "status state done finished complete started blocked completed closed shipped",
}
_PART_OF = {word: part for part, line in PARTS.items() for word in line.split()}
ABOUT = frozenset("mention mentions mentioning about contain contains containing matching match matches".split())
WHAT_LISTED = {
    "phases": "phases",
    "labels": "labels|tags",
    "people": "people|team|everybody|colleagues|members|persons",
    "evidence": "evidence|proof|attachments",
    "trackers": "trackers",
}


def read(clause: Clause, *, asked: bool) -> list[Command] | None:
    """The reads that a question or request stands for, or None. Raises Unclear when its items are."""
    words = _words(clause)
    refs = [ref for chunk in clause.all("ref") for ref in named(clause, chunk)]
    searched = _search(clause, words) if _cue(words | clause.said) != "validate" or clause.first("text") else None
    if searched:
        return searched
    progress = any(c.may_be("noun", "progress") for c in clause.all("noun"))
    if progress and {"every", "tracker"} <= words:
        return [Command("show_progress", {"all": True})]
    if (progress or {"how", "are"} <= words) and words & {"trackers", "initiatives", "projects", "plans"}:
        return [Command("show_progress", {"all": True})]
    cue = _cue(words | clause.said) if not refs or words & {"how"} else None
    if cue in ("validate", "health", "sync", "regenerate") and not asked and not refs:
        _refuse_strange_words(clause, cue)
    if cue in ("help",) or (cue and not refs):
        return _tool(cue, clause, words)
    below = [ref for ref in refs if ref.kind != "phase"]
    if below:
        return _of_items(clause, below, words)
    phase = refs[0].id if refs else None
    return _of_tasks(clause, words, phase, asked)


def _words(clause: Clause) -> set[str]:
    return {word for chunk in clause.chunks if chunk.kind not in ("text", "ref") for word in chunk.text.split()}


def tool(words: frozenset[str]) -> list[Command] | None:
    """The command about the tool itself that these words ask for."""
    cue = _cue({*words})
    if cue == "health" and "you" in words:
        return None  # praise, or blame
    return [Command(cue, {})] if cue in OF_THE_TOOL else None


def _cue(words: set[str]) -> str | None:
    for command, cue in CUES:
        if all(words & {*group.split("|")} for group in cue.split()):
            return command
    return None


def _refuse_strange_words(clause: Clause, cue: str) -> None:
    """validate nosuch: a short order with a word that has no place in it."""
    known = {word for name, groups in CUES if name == cue for word in groups.replace("|", " ").split()}
    strange = [c.text for c in clause.all("unknown") if c.text not in known | KNOWN_EXTRAS]
    if strange and len(clause.chunks) == 2:
        raise Unclear(f"I do not understand “{strange[0]}” here; nothing was changed.")


def _tool(cue: str, clause: Clause, words: set[str]) -> list[Command]:
    if cue == "progress":
        return [Command("show_progress", {})]
    if cue == "trackers":
        return [Command("list", {"what": "trackers"})]
    if cue == "help":
        topic = _topic(clause, words, clause.said & {"explain", "with", "about", "help"})
        return [Command("help", {"topic": topic} if topic else {})]
    return [Command(cue, {})]


TOPICS = ("subtask", "evidence", "note", "criterion", "dependency", "phase", "tracker", "initiative", "task")


def _topic(clause: Clause, words: set[str], named: frozenset[str]) -> str | None:
    """What help is wanted about: a noun, a field or a verb of the question."""
    from domain.commands import COMMANDS

    topics = {spec.topic for spec in COMMANDS.values()}
    wanted = [
        w
        for c in clause.chunks
        for w in (*c.text.split(), str(c.value))
        if c.kind in ("noun", "verb", "field", "unknown", "status") and c.text not in ("lost", "thing", "options")
    ]
    names = {*topics, *COMMANDS}
    for word in wanted:
        for name in (word, word.rstrip("s"), word + "s", word.replace("y", "ies")):
            if name in names and name != "help":
                return name
    topic = next(
        (noun for noun in TOPICS if any(c.may_be("noun", noun) and c.head.startswith(noun[:6]) for c in clause.chunks)),
        None,
    )
    first = clause.chunks[0]
    if topic is None and first.text == "help" and len(clause.chunks) == 2 and clause.chunks[1].kind != "sign":
        return clause.chunks[1].text  # "help add"
    return topic or next((c.text for c in clause.all("unknown") if named and c.text not in KNOWN_EXTRAS), None)


def _search(clause: Clause, words: set[str]) -> list[Command] | None:
    verb = next((c for c in clause.all("verb") if "search" in c.kinds["verb"]), None)
    quoted = clause.first("text")
    about = next(
        (c for c in clause.chunks if (set(c.text.split()) & ABOUT and c.kind != "filler") or c.prep == "about"), None
    )
    if verb is None and not (about and (quoted or clause.all("unknown")) and not clause.all("ref")):
        return None
    start = verb or about
    assert start is not None
    at = clause.chunks.index(start)
    rest = [c for c in clause.chunks[at + (start.prep != "about") :] if c.kind not in ("sign",)]
    if verb is not None and about is not None and clause.chunks.index(about) > at:
        rest = [
            c for c in clause.chunks[clause.chunks.index(about) + (about.prep != "about") :] if c.kind != "sign"
        ] or rest
    while len(rest) > 1 and (
        rest[0].kind in ("noun", "quantifier", "prep", "filler", "pronoun", "mood")
        or rest[0].text in ("word", "words", "term", "phrase", "anything")
    ):
        rest = rest[1:]
    if (
        verb is not None
        and not any(c.kind in ("unknown", "text") for c in rest)
        and any(c.kind in ("status", "priority", "person", "ref") for c in rest)
    ):
        return None
    if not rest:
        return None
    query = quoted.value if quoted else clause.world.raw(rest[0].start, rest[-1].end).rstrip("?!. ")
    return [Command("search", {"query": query})] if query else None


def _of_items(clause: Clause, refs: list[Ref], words: set[str]) -> list[Command]:
    changed_by = "who" in words and any(
        c.kind == "verb" and "ed" in c.kinds["verb"].values() and not c.kinds["verb"].keys() & {"assign", "own"}
        for c in clause.chunks
    )
    if (
        words & (HISTORY - {"recent"})
        or {"did", "change"} <= words
        or (
            "when" in words
            and words & {"was", "did", "were"}
            and any(c.kind in ("verb", "status") for c in clause.chunks)
        )
        or changed_by
        or any(c.kind == "noun" and c.may_be("noun", "history") for c in clause.chunks)
    ):
        return [Command("history", {"item": ref}) for ref in refs]
    part = next(
        (
            part
            for part in (
                "evidence",
                "notes",
                "criteria",
                "subtasks",
                "labels",
                "dependencies",
                "estimate",
                "description",
            )
            if words & {*PARTS[part].split()}
        ),
        None,
    )
    part = part or next(
        (part for part in ("assignee", "due", "priority", "status") if words & {*PARTS[part].split()}), None
    )
    return [Command("show_item", {"item": ref, **({"part": part} if part else {})}) for ref in refs]


def _of_tasks(clause: Clause, words: set[str], phase: str | None, asked: bool) -> list[Command] | None:
    only = _limits(clause, words, phase)
    within: dict[str, object] = {name: only[name] for name in ("phase", "assignee") if name in only}
    condition = clause.first("mood") if words & {"if", "once", "when", "after"} else None
    if (
        words & (HISTORY | {"changes"})
        or ({"what", "new"} <= words and not words & {"tasks", "task"})
        or (words & {"done", "did"} and (date := clause.first("date")) is not None and date.prep == "since")
        or (
            words & {"did", "who"}
            and words & {"change", "edit", "do", "did"}
            and not words & {"next"}
            and any(c.kind == "person" for c in clause.chunks)
        )
    ):
        since = _since(clause)
        refs = [ref for c in clause.all("ref") for ref in c.value.refs]
        of_phase: dict[str, object] = {"item": refs[0]} if refs else {}
        return [
            Command(
                "history",
                of_phase
                | since
                | ({"assignee": only["assignee"]} if "assignee" in only else {})
                | ({} if since else _count(clause)),
            )
        ]
    if _wants_next(words | ({"you"} & clause.said), asked):
        return [Command("next", within | _count(clause))]
    if "who" in words and clause.noun("tracker") and not only:
        return [Command("list", {"what": "people"})]
    what = next(
        (
            what
            for what, cue in WHAT_LISTED.items()
            if words & {*cue.split("|")} and (what != "phases" or phase is None)
        ),
        None,
    )
    if what and not (words & LEFT and what == "phases") and not (what == "people" and only.get("assignee")):
        return [Command("list", {"what": what} | only)]
    if words & {"overdue", "late", "delayed"} or {"past", "due"} <= words or {"behind", "schedule"} <= words:
        return [Command("list", {"overdue": True} | only)]
    statuses = only.get("status")
    if words & {"cannot", "not"} and words & {"can"} and words & {"forward", "proceed", "advance", "continue", "on"}:
        return [Command("blocked", within)]
    if (
        _negated(clause, words)
        or (words & LEFT and statuses in (None, "pending", "complete", "in_progress"))
        or ({"to", "go"} <= words and "how" in words)
        or {"open", "issues"} <= words
    ):
        return [Command("remaining", within)]
    if words & BLOCKED and statuses in (None, "blocked") and not ("list" in words and statuses):
        return [Command("blocked", within)]
    if words & {"ready", "startable", "unblocked"} or (
        {"be"} <= words and words & {"can", "could"} and only.get("status") == "in_progress"
    ):
        return [Command("list", {"ready": True} | {name: only[name] for name in only if name != "status"})]
    if _wants_progress(clause, words, only):
        return [
            Command(
                "show_progress", ({"phase": phase} if phase else {}) | ({"all": True} if words & {"trackers"} else {})
            )
        ]
    listing = words & {
        "tasks",
        "items",
        "tickets",
        "todos",
        "work",
        "everything",
        "all",
        "list",
        "issues",
        "things",
        "plate",
        "stuff",
        "one",
        "task",
    }
    unexplained = [c for c in clause.all("unknown") if c.text not in KNOWN_EXTRAS]
    if (only.keys() - {"phase"} or listing or condition) and not unexplained:
        if condition and not only and not listing:
            return None
        return [Command("list", only)]
    if phase and not unexplained:
        ref = next(ref for chunk in clause.all("ref") for ref in chunk.value.refs)
        return [Command("show_progress", {"phase": phase}) if asked else Command("show_item", {"item": ref})]
    return None


KNOWN_EXTRAS = frozenset(
    (
        "far so anything anywhere else his her their plate got deliver there going currently many much still "
        "yet hand hands assigned any on"
    ).split()
)


def _wants_next(words: set[str], asked: bool) -> bool:
    if words & NEXT and not words & {"week", "month"}:
        return True
    me = words & {"i", "we", "me", "us"}
    return (
        bool(
            me
            and words & {"should", "can", "could", "shall"}
            and words & {"do", "start", "tackle", "begin", "take", "now", "pick", "work", "first"}
        )
        or (words >= {"what", "now"} and len(words) <= 3)
        or bool({"what", "to"} <= words and words & {"do", "tackle", "start"} and not words & LEFT)
    )


def _wants_progress(clause: Clause, words: set[str], only: dict[str, object]) -> bool:
    if "assignee" in only or "due" in only or "due_before" in only:
        return False
    if any(c.kind in ("noun", "verb", "unknown") and c.may_be("noun", "progress") for c in clause.chunks) or words & {
        "overview",
        "summary",
        "percent",
        "percentage",
        "dashboard",
        "stats",
        "statistics",
        "burndown",
        "standing",
        "report",
        "velocity",
    }:
        return True
    if any(c.may_be("field", "status") for c in clause.chunks) and not only.keys() - {"phase"}:
        return True
    if "how" in words and (words & PROGRESS or words & {"is", "are"} or only.get("status") == "complete"):
        return not (words & {"many", "much"} and only.get("status") not in (None, "complete"))
    if {"where", "are"} <= words or {"where", "do"} <= words:
        return True
    return bool(
        only.get("phase") and words & {"done", "finished", "complete", "completed", "going", "looking"}
    ) and not words & {"tasks", "list", "which"}


def _negated(clause: Clause, words: set[str]) -> bool:
    return bool(words & {"not", "n't", "yet", "unfinished", "incomplete"}) and any(
        c.kind in ("status", "verb") for c in clause.chunks
    )


def _limits(clause: Clause, words: set[str], phase: str | None) -> dict[str, object]:
    """What narrows a list."""
    only: dict[str, object] = {}
    states = [c for c in clause.chunks if c.kind == "status" or (c.kind == "verb" and c.may_be("status"))]
    if states:
        value = next(iter(states[0].kinds.get("status", {states[0].value: ""})))
        only["status"] = STATUS_ALIASES.get(str(value), str(value))
    if phase:
        only["phase"] = phase
    people = [c for c in clause.all("person") if c.value is not None and not _asker(clause, c)]
    if people:
        only["assignee"] = people[0].value
    if (
        any(c.kind == "person" and c.value is None for c in clause.chunks)
        or words & {"unassigned", "ownerless", "unowned"}
        or (clause.field("assignee") and words & {"no", "without"})
    ):
        only["assignee"] = None
    ranks = clause.all("priority")
    if ranks:
        only["priority"] = ranks[0].value
    label = next(
        (
            i
            for i, c in enumerate(clause.chunks)
            if c.may_be("field", "labels") or (c.may_be("verb", "label") and c.kind == "verb")
        ),
        None,
    )
    if label is not None and label + 1 < len(clause.chunks) and clause.chunks[label + 1].kind in ("unknown", "text"):
        c = clause.chunks[label + 1]
        clause.chunks.remove(c)
        only["label"] = clause.world.raw(c.start, c.end).strip("\"'“”")
    return only | _due(clause, words)


def _asker(clause: Clause, chunk: Chunk) -> bool:
    """ "what should I do", "show me": the one who asks, not a limit."""
    at = clause.chunks.index(chunk)
    before = clause.chunks[at - 1] if at else None
    if chunk.text in ("me", "us"):
        return chunk.prep not in ("to", "of", "by", "on") and not (before is not None and before.text == "assigned")
    if chunk.text == "my":
        following = clause.chunks[at + 1] if at + 1 < len(clause.chunks) else None
        return following is not None and following.may_be("noun", "change")
    if chunk.text in ("i", "we"):
        if any(c.text == "got" for c in clause.chunks):
            return False  # "what have I still got to do"
        after = clause.chunks[at + 1] if at + 1 < len(clause.chunks) else None
        owns = after is not None and after.kind == "verb" and "own" in after.kinds["verb"]
        works = any(c.may_be("verb", "work") and "ing" in c.kinds["verb"].values() for c in clause.chunks) or any(
            "working" in c.text for c in clause.chunks
        )
        if clause.chunks[0].text == "am" and any(c.may_be("status") for c in clause.chunks):
            return False
        return not (owns or (works and chunk.text == "i"))
    return False


def _due(clause: Clause, words: set[str]) -> dict[str, object]:
    date = clause.first("date")
    asked = any(c.may_be("field", "due") or c.may_be("verb", "schedule") for c in clause.chunks)
    if not asked and not (date and date.prep in ("by", "before", "until", "after", "on")):
        return {}
    if date is None:
        if words & {"today"}:
            return {"due": clause.world.given.now[:10]}
        return {}
    value = str(date.value)
    if date.prep in ("by", "before", "until") or any(c.text == "due by" for c in clause.chunks):
        return {"due_before": value}
    if date.prep in ("after", "from"):
        return {"due_after": value}
    if "week" in date.text or "month" in date.text:
        return _within(date, clause.world)
    return {"due": value}


def _within(date: Chunk, world: World) -> dict[str, object]:
    """due this week · due next week · due next month: up to the end of it."""
    from domain.language import dates

    day = dates.day_of(str(date.value))
    if "week" in date.text:
        monday = day - dates.weekday(day)
        return {"due_after": dates.iso(monday - 1), "due_before": dates.iso(monday + 7)}
    year, month, _ = dates.from_day(day)
    first = dates.to_day(year, month, 1)
    return {"due_after": dates.iso(first - 1), "due_before": dates.iso(first + dates.month_days(year, month))}


def _since(clause: Clause) -> dict[str, object]:
    from domain.language import dates

    date = clause.first("date")
    today = clause.world.today
    if date is not None:
        day = dates.day_of(str(date.value))
        if "week" in date.text:
            day = today - dates.weekday(today) - (7 if "last" in date.text else 0)
        return {"since": dates.iso(day - 7 if day > today else day)}
    words = _words(clause)
    days = next((dates.UNITS[c.text] for c in clause.chunks if c.text in ("days", "weeks")), 0)
    if days and "last" in words | clause.said:
        return {"since": dates.iso(today - days * int(str(_count(clause).get("count", 1))))}
    if "yesterday" in words:
        return {"since": dates.iso(today - 1)}
    if "today" in words:
        return {"since": dates.iso(today)}
    if {"last", "week"} <= words:
        return {"since": dates.iso(today - 7)}
    if {"this", "week"} <= words:
        return {"since": dates.iso(today - dates.weekday(today))}
    return {}


def _count(clause: Clause) -> dict[str, object]:
    from domain.language.lexicon import NUMBERS

    number = clause.first("number") or next((c for c in clause.chunks if NUMBERS.get(c.text, 0) > 1), None)
    if number is None:
        return {}
    count = NUMBERS.get(number.text) or (int(number.text) if number.text.isdecimal() and len(number.text) < 5 else 0)
    return {"count": count} if count else {}


def unknown_topic(clause: Clause) -> Unclear:
    return Unclear("I do not understand that question.", candidates=resembling(clause))
