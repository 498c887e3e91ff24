"""The tables of all plugins: read from their models, and from the database that they made."""

from collections.abc import Iterator
from functools import cache

import pytest
from tortoise.fields import CASCADE, RESTRICT
from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.models import Model

from kvartal.db.connection import fetch
from kvartal.db.models import Row
from kvartal.host import load_registry
from kvartal.plugin_checks import models_of
from kvartal.settings import FIRST_PARTY
from kvartal_photos.plugin import plugin as photos

# What is known of a thing goes with it: of a meter, a notice, a webhook.
GO_WITH = {
    ("Device", "session"),
    ("MeterName", "meter"),
    ("MeterVerification", "meter"),
    ("NotificationDelivery", "notification"),
    ("OperationEntry", "operation"),
    ("Reading", "meter"),
    ("ReadingRevision", "reading"),
    ("RoleTick", "role"),
    ("WebhookDelivery", "webhook"),
}

# Nobody asks what a user has done by these, and users are not deleted.
UNINDEXED = {
    ("integration_operation", "started_by_id"),
    ("meters_reading", "submitted_by_id"),
    ("meters_reading_revision", "changed_by_id"),
    ("meters_verification", "recorded_by_id"),
}


@cache
def models() -> list[type[Model]]:
    plugins = load_registry(FIRST_PARTY, [photos]).plugins
    return [model for each in plugins for model in models_of(each.plugin)]


def target(field: ForeignKeyFieldInstance[Model]) -> tuple[str, str]:
    """The app and the model that a link leads to."""
    app, _, name = str(field.model_name).partition(".")
    return app, name


def links() -> Iterator[tuple[type[Model], str, ForeignKeyFieldInstance[Model]]]:
    for model in models():
        for name, field in model._meta.fields_map.items():
            if isinstance(field, ForeignKeyFieldInstance):
                yield model, name, field


def test_there_are_models_and_links() -> None:
    assert len(models()) > 20
    assert len(list(links())) > 40


def test_every_table_has_an_id_by_time_and_its_own_times() -> None:
    assert [model.__name__ for model in models() if not issubclass(model, Row)] == []


def test_a_class_name_stands_for_one_model() -> None:
    names = [model.__name__ for model in models()]

    assert len(names) == len(set(names))


def test_a_link_is_a_model() -> None:
    assert [
        (model.__name__, name)
        for model in models()
        for name, field in model._meta.fields_map.items()
        if isinstance(field, ManyToManyFieldInstance)
    ] == []


def test_nothing_is_deleted_along_with_something_else() -> None:
    others = {
        (model.__name__, name): field.on_delete
        for model, name, field in links()
        if field.on_delete != RESTRICT
    }

    assert others == dict.fromkeys(GO_WITH, CASCADE)


def test_the_name_of_a_link_back_is_the_plugins_own() -> None:
    """Two plugins must not collide on a model of a third."""
    assert [
        (model.__name__, name, field.related_name)
        for model, name, field in links()
        if model._meta.app != target(field)[0]
        and not str(field.related_name).startswith(f"{model._meta.app}_")
    ] == []


def test_a_tenants_row_says_whose_it_is() -> None:
    """A table that refers to one with an organization has it too, to be distributed by it."""
    of_tenants = {
        model.__name__ for model in models() if "organization" in model._meta.fields_map
    } | {"Organization"}

    assert [
        (model.__name__, name)
        for model, name, field in links()
        if model.__name__ not in of_tenants and target(field)[1] in of_tenants
    ] == []


@pytest.mark.usefixtures("db")
async def test_every_link_has_an_index_that_begins_with_it() -> None:
    """Or with the organization and it; the organization itself is nothing to look for."""
    rows = await fetch(
        """
        SELECT c.conrelid::regclass::text AS table, a.attname AS column
        FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        LEFT JOIN pg_attribute o
            ON o.attrelid = c.conrelid AND o.attname = 'organization_id' AND NOT o.attisdropped
        WHERE c.contype = 'f' AND a.attname <> 'organization_id' AND NOT EXISTS (
            SELECT 1 FROM pg_index i
            WHERE i.indrelid = c.conrelid AND i.indisvalid
                AND (i.indkey[0] = a.attnum
                    OR (i.indkey[0] = o.attnum AND i.indkey[1] = a.attnum))
                AND (i.indpred IS NULL
                    OR pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', a.attname)))
        ORDER BY 1, 2
        """
    )

    assert {(row["table"], row["column"]) for row in rows} == UNINDEXED


@pytest.mark.usefixtures("db")
async def test_the_database_has_the_tables_of_the_models_alone() -> None:
    rows = await fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    tables = {model._meta.db_table for model in models() if model._meta.app != "photos"}

    assert {row["tablename"] for row in rows} == tables | {"aerich"}


@pytest.mark.usefixtures("db")
async def test_every_time_has_its_zone() -> None:
    rows = await fetch(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type = 'timestamp without time zone'"
    )

    assert [tuple(row.values()) for row in rows] == []
