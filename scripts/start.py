"""How the program starts: the code of the modules it needs lies in one file, for Python takes far longer to find many
small ones (ADR 5).

The file lies in `__pycache__` and holds nothing but what lies there anyway. A module is taken from it only while its
source has the size and time it had; where the file cannot be read or written, modules are imported as usual.
Nothing may be imported here that Python has not loaded yet, `__future__` included: annotations stand in quotes.
"""

import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    Stamp = tuple[int, int]  # nanoseconds, bytes
    Row = tuple[
        str, bool, Stamp, int, int
    ]  # source, below the root if it is ours; whether a package, stamp; offset, size

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
OURS = ("domain", "infrastructure", "scripts", "__future__")  # the last is Python's own; every module here asks for it
_TAIL = 8  # bytes: how long the index before them is
_Spec = type(__spec__)  # importing the module that names this class would cost more than it saves


def run() -> None:
    """Run the program and leave with its exit code; what it loads is kept together for the next start."""
    start = QuickStart(ROOT)
    sys.meta_path.insert(0, start)
    from infrastructure.router import run as answer

    answer(start.keep)


class QuickStart:
    """Finds and loads the modules that an earlier start wrote down: an entry of `sys.meta_path`."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._path = os.path.join(root, "infrastructure", "__pycache__", f"start-{sys.hexversion:x}.bin")
        self._file = -1
        self._index: dict[str, Row] = {}
        try:
            self._open()
        except (OSError, ValueError, EOFError, TypeError, OverflowError):
            self._index = {}  # none yet, or not whole

    def _open(self) -> None:
        self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        end = os.fstat(self._file).st_size - _TAIL
        size = int.from_bytes(os.pread(self._file, _TAIL, end), "little")
        self._index = dict(marshal.loads(os.pread(self._file, size, end - size)))

    # --- what the import system asks ----------------------------------------------------------------------------------

    def find_spec(self, name: str, path: "Sequence[str] | None" = None, target: object = None) -> "ModuleSpec | None":
        row = self._index.get(name)
        if row is None or not self._stands(row):
            return None
        place = os.path.join(self._root, row[0])
        if path is not None and not place.startswith(os.path.join(path[0], "")):
            return None  # of a foreign package that bears our name
        found = _Spec(name, self, origin=place, is_package=row[1])  # type: ignore[arg-type]  # a loader by what it can do
        found.has_location = True
        found.cached = self._path
        if found.submodule_search_locations is not None:
            found.submodule_search_locations.append(os.path.dirname(place))
        return found

    def create_module(self, spec: "ModuleSpec") -> None:
        """As every module is made."""

    def exec_module(self, module: "ModuleType") -> None:
        exec(marshal.loads(self._code(self._index[module.__name__])), module.__dict__)

    def _stands(self, row: "Row") -> bool:
        return _stamp(os.path.join(self._root, row[0])) == row[2]

    def _code(self, row: "Row") -> bytes:
        return os.pread(self._file, row[4], row[3])

    # --- for the next start -------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Write down what this start had to find elsewhere."""
        if sys.dont_write_bytecode or sys.pycache_prefix or sys.flags.optimize:
            return
        found = {name: row for name in list(sys.modules) if (row := self._found_elsewhere(name)) is not None}
        if not found:
            return
        known = {name: (row, self._code(row)) for name, row in self._index.items() if self._stands(row)}
        self._write(known | found)

    def _found_elsewhere(self, name: str) -> "tuple[Row, bytes] | None":
        spec = getattr(sys.modules[name], "__spec__", None)
        if name.partition(".")[0] not in OURS or spec is None or spec.loader is self or not spec.origin:
            return None
        if name in self._index and self._stands(self._index[name]):
            return None  # this module and its package, which come before the file is asked
        stamp = _stamp(spec.origin)
        code = spec.loader.get_code(name)
        package = spec.submodule_search_locations is not None
        source = spec.origin.removeprefix(os.path.join(self._root, ""))
        is_ours = not os.path.isabs(source) or name == "__future__"
        return ((source, package, stamp, 0, 0), marshal.dumps(code)) if stamp and is_ours else None

    def _write(self, modules: "dict[str, tuple[Row, bytes]]") -> None:
        from infrastructure.atomic import replace_quietly  # where nobody may write, the next start is no quicker

        index, at = {}, 0
        for name, (row, code) in modules.items():
            index[name] = (*row[:3], at, len(code))
            at += len(code)
        text = marshal.dumps(index)
        codes = b"".join(code for _, code in modules.values())
        replace_quietly(self._path, codes + text + len(text).to_bytes(_TAIL, "little"))


def _stamp(path: str) -> "Stamp | None":
    try:
        stat = os.stat(path)
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size
