"""Dataclasses that are quick to define: a method is written when it is first called.

The standard decorator writes and compiles half a dozen methods a class, called or not; for the sixty records
that every command imports, that was a third of a cold start, and the module itself needs another tenth. Here
``dataclass``, ``field`` and ``replace`` mean the same, and the functions of `dataclasses` take what is made. Not
provided for, as no record needs it: fields of a base class, an order, keyword-only fields.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from dataclasses import dataclass, field, replace

__all__ = ["dataclass", "field", "replace"]

_NONE = object()


class _Field:
    """What is said of one field, apart from its name."""

    __slots__ = ("compare", "default", "default_factory", "init", "repr")

    def __init__(
        self,
        *,
        default: Any = _NONE,
        default_factory: Any = _NONE,
        init: bool = True,
        repr: bool = True,  # noqa: A002  the word of dataclasses
        compare: bool = True,
    ) -> None:
        self.default, self.default_factory = default, default_factory
        self.init, self.repr, self.compare = init, repr, compare


def _dataclass(
    cls: Any = None, /, *, frozen: bool = False, slots: bool = False, eq: bool = True
) -> Any:
    """The class with the methods of a dataclass."""
    if cls is None:
        return partial(_dataclass, frozen=frozen, slots=slots, eq=eq)
    space = {**cls.__dict__, "__qualname__": cls.__qualname__}
    given = {name: space.pop(name, _NONE) for name in cls.__annotations__}
    fields = {k: v if isinstance(v, _Field) else _Field(default=v) for k, v in given.items()}
    for name in ("__dict__", "__weakref__"):  # of the class that is done over
        space.pop(name, None)
    if slots:
        space["__slots__"] = tuple(fields)
    else:
        space |= {name: f.default for name, f in fields.items() if f.default is not _NONE}
    compared = [name for name, f in fields.items() if f.compare]
    methods: dict[str, Any] = {
        "__init__": _at_first("__init__", lambda made: _init(made, fields, frozen=frozen)),
        "__repr__": _repr([name for name, f in fields.items() if f.repr]),
        "__replace__": _replace,
        "__match_args__": tuple(name for name, f in fields.items() if f.init),
    }
    if eq:
        methods["__eq__"] = _at_first("__eq__", lambda made: (_eq(compared), {}))
        methods["__hash__"] = (
            _at_first("__hash__", lambda made: (_hash(compared), {})) if frozen else None
        )
    if frozen:
        methods |= {"__setattr__": _no_change, "__delattr__": _no_deletion}
    if frozen and slots:
        methods |= {"__getstate__": _state, "__setstate__": _set_state}
    standard = lru_cache(maxsize=1)(lambda: _standard(cls, fields, frozen=frozen, eq=eq))
    for name in ("__dataclass_fields__", "__dataclass_params__", "__signature__"):
        methods[name] = _Asked(name, standard)
    return type(cls)(cls.__name__, cls.__bases__, methods | space)


# ---------------------------------------------------------------- methods that wait
def _at_first(name: str, write: Callable[[Any], tuple[str, dict[str, Any]]]) -> Callable[..., Any]:
    """A method that, when it is first called, has its text written and takes its own place."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        made = next(c for c in type(self).__mro__ if c.__dict__.get(name) is method)
        text, space = write(made)
        exec(text, space)  # noqa: S102  text made of own names
        own = space[name]
        own.__module__, own.__qualname__ = made.__module__, f"{made.__qualname__}.{name}"
        setattr(made, name, own)
        return own(self, *args, **kwargs)

    return method


def _init(made: Any, fields: Mapping[str, _Field], *, frozen: bool) -> tuple[str, dict[str, Any]]:
    """Text of ``__init__``, and the names that it reads."""
    space: dict[str, Any] = {"_none": _NONE, "_set": object.__setattr__}
    args, lines = ["self"], [" pass"]
    for n, (name, f) in enumerate(fields.items()):
        value = name
        if f.default_factory is not _NONE:
            space[f"_make{n}"] = f.default_factory
            value = f"_make{n}() if {name} is _none else {name}" if f.init else f"_make{n}()"
            args += [f"{name}=_none"] * f.init
        elif f.default is not _NONE:
            space[f"_default{n}"] = f.default
            args += [f"{name}=_default{n}"] * f.init
            value = name if f.init else f"_default{n}"
        elif f.init:
            args.append(name)
        else:  # left to __post_init__
            continue
        if not frozen:
            lines.append(f" self.{name}={value}")
        elif hasattr(made, "__slots__"):  # what stands in a slot is set by the slot itself
            space[f"_set{n}"] = made.__dict__[name].__set__
            lines.append(f" _set{n}(self,{value})")
        else:
            lines.append(f" _set(self,{name!r},{value})")
    if hasattr(made, "__post_init__"):
        lines.append(" self.__post_init__()")
    return f"def __init__({','.join(args)}):\n" + "\n".join(lines), space


def _values(names: Iterable[str], of: str = "self") -> str:
    return f"({''.join(f'{of}.{name},' for name in names)})"


def _eq(names: Iterable[str]) -> str:
    same = f"{_values(names)}=={_values(names, 'other')}"
    kind = "other.__class__ is self.__class__"
    return f"def __eq__(self,other): return {same} if {kind} else NotImplemented"


def _hash(names: Iterable[str]) -> str:
    return f"def __hash__(self): return hash({_values(names)})"


# ---------------------------------------------------------------- methods that all have
def _repr(names: Iterable[str]) -> Callable[[Any], str]:
    def shown(self: Any) -> str:
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{type(self).__qualname__}({values})"

    return shown


def _replace(self: Any, /, **changes: Any) -> Any:
    """The same record but for some fields."""
    kept = {name: getattr(self, name) for name in self.__match_args__ if name not in changes}
    return type(self)(**kept, **changes)


def _no_change(self: Any, name: str, value: object) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _no_deletion(self: Any, name: str) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[Any]:
    return [getattr(self, name) for name in self.__slots__]


def _set_state(self: Any, state: Iterable[Any]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)


# ---------------------------------------------------------------- what dataclasses asks for
class _Asked:
    """An attribute of the class that the standard module works out when somebody asks for it."""

    def __init__(self, name: str, standard: Callable[[], Any]) -> None:
        self.name, self.standard = name, standard

    def __get__(self, instance: object, owner: object) -> Any:
        from inspect import signature

        made = self.standard()
        return signature(made) if self.name == "__signature__" else getattr(made, self.name)


def _standard(cls: Any, fields: Mapping[str, _Field], *, frozen: bool, eq: bool) -> Any:
    """A class with the same fields, made by the standard module."""
    import dataclasses

    rows = []
    for name, f in fields.items():
        said = {key: getattr(f, key) for key in _Field.__slots__}
        said = {key: value for key, value in said.items() if value is not _NONE}
        rows.append((name, cls.__annotations__[name], dataclasses.field(**said)))
    return dataclasses.make_dataclass(cls.__name__, rows, frozen=frozen, eq=eq)


if not TYPE_CHECKING:
    dataclass, field, replace = _dataclass, _Field, _replace
