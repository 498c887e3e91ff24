"""What is compared with: the same answers by hand, without GraphQL, credentials and limits.

``python -m tests.bench.bare serve``: it serves as ``kvartal serve`` does. The credential of a
request only says on whose behalf it is, and is looked at once.
"""

import gc
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send
from tests.bench.statements import SUBMIT, Statement, lean, list_statement

from kvartal import clock, live
from kvartal.asgi import server_config
from kvartal.auth.actor import Actor
from kvartal.auth.sessions.service import authenticate
from kvartal.context import Context
from kvartal.db.connection import Record, fetch
from kvartal.db.models import uuid7
from kvartal.graphql.node import encode_id
from kvartal.graphql.paging import page_of
from kvartal.graphql.schema import build_schema
from kvartal.graphql.transports.engine import Engine
from kvartal.graphql.transports.http import HttpEndpoint
from kvartal.graphql.transports.wire import ConnectionRequest
from kvartal.host import Host, load_host
from kvartal.housing.api import PREMISES, by_ids
from kvartal.logs import configure_logs
from kvartal.settings import load_settings
from kvartal_meters.catalog.rules import CATALOG, MeterType
from kvartal_meters.meters.graphql import Meter
from kvartal_meters.meters.queries import of_premises
from kvartal_meters.readings.queries import listing, saving
from kvartal_meters.readings.rules.history import MeterFacts
from kvartal_meters.readings.rules.judgement import refusals_today
from kvartal_meters.readings.service.save import author_of
from kvartal_meters.readings.sources import BY_MONTH
from kvartal_meters.widget.graphql import WIDGET

__all__ = ["Bare"]

Handler = Callable[[Actor, Mapping[str, Any]], Awaitable[object]]


class Bare:
    """An ASGI application of hand-written endpoints, and of GraphQL without a doorkeeper."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._actors: dict[str, Actor] = {}
        self._statement: Statement | None = None
        self._stack = AsyncExitStack()
        self._graphql = HttpEndpoint(Engine(build_schema(host.registry.plugins)), self._context)
        self._handlers: Mapping[str, Handler] = {
            "/list": self._list,
            "/lean": self._lean,
            "/widget": _widget,
            "/screen": _screen,
            "/submit": _submit,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await self._live(receive, send)
        if scope["path"] == "/graphql":
            return await self._graphql(scope, receive, send)
        return await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: object = None
        if handler := self._handlers.get(scope["path"]):
            headers = dict(scope["headers"])
            body = (await receive())["body"]
            token = headers[b"authorization"].decode().removeprefix("Bearer ")
            answer = await handler(await self._actor(token), orjson.loads(body))
        body = orjson.dumps({"data": answer})
        told = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": told})
        await send({"type": "http.response.body", "body": body})

    async def _live(self, receive: Receive, send: Send) -> None:
        host = self._host
        await receive()
        await self._stack.enter_async_context(host.running())
        hub = live.Hub(host.redis_url, host.live_channel)
        await self._stack.enter_async_context(live.serving(hub))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._stack.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _actor(self, token: str) -> Actor:
        actor = self._actors.get(token)
        if actor is None:
            actor = self._actors[token] = await authenticate(token)
        return actor

    async def _context(self, request: ConnectionRequest) -> Context:
        assert request.token is not None
        return Context(actor=await self._actor(request.token), settings=self._host.settings)

    async def _list(self, actor: Actor, asked: Mapping[str, Any]) -> object:
        return await _listed(await self._asked(actor, asked["first"]), asked["first"])

    async def _lean(self, actor: Actor, asked: Mapping[str, Any]) -> object:
        return await _listed(lean(await self._asked(actor, asked["first"])), asked["first"])

    async def _asked(self, actor: Actor, first: int) -> Statement:
        if self._statement is None:
            self._statement = await list_statement(actor, page_of(first, None, None, None))
            assert self._statement is not None
        return self._statement


async def _listed(statement: Statement, first: int) -> object:
    return [_reading(row) for row in (await fetch(statement.text, *statement.args))[:first]]


def _reading(row: Record) -> dict[str, object]:
    kind = MeterType(row["meter_type"])
    return {
        "id": encode_id("Reading", row["id"]),
        "billingMonth": row["billing_month"].isoformat()[:7],
        "takenOn": row["taken_on"],
        "submittedAt": row["submitted_at"],
        "channel": row["channel"],
        "authorKind": row["author_kind"],
        "consumption": _decimal(row["consumption"]),
        "unit": CATALOG[kind].unit.value,
        "needsReview": row["needs_review"],
        "version": row["version"],
        "meter": {
            "identifier": row["meter_identifier"],
            "serialNumber": row["meter_serial_number"],
            "type": kind.value,
            "status": row["meter_status"],
            "building": {"address": row["meter_building_address"]},
            "premise": row["meter_premise_id"] and {"number": row["meter_premise_number"]},
            "account": row["meter_account_id"] and {"number": row["meter_account_number"]},
        },
    }


def _decimal(value: Decimal | None) -> str | None:
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


async def _widget(actor: Actor, asked: Mapping[str, Any]) -> object:
    premise = UUID(asked["premise"])
    widget = (await WIDGET.fetch(Context(actor=actor), [premise]))[premise]
    return {
        "key": widget.key,
        "title": widget.title,
        "pinned": widget.pinned,
        "position": widget.position,
        "state": widget.state.value,
        "submitted": widget.submitted,
        "total": widget.total,
        "submitBy": widget.submit_by,
        "opensOn": widget.opens_on,
        "daysUntilOpen": widget.days_until_open,
        "message": widget.message,
        "progress": widget.progress,
    }


async def _screen(actor: Actor, asked: Mapping[str, Any]) -> object:
    key = UUID(asked["premise"])
    premise = (await by_ids(PREMISES, actor, [key]))[key]
    meters = (await of_premises(actor, [key], scope=None, archived=False))[key]
    ids = [meter["id"] for meter in meters]
    facts = await saving.meter_facts(ids)
    page = page_of(1, None, None, None)
    readings = await listing.of_parents(actor, "meter", ids, page, BY_MONTH)
    return {
        "number": premise["number"],
        "building": {"address": premise["building_address"]},
        "meters": [_meter(actor, row, facts[row["id"]], readings[row["id"]]) for row in meters],
    }


def _meter(
    actor: Actor, row: Record, facts: MeterFacts, readings: list[Record]
) -> dict[str, object]:
    meter = Meter.of(row, "ru")
    month, reasons = refusals_today(facts, author_of(actor, facts))
    window = facts.standing(author_of(actor, facts).today).window.upcoming
    registers = CATALOG[meter.kind].registers
    return {
        "id": meter.id,
        "type": meter.type.value,
        "resourceKind": meter.resource_kind.value,
        "unit": meter.unit.value,
        "serialNumber": meter.serial_number,
        "status": meter.status.value,
        "registers": [{"number": n} for n, _ in enumerate(registers, 1)],
        "verification": {
            "severity": meter.verification.severity.value,
            "dueOn": meter.verification.due_on,
            "daysLeft": meter.verification.days_left,
        },
        "submission": {
            "allowed": not reasons,
            "reasons": [{"code": each.code} for each in reasons],
            "opensOn": window.opens_on,
            "closesOn": window.closes_on,
            "billingMonth": str(month),
            "hasReading": facts.reading_of(month) is not None,
        },
        "readings": [
            {
                "billingMonth": reading["billing_month"],
                "takenOn": reading["taken_on"],
                "consumption": _decimal(reading["consumption"]),
                "values": [
                    {
                        "number": n,
                        "value": _decimal(reading[f"t{n}"]),
                        "previous": _decimal(reading[f"previous_t{n}"]),
                    }
                    for n, _ in enumerate(registers, 1)
                ],
            }
            for reading in readings[:1]
        ],
    }


async def _submit(_: Actor, asked: Mapping[str, Any]) -> object:
    first, *second = (Decimal(value) for value in asked["values"])
    [row] = await fetch(
        SUBMIT, UUID(asked["meter"]), first, second[0] if second else None, clock.now(), uuid7()
    )
    return {
        "id": encode_id("Reading", row["id"]),
        "billingMonth": row["billing_month"],
        "version": row["version"],
        "consumption": _decimal(row["consumption"]),
        "values": [
            {"value": _decimal(row[f"t{n}"]), "previous": _decimal(row[f"previous_t{n}"])}
            for n in (1, 2)
            if row[f"t{n}"] is not None
        ],
    }


def main() -> None:
    """Serve until told to stop."""
    settings = load_settings()
    configure_logs(settings)
    app = Bare(load_host(settings))
    server = uvicorn.Server(server_config(cast("Starlette", app), settings))
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)  # as kvartal serve does
    server.run()


if __name__ == "__main__":
    main()
