"""What the form «Внести показания» offers to staff."""

from functools import partial
from typing import Annotated

import strawberry

from kvartal import clock
from kvartal.context import Info
from kvartal.graphql.fields import query
from kvartal.graphql.node import uuid_of
from kvartal.graphql.paging import After, Before, Connection, First, Last, connected, page_of
from kvartal.housing.api import BUILDINGS, Building, search_words
from kvartal_meters.permissions import SUBMIT
from kvartal_meters.readings.queries import form

__all__ = ["FormQueries"]


@strawberry.type
class FormQueries:
    """Fields of Query for the form."""

    @query(
        access=SUBMIT,
        description="Buildings for which staff may submit readings of residents' meters now, by"
        " address: those with an open window, all of them with the privilege to submit outside it.",
    )
    async def buildings_for_submission(
        self,
        info: Info,
        search: Annotated[
            str | None, strawberry.argument(description="Words that must all be in the address.")
        ] = None,
        organization_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only this organization's.")
        ] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Building]:
        """A page of buildings."""
        page, actor = page_of(first, after, last, before), info.context.actor
        where = form.FormFilter(
            now=clock.now(),
            words=search_words(search or ""),
            organization_id=uuid_of("Organization", organization_id) if organization_id else None,
        )
        rows = await form.buildings_page(actor, where, page)
        count = partial(form.count_buildings, actor, where)
        return connected(page, rows, Building.of, BUILDINGS.order, count)
