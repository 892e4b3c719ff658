"""Frozen values on the hot path: what dataclasses would give, without the 11 ms that importing them costs."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, ClassVar, Self, dataclass_transform
else:

    def dataclass_transform(**_: object) -> object:
        return lambda thing: thing


_MISSING = object()


@dataclass_transform(frozen_default=True)
class RecordType(type):
    """Turns annotations into slots: `name: type` is required, `name: type = value` has a default."""

    def __new__(mcls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
        names = tuple(field for field in body.get("__annotations__", ()) if not field.startswith("_"))
        defaults = {field: body.pop(field) for field in names if field in body}
        inherited = [base for base in bases if isinstance(base, RecordType)]
        body["__slots__"] = names
        made = super().__new__(mcls, name, bases, body)
        fields = tuple(field for base in inherited for field in base._fields) + names  # type: ignore[attr-defined]  # declared on Record, below
        known = {key: value for base in inherited for key, value in base._defaults.items()} | defaults  # type: ignore[attr-defined]
        for key, value in {"_fields": fields, "_defaults": known, "__match_args__": fields}.items():
            setattr(made, key, value)
        return made


class Record(metaclass=RecordType):
    """A frozen value: keyword or positional fields, equality by value, `replace` for a changed copy."""

    if TYPE_CHECKING:
        _fields: ClassVar[tuple[str, ...]]
        _defaults: ClassVar[dict[str, object]]

    def __init__(self, *args: Any, **given: Any) -> None:
        cls = type(self)
        put = object.__setattr__
        if args:
            given.update(zip(cls._fields, args, strict=False))
        for field, value in given.items():
            put(self, field, value)
        if len(given) != len(cls._fields):
            self._fill(given)

    def _fill(self, given: dict[str, object]) -> None:
        for field in self._fields:
            if field not in given:
                value = self._defaults.get(field, _MISSING)
                if value is _MISSING:
                    raise TypeError(f"{type(self).__name__} needs {field!r}")
                object.__setattr__(self, field, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen: use replace({name}=…)")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def replace(self, **changes: Any) -> Self:
        """A copy with these fields changed."""
        fields = {field: getattr(self, field) for field in self._fields}
        return type(self)(**(fields | changes))

    def values(self) -> Iterator[tuple[str, Any]]:
        """(field, value) in the order of declaration."""
        return ((field, getattr(self, field)) for field in self._fields)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return NotImplemented
        return all(value == getattr(other, field) for field, value in self.values())

    def __hash__(self) -> int:
        return hash(tuple(value for _, value in self.values()))

    def __repr__(self) -> str:
        shown = ", ".join(f"{f}={v!r}" for f, v in self.values() if v != self._defaults.get(f, _MISSING))
        return f"{type(self).__name__}({shown})"
