"""What signing in leaves to the workers: sending codes."""

from kvartal import clock
from kvartal.auth.events import SignInCodeRequested
from kvartal.auth.policy import policy
from kvartal.auth.sign_in.queries.codes import code_to_send
from kvartal.events import on

__all__ = ["HANDLERS", "send_code"]


async def send_code(requested: SignInCodeRequested) -> None:
    """Send the code, if it is still awaited and its telephone is a resident's."""
    found = await code_to_send(requested.code_id, now=clock.now())
    if found is not None:
        phone, issue = found
        await policy().sender.send(phone, policy().code(issue))


HANDLERS = (on(SignInCodeRequested, send_code),)
