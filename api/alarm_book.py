"""A project's book of alarms, put together: log, thresholds, topology, channels, impact."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ..probes.alarms.book import AlarmBook
from ..probes.alarms.log import EventLog, MemoryLog
from ..probes.alarms.placement import placement_of
from ..probes.alarms.rule_file import RuleBook, read_rules
from ..probes.alarms.store_log import StoreLog
from ..probes.notify.channel_file import NotifySettings, read_notify
from ..probes.notify.delivery import Notifier
from ..probes.root_cause import RootCauseJudge, watched_graph
from ..probes.store.project_store import ProjectStore
from ..topology.errors import InputError, MissingError, SettingError
from ..topology.network import Network
from ..topology.project import Project
from .alarm_impact import AlarmImpact
from .alarm_words import AlarmWriter
from .store_place import has_store, project_store

__all__ = ["WatchedProject", "watched_project"]


@dataclass(frozen=True, slots=True, eq=False)
class WatchedProject:
    """What is needed to work with the alarms of a project.

    Attributes
    ----------
    judge
        None where nothing says where the probe stands; ``why_no_judge`` says why.
    notify_error
        What is wrong with the channels and routes: nobody can be told then (:meth:`notifier` raises
        it), and everything else works.
    """

    project: Project
    network: Network
    rules: RuleBook
    notify: NotifySettings
    book: AlarmBook
    judge: RootCauseJudge | None
    why_no_judge: str = ""
    notify_error: SettingError | None = None

    def notifier(self, impact: AlarmImpact | None = None) -> Notifier:
        """Return what tells people of the alarms.

        Raises
        ------
        SettingError
            The channels or routes of ``alarms.toml`` are wrong.
        """
        if self.notify_error is not None:
            raise self.notify_error
        zone = ZoneInfo(self.project.settings.timezone)
        writer = AlarmWriter(self.project.settings.timezone)
        if impact is None:
            return Notifier(self.book, self.rules, self.notify, writer, zone=zone)
        return Notifier(self.book, self.rules, self.notify, writer, impact=impact.of, zone=zone)


def watched_project(
    project: Project,
    *,
    store: ProjectStore | None = None,
    log: EventLog | None = None,
    make: bool = True,
) -> WatchedProject:
    """Open the alarms of a project.

    Parameters
    ----------
    store
        The project's store where it is open already; it is opened otherwise.
    log
        Where events go instead of the store.
    make
        Whether a project without a store gets one; without, there are no alarms, and what is done
        with them is not kept.

    Raises
    ------
    SettingError, FileError
        The thresholds of ``alarms.toml`` are wrong.
    MissingError
        The probe's site is not in the network.
    SurroundingsError
        The store cannot be opened.
    """
    network = project.network()
    rules = read_rules(project.directory, placement_of(network))
    language = project.settings.language
    notify, wrong = NotifySettings({}, ()), None
    try:
        notify = read_notify(rules.file, language=language, types=rules.types)
    except SettingError as error:
        wrong = error
    judge, why = None, ""
    try:
        watched = watched_graph(
            network, probe_site=rules.probe_site, roots=project.settings.network_roots
        )
        judge = RootCauseJudge(watched)
    except (InputError, MissingError) as error:
        if rules.probe_site:
            raise
        why = str(error)
    if log is None:
        if store is None and (make or has_store(project.directory)):
            store = project_store(project)
        log = MemoryLog() if store is None else StoreLog(store, project.directory)
    book = AlarmBook(log, rules, judge=judge)
    return WatchedProject(project, network, rules, notify, book, judge, why, wrong)
