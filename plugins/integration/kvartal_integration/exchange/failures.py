"""What goes wrong with a file server, as people are told it: a reason, and nothing of its words.

What a server answers may repeat the password, so that neither logs nor errors ever hold it.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from aioftp import AIOFTPException, StatusCodeError

from kvartal_integration.exchange.port import ExchangeFailed

__all__ = ["FtpRefused", "Incomprehensible", "explained"]

log = structlog.get_logger("kvartal_integration.exchange")

# The connection goes, or was never there: nothing that the command itself is to blame for.
_LOST_CODES = frozenset({"421", "425", "426"})


class Incomprehensible(Exception):
    """The other side answers, but not as an FTP server does."""


class FtpRefused(ExchangeFailed):
    """The server has understood and said no: the session goes on, another command may do."""


@contextmanager
def explained(host: str, *, refused: str = "DENIED", broken: str = "LOST") -> Iterator[None]:
    """Tell of whatever goes wrong in the block as ExchangeFailed.

    ``refused``: the reason if the server says no; ``broken``: if the connection ends.
    """
    try:
        yield
    except ExchangeFailed:
        raise
    except StatusCodeError as error:
        code = str(error.received_codes[-1])
        log.info("exchange.refused", host=host, reason=refused, code=code)
        if code in _LOST_CODES:
            raise ExchangeFailed(host, broken) from None
        raise FtpRefused(host, refused) from None
    except UnicodeEncodeError:
        raise FtpRefused(host, refused) from None
    except Exception as error:
        reason = _reason_of(error, broken)
        if reason is None:
            raise
        log.info("exchange.failed", host=host, reason=reason, kind=type(error).__name__)
        raise ExchangeFailed(host, reason) from None


def _reason_of(error: Exception, broken: str) -> str | None:
    """The reason; None if the fault is ours. The order matters: most of these are OSErrors."""
    match error:
        case TimeoutError():
            return "TIMEOUT"
        case ssl.SSLCertVerificationError():
            return "CERTIFICATE"
        case ssl.SSLError():
            return "TLS"
        case OSError() | EOFError():
            return broken
        case Incomprehensible() | AIOFTPException() | ValueError() | LookupError():
            return "PROTOCOL"
    return None
