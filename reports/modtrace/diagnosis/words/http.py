"""HTTP heads, redirects and bodies."""

from modtrace.diagnosis.words.fixes import ASK_SERVER, OTHER_NETWORK, OTHER_SOURCE, PRIVATE, fix
from modtrace.diagnosis.words.interface import Wording
from modtrace.record.causes import Cause

_ANOTHER_SOURCE_FIRST = fix(
    "go env -w GOPROXY='<another module proxy>,direct'",
    "go never gives up on this one by itself, so that a | behind it in the list does not help",
    "another server learns which modules you fetch; the checksum database still verifies the content",
)
_SIGN_IN = fix("open any http:// page in a browser and sign in", "such networks let nothing through before that")

WORDS: dict[Cause, Wording] = {
    "http.unauthorized": Wording(
        "{where} wants credentials",
        "certain",
        (fix("put them into ~/.netrc (or set GOAUTH)", "go reads them there; with a port in the URL, name it too"),),
    ),
    "http.forbidden": Wording("{where} answers 403: it knows the request and refuses it", "certain", (OTHER_SOURCE,)),
    "http.forbidden.redirect_host": Wording(
        "the module proxy redirected to {where}, and that host refuses", "certain", (OTHER_SOURCE,)
    ),
    "http.not_found": Wording("{where} does not know this module or version", "certain", (PRIVATE,)),
    "http.gone": Wording("{where} says that it is gone", "certain", (PRIVATE,)),
    "http.rate_limited": Wording("{where} limits how often you may ask; go does not wait or retry", "certain"),
    "http.unavailable_for_legal_reasons": Wording("{where} withholds it for legal reasons (451)", "certain"),
    "http.server_error": Wording("{where} failed: {text}", "certain", (OTHER_SOURCE,)),
    "http.bad_gateway": Wording("{where} could not reach the server behind it (502)", "certain", (OTHER_SOURCE,)),
    "http.gateway_timeout": Wording(
        "the server behind {where} did not answer in time (504)", "certain", (OTHER_SOURCE,)
    ),
    "http.captive_portal": Wording(
        "{where} answers with a sign-in page of this network", "high", (_SIGN_IN, OTHER_NETWORK)
    ),
    "http.html_instead_of_data": Wording(
        "{where} answers 200 with a web page instead of data", "high", (OTHER_NETWORK,)
    ),
    "http.redirect_loop": Wording("the redirects of {where} never end", "certain", (ASK_SERVER,)),
    "http.redirect_insecure": Wording(
        "{where} redirects from https to http; go refuses that", "certain", (ASK_SERVER,)
    ),
    "http.head_stalled": Wording(
        "{where} took the request and never answered; go waits for ever",
        "high",
        (_ANOTHER_SOURCE_FIRST, OTHER_NETWORK),
    ),
    "http.malformed": Wording("{where} answers with something that is not HTTP as it must be: {text}", "high"),
    "http.h2_goaway": Wording("{where} keeps closing the HTTP/2 connection (GOAWAY)", "high", (OTHER_SOURCE,)),
    "http.h2_stream_reset": Wording("{where} reset the HTTP/2 stream: {text}", "high", (OTHER_SOURCE,)),
    "http.h2_flow_stalled": Wording("the HTTP/2 flow control with {where} came to a halt", "medium"),
    "http.h2_flood": Wording("{where} floods the HTTP/2 connection with control frames", "certain", (ASK_SERVER,)),
    "body.stalled": Wording(
        "{where} stopped sending in the middle; go waits for ever", "high", (_ANOTHER_SOURCE_FIRST,)
    ),
    "body.truncated": Wording("the body from {where} ended too early: {text}", "high", (OTHER_NETWORK,)),
    "body.reset": Wording("the connection to {where} was reset in the middle of the body", "high", (OTHER_NETWORK,)),
    "body.undecodable": Wording("the body from {where} can't be decoded: {text}", "high"),
    "body.too_large": Wording("{where} sends more than the limit allows: {text}", "certain", (ASK_SERVER,)),
}
