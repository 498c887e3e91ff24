"""The rights of the integration plugin; their titles stand in ``locale/``."""

from kvartal.plugin import Permission

__all__ = ["ALL", "EXCHANGE_MANAGE"]

EXCHANGE_MANAGE = Permission(code="integration.exchange.manage")
"""«Интеграция»: the exchange with other systems, its log and the webhooks of the organization."""

ALL = (EXCHANGE_MANAGE,)
