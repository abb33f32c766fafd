"""Takes the looks of a race: counts what has ended, decides, and says which trials come next.

    trials in the store ─▶ outcomes ─▶ looks (race.json) ─▶ states ─▶ trials of the next look

A look is taken once all trials that it counts have an outcome, and is written down before anything
else is trained. So a race that is killed goes on to the same decisions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from bench.analysis.tables import races
from bench.analysis.tables.races import Comparison
from bench.store.kept.races import Record
from bench.sweep.race.arms import Outcome, Outcomes, Task, chosen
from bench.trial import Trial, digest
from bench.vocabulary.races import Course, Pair, Race


class Refused(Exception):
    """A race that cannot go on as it is declared now: its looks were taken by another one."""


def begin(race: Race, tasks: Sequence[Task], known: Record | None, file: str) -> Record:
    """The record of a race before its next look: the one that is kept, else a new one. Raises
    Refused where the kept one is of another race."""
    trials = digest("\n".join(sorted(trial.id for trial in _every(tasks))).encode())
    if known is None:
        courses = (Course(t.name, (), dict.fromkeys(t.pairs, ())) for t in tasks if t.pairs)
        return Record(race, trials, tuple(courses))
    for name, before in vars(known.race).items():
        now = getattr(race, name)
        if before != now and not (name == "pairs" and set(before) == set(now)):
            raise Refused(
                f"{file}: the race was begun with {name} = {_shown(before)}, and not {_shown(now)}:"
                " what was looked at cannot be looked at anew; put it back, or begin anew with "
                "--fresh"
            )
    if known.trials != trials:
        raise Refused(
            f"{file}: the race was begun with other trials (a method, a number or a file has "
            "changed): put it back, or begin anew with --fresh"
        )
    return known


def advance(record: Record, tasks: Sequence[Task], outcomes: Outcomes) -> Record:
    """The record after all looks that can be taken, and settings that can be chosen, from what is
    stored. Raises StoreError."""
    by_name = {task.name: task for task in tasks}
    courses = tuple(
        _advanced(record.race, course, by_name[course.task], outcomes) for course in record.courses
    )
    states = tuple(one.state for course in courses for one in decided(record.race, course))
    return replace(record, courses=courses, states=states)


def decided(race: Race, course: Course) -> list[Comparison]:
    """The comparisons of a task as they stand."""
    return races.comparisons(race, course)


def asked(record: Record, tasks: Sequence[Task]) -> list[Trial]:
    """All trials that the race has asked for so far, with those of the next looks."""
    courses = {course.task: course for course in record.courses}
    found: list[Trial] = []
    for task in tasks:
        found += [trial for own in task.search.values() for each in own.values() for trial in each]
        course = courses.get(task.name)
        if course is None or not _searched(task, course):
            continue
        found += task.beside
        for method, seeds in _seeds(record.race, course).items():
            found += task.arm(method, course.settings.get(method, {}))[:seeds]
    return found


def possible(record: Record, tasks: Sequence[Task]) -> list[Trial]:
    """All trials that the race may still come to ask for, with those that it has asked for so far:
    nothing more is decided before the last look. Each method is at its first setting, where the
    settings are not chosen yet."""
    courses = {course.task: course for course in record.courses}
    found: list[Trial] = []
    for task in tasks:
        found += [trial for own in task.search.values() for each in own.values() for trial in each]
        found += task.beside
        if (course := courses.get(task.name)) is None:
            continue
        open_ = {method for pair in _active(record.race, course) for method in pair}
        for method, seeds in _seeds(record.race, course).items():
            arm = task.arm(method, course.settings.get(method, {}))
            found += arm if method in open_ else arm[:seeds]
    return found


def _every(tasks: Iterable[Task]) -> list[Trial]:
    return [
        trial
        for task in tasks
        for arms in (task.search, task.raced)
        for settings in arms.values()
        for own in settings.values()
        for trial in own
    ]


def _advanced(race: Race, course: Course, task: Task, outcomes: Outcomes) -> Course:
    """The course of one task after all looks that can be taken."""
    if not _searched(task, course):
        course = _choose(course, task, outcomes)
    course = replace(course, trials=tuple(trial.id for trial in _first(race, task, course)))
    if not _searched(task, course):
        return course
    while (look := _next(race, course)) is not None:
        active = _active(race, course)
        methods = dict.fromkeys(method for pair in active for method in pair)
        own = {m: task.arm(m, course.settings.get(m, {}))[: race.looks[look]] for m in methods}
        trials = [trial for arm in own.values() for trial in arm]
        ends = outcomes.of(trials)
        if len(ends) < len(trials):
            return course
        won = {method: sum(ends[t.id].success for t in arm) for method, arm in own.items()}
        counts = {
            pair: (*tables, (won[pair[0]], won[pair[1]])) if pair in active else tables
            for pair, tables in course.counts.items()
        }
        course = replace(course, counts=counts)
    return course


def _first(race: Race, task: Task, course: Course) -> list[Trial]:
    """The trials that choose the settings, and those of the first look once they are chosen."""
    rivals = dict.fromkeys(method for pair in course.counts for method in pair)
    found = [t for m in rivals for own in task.search.get(m, {}).values() for t in own]
    if _searched(task, course):
        for method in rivals:
            found += task.arm(method, course.settings.get(method, {}))[: race.looks[0]]
    return found


def _searched(task: Task, course: Course) -> bool:
    """True where the settings of all methods are chosen, or there was nothing to choose."""
    rivals = {method for pair in course.counts for method in pair}
    return not task.search or rivals <= course.settings.keys()


def _choose(course: Course, task: Task, outcomes: Outcomes) -> Course:
    """The course with the setting of each method that did best, once all have ended."""
    rivals = dict.fromkeys(method for pair in course.counts for method in pair)
    trials = [t for m in rivals for own in task.search[m].values() for t in own]
    ends: Mapping[str, Outcome] = outcomes.of(trials)
    if len(ends) < len(trials):
        return course
    settings = {method: chosen(task, method, ends) for method in rivals}
    return replace(course, settings=settings)


def _active(race: Race, course: Course) -> list[Pair]:
    """The pairs that go on."""
    found = decided(race, course)
    return [(one.state.method, one.state.other) for one in found if not one.ended]


def _next(race: Race, course: Course) -> int | None:
    """The next look, from 0; None where all comparisons have ended."""
    active = _active(race, course)
    return len(course.counts[active[0]]) if active else None


def _seeds(race: Race, course: Course) -> dict[str, int]:
    """Method -> the seeds that it was trained with, or is to be trained with for the next look."""
    active = set(_active(race, course))
    found: dict[str, int] = {}
    for pair, tables in course.counts.items():
        looks = len(tables) + (pair in active)
        for method in pair:
            found[method] = max(found.get(method, 0), race.looks[looks - 1])
    return found


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        parts = (" - ".join(one) if isinstance(one, tuple) else str(one) for one in value)
        return "[" + ", ".join(parts) + "]"
    return str(value)
