"""What a playbook may do: every action with its risk, its reach, its bounds and how it is taken back."""

from __future__ import annotations

from domain.record import Record

RISKS = {
    "R0": "only looks, or asks",
    "R1": "touches what can be made again, and wt's own locks and notes",
    "R2": "touches what cannot be made again, under proof or so that it can be taken back",
    "R3": "may lose something, or has more than one right outcome: a person does it",
}
ROLLBACKS = {
    "nothing": "there is nothing to take back: it only looks, or what it took away is made again when needed",
    "snapshot": "copies of what it works on are taken first and put back",
    "own": "it is a transaction: it proves what it did, or takes it back itself",
}


class Action(Record):
    """One action by name. `cap` is how many objects it may touch at once, `timeout` is in seconds.

    `scope` are folders and files below the project, with `*`; a playbook can narrow it, never widen it. `(git)` is
    where git keeps its own files. `proven` says that what it brings about holds, digest for digest, what was there
    before the fault: a proof, where others need confidence. `changes_trackers` allows that a tracker says something
    else afterwards, as after a merge. What is not `idempotent` is done at most once in a run.
    """

    name: str
    risk: str
    meaning: str
    scope: tuple[str, ...] = ()
    cap: int = 100
    timeout: float = 30.0
    rollback: str = "nothing"
    proven: bool = False
    idempotent: bool = True
    changes_trackers: bool = False


PLANS = ("docs/plans/*",)
STATE = (".ecw/state/*",)
CACHES = (".ecw/cache/*",)

ACTIONS = {
    action.name: action
    for action in (
        Action(
            "repair_trackers",
            "R2",
            "put back the last saved state of damaged trackers, as journal and snapshots prove it",
            PLANS,
            rollback="own",
            proven=True,
        ),
        Action("redraw_pages", "R1", "draw stale pages anew; an edited one is kept as a patch", PLANS, rollback="own"),
        Action(
            "finish_writes",
            "R1",
            "sweep what dead commands left, mark their entries in the journal as abandoned",
            (*PLANS, *STATE),
            rollback="own",
        ),
        Action("journal_edits", "R1", "note in the journal what was changed outside wt", PLANS, rollback="own"),
        Action("renew_snapshots", "R1", "set damaged snapshots aside and take new ones", PLANS, rollback="own"),
        Action(
            "merge_trackers",
            "R2",
            "merge trackers that git left unmerged, item by item, where no item is in dispute",
            PLANS,
            rollback="own",
            proven=True,
            changes_trackers=True,
        ),
        Action(
            "remove_index_lock",
            "R1",
            "rename git's index.lock aside when nobody can hold it any more",
            ("(git)/index.lock",),
            cap=1,
            rollback="snapshot",
        ),
        Action(
            "fetch", "R1", "fetch the upstream's commits; no file and no branch of yours changes", cap=1, timeout=60.0
        ),
        Action(
            "fast_forward",
            "R2",
            "move the branch ahead to its upstream, which holds every commit of yours",
            cap=1,
            timeout=60.0,
            rollback="own",
            proven=True,
            changes_trackers=True,
        ),
        Action(
            "refresh_credentials",
            "R2",
            "run the project's declared and trusted command that renews the credential",
            cap=1,
            timeout=60.0,
            idempotent=False,
        ),
        Action("reset_connections", "R1", "close circuits whose resource answers again", cap=20),
        Action("clear_caches", "R1", "empty wt's own caches", CACHES, cap=10_000),
        Action("prune_caches", "R1", "take the files of wt's own caches that were unused longest", CACHES, cap=10_000),
        Action(
            "spell_statuses",
            "R2",
            "write a status that was typed in other words as it is spelt; the bytes that stood there are kept",
            PLANS,
            rollback="own",
            proven=True,
        ),
        Action(
            "lay_out",
            "R2",
            "write a tracker in wt's own layout, which says the same; the bytes that stood there are kept",
            PLANS,
            rollback="own",
            proven=True,
        ),
        Action(
            "cleanup_disk_space",
            "R1",
            "empty wt's own caches, sweep its temporary files, let go of the older log of operations; nothing of yours",
            (*CACHES, *STATE, *PLANS),
            cap=10_000,
        ),
        Action(
            "compact_logs",
            "R1",
            "pack away older halves of wt's own logs that had no line for a month; outcomes are never packed",
            STATE,
            cap=20,
            rollback="snapshot",
        ),
        Action(
            "prune_snapshots",
            "R1",
            "take snapshots beyond retention; fifty, one a day for thirty days and the last good one stay",
            (".ecw/backups/*",),
            cap=1000,
        ),
        Action(
            "sweep_set_aside",
            "R1",
            "take what healing set aside more than a month ago; nothing that holds a tracker of yours",
            STATE,
            cap=1000,
        ),
        Action("take_snapshots", "R1", "take a snapshot of every tracker that has changed since its last one", PLANS),
        Action(
            "warm", "R1", "compile what of wt itself is not compiled yet, so that the next command need not", cap=1000
        ),
        Action(
            "set_knowledge_aside",
            "R1",
            "set a learning database that cannot be read aside, with its journals; it is rebuilt from the log",
            (".ecw/state/learning.db*",),
            cap=4,
            rollback="snapshot",
        ),
        Action(
            "reset_state", "R1", "set documents of self-healing aside that cannot be right", STATE, rollback="snapshot"
        ),
        Action(
            "set_consent_aside",
            "R1",
            "set consents aside that cannot be read or belong elsewhere: consent is asked for again",
            (".ecw/consent-state.json",),
            cap=1,
            rollback="snapshot",
        ),
        Action(
            "restore_enforcement",
            "R2",
            "put wt's own hooks and drivers back where they were set up; nothing else in those files changes",
            ("(git)/*", ".gitattributes", ".claude/*"),
            cap=10,
            rollback="own",
        ),
        Action("run_reality_check", "R0", "ask every probe again", cap=1, timeout=120.0),
        Action(
            "restart_agents", "R1", "ask the broken probes once more, each in a fresh process", cap=20, timeout=120.0
        ),
        Action("clear_agent_cache", "R1", "empty the caches of broken probes", (".ecw/state/probes/*",), cap=1000),
        Action(
            "reset_agent_config",
            "R2",
            "restore what git knows of a broken probe's configuration; the present one is kept",
            (".ecw/probes/*",),
            cap=5,
            rollback="snapshot",
        ),
        Action(
            "rebuild_agent_env",
            "R2",
            "run the setup that a broken probe declares, where it is trusted",
            cap=5,
            timeout=300.0,
            idempotent=False,
        ),
        Action("quarantine_agent", "R0", "count a broken probe as unknown, so that coverage falls visibly", cap=20),
    )
}

# Verbs of other healers, and of the plan this one follows, that a tracker on the command line has nothing for.
LEFT_OUT = {
    "restart_services": "there is no service: every command is a process of its own",
    "optimize_queries": "there is no query: the tracker is one file",
    "stash_changes": "your files are never stashed: putting a stash back can end in conflict markers in the tracker",
    "pull_latest": "fetch and fast_forward do what can be done without a merge; a merge is for a person",
    "try_backup_database": "a second primary would fork the truth: the learning database is made again from the log",
    "change_permissions": "whose a file is and who may write it is for its owner to say",
}
