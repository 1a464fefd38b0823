"""What can go wrong, as one class per thing a caller can do about it."""


class MedrecError(Exception):
    """Anything this program can explain; `code` is stable."""

    code = "MEDREC"

    def __init__(self, message: str):
        super().__init__(message)
        self.message = message


class UsageError(MedrecError):
    """The caller gave something that cannot be used: a file, an option, words."""

    code = "USAGE"


class MalformedError(MedrecError):
    """Bytes or text that do not have the one form the protocol allows."""

    code = "MALFORMED"


class ChainError(MedrecError):
    """The chain does not answer, is another one, or its events do not add up."""

    code = "CHAIN"


class UnprovenError(MedrecError):
    """An answer that its proofs do not support; nothing of it may be used."""

    code = "UNPROVEN"


class UnreachableError(MedrecError):
    """An institution's node does not answer."""

    code = "UNREACHABLE"


class RefusedError(MedrecError):
    """An institution refused; `signed` when it signed that it did, bound to this request."""

    code = "REFUSED"

    def __init__(self, status: int, reason: str, message: str, signed: bool):
        super().__init__(f"{reason} (HTTP {status}): {message}")
        self.status = status
        self.reason = reason
        self.signed = signed
