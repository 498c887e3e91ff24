"""The operations that clients are generated from fit the schema as it is."""

import runpy
from pathlib import Path

from graphql import GraphQLSchema, parse, specified_rules, validate

from kvartal.graphql.schema import build_schema
from kvartal.testing.host import TestHost

operations = runpy.run_path(str(Path(__file__).with_name("operations.py")))["operations"]


def test_there_is_a_valid_operation_for_every_root_field(host: TestHost) -> None:
    schema: GraphQLSchema = build_schema(host.host.registry.plugins)._schema
    made = list(operations(schema))

    errors = [
        error.message for each in made for error in validate(schema, parse(each), specified_rules)
    ]

    assert errors == []
    roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
    assert len(made) == sum(len(root.fields) for root in roots if root is not None)
