"""A chain of migration files, and what aerich sees between its newest state and the models.

aerich was made for one app. Here every difference is taken by a class of its own, because aerich
keeps state on the class; the other apps' tables stand unchanged on both sides of it, as targets of
foreign keys; and the state to compare with is in the newest file, so that no database is needed.
"""

import io
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from graphlib import TopologicalSorter
from importlib.util import find_spec
from pathlib import Path
from pkgutil import ModuleInfo
from textwrap import indent
from typing import Any, ClassVar

from aerich.coder import decoder, encoder
from aerich.ddl.postgres import PostgresDDL
from aerich.migrate import Migrate
from aerich.utils import decompress_dict, get_models_describe, import_py_module
from tortoise import Tortoise
from tortoise.backends.base_postgres.schema_generator import BasePostgresSchemaGenerator
from tortoise.models import Model

from kvartal.db.connection import ALIAS
from kvartal.errors import KvartalError

__all__ = [
    "Chain",
    "Change",
    "MigrationError",
    "State",
    "difference",
    "files",
    "present_state",
    "written_state",
]

State = dict[str, dict[str, Any]]

ELSEWHERE = {"backward_fk_fields", "backward_o2o_fields", "docstring"}
PROSE = {"description", "docstring"}
UNWRITTEN = "DO $$ BEGIN RAISE EXCEPTION 'write this migration by hand'; END $$"


class MigrationError(KvartalError):
    """The migrations cannot go on as they are; the text says where."""


@dataclass(frozen=True)
class Chain:
    """One app's migrations, in the package that holds its models."""

    app: str
    package: str

    @property
    def directory(self) -> Path:
        """Where the files lie: ``<package>/migrations``."""
        spec = find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise MigrationError(f"{self.app}: there is no package {self.package}")
        return Path(spec.submodule_search_locations[0], "migrations")


@dataclass(frozen=True, slots=True)
class Change:
    """What lies between two states: SQL, and what aerich saw but wrote no SQL for."""

    statements: list[str]
    notes: list[str]

    def __bool__(self) -> bool:
        return bool(self.statements or self.notes)

    def sql(self) -> str:
        """The migration's body, the notes as comments for its author; it fails while unwritten."""
        lines = [f"-- {note}" for note in self.notes]
        lines += [f"{statement};" for statement in self.statements or [UNWRITTEN]]
        return indent("\n".join(lines), " " * 8)


class Schema(BasePostgresSchemaGenerator):
    """Tortoise's tables without comments on columns.

    They would list the members of enums, and each new member would be a migration.
    """

    def _column_comment_generator(self, table: str, column: str, comment: str) -> str:
        return ""


class Ddl(PostgresDDL):
    """aerich's statements; a constraint is dropped under either name that it may have.

    One made with its table is named by PostgreSQL, or is a constraint; one made later is named by
    aerich, or is an index.
    """

    schema_generator_cls = Schema

    def drop_unique_constraint(self, model: type[Model], name: str) -> str:
        """Drop a unique key, whichever way it was made."""
        return f'{super().drop_unique_constraint(model, name)};\nDROP INDEX IF EXISTS "{name}"'

    def drop_fk(
        self, model: type[Model], field_describe: Any, reference_table_describe: Any
    ) -> str:
        """Drop a foreign key, whichever way it was made."""
        table = self.get_table_name(model)
        name = f"{table}_{field_describe['raw_field']}_fkey"
        return (
            f"{super().drop_fk(model, field_describe, reference_table_describe)};\n"
            + self._DROP_FK_TEMPLATE.format(table_name=table, fk_name=name)
        )


class Differ(Migrate):
    """The base of the classes that compare: with the app's own models, without the database."""

    models: ClassVar[Mapping[str, type[Model]]]

    @classmethod
    def _get_model(cls, model: str) -> Any:
        # None for a neighbour's: it is the same on both sides, nobody asks it anything.
        return cls.models.get(model)

    @classmethod
    def _is_unique_constraint(cls, *_: object) -> bool:
        # aerich would run the upgrades of all files to find out; our Ddl drops either.
        return True


def files(chain: Chain) -> list[ModuleInfo]:
    """The chain's files, in their order."""
    return _fresh(chain).get_all_version_modules()


def written_state(chain: Chain) -> State:
    """The models as they were when the newest file was written."""
    *_, newest = [None, *files(chain)]
    if newest is None:
        return {}
    state = getattr(import_py_module(newest), "MODELS_STATE", None)
    if not state:
        raise MigrationError(f"{chain.app}/{newest.name} has no MODELS_STATE")
    return decompress_dict(state)


def present_state(app: str) -> State:
    """The models as they are, in the form that the file gives back.

    Without what other plugins hang on them: the file must not depend on who is installed.
    """
    state: State = decoder(encoder(get_models_describe(app) if _models_of(app) else {}))
    return {
        name: {key: _structure(value) for key, value in model.items() if key not in ELSEWHERE}
        for name, model in state.items()
        if model["table"] != "aerich"
    }


def _structure(value: Any) -> Any:
    """What the database knows of a field, or of several."""
    if isinstance(value, list):
        return [_structure(each) for each in value]
    if isinstance(value, dict):
        return {key: each for key, each in value.items() if key not in PROSE}
    return value


def difference(chain: Chain, chains: Sequence[Chain], before: State, after: State) -> Change:
    """What turns one state of the chain's models into the other.

    aerich is shown the other apps' tables as well, unchanged on both sides.
    """
    around = _neighbours(chain, chains)
    differ = _fresh(
        chain,
        models=_models_of(chain.app),
        dialect=PostgresDDL.DIALECT,
        ddl=Ddl(Tortoise.get_connection(ALIAS)),
    )
    said = io.StringIO()
    with redirect_stdout(said):
        old, new = differ._exclude_model_name_changes(before, after)
        _refuse_remade_tables(chain, old, new)
        new = {name: model if name in old else _rootless(model) for name, model in new.items()}
        differ.diff_models(old | around, new | around, no_input=True)
        differ._merge_operators()
    notes = [line.strip() for line in said.getvalue().splitlines() if line.strip()]
    return Change(_drops_last(differ.upgrade_operators, old, differ), notes)


def _models_of(app: str) -> Mapping[str, type[Model]]:
    return dict(Tortoise.apps.items()).get(app, {}) if Tortoise.apps else {}


def _neighbours(chain: Chain, chains: Sequence[Chain]) -> State:
    """The tables of the other apps, now and when their newest files were written; just keys."""
    state: State = {}
    for other in chains:
        if other.app != chain.app:
            state |= written_state(other) | present_state(other.app)
    bare: dict[str, Any] = dict.fromkeys(
        ("fk_fields", "o2o_fields", "m2m_fields", "data_fields", "indexes", "unique_together"), ()
    )
    return {name: model | bare for name, model in state.items()}


def _fresh(chain: Chain, **attributes: Any) -> type[Differ]:
    """A class for this one comparison: what aerich notes on it dies with it."""
    registers: dict[str, Any] = {
        "upgrade_operators": [],
        "_upgrade_fk_m2m_index_operators": [],
        "_upgrade_m2m": [],
        "_rename_fields": {},
        "_rename_models": {},
        "app": chain.app,
        "migrate_location": chain.directory,
    }
    return type("ChainDiffer", (Differ,), registers | attributes)


def _refuse_remade_tables(chain: Chain, old: State, new: State) -> None:
    # aerich would CREATE … IF NOT EXISTS the new one and then drop the old one, which it is.
    gone = {model["table"] for name, model in old.items() if name not in new}
    come = {model["table"] for name, model in new.items() if name not in old}
    if remade := sorted(gone & come):
        raise MigrationError(
            f"{chain.app}: the class of table {remade[0]} has another name and other fields: "
            "change one, make a migration, then change the other"
        )


def _rootless(model: dict[str, Any]) -> dict[str, Any]:
    """A new model without its links to itself, which aerich takes for a cycle of tables."""
    links = {
        key: [link for link in model[key] if link["python_type"] != model["name"]]
        for key in ("fk_fields", "o2o_fields")
    }
    return model | links


def _drops_last(statements: Sequence[str], old: State, differ: type[Differ]) -> list[str]:
    """The statements with tables dropped at the end, those that refer before those referred to."""
    drops = {name: differ.drop_model(model["table"]) for name, model in old.items()}
    dropped = [name for name, drop in drops.items() if drop in statements]
    graph = {
        name: [
            link["python_type"]
            for link in (*old[name]["fk_fields"], *old[name]["o2o_fields"])
            if link["python_type"] in dropped and link["python_type"] != name
        ]
        for name in dropped
    }
    last = [drops[name] for name in reversed([*TopologicalSorter(graph).static_order()])]
    return [statement for statement in statements if statement not in last] + last
