"""One turn of the book: what a batch of observations, or the time, makes of the alarms.

A turn decides against the state as its own events have already changed it, and writes nothing: the
book puts all of its events into the log at once, or takes the whole turn back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from ..observations import Observation, Resource
from .events import FEED_KINDS, Event
from .judge import Cause, Diagnosis, Judge, Rules
from .life_cycle import Step, cleared, clock_of_muting, on_sample, on_time, raised, settled
from .model import Alarm, AlarmKey, Condition, Grounds, Severity
from .rules import Rule
from .state import BookState, Window

__all__ = ["Memory", "Turn", "owner_of"]


def _bad_since_s(raised_s: float, grounds: Grounds | None) -> float:
    """Return since when something had been bad that was raised after a while."""
    return raised_s - (0.0 if grounds is None else grounds.held_s)


def _with_evidence(step: Step, names: tuple[Resource, ...]) -> Step:
    grounds = step.changes.get("grounds")
    if not names or grounds is None or grounds.figure != "reachable":
        return step
    return Step(step.kind, {**step.changes, "grounds": replace(grounds, names=names)}, step.text)


def owner_of(resource: Resource) -> Resource:
    """Return the device of a port or a sensor, else the resource itself: what has a first day."""
    kind, _, name = resource.partition(":")
    if kind in ("port", "sensor") and "/" in name:
        return "device:" + name.split("/", 1)[0]
    return resource


class Memory:
    """What a running book remembers besides its state; a restart forgets it without harm.

    Attributes
    ----------
    answered
        When each device was last found reachable or not, each port up or not, and which.
    waiting
        Alarms that are due and wait for news of what they hang on.
    to_verify
        What should be measured next, out of turn.
    diagnosis
        The last one.
    """

    def __init__(self) -> None:
        self.answered: dict[Resource, tuple[float, bool]] = {}
        self.waiting: dict[AlarmKey, None] = {}
        self.to_verify: dict[Resource, None] = {}
        self.diagnosis: Diagnosis | None = None
        self.stale = True  # whether something went down or came back since the diagnosis


class Turn:
    """Decides; its events are in ``events``."""

    def __init__(
        self, state: BookState, memory: Memory, rules: Rules, judge: Judge | None, *, now_s: float
    ) -> None:
        self.state, self.memory, self.rules, self.judge = state, memory, rules, judge
        self.now_s = now_s
        self.events: list[Event] = []
        self._held_back: dict[AlarmKey, Step] = {}  # raises that a diagnosis has to see first

    # -------------------------------------------------------------- events

    def emit(
        self,
        kind: str,
        key: AlarmKey | None,
        changes: dict[str, Any],
        *,
        by: str = "",
        text: str = "",
    ) -> Event:
        """Add an event and put what it says in place."""
        state = self.state
        feed = state.feed + 1 if kind in FEED_KINDS else 0
        event = Event(state.seq + 1, feed, self.now_s, kind, key, changes, by, text)
        state.apply(event)
        self.events.append(event)
        return event

    def _step(self, key: AlarmKey, step: Step, rule: Rule) -> None:
        becomes = step.changes.get("condition")
        if rule.type.means_down and becomes in (Condition.ACTIVE, Condition.CLEARED):
            self.memory.stale = True
            if becomes is Condition.ACTIVE and self.judge is not None:
                self._held_back[key] = step
                return
        self._put(key, step)

    def _put(self, key: AlarmKey, step: Step) -> None:
        active = step.changes.get("condition") is Condition.ACTIVE
        changes = self._told(key, step.changes) if active else step.changes
        self.emit(step.kind, key, changes, text=step.text)

    def _told(self, key: AlarmKey, changes: dict[str, Any]) -> dict[str, Any]:
        """Complete what a raise sets: its name, and why nobody is told where that is so."""
        alarm = self.state.alarms.get(key)
        if alarm is None or not alarm.alarm_id:
            changes = {**changes, "alarm_id": f"A{len(self.state.keys_by_id) + 1}"}
        roots = self.memory.diagnosis.roots_of(key.resource) if self.memory.diagnosis else ()
        if roots:
            changes = {**changes, "root_causes": roots, "waiting_since_s": None}
        window = self._window(key.resource)
        if window is not None and not (alarm and alarm.shelved_by):
            changes = {
                **changes, "shelved_by": f"maintenance:{window.window_id}",
                "shelved_until_s": window.until_s, "waiting_since_s": None,
            }  # fmt: skip
        return changes

    def _window(self, resource: Resource) -> Window | None:
        """Return the maintenance window that a resource lies in now."""
        for window in self.state.windows.values():
            if window.from_s <= self.now_s < window.until_s and self.covers(window, resource):
                return window
        return None

    def covers(self, window: Window, resource: Resource) -> bool:
        """Return whether a window is about a resource or something that it stands on."""
        return any(
            fnmatchcase(name, pattern)
            for name in self.rules.lineage(resource)
            for pattern in window.resources
        )

    # -------------------------------------------------------------- observations

    def observe(self, observations: Iterable[Observation]) -> None:
        """Judge a batch; what can not be used says nothing, neither good nor bad."""
        usable = [one for one in observations if one.value is not None and one.quality.usable]
        self._meet({owner_of(one.resource) for one in usable})
        judged: list[tuple[AlarmKey, Rule, float, Observation]] = []
        fresh: dict[AlarmKey, None] = {}
        state, rules, answered = self.state, self.rules, self.memory.answered
        for one in usable:
            found = rules.rules_for(one.resource, one.figure)
            if not found:
                continue
            value = float(one.value or 0.0)
            if one.figure in ("reachable", "oper_up"):
                answered[one.resource] = (one.at_s, value > 0.5)
            for rule in found:
                key = AlarmKey(one.resource, rule.type.name)
                if key in state.alarms or rule.judge(value, None) is not None:
                    judged.append((key, rule, value, one))
                elif rule.after_good and key not in state.armed:
                    fresh[key] = None
        if fresh:
            self.emit("armed", None, {"keys": [list(key) for key in fresh]})
        for key, rule, value, one in judged:
            self._judge(key, rule, value, one)

    def _meet(self, owners: Collection[Resource]) -> None:
        new = sorted(owner for owner in owners if owner not in self.state.seen)
        if new:
            self.emit("seen", None, {"owners": new})

    def _judge(self, key: AlarmKey, rule: Rule, value: float, one: Observation) -> None:
        if key in self._held_back:
            self.diagnose()
        alarm = self.state.alarms.get(key) or Alarm(key)
        if one.at_s <= alarm.sample_s:
            return  # it has been told before
        if not alarm.occurrences and rule.judge(value, None) is not None:
            learning_s = self.now_s - self.state.seen[owner_of(key.resource)]
            if learning_s < self.rules.learning_s and not rule.while_learning:
                return
            if rule.after_good and key not in self.state.armed:
                return
        if alarm.recheck_since_s is not None and one.at_s > alarm.recheck_since_s:
            self._rechecked(alarm, rule, value)
            alarm = self.state.alarms[key]
        step = on_sample(alarm, rule, value, at_s=one.at_s)
        if step is None:
            return
        after = alarm.changed(step.changes)
        done = self._settled(after, rule, value=value, source=one.source)
        if done is not None:
            step = Step(done.kind, {**step.changes, **done.changes})
        self._step(key, step, rule)

    def _rechecked(self, alarm: Alarm, rule: Rule, value: float) -> None:
        """Tell of an alarm that is still bad after its root cause has ended."""
        if rule.judge(value, alarm.severity) is not None:
            heard = clock_of_muting(alarm, muted=bool(alarm.shelved_by), now_s=self.now_s)
            self.emit("released", alarm.key, {"root_causes": (), "recheck_since_s": None, **heard})

    def _settled(
        self, alarm: Alarm, rule: Rule, *, value: float | None = None, source: str = "poll"
    ) -> Step | None:
        """Return the transition that is due, unless news of what the resource hangs on is."""
        done = settled(alarm, rule, self.now_s, value=value, source=source)
        self.memory.waiting.pop(alarm.key, None)
        if done is not None and done.kind == "raised" and self._waits(alarm, rule):
            self.memory.waiting[alarm.key] = None
            return None
        return done

    def _waits(self, alarm: Alarm, rule: Rule) -> bool:
        """Return whether a parent is to be measured or decided on first, and ask for it."""
        due_s = alarm.since_s + rule.hold_off_s
        if self.judge is None or self.now_s - due_s >= rule.verify_parents_s:
            return False
        unknown = []
        undecided = False
        for parent in self.judge.parents(alarm.key.resource):
            at_s, good = self.memory.answered.get(parent, (-1.0, False))
            if at_s < alarm.since_s:
                unknown.append(parent)
            elif not good:
                key = AlarmKey(parent, alarm.key.alarm_type)
                record = self.state.alarms.get(key)
                pending = record is not None and record.condition is Condition.PENDING
                undecided |= pending and key not in self._held_back
        self.memory.to_verify |= dict.fromkeys(unknown)
        return bool(unknown) or undecided

    # -------------------------------------------------------------- time

    def due(self, keys: Iterable[AlarmKey]) -> None:
        """Let time do what it does to these alarms, and to those that wait for their parents."""
        self._pass(keys)
        done = -1
        while self.memory.waiting and done != len(self.events) + len(self._held_back):
            # What was decided may be what others wait for.
            done = len(self.events) + len(self._held_back)
            self._pass(list(self.memory.waiting))

    def _pass(self, keys: Iterable[AlarmKey]) -> None:
        for key in keys:
            for _ in range(4):  # a shelf that ends, an escalation, a transition
                if key in self._held_back:
                    break
                alarm = self.state.alarms.get(key)
                rule = self.rules.rule(key.resource, key.alarm_type)
                if alarm is None or rule is None:
                    break
                step = on_time(alarm, rule, self.now_s)
                if step is not None and step.kind == "raised":
                    step = self._settled(alarm, rule)
                if step is None:
                    break
                self._step(key, step, rule)

    def forget_what_has_no_rule(self) -> None:
        """End what nothing judges any more, since its rule is gone or switched off."""
        for key, alarm in list(self.state.alarms.items()):
            rule = self.rules.rule(key.resource, key.alarm_type)
            if rule is not None and rule.enabled:
                continue
            words = "its rule is gone or switched off"
            if alarm.condition is Condition.ACTIVE:
                self.memory.stale = True
                self.emit("cleared", key, cleared(alarm, now_s=self.now_s), text=words)
            elif alarm.condition is Condition.PENDING:
                over = {**cleared(alarm, now_s=alarm.cleared_s), "changed_s": alarm.changed_s}
                if not alarm.occurrences:
                    over["condition"] = Condition.NORMAL
                self.emit("quiet", key, over, text=words)

    def open_window(self, window: Window) -> None:
        """Shelve what is active in a window that has begun."""
        for key, alarm in list(self.state.alarms.items()):
            mine = f"maintenance:{window.window_id}"
            moved = alarm.shelved_by == mine and alarm.shelved_until_s != window.until_s
            fresh = not alarm.shelved_by and not alarm.is_cleared
            if (moved or fresh) and self.covers(window, key.resource):
                held = clock_of_muting(alarm, muted=True, now_s=self.now_s)
                shelf = {"shelved_by": mine, "shelved_until_s": window.until_s}
                self.emit("shelved", key, {**shelf, **held}, by=window.by, text=window.text)

    # -------------------------------------------------------------- root causes

    def diagnose(self) -> None:
        """Find what follows from what, raise what is inferred, and mute what follows."""
        if self.judge is None or not self.memory.stale:
            return
        self.memory.stale = False
        active = {k: a for k, a in self.state.alarms.items() if a.condition is Condition.ACTIVE}
        down = [key.resource for key in self._held_back]
        inferred = set()
        for key in active:
            rule = self.rules.rule(key.resource, key.alarm_type)
            if rule is not None and rule.type.means_down:
                if rule.type.figure:
                    down.append(key.resource)
                else:
                    inferred.add(key)
        since_s = {key.resource: _bad_since_s(a.raised_s, a.grounds) for key, a in active.items()}
        for key, step in self._held_back.items():
            since_s[key.resource] = _bad_since_s(self.now_s, step.changes.get("grounds"))
        heard_s = {one: at_s for one, (at_s, good) in self.memory.answered.items() if good}
        found = self.judge.diagnose(down, since_s=since_s, heard_s=heard_s)
        self.memory.diagnosis = found
        carrying = {c.resource: c.names for c in found.causes if c.reason == "management-lost"}
        wanted = {AlarmKey(c.resource, c.alarm_type): c for c in found.causes if c.alarm_type}
        for key, cause in wanted.items():
            if key not in inferred:
                self._infer(key, cause)
        for key, step in self._held_back.items():
            self._put(key, _with_evidence(step, carrying.get(key.resource, ())))
        self._held_back.clear()
        for key in sorted(inferred - wanted.keys()):
            alarm = self.state.alarms[key]
            self.emit("cleared", key, cleared(alarm, now_s=self.now_s))
        for key, alarm in active.items():
            if key not in inferred:
                self._mute(alarm, found.roots_of(key.resource))
                self._note_evidence(alarm, carrying.get(key.resource, ()))

    def _note_evidence(self, alarm: Alarm, names: tuple[Resource, ...]) -> None:
        """Keep what shows that a silent device carries traffic all the same, or no more."""
        grounds = alarm.grounds
        if grounds is not None and grounds.figure == "reachable" and grounds.names != names:
            self.emit("counted", alarm.key, {"grounds": replace(grounds, names=names)})

    def _infer(self, key: AlarmKey, cause: Cause) -> None:
        rule = self.rules.rule(key.resource, key.alarm_type)
        if rule is None or not rule.enabled:
            return
        alarm = self.state.alarms.get(key) or Alarm(key)
        severity = rule.thresholds[0].severity if rule.thresholds else Severity.MAJOR
        grounds = Grounds(
            cause.reason, None, rule.type.direction, None, None, "", 0, 0.0, "inferred",
            cause.names, cause.instead,
        )  # fmt: skip
        changes = raised(alarm, rule, severity, grounds, now_s=self.now_s)
        self.emit("raised", key, self._told(key, changes))

    def _mute(self, alarm: Alarm, roots: tuple[Resource, ...]) -> None:
        if roots and roots != alarm.root_causes:
            held = clock_of_muting(alarm, muted=True, now_s=self.now_s)
            changes = {"root_causes": roots, "recheck_since_s": None, **held}
            self.emit("suppressed", alarm.key, changes)
        elif alarm.root_causes and not roots and alarm.recheck_since_s is None:
            self.memory.to_verify[alarm.key.resource] = None
            self.emit("recheck", alarm.key, {"recheck_since_s": self.now_s})
        elif roots and alarm.recheck_since_s is not None:
            self.emit("suppressed", alarm.key, {"recheck_since_s": None})
