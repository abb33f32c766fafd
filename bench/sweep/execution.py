"""The execution of a sweep: plan, train, and report how the trials ended."""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import grid, runner
from bench.console import console, count
from bench.gan.environment import own_instructions
from bench.grid import Sweep
from bench.runner import Pool, machine
from bench.runner.cluster import DaskPool
from bench.runner.local import LocalPool
from bench.store import Store, StoreError
from bench.store.lock import Locked, lock
from bench.sweep import networks, record, summary
from bench.sweep import plan as plans
from bench.sweep.limits import Limits, Stopped, stoppable
from bench.sweep.plan import Plan
from bench.sweep.progress import Progress
from bench.sweep.race import forecast, words
from bench.sweep.race.course import Refused
from bench.sweep.race.rounds import Race, run
from bench.sweep.reuse import foreseen, reuse
from bench.trial import Status, Trial
from bench.vocabulary import errors

if TYPE_CHECKING:
    from rich.console import Console


PATIENCE = 600.0
"""Seconds to wait for a cluster, where nothing is said."""


class _Refused(Exception):
    """The command cannot be carried out as it stands."""


def carry_out(options: argparse.Namespace) -> int:
    """Do what the options of `bench.sweep.command` ask for. Returns the exit code."""
    try:
        with stoppable():
            return _plan_only(options) if options.dry_run else _sweep(options)
    except Stopped as stopped:  # before there was anything to stop, or after
        errors.say(stopped)
        return stopped.code
    except StoreError as error:
        errors.say(error)
        return 1 if error.full else 2
    except (_Refused, Refused, Locked, machine.Unsupported) as error:
        errors.say(error)
        return 2


def _plan_only(options: argparse.Namespace) -> int:
    if options.probe and options.scheduler:
        raise _Refused(
            "--probe trains on this machine, not with --scheduler: leave one of them out"
        )
    made, changes = _foreseen(_plan(options, *_asked(options)), options)
    if options.probe:
        made = plans.probed(made, say=_tell)
    if options.json:
        print(json.dumps(plans.record(made) | changes | _forecast(made, options), indent=1))
        return 0
    for name, number in changes.get("taken_over", {}).items():
        print(f"would take over {count(number, 'trial')} of {name}")
    if "moved_aside" in changes:
        print(f"would move {changes['moved_aside']} aside, and begin anew")
    if options.scheduler:
        _tell(f"the time is that of this machine: {options.scheduler} is not asked by a plan")
    plans.show(made, console())
    if made.sweep.race:
        _race_only(Race(made.sweep, made.store, anew=options.fresh), console())
    if options.verbose:
        networks.show(made.trials, made.sweep.plugins, console())
    return 0


def _race_only(race: Race, console: Console) -> None:
    """Print how a race stands that has begun, and what to expect of one that goes on."""
    if race.begun:
        for line in words.look(race.record):
            console.print(line, soft_wrap=not console.is_terminal)
    if not race.decided:
        declared = race.record.race
        forecast.show(declared, forecast.forecasts(declared, race.tasks), console)


def _forecast(plan: Plan, options: argparse.Namespace) -> dict[str, Any]:
    """The forecast of a race as plain data, and its comparisons where it has begun; nothing for a
    sweep that is none."""
    if plan.sweep.race is None:
        return {}
    race = Race(plan.sweep, plan.store, anew=options.fresh)
    found = forecast.forecasts(race.record.race, race.tasks)
    return {"race": forecast.record(found), "comparisons": list(map(asdict, race.record.states))}


def _foreseen(plan: Plan, options: argparse.Namespace) -> tuple[Plan, dict[str, Any]]:
    """The plan as it will be once --fresh and --reuse have done what they do, and what they do to
    folders, as plain data. Changes nothing on disk."""
    changes: dict[str, Any] = {}
    stored, again = plan.stored, {trial.id for trial in plan.todo} & plan.stored.keys()
    if options.fresh:
        stored, again = {}, set()
        if plan.store.path.exists():
            changes["moved_aside"] = str(plan.store.path)
    for folder in options.reuse:
        found = foreseen(plan.trials, stored, [folder])
        stored = stored | found
        changes.setdefault("taken_over", {})[str(folder)] = len(found)
    todo = tuple(t for t in plan.trials if t.id not in stored or t.id in again)
    return replace(plan, stored=stored, todo=todo), changes


def _sweep(options: argparse.Namespace) -> int:
    if options.json:
        raise _Refused("--json is for the plan: give -n as well")
    if options.probe:
        raise _Refused("--probe is for the plan, and stores nothing: give -n as well")
    if options.scheduler:
        _check_cluster(options)
    elif options.patience is not None:
        raise _Refused("--patience is for --scheduler: give that as well, or leave it out")
    sweep, trials, store = _asked(options)
    _check_system(options, trials, store)
    if options.fresh:
        _move_aside(store.path)
    with _locked(store.create().path):
        store.tidy()
        taken = reuse(sweep.trials if sweep.race else trials, store, options.reuse)
        if options.reuse:
            print(f"{count(taken, 'trial')} taken over")
        if sweep.race:
            return _race(Race(sweep, store), options, console())
        made = _plan(options, sweep, trials, store)
        return _run(made, options, console())


def _check_system(options: argparse.Namespace, trials: Iterable[Trial], store: Store) -> None:
    """Refuse to train where no trial can be isolated; say where that is untried. A complete sweep
    has its closing table everywhere, and a cluster trains on its own machines."""
    complete = not (options.fresh or options.retry) and {t.id for t in trials} <= store.ids()
    if complete or options.scheduler:
        return
    if untried := machine.check():
        _tell(untried)
    machine.startable()  # each slot is a Python


def _check_cluster(options: argparse.Namespace) -> None:
    if options.tensorboard:
        raise _Refused("--tensorboard writes on this machine: not with --scheduler")
    if options.jobs:
        raise _Refused("--jobs is for this machine; with --scheduler its workers' threads count")
    try:
        from distributed.comm import get_address_host_port

        get_address_host_port(options.scheduler)
    except ImportError as error:
        raise _Refused('--scheduler needs pip install "gan-stability-bench[dask]"') from error
    except ValueError as error:
        raise _Refused(f"--scheduler: {error} (it is of the form tcp://host:8786)") from error


def _asked(options: argparse.Namespace) -> tuple[Sweep, tuple[Trial, ...], Store]:
    try:
        sweep = grid.load(options.toml, options.set, say=_tell)
        if sweep.race and options.only:
            raise _Refused("--only is not for a race: what it trains is decided as it goes")
        trials = grid.select(sweep.trials, options.only) if options.only else sweep.trials
    except grid.GridError as error:
        raise _Refused(error) from error
    _statuses(options.retry)
    for line in (*sweep.notes, *sweep.warnings):
        _tell(line)
    store = Store(_folder(sweep, options.results))
    if sweep.race:  # the most that it may take
        trials = Race(sweep, store, anew=options.fresh).possible()
    return sweep, trials, store


def _folder(sweep: Sweep, results: Path | None) -> Path:
    """The results folder of a sweep: the one that it was read from, unless others are named."""
    if sweep.folder and results is None:
        return sweep.folder
    return (results or Path("results")) / sweep.name


def _tell(text: str) -> None:
    """Beside the plan, which may be JSON."""
    errors.say(text)


def _plan(
    options: argparse.Namespace, sweep: Sweep, trials: tuple[Trial, ...], store: Store
) -> Plan:
    store.tell()
    jobs = options.jobs or machine.default_jobs()
    made = plans.make(sweep, trials, store, _statuses(options.retry), jobs)
    if sweep.race:
        made = replace(made, todo=Race(sweep, store, anew=options.fresh).needed(made))
    return made


def _statuses(text: str | None) -> set[Status]:
    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    unknown = [name for name in names if name not in set(Status)]
    if unknown:
        raise _Refused(f'--retry: unknown status "{unknown[0]}" (there is: {", ".join(Status)})')
    return {Status(name) for name in names}


def _move_aside(folder: Path) -> None:
    if not folder.exists():
        return
    old = folder.with_name(f"{folder.name}.{time.strftime('%Y%m%d-%H%M%S')}")
    try:
        with _locked(folder):
            folder.rename(old)
    except OSError as error:
        raise _Refused(f"cannot move {folder} aside: {error.strerror}") from error
    print(f"old results are in {old}")


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        held = lock(folder)
        held.__enter__()
    except OSError as error:
        raise StoreError.of(folder, error) from error
    with contextlib.ExitStack() as stack:
        stack.push(held)
        yield


def _run(plan: Plan, options: argparse.Namespace, console: Console) -> int:
    record.write(plan)
    summary.announce(plan, options.scheduler, console)
    limits = Limits(options.budget, options.max_failures)
    code = _train(plan, options, console, limits) if plan.todo else 0
    return _closed(plan, code, console)


def _closed(plan: Plan, code: int, console: Console) -> int:
    """Print the closing table of what was trained. Returns the exit code of the sweep."""
    if code == 1:
        return code
    summary.close(plan, console)
    present = plan.store.ids()
    bad = [t for t in plan.trials if t.id not in present or plan.store.brief(t.id).status.failed]
    return code or (3 if bad else 0)


def _race(race: Race, options: argparse.Namespace, console: Console) -> int:
    """Train a race look by look. Returns the exit code."""
    retry, jobs = _statuses(options.retry), options.jobs or machine.default_jobs()
    limits, rounds = Limits(options.budget, options.max_failures), itertools.count()
    race.store.tell()

    def make(asked: Sweep) -> Plan:
        again = retry if next(rounds) == 0 else ()
        return plans.make(asked, asked.trials, race.store, again, jobs)

    def train(plan: Plan) -> int:
        record.write(plan)
        if plan.stored.keys() <= {trial.id for trial in plan.todo}:  # the first look
            summary.announce(plan, options.scheduler, console)
        return _train(plan, options, console, limits)

    plan, code = run(race, make, train, console)
    record.write(plan)
    code = _closed(plan, code, console)
    if code != 1:
        words.show(race.record, console)
    return code


def _train(plan: Plan, options: argparse.Namespace, console: Console, limits: Limits) -> int:
    """Train what is to do. Returns 0, or the exit code that says what stopped it."""
    again = "run the same command again to go on from here"
    try:
        with Progress(plan, console, options.quiet) as progress:
            pool = _pool(plan, options)
            with contextlib.closing(runner.run(plan.todo, pool)) as notices:
                for notice in notices:
                    if notice:
                        progress.end(notice)
                        limits.count(notice)
                    else:  # all that have ended are told by now
                        progress.at(pool.now(), pool.jobs)
                    if limits.exceeded():
                        break
    except runner.NoCluster as error:
        console.print(f"{error}; {again}")
        return 3
    except Stopped as stopped:
        console.print(f"{stopped}; {again}")
        return stopped.code
    except StoreError as error:
        errors.say(f"{error}; {again}")
        return 1
    if limits.exceeded() and progress.ended.total() < len(plan.todo):
        console.print(f"{limits.exceeded()}; {again}")
        return 4
    return 0


def _pool(plan: Plan, options: argparse.Namespace) -> Pool:
    setup = runner.Setup(
        plan.sweep.plugins,
        options.trial_timeout,
        options.memory,
        compiled=options.cache,
        portable=options.portable or own_instructions(),
    )
    if options.scheduler:
        return DaskPool(options.scheduler, plan.store, setup, options.patience or PATIENCE)
    cap = options.memory or machine.default_cap(plan.jobs)
    events = plan.store.path.resolve() / "tensorboard" if options.tensorboard else None
    return LocalPool(plan.jobs, plan.store, replace(setup, memory=cap, events=events))
