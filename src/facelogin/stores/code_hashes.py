"""What is kept in place of a recovery code: a slow, salted hash.

NIST SP 800-63B asks for a password hash below 112 bits of entropy; a code has 80. Of the
parameters that OWASP's Password Storage Cheat Sheet calls equal in strength these take the least
memory: 7 MiB and some 25 ms of one core, so that a process with every thread at it stays small.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

_MEMORY_KIB = 7168
_PASSES = 5
_LANES = 1
_BYTES = 32


class Argon2Codes:
    """A ``CodeHasher`` with Argon2id (RFC 9106). Lets other threads run meanwhile."""

    def hash(self, code: bytes, *, salt: bytes) -> bytes:
        """Return 32 bytes that tell nothing of ``code``."""
        kdf = Argon2id(
            salt=salt, length=_BYTES, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY_KIB
        )
        return kdf.derive(code)
