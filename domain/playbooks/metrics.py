"""What can be said about a project in a condition: every signal with its kind, and whether it speaks of trouble."""

from __future__ import annotations

from domain.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    Value = bool | float | str | None  # None: it could not be found out

# From the ground up: what lies lower can be the cause of what lies higher.
LAYERS = ("host", "locks", "store", "git", "remote", "probes")

KINDS = {
    "flag": "true or false",
    "count": "a whole number",
    "percent": "a number from 0 to 100",
    "duration": "a number with a unit: 30s, 5m, 2h, 7d",
    "size": "a number with a unit: 512B, 64KB, 200MB, 2GB",
    "text": "a text in quotes",
}

OUT_OF_SIGHT = "3650d when that is out of sight, unknown while too little was measured"


class Metric(Record):
    """One signal. `texts` are the only ones it can be; `alarm` is when somebody has to know of it."""

    name: str
    layer: str
    kind: str
    meaning: str
    texts: tuple[str, ...] = ()
    alarm: str = ""
    advice: str = ""  # for whoever the alarm is handed to
    foretells: bool = False  # it speaks of what is to come: only what risks nothing is done about it unasked


METRICS = {
    metric.name: metric
    for metric in (
        Metric("disk_free", "host", "size", "free space where the project lies", alarm="disk_free < 16MB"),
        Metric("cache_size", "host", "size", "everything in wt's own caches"),
        Metric("cache_excess", "host", "size", "what wt's own caches hold beyond the setting cache_limit_mb"),
        Metric("clock_behind", "host", "duration", "how far the newest entry of the journal lies ahead of the clock"),
        Metric("latency_p95", "host", "duration", "what 95 % of the last twenty operations took at most"),
        Metric("latency_baseline", "host", "duration", "what the operations before them took, smoothed"),
        Metric(
            "success_rate",
            "host",
            "percent",
            "operations of wt that went well, of the last hundred; unknown below ten",
            alarm="success_rate < 70",
            advice="See what failed with: wt show errors",
        ),
        Metric(
            "disk_exhaustion",
            "host",
            "duration",
            f"until the free space is used up, at its rate of late; {OUT_OF_SIGHT}",
            foretells=True,
        ),
        Metric(
            "cache_exhaustion",
            "host",
            "duration",
            f"until wt's own caches are at their limit, at the rate of late; {OUT_OF_SIGHT}",
            foretells=True,
        ),
        Metric(
            "latency_exhaustion",
            "host",
            "duration",
            f"until reading all trackers takes a second, at the rate of late; {OUT_OF_SIGHT}",
            foretells=True,
        ),
        Metric(
            "latency_rising",
            "host",
            "flag",
            "whether the last twenty operations have left what was usual before (EWMA and CUSUM agree)",
            foretells=True,
        ),
        Metric(
            "foreign_layout",
            "store",
            "count",
            "trackers not laid out as wt does it, so that every command reads them whole",
        ),
        Metric("index_lock", "locks", "flag", "whether git's index.lock is there"),
        Metric("index_lock_age", "locks", "duration", "how old git's index.lock is; 0s when there is none"),
        Metric("index_lock_held", "locks", "flag", "whether a running process may hold git's index.lock"),
        Metric(
            "lock_held",
            "locks",
            "duration",
            "for how long a running command has held the lock of this project; 0s when none does",
        ),
        Metric(
            "index_lock_unclear",
            "locks",
            "flag",
            "whether git's index.lock is older than a minute and nobody can see whether it is held",
            alarm="index_lock_unclear",
            advice="See whether a git of somebody else runs here; when none does, take .git/index.lock away.",
        ),
        Metric("trackers_damaged", "store", "count", "trackers whose last saved state can be proven and put back"),
        Metric(
            "trackers_unreadable",
            "store",
            "count",
            "trackers that cannot be read and not be put right by proof",
            alarm="trackers_unreadable > 0",
        ),
        Metric(
            "disputes",
            "store",
            "count",
            "items about which two branches disagree, as a merge has recorded them",
            alarm="disputes > 0",
            advice="See both sides with wt validate, and decide.",
        ),
        Metric(
            "trackers_newer",
            "store",
            "count",
            "trackers that a newer wt has written, so that this one only reads them",
            alarm="trackers_newer > 0",
            advice="Update wt: until then it reads these trackers and changes nothing in them.",
        ),
        Metric(
            "pages_orphaned",
            "store",
            "count",
            "pages whose tracker is gone and cannot be brought back by proof",
            alarm="pages_orphaned > 0",
            advice="Put the JSON file back from a copy; what the page still shows is taken from it by wt import.",
        ),
        Metric("statuses_misspelt", "store", "count", "trackers unreadable only because a status is in other words"),
        Metric("pages_stale", "store", "count", "pages that differ from their tracker"),
        Metric("writes_interrupted", "store", "count", "what commands that died have left: files, journal entries"),
        Metric("edits_unjournaled", "store", "count", "trackers changed outside wt, without an entry in the journal"),
        Metric("snapshots_damaged", "store", "count", "snapshots that are missing or cannot be read"),
        Metric("journal_size", "store", "size", "all journals"),
        Metric(
            "journal_exhaustion",
            "store",
            "duration",
            f"until the largest journal is as large as one is read, at its rate of late; {OUT_OF_SIGHT}",
            alarm="journal_exhaustion < 30d",
            advice="A journal is the truth: wt never shortens one. See why it grows, or go on in a new tracker.",
            foretells=True,
        ),
        Metric("backups_size", "store", "size", "all snapshots"),
        Metric(
            "backups_exhaustion",
            "store",
            "duration",
            f"until snapshots fill the disk, at their rate of late; {OUT_OF_SIGHT}",
            foretells=True,
        ),
        Metric("knowledge_sound", "store", "flag", "whether the learning database can be read; true without one"),
        Metric("state_damaged", "store", "count", "documents of self-healing that cannot be read"),
        Metric("consent_sound", "store", "flag", "whether consents can be read and belong here; true without any"),
        Metric("in_git", "git", "flag", "whether the project is in a working tree of git"),
        Metric("git_busy", "git", "flag", "whether a merge, rebase, cherry-pick or revert is under way"),
        Metric("trackers_conflicted", "git", "count", "trackers that git has left unmerged or with conflict markers"),
        Metric(
            "files_conflicted",
            "git",
            "count",
            "other files that git has left unmerged",
            alarm="files_conflicted > 0",
            advice="Decide in these files what stays, and tell git with git add: git status lists them.",
        ),
        Metric(
            "git_unfinished",
            "git",
            "duration",
            "for how long a merge, rebase, cherry-pick or revert has been under way; 0s when none is",
            alarm="git_unfinished > 1h",
            advice="Finish it or call it off: git status says how.",
        ),
        Metric(
            "git_refuses",
            "git",
            "flag",
            "whether git will not work here because the folder belongs to somebody else",
            alarm="git_refuses",
            advice='If you trust whoever owns this folder, say so: git config --global --add safe.directory "$PWD"',
        ),
        Metric(
            "head_detached",
            "git",
            "flag",
            "whether no branch is checked out, and that is no step of a rebase or a bisection",
            alarm="head_detached",
            advice="What is committed now belongs to no branch: git switch -c NAME makes one, git switch - goes back.",
        ),
        Metric(
            "autostashes",
            "git",
            "count",
            "what git has stashed by itself and could not put back",
            alarm="autostashes > 0",
            advice="Your changes are safe: git stash list shows them, git stash apply puts them back.",
        ),
        Metric(
            "objects_damaged",
            "git",
            "count",
            "objects of git's that are missing, or loose and damaged; unknown where looking takes more than 2 s",
            alarm="objects_damaged > 0",
            advice="Keep a copy of .git, then see git fsck; git fetch --refetch brings what the remote has.",
        ),
        Metric(
            "trackers_hidden",
            "git",
            "count",
            "trackers that git ignores, or was told to take for unchanged: no commit holds what changes in them",
            alarm="trackers_hidden > 0",
            advice="See git check-ignore -v and git ls-files -v: git update-index --no-skip-worktree and"
            " --no-assume-unchanged take such marks away.",
        ),
        Metric("enforcement_missing", "git", "count", "hooks or drivers that were set up and are not in force"),
        Metric(
            "sync_state",
            "remote",
            "text",
            "the branch beside its upstream, as last fetched",
            texts=("none", "even", "ahead", "behind", "diverged"),
        ),
        Metric(
            "remote_access",
            "remote",
            "text",
            "what the upstream's server answers",
            texts=("none", "granted", "denied", "unreachable"),
        ),
        Metric("credentials_valid", "remote", "flag", "whether the upstream's server lets us in; true without one"),
        Metric("network_connectivity", "remote", "flag", "whether the upstream's server answers; true without one"),
        Metric("circuits_open", "remote", "count", "resources that are paused because they kept failing"),
        Metric("consensus_score", "probes", "percent", "how far the probes agree with what is claimed"),
        Metric("agent_failures", "probes", "count", "probes that are broken, after one rerun"),
        Metric("all_agents_healthy", "probes", "flag", "whether no probe is broken; it does not say that they agree"),
    )
}
