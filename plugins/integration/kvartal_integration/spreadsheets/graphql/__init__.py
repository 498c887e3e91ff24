"""Readings in workbooks over GraphQL: asked beforehand, tried, imported and exported."""

from kvartal.plugin import GraphQLPart
from kvartal_integration.spreadsheets.graphql.mutations import SpreadsheetMutations
from kvartal_integration.spreadsheets.graphql.offers import (
    BuildingReadingsImport,
    OrganizationReadingsImport,
)

__all__ = ["GRAPHQL"]

GRAPHQL = GraphQLPart(
    mutations=(SpreadsheetMutations,),
    extensions=(BuildingReadingsImport, OrganizationReadingsImport),
)
