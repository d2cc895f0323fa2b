"""Reading and validating the YAML file that describes the feeds of event files."""

import pkgutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from dagster_project.sources.core.errors import ConfigurationError
from dagster_project.sources.core.redaction import without_addresses
from dagster_project.sources.event_files.feeds import SOURCE_NAME, Feed, OrderRules
from dagster_project.sources.event_files.yaml_feed import FeedReader

VARIABLE = "MILEPOST_EVENT_FILES"
DEFAULT_FILE = "event_files.yml"


def feeds_from_environment(environment: Mapping[str, str]) -> tuple[Feed, ...]:
    """The feeds of the file that `MILEPOST_EVENT_FILES` names; by default of `event_files.yml`, if it exists.

    Raises ConfigurationError when the variable names a file that does not exist, or the file is invalid.
    """
    path = Path(environment.get(VARIABLE) or DEFAULT_FILE)
    if not path.exists():
        if environment.get(VARIABLE):
            raise ConfigurationError(
                f"{VARIABLE} names {path}, which does not exist; correct the path or unset the variable."
            )
        return ()
    return read_feeds(path)


def read_feeds(path: Path) -> tuple[Feed, ...]:
    """The feeds of the file at `path`; relative paths in it start from its folder.

    Raises ConfigurationError naming the file, the feed and the field.
    """
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _Loader)
    except RecursionError:
        raise ConfigurationError(f"{path} is nested too deeply; correct it.") from None
    except (OSError, ValueError, OverflowError, TypeError, yaml.YAMLError) as error:
        reason = without_addresses(" ".join(str(error).split()))
        raise ConfigurationError(
            f"{path} is not a readable YAML file ({reason}); correct it (names of columns with #, ? or : "
            "need quotes)."
        ) from error
    listed = content.get("feeds") if isinstance(content, dict) else content
    if isinstance(content, dict) and (unknown := sorted(map(str, set(content) - {"feeds"}))):
        raise ConfigurationError(
            f"{path}: the top-level key {unknown[0]!r} is unknown; only `feeds:` is allowed there."
        )
    if listed is None:
        return ()
    if not isinstance(listed, list):
        raise ConfigurationError(f"{path}: `feeds` must be a list of feeds.")
    feeds = tuple(FeedReader(path, position, item).feed() for position, item in enumerate(listed, start=1))
    names = [feed.name for feed in feeds]
    for name in names:
        if names.count(name) > 1:
            raise ConfigurationError(f"{path}: two feeds are named {name!r}; names must be unique.")
    _refuse_namespaces_of_sources(path, feeds)
    _refuse_unknown_reporters(path, feeds)
    _refuse_contradictions(path, feeds)
    return feeds


def _other_sources() -> set[str]:
    """Read from their folder, as the registry of sources imports this package."""
    folder = Path(__file__).parents[1]
    packages = {module.name for module in pkgutil.iter_modules([str(folder)]) if module.ispkg}
    return packages - {"core", SOURCE_NAME}


def _refuse_namespaces_of_sources(path: Path, feeds: Sequence[Feed]) -> None:
    """A source's ids have no namespace: a feed that names the source would share its ids with none."""
    sources = _other_sources()
    for feed in feeds:
        if feed.user_namespace in sources:
            raise ConfigurationError(
                f"{path}, feed {feed.name}: user_namespace {feed.user_namespace!r} is the name of a source, "
                "whose user ids have no namespace of their own; use `common` where the feed has the same "
                "ids, else another name."
            )


def _refuse_unknown_reporters(path: Path, feeds: Sequence[Feed]) -> None:
    """Every feed or source that reports the same or other orders must exist, else too many or few count."""
    known = {*(feed.name for feed in feeds), *_other_sources()}
    for feed in feeds:
        rules = feed.order_rules or OrderRules(feed.name)
        for key, others in (("same_orders_as", rules.same_as), ("separate_from", rules.separate_from)):
            if unknown := [other for other in others if other not in known]:
                raise ConfigurationError(
                    f"{path}, feed {feed.name}: {key} has {unknown[0]!r}, which is not a feed or source; "
                    f"those are {', '.join(sorted(known - {feed.name}))}."
                )


def _refuse_contradictions(path: Path, feeds: Sequence[Feed]) -> None:
    """What is separate from another feed does not report its orders, nor number them together with it."""
    rules_by_name = {feed.name: feed.order_rules or OrderRules(feed.name) for feed in feeds}
    for name, rules in rules_by_name.items():
        for other in rules.separate_from:
            others = rules_by_name.get(other, OrderRules(other))
            if others.namespace == rules.namespace:
                raise ConfigurationError(
                    f"{path}, feed {name}: separate_from has {other!r}, which has the same order_namespace; "
                    "give one of them another."
                )
            if other in rules.same_as or name in others.same_as:
                raise ConfigurationError(
                    f"{path}, feed {name}: {other!r} is in separate_from, and same_orders_as of one of the "
                    "two says that both report the same orders; keep one."
                )


class _Loader(yaml.SafeLoader):
    """Leaves values as they are written: the column 007 is not 7, and a status yes is not `true`."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        written = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        for place, key in enumerate(written):
            if key in written[:place] and key != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice in one mapping", node.start_mark
                )
        return super().construct_mapping(node, deep)


AS_WRITTEN = (":int", ":float", ":bool", ":timestamp")
_Loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith(AS_WRITTEN)]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
