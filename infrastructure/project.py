"""Where a project lives: its root, its settings, the names of its trackers."""

from __future__ import annotations

import os

from domain.errors import Invalid, NotFound, Unavailable, Usage

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

PLANS = "docs/plans"
OWN = ".ecw"


def find_root(start: str) -> str:
    """The nearest folder above `start` (or itself) with `.ecw/` or a git top level, else `start`."""
    folder = os.path.realpath(start)
    while True:
        if os.path.isdir(os.path.join(folder, OWN)) or os.path.exists(os.path.join(folder, ".git")):
            return folder
        above = os.path.dirname(folder)
        if above == folder:
            return os.path.realpath(start)
        folder = above


def must_be_real(root: str) -> None:
    """Raises Unavailable when `.ecw` or something in it is a symbolic link: what wt writes there would land elsewhere.

    Only the settings may be kept elsewhere and linked.
    """
    own = os.path.join(root, OWN)
    if os.path.islink(own):
        raise _linked(OWN)
    try:
        with os.scandir(own) as entries:
            names = [entry.name for entry in entries if entry.is_symlink() and entry.name != "config.json"]
    except OSError:
        return
    names += ["state/healing"] if os.path.islink(f"{own}/state/healing") else []
    if names:
        raise _linked(f"{OWN}/{names[0]}")


def _linked(name: str) -> Unavailable:
    return Unavailable(f"{name} is a symbolic link, and wt keeps its own only in real folders.", hint="Replace it.")


def tracker_names(root: str, folder: str = PLANS, ending: str = ".json") -> list[str]:
    """Every JSON file of a folder below the root, relative to the root, in order of name; or those that end otherwise.

    Raises Usage, Unavailable.
    """
    inside(root, os.path.join(root, folder, "any"), folder)
    try:
        entries = sorted(os.listdir(os.path.join(root, folder)))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise Unavailable(f"{folder} cannot be read: {(error.strerror or '').lower()}.") from error
    return [os.path.join(folder, entry) for entry in entries if entry.endswith(ending) and not entry.startswith(".")]


def choose(root: str, cwd: str, wanted: str | None, default: str | None) -> str:
    """The tracker file meant, relative to the root.

    `wanted` may be the `.md`, the `.json` or the bare name. Raises NotFound, Usage (several and none chosen, or a path
    outside the project).
    """
    if wanted or default:
        return _named(root, cwd, wanted) if wanted else _named(root, root, default or "")
    names = tracker_names(root)
    if len(names) == 1:
        return inside(root, os.path.join(root, names[0]), names[0])
    if not names:
        raise NotFound("There is no tracker here yet.", hint='Start one with: wt init "Title"')
    hint = "Say it with --tracker NAME."
    raise Usage("There are several trackers: which one?", hint=hint, candidates=[(name, "") for name in names])


def _named(root: str, cwd: str, wanted: str) -> str:
    if "\0" in wanted:
        raise Usage("A tracker's name cannot hold a NUL character.")
    bare = "/" not in wanted and os.sep not in wanted
    stem = wanted[:-3] if wanted.endswith(".md") else wanted[:-5] if wanted.endswith(".json") else wanted
    folders = [os.path.join(root, PLANS), cwd, root] if bare else [cwd, root]  # answers name a tracker from the root
    paths = [os.path.join(folder, stem + ".json") for folder in folders]
    for path in paths:
        if os.path.lexists(path):
            return inside(root, path, wanted)
    name = inside(root, paths[0], wanted)
    names = tracker_names(root)
    raise NotFound(
        f"There is no tracker {name}.",
        hint='Start one with: wt init "Title"' if not names else "These exist.",
        candidates=[(name, "") for name in names],
    )


def among(names: list[str], root: str, cwd: str, wanted: str | None) -> str | None:
    """The one of these trackers that is meant, though its file is not there; the only one when none is named."""
    if not wanted:
        return names[0] if len(names) == 1 else None
    stem = wanted[:-3] if wanted.endswith(".md") else wanted[:-5] if wanted.endswith(".json") else wanted
    folders = (os.path.join(root, PLANS), os.path.realpath(cwd), root)
    meant = [os.path.relpath(os.path.join(folder, stem + ".json"), root).replace(os.sep, "/") for folder in folders]
    return next((name for name in meant if name in names), None)


def inside(root: str, path: str, wanted: str) -> str:
    """The path relative to the root; its folder is resolved, so that no link leads out. Raises Usage."""
    folder = os.path.realpath(os.path.dirname(path))
    resolved = os.path.join(folder, os.path.basename(path))
    if os.path.commonpath([root, resolved]) != root:
        raise Usage(f"{wanted} lies outside this project ({root}).", hint="A tracker lives below its project's folder.")
    return os.path.relpath(resolved, root).replace(os.sep, "/")


def is_inside(root: str, name: str) -> bool:
    """Whether a name that was read from somewhere leads to a place below the root."""
    try:
        return inside(root, os.path.join(root, name), name) == name
    except (Usage, ValueError):  # ValueError: a NUL character
        return False


# --- settings ---------------------------------------------------------------------------------------------------------


class Setting:
    """One key of `.ecw/config.json` or of the user's own file: its type, default and meaning."""

    def __init__(self, key: str, kind: str, default: object, meaning: str, env: str | None = None) -> None:
        self.key = key
        self.kind = kind
        self.default = default
        self.meaning = meaning
        self.env = env


SETTINGS = (
    Setting("tracker", "text", None, "The tracker meant when `--tracker` is not given.", "WT_TRACKER"),
    Setting("people", "texts", [], "Who works here; when set, a name that is not in it is asked about."),
    Setting("completion", "lenient|strict", "lenient", "`strict` refuses to complete a task without proof."),
    Setting("consent_above", "count", None, "A list that names more items than this needs consent, like `all`."),
    Setting("agents_may_skip_consent", "flag", False, "Whether agents may `--skip-consent`; as committed in git only."),
    Setting("test_command", "text", "pytest -q", "What runs a test that a task names as its check."),
    Setting("check_timeout", "number", 300, "Seconds a check of a task may run before it is stopped."),
    Setting("size_limit_mb", "number", 512, "The largest tracker file that is read, in MB."),
    Setting("lock_timeout", "number", 10, "Seconds to wait for another command's write.", "WT_LOCK_TIMEOUT"),
    Setting("remote_timeout", "number", 15, "Seconds that each call over the network may take.", "WT_REMOTE_TIMEOUT"),
    Setting("retry_max", "count", 3, "How often an operation is attempted, at most and in all.", "WT_RETRY_MAX"),
    Setting("retry_delay", "number", 1.0, "Seconds before the first retry; doubles with each.", "WT_RETRY_DELAY"),
    Setting("circuit_threshold", "count", 5, "Failures in a row that open a circuit.", "WT_CIRCUIT_THRESHOLD"),
    Setting("circuit_timeout", "number", 60, "Seconds before an open circuit is tested.", "WT_CIRCUIT_TIMEOUT"),
    Setting(
        "heal_unattended",
        "R0|R1|R2",
        "R2",
        "The highest risk that healing takes on by itself, where it is sure; R3 is always a person's.",
    ),
    Setting(
        "heal_at_session", "flag", True, "Whether a session of an agent begins and ends with a quick look, up to R1."
    ),
    Setting("credential_command", "text", None, "What renews the credential of a remote; runs only when trusted."),
    Setting("notify_command", "text", None, "What is run with a question in `WT_NOTICE`; runs only when trusted."),
    Setting("notify_webhook", "text", None, "Where a question is posted as JSON; only when trusted."),
    Setting("notify_desktop", "flag", False, "Whether a question is shown on the desktop."),
    Setting(
        "notify_from",
        "INFO|WARNING|CRITICAL",
        "CRITICAL",
        "The least severity that command, webhook and desktop are told; the log has all.",
    ),
    Setting("notify_every", "number", 3600, "Seconds in which one trouble is told on one of them at most once."),
    Setting("cache_limit_mb", "number", 64, "How much wt may keep in its own caches, in MB."),
    Setting("actor", "text", None, "Who is acting, when not asked from the environment or git.", "WT_ACTOR"),
)
_BY_KEY = {setting.key: setting for setting in SETTINGS}


class Configuration:
    """The settings in force: environment, then the project's file, then the user's, then defaults."""

    def __init__(self, root: str, env: Mapping[str, str]) -> None:
        self._env = env
        self._layers = [
            _read_settings(os.path.join(root, OWN, "config.json"), f"{OWN}/config.json"),
            _read_settings(user_settings_path(env), "your own settings"),
        ]

    def __getitem__(self, key: str) -> Any:  # Any: the table's kind says which type
        setting = _BY_KEY[key]
        if setting.env and self._env.get(setting.env):
            return _from_environment(setting, self._env[setting.env])
        for layer in self._layers:
            if key in layer:
                return layer[key]
        return setting.default


def user_settings_path(env: Mapping[str, str]) -> str:
    """The file platformdirs would name (`user_config_dir("ecw-work-tracker")`), worked out with `os` alone."""
    import sys

    home = env.get("HOME") or os.path.expanduser("~")
    if sys.platform == "darwin":
        folder = os.path.join(home, "Library", "Application Support")
    elif os.name == "nt":
        folder = os.path.join(env.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"), "ecw-work-tracker")
    else:
        said = env.get("XDG_CONFIG_HOME") or ""
        folder = said if said.strip() else os.path.join(home, ".config")
    return os.path.join(folder, "ecw-work-tracker", "config.json")


def _read_settings(path: str, name: str) -> dict[str, Any]:
    from infrastructure.json_text import loads
    from infrastructure.regular_files import read_file

    try:
        place = os.path.realpath(path) if os.path.islink(path) else path  # people link theirs from elsewhere
        raw, _ = read_file(place, name, 1 << 20)
        return _checked(loads(raw.decode("utf-8-sig")), name)
    except NotFound:
        return {}
    except ValueError as error:
        raise Invalid(f"{name}: {error}.", hint="Mend that file; nothing was changed.") from None


def _checked(document: object, name: str) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise Invalid(f"{name} must hold one object.")
    for key, value in document.items():
        setting = _BY_KEY.get(key)
        if setting is None:
            raise Invalid(f"{name}: there is no setting {key!r}.", hint=f"Settings are: {', '.join(_BY_KEY)}.")
        if not _fits(setting.kind, value):
            raise Invalid(f"{name}: {key} must be {_said(setting.kind)}.")
    return document


def _fits(kind: str, value: object) -> bool:
    if kind == "text":
        return isinstance(value, str)
    if kind == "texts":
        return isinstance(value, list) and all(isinstance(text, str) for text in value)
    if kind == "flag":
        return isinstance(value, bool)
    if kind == "count":
        return type(value) is int and 0 < value < 10**6
    if kind == "number":
        return type(value) in (int, float) and 0 <= value < 1e9  # type: ignore[operator]  # a number by the test before
    return value in kind.split("|")


def _said(kind: str) -> str:
    said = {
        "text": "text",
        "texts": "a list of texts",
        "number": "a number from 0 to 999999999",
        "count": "a whole number from 1 to 999999",
        "flag": "true or false",
    }
    return said.get(kind) or " or ".join(kind.split("|"))


def _from_environment(setting: Setting, text: str) -> object:
    if setting.kind not in ("number", "count"):
        return text
    try:
        number = int(text) if setting.kind == "count" else float(text)
    except ValueError:
        number = -1
    if not _fits(setting.kind, number):
        raise Usage(f"{setting.env} must be {_said(setting.kind)}, not {text[:40]!r}.")
    return number
