"""What `light` makes, held against what `dataclasses` makes of the same class."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
import subprocess
import sys

import pytest

from chalkgrad import light


def pair(**how: bool) -> list[type]:
    """The same class, made by both."""

    def made(module: object) -> type:
        @module.dataclass(**how)  # type: ignore[attr-defined]
        class Point:
            """A point."""

            x: int
            label: str = "here"
            tags: list[str] = module.field(default_factory=list)  # type: ignore[attr-defined]
            hidden: int = module.field(default=7, repr=False, compare=False)  # type: ignore[attr-defined]

            def twice(self) -> int:
                return 2 * self.x

        return Point

    return [made(light), made(dataclasses)]


KINDS = [
    {"frozen": frozen, "slots": slots, "eq": eq}
    for frozen in (False, True)
    for slots in (False, True)
    for eq in (False, True)
]


@pytest.mark.parametrize("how", KINDS, ids=str)
def test_a_class_shows_compares_and_hashes_as_the_standard_one(how: dict[str, bool]) -> None:
    def seen(kind: type) -> list[object]:
        one, same, other = kind(1), kind(1, hidden=8), kind(1, "there", ["t"])
        found: list[object] = [repr(other), one == same, one == other, one == 1, other.twice()]
        found += [kind.__match_args__, kind.__doc__, kind.__name__, hasattr(one, "__dict__")]
        found += [kind.__hash__ is None, str(inspect.signature(kind))]
        if how["frozen"] and how["eq"]:
            pairs = [kind(1, "a", ()), kind(1, "a", (), 9)]
            found.append(len({hash(p) for p in pairs}))
        return found

    own, standard = map(seen, pair(**how))
    assert own == standard


@pytest.mark.parametrize("how", KINDS, ids=str)
def test_the_functions_of_dataclasses_take_it(how: dict[str, bool]) -> None:
    def seen(kind: type) -> list[object]:
        point = kind(1, tags=["t"])
        moved = dataclasses.replace(point, x=2)
        said = [(f.name, f.type, f.init, f.repr, f.compare) for f in dataclasses.fields(kind)]
        return [dataclasses.asdict(moved), said, dataclasses.is_dataclass(point), moved.tags]

    own, standard = map(seen, pair(**how))
    assert own == standard


def test_a_frozen_record_cannot_be_changed() -> None:
    kind, _ = pair(frozen=True, slots=True)
    point = kind(1)
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        point.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        del point.x


def test_each_instance_has_a_list_of_its_own() -> None:
    kind, _ = pair()
    kind(1).tags.append("t")
    assert kind(1).tags == []


def test_an_argument_that_is_missing_is_named() -> None:
    kind, _ = pair(frozen=True)
    with pytest.raises(TypeError, match=r"Point\.__init__\(\) missing .* 'x'"):
        kind()


def test_what_comes_after_init_sees_the_fields() -> None:
    @light.dataclass(frozen=True)
    class Square:
        side: int
        area: int = light.field(init=False, compare=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "area", self.side**2)

    assert Square(3).area == 9
    assert light.replace(Square(3), side=4).area == 16


@light.dataclass(frozen=True, slots=True)
class Kept:
    """At the top of a module, where pickle finds it."""

    x: int
    y: tuple[int, ...] = ()


def test_a_record_goes_to_another_process_and_back() -> None:
    record = Kept(1, (2, 3))
    assert pickle.loads(pickle.dumps(record)) == record
    assert copy.deepcopy(record) == copy.copy(record) == record


@pytest.mark.parametrize(
    ("code", "spared"),
    [
        ("import chalkgrad", "click dataclasses numpy rich"),
        (
            "import chalkgrad; chalkgrad.solve(chalkgrad.example('mazur'), iterations=2)",
            "click dataclasses inspect difflib hashlib json numpy pathlib random rich",
        ),
        (
            "from chalkgrad.__main__ import main; main(['train', 'mazur', '--iterations', '2'])",
            "difflib hashlib json numpy llvmlite pathlib random rich chalkgrad.compose",
        ),
    ],
    ids=["import", "solve", "train"],
)
def test_a_cold_start_leaves_out_what_it_does_not_need(code: str, spared: str) -> None:
    told = "import sys; print(*set(sys.argv[1:]) & set(sys.modules), file=sys.stderr)"
    command = [sys.executable, "-c", f"{code}\n{told}", *spared.split()]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stderr.splitlines()[-1] == ""
