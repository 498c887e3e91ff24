from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kvartal_meters.catalog.rules import ResourceKind
from kvartal_meters.resource_settings.rules import (
    Application,
    Lock,
    Outcome,
    Rule,
    SettingsLevel,
    SettingsValues,
    Settlement,
    Standing,
    Table,
    applied,
    complete,
    lock_after_cancelling,
    outcome_of,
    settle,
)

BUILDING, QUARTER, GROUP = SettingsLevel
OWN, OTHER = UUID(int=1), UUID(int=2)
OLD = complete({})
NEW = complete({ResourceKind.WATER: SettingsValues(active=True)})

Q1, Q2, G1, G2 = (UUID(int=n) for n in range(11, 15))
QUARTER_RULE = Rule(UUID(int=21), QUARTER, Q1)
OTHER_QUARTER_RULE = Rule(UUID(int=22), QUARTER, Q2)
GROUP_RULE = Rule(UUID(int=23), GROUP, G1)
OTHER_GROUP_RULE = Rule(UUID(int=24), GROUP, G2)


def test_each_level_gives_way_to_those_above() -> None:
    assert BUILDING.and_above == (BUILDING, QUARTER, GROUP)
    assert QUARTER.and_above == (QUARTER, GROUP)
    assert GROUP.and_above == (GROUP,)


@pytest.mark.parametrize(
    ("case", "level", "locks", "table", "lock", "expected"),
    [
        ("free, other settings", QUARTER, False, OLD, None, Outcome.CHANGED),
        ("free, the same settings", QUARTER, False, NEW, None, Outcome.UNCHANGED),
        ("the same settings, a new lock", QUARTER, True, NEW, None, Outcome.CHANGED),
        ("the rule applied again", QUARTER, True, NEW, Lock(OWN, QUARTER), Outcome.UNCHANGED),
        ("the rule with a new draft", QUARTER, True, OLD, Lock(OWN, QUARTER), Outcome.CHANGED),
        ("once, under its own rule", QUARTER, False, OLD, Lock(OWN, QUARTER), Outcome.CHANGED),
        ("another quarter's rule", QUARTER, True, OLD, Lock(OTHER, QUARTER), Outcome.LOCKED),
        ("quarter under a group", QUARTER, True, OLD, Lock(OTHER, GROUP), Outcome.LOCKED),
        ("once, quarter under a group", QUARTER, False, OLD, Lock(OTHER, GROUP), Outcome.LOCKED),
        ("group over a quarter", GROUP, True, NEW, Lock(OTHER, QUARTER), Outcome.CHANGED),
        ("group once over a quarter", GROUP, False, OLD, Lock(OTHER, QUARTER), Outcome.CHANGED),
        (
            "the same, once over a quarter",
            GROUP,
            False,
            NEW,
            Lock(OTHER, QUARTER),
            Outcome.UNCHANGED,
        ),
        ("another group's rule", GROUP, True, OLD, Lock(OTHER, GROUP), Outcome.LOCKED),
        ("locked, though the same", GROUP, False, NEW, Lock(OTHER, GROUP), Outcome.LOCKED),
    ],
)
def test_applying_meets_a_building_as_the_hierarchy_says(
    case: str,
    level: SettingsLevel,
    locks: bool,
    table: Table,
    lock: Lock | None,
    expected: Outcome,
) -> None:
    application = Application(level=level, table=NEW, rule_id=OWN, locks=locks)

    assert outcome_of(Standing(table, lock), application, accessible=True) is expected
    assert outcome_of(Standing(table, lock), application, accessible=False) is Outcome.INACCESSIBLE


def test_a_rule_replaces_the_lock_and_once_leaves_it() -> None:
    building = Standing(OLD, Lock(OTHER, QUARTER))

    as_rule = applied(building, Application(level=GROUP, table=NEW, rule_id=OWN, locks=True))
    once = applied(building, Application(level=GROUP, table=NEW))

    assert as_rule == Standing(NEW, Lock(OWN, GROUP))
    assert once == Standing(NEW, Lock(OTHER, QUARTER))


@pytest.mark.parametrize(
    ("case", "lock", "quarter_rule", "expected"),
    [
        ("free", None, OTHER, None),
        ("another rule's", Lock(OTHER, QUARTER), None, Lock(OTHER, QUARTER)),
        ("a quarter's goes", Lock(OWN, QUARTER), None, None),
        ("a quarter's has no heir", Lock(OWN, QUARTER), OTHER, None),
        ("a group's goes", Lock(OWN, GROUP), None, None),
        ("a group's passes to the quarter", Lock(OWN, GROUP), OTHER, Lock(OTHER, QUARTER)),
    ],
)
def test_a_cancelled_rule_hands_its_locks_on(
    case: str, lock: Lock | None, quarter_rule: UUID | None, expected: Lock | None
) -> None:
    assert lock_after_cancelling(lock, OWN, quarter_rule) == expected


@pytest.mark.parametrize(
    ("case", "lock", "rules", "entered", "expected"),
    [
        ("nothing anywhere", None, [], {Q1, G1}, Settlement(None)),
        ("new in a quarter", None, [QUARTER_RULE], {Q1}, Settlement(QUARTER_RULE, True)),
        ("new in both", None, [QUARTER_RULE, GROUP_RULE], {Q1, G1}, Settlement(GROUP_RULE, True)),
        (
            "new in two groups: the older rule",
            None,
            [GROUP_RULE, OTHER_GROUP_RULE],
            {G2, G1},
            Settlement(GROUP_RULE, True),
        ),
        ("here already, not under it", None, [QUARTER_RULE], {G2}, Settlement(None)),
        (
            "joins a group, under its quarter",
            QUARTER_RULE,
            [QUARTER_RULE, GROUP_RULE],
            {G1},
            Settlement(GROUP_RULE, True),
        ),
        (
            "joins another group, under the first",
            GROUP_RULE,
            [GROUP_RULE, OTHER_GROUP_RULE],
            {G2},
            Settlement(GROUP_RULE),
        ),
        (
            "moves to a quarter, under its group",
            GROUP_RULE,
            [OTHER_QUARTER_RULE, GROUP_RULE],
            {Q2},
            Settlement(GROUP_RULE),
        ),
        ("leaves its quarter", QUARTER_RULE, [], {Q2}, Settlement(None)),
        (
            "changes its quarter",
            QUARTER_RULE,
            [OTHER_QUARTER_RULE],
            {Q2},
            Settlement(OTHER_QUARTER_RULE, True),
        ),
        ("told twice", QUARTER_RULE, [QUARTER_RULE], {Q1}, Settlement(QUARTER_RULE)),
        ("leaves its group", GROUP_RULE, [], set(), Settlement(None)),
        (
            "leaves its group: the quarter's lock",
            GROUP_RULE,
            [QUARTER_RULE],
            set(),
            Settlement(QUARTER_RULE),
        ),
        (
            "leaves group and quarter for a quarter",
            GROUP_RULE,
            [OTHER_QUARTER_RULE],
            {Q2},
            Settlement(OTHER_QUARTER_RULE, True),
        ),
        (
            "changes its group",
            GROUP_RULE,
            [OTHER_GROUP_RULE],
            {G2},
            Settlement(OTHER_GROUP_RULE, True),
        ),
        (
            "leaves a group, was in another all the time",
            GROUP_RULE,
            [OTHER_GROUP_RULE],
            set(),
            Settlement(None),
        ),
    ],
)
def test_a_building_that_moves_comes_under_the_rule_of_where_it_is(
    case: str, lock: Rule | None, rules: list[Rule], entered: set[UUID], expected: Settlement
) -> None:
    settled = settle(lock, rules, entered)

    assert settled == expected
    assert settle(settled.rule, rules, entered).rule == settled.rule


@dataclass
class Estate:
    """Buildings in quarters and groups, changed by the rules alone: a model of the service."""

    quarter: list[UUID | None]
    groups: list[set[UUID]]
    standing: list[Standing]
    rules: list[Rule] = field(default_factory=list)
    snapshots: dict[UUID, Table] = field(default_factory=dict)

    def within(self, place: UUID) -> list[int]:
        return [
            n
            for n, quarter in enumerate(self.quarter)
            if quarter == place or place in self.groups[n]
        ]

    def rule_of(self, place: UUID) -> Rule | None:
        return next((rule for rule in self.rules if rule.place_id == place), None)

    def apply(self, place: UUID, table: Table, *, locks: bool) -> bool:
        level = GROUP if place in {G1, G2} else QUARTER
        rule = self.rule_of(place)
        new = rule or Rule(UUID(int=100 + len(self.snapshots)), level, place)
        application = Application(
            level=level, table=table, rule_id=new.id if rule or locks else None, locks=locks
        )
        outcomes = {
            n: outcome_of(self.standing[n], application, accessible=True)
            for n in self.within(place)
        }
        under_group = any(
            lock is not None and lock.level is GROUP
            for lock in (self.standing[n].lock for n in outcomes)
        )
        taken = locks and Outcome.LOCKED in outcomes.values()
        if (level is QUARTER and under_group) or (level is GROUP and taken):
            return False
        if locks:
            self.snapshots[new.id] = table
            if rule is None:
                self.rules.append(new)
        for n, outcome in outcomes.items():
            if outcome is Outcome.CHANGED:
                self.standing[n] = applied(self.standing[n], application)
        return True

    def cancel(self, place: UUID) -> None:
        rule = self.rule_of(place)
        if rule is None:
            return
        self.rules.remove(rule)
        for n, building in enumerate(self.standing):
            heir = self.rule_of(self.quarter[n] or UUID(int=0))
            lock = lock_after_cancelling(building.lock, rule.id, heir.id if heir else None)
            self.standing[n] = replace(building, lock=lock)

    def move(self, n: int, quarter: UUID | None, groups: set[UUID]) -> Settlement:
        entered = groups - self.groups[n] | ({quarter} if quarter else set()) - {self.quarter[n]}
        self.quarter[n], self.groups[n] = quarter, groups
        return self.settle(n, entered)

    def settle(self, n: int, entered: Iterable[UUID]) -> Settlement:
        lock = self.standing[n].lock
        held = next((rule for rule in self.rules if lock and rule.id == lock.rule_id), None)
        present = [rule for rule in self.rules if n in self.within(rule.place_id)]
        settled = settle(held, present, set(entered))
        rule = settled.rule
        table = self.standing[n].table
        if rule is not None and settled.takes_settings:
            table = self.snapshots[rule.id]
        self.standing[n] = Standing(table, Lock(rule.id, rule.level) if rule else None)
        return settled


tables = st.builds(
    lambda active: complete({ResourceKind.WATER: SettingsValues(active=active)}), st.booleans()
)
places = st.sampled_from([Q1, Q2, G1, G2])
quarters = st.none() | st.sampled_from([Q1, Q2])
group_sets = st.sets(st.sampled_from([G1, G2]))
steps = st.one_of(
    st.tuples(st.just("once"), places, tables),
    st.tuples(st.just("rule"), places, tables),
    st.tuples(st.just("cancel"), places),
    st.tuples(st.just("move"), st.integers(0, 3), quarters, group_sets),
)
estates = st.builds(
    lambda where: Estate([q for q, _ in where], [g for _, g in where], [Standing(OLD)] * 4),
    st.lists(st.tuples(quarters, group_sets), min_size=4, max_size=4),
)


@given(estates, st.lists(steps, max_size=12))
def test_whatever_happens_the_locks_are_those_of_rules_in_force_there(
    estate: Estate, history: list[tuple[object, ...]]
) -> None:
    for step in history:
        before = list(estate.standing)
        _take(estate, step, before)

        for n, building in enumerate(estate.standing):
            if building.lock is not None:
                [rule] = [rule for rule in estate.rules if rule.id == building.lock.rule_id]
                assert n in estate.within(rule.place_id)
                assert rule.level is building.lock.level


def _take(estate: Estate, step: tuple[object, ...], before: list[Standing]) -> None:
    match step:
        case ("once", UUID() as place, dict() as table):
            estate.apply(place, table, locks=False)
            assert [each.lock for each in estate.standing] == [each.lock for each in before]
        case ("rule", UUID() as place, dict() as table):
            done = estate.apply(place, table, locks=True)
            if done and place in {G1, G2}:
                assert all(estate.standing[n].table == table for n in estate.within(place))
            again = list(estate.standing)
            assert estate.apply(place, table, locks=True) is done
            assert estate.standing == again
            assert done or estate.standing == before
        case ("cancel", UUID() as place):
            estate.cancel(place)
            assert [each.table for each in estate.standing] == [each.table for each in before]
        case ("move", int() as n, (UUID() | None) as quarter, set() as groups):
            _move(estate, n, quarter, groups, before[n])
        case _:
            raise AssertionError(step)


def _move(
    estate: Estate, n: int, quarter: UUID | None, groups: set[UUID], before: Standing
) -> None:
    entered = groups - estate.groups[n] | ({quarter} if quarter else set()) - {estate.quarter[n]}
    settled = estate.move(n, quarter, groups)
    after = estate.standing[n]
    if not settled.takes_settings:
        assert after.table == before.table
    if before.lock and before.lock.level is GROUP and after.lock != before.lock:
        assert not any(
            rule.id == before.lock.rule_id and n in estate.within(rule.place_id)
            for rule in estate.rules
        )
    estate.settle(n, entered)
    assert estate.standing[n] == after
