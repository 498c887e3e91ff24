"""What a connection to the customer's file server is made of."""

from enum import StrEnum

__all__ = ["FileEncoding", "Protocol"]


class Protocol(StrEnum):
    """How files travel (протокол)."""

    FTP = "FTP"
    FTPS = "FTPS"


class FileEncoding(StrEnum):
    """In which encoding the server writes the names of its files."""

    UTF_8 = "UTF_8"
    CP1251 = "CP1251"
