"""The port RectifierKeys of the embedded mode: rectifiers whose keys the exchange makes itself. Pages say *simulated*.

The keys follow from the relayer's, so that nothing more has to be kept. The relayer itself is among them, as it was
the only rectifier of exchanges that were deployed earlier, and rectifiers are fixed for ever.
"""

import hashlib
from collections.abc import Sequence

from ipx.adapters.evm.keys import address_of
from ipx.adapters.evm.signer import EthSigner
from ipx.core.errors import NotFound
from ipx.core.typed_data import TypedData

COUNT, THRESHOLD = 3, 2
_CONTEXT = b"ipx/simulated-rectifier/v1\x00"


class SimulatedRectifiers:
    """Three rectifiers, and the relayer for earlier deployments."""

    def __init__(self, relayer_key: str) -> None:
        own = bytes.fromhex(relayer_key.removeprefix("0x"))
        self._keys = [hashlib.sha256(_CONTEXT + bytes([number]) + own).digest() for number in range(COUNT)]
        self._earlier = own

    def plan(self) -> list[str]:
        """Return the addresses that a new deployment names as its rectifiers."""
        return [address_of(key) for key in self._keys]

    def addresses(self) -> Sequence[str]:
        """Return all addresses whose keys are here."""
        return [*self.plan(), address_of(self._earlier)]

    def sign(self, address: str, data: TypedData) -> bytes:
        """Return the signature of one of them. Raises NotFound for any other address."""
        key = next((key for key in (*self._keys, self._earlier) if address_of(key) == address), None)
        if key is None:
            raise NotFound("There is no simulated rectifier with this address.")
        return EthSigner().sign(key, data)
