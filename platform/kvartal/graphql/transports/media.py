"""Media types: which form an answer has, and which forms of a request are understood."""

from functools import lru_cache

__all__ = ["EVENTS", "GRAPHQL", "HTML", "JSON", "is_json", "negotiated"]

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
HTML = "text/html"


@lru_cache(maxsize=256)
def negotiated(accept: str, *, with_console: bool) -> str:
    """The answer's media type, by the GraphQL-over-HTTP specification; empty if none fits."""
    if not accept:
        return GRAPHQL
    ranges: list[tuple[float, str]] = []
    for each in accept.lower().split(","):
        media, *parameters = (part.strip() for part in each.split(";"))
        quality = next((part[2:] for part in parameters if part.startswith("q=")), "1")
        ranges.append((_quality(quality), media))
    offered = {GRAPHQL: GRAPHQL, JSON: JSON, EVENTS: EVENTS, "*/*": JSON, "application/*": JSON}
    if with_console:
        offered[HTML] = HTML
    ranges.sort(key=lambda each: -each[0])
    return next((offered[media] for quality, media in ranges if quality and media in offered), "")


def _quality(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0


def is_json(content_type: str) -> bool:
    """Whether a body is JSON in UTF-8."""
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    return media == JSON and all(
        part.replace('"', "") == "charset=utf-8" for part in parameters if part[:7] == "charset"
    )
