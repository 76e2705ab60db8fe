"""What each cause means to the person in trouble: one sentence, how sure the trace alone makes us, what to do.

``{where}`` is the address, URL or server that the failure names; ``{text}`` what was seen. A cause without a row in
``words/`` is worded by its nearest shorter cause (:func:`wording_of`), so a refinement never goes without words.
"""

from modtrace.diagnosis.words import http, machine, module, network, proxy, tls
from modtrace.diagnosis.words.interface import Wording
from modtrace.record.causes import Cause, refines

WORDING: dict[Cause, Wording] = {
    **machine.WORDS,
    **network.WORDS,
    **proxy.WORDS,
    **tls.WORDS,
    **http.WORDS,
    **module.WORDS,
}


def wording_of(cause: Cause) -> Wording:
    """The cause's row, or that of the nearest shorter cause, or a plain sentence."""
    rows = [(len(name), row) for name, row in WORDING.items() if refines(cause, name)]
    if rows:
        return max(rows, key=lambda pair: pair[0])[1]
    return Wording("{text}", "medium")
