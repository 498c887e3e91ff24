"""The file server of the demo as a process: its port, folder, user and file with the password.

It is run by its path, in a process of its own, where nothing of the product is there.
"""

import sys
from pathlib import Path

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

__all__ = ["serve"]

ALL = "elradfmwMT"


def serve(port: str, folder: str, username: str, password_file: str) -> None:
    """Serve the folder on the loopback, until the process is ended."""
    authorizer = DummyAuthorizer()
    authorizer.add_user(username, Path(password_file).read_text(), folder, perm=ALL)

    class Handler(FTPHandler):  # type: ignore[misc] # pyftpdlib has no types
        banner = "Kvartal demo"

    Handler.authorizer = authorizer
    FTPServer(("127.0.0.1", int(port)), Handler).serve_forever()


if __name__ == "__main__":
    serve(*sys.argv[1:])
