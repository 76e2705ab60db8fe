"""One table of named limits. Each is reported by its name when hit; Go's own limits carry their source.

Units are in the names: ``_BYTES``, ``_S``, ``_COUNT``.
"""

from typing import Final

# --- DNS -----------------------------------------------------------------------------------------------------------
DNS_UDP_PAYLOAD_BYTES: Final = 1232  # Go net/dnsclient_unix.go maxDNSPacketSize
DNS_STRAY_ANSWERS_COUNT: Final = 64  # recorded wrong-id or wrong-source answers per query, the rest is counted
DNS_RECORDS_SHOWN_COUNT: Final = 64
DNS_CNAME_CHAIN_COUNT: Final = 16

# --- TLS -----------------------------------------------------------------------------------------------------------
TLS_HANDSHAKE_MESSAGE_BYTES: Final = 65536  # Go crypto/tls/common.go maxHandshake
TLS_CERTIFICATE_MESSAGE_BYTES: Final = 262144  # Go crypto/tls/common.go maxHandshakeCertificateMsg
TLS_RSA_KEY_BITS: Final = 8192  # Go crypto/tls/handshake_client.go defaultMaxRSAKeySize
TLS_USELESS_RECORDS_COUNT: Final = 16  # Go crypto/tls/common.go maxUselessRecords
TLS_CHAIN_CERTIFICATES_COUNT: Final = 100
TLS_RECORDS_LOGGED_COUNT: Final = 256
TLS_FIELD_SHOWN_CHARS: Final = 256
TLS_SANS_SHOWN_COUNT: Final = 20

# --- HTTP ----------------------------------------------------------------------------------------------------------
HTTP_RESPONSE_HEADER_BYTES: Final = 10 << 20  # Go net/http/transport.go maxHeaderResponseSize
HTTP_INTERIM_RESPONSES_COUNT: Final = 5  # Go net/http/transport.go max1xxResponses (by bytes since 1.23)
HTTP_REDIRECTS_COUNT: Final = 10  # Go net/http/client.go defaultCheckRedirect
HTTP_ERROR_BODY_KEPT_BYTES: Final = 64 << 10
HTTP_ERROR_BODY_READ_BYTES: Final = 1 << 20  # Go reads a text/plain refusal to its end and shows 648 bytes of it
HTTP_HEADERS_SHOWN_COUNT: Final = 100
HTTP_HEADERS_KEPT_COUNT: Final = 10_000  # of one response; of the lines behind them, those that frame the body
H2_CONTROL_FRAMES_WITHOUT_PROGRESS_COUNT: Final = 1000
H2_UNSENT_ACKS_BYTES: Final = 64 << 10
H2_ATTEMPTS_COUNT: Final = 8  # Go net/http/h2_bundle.go RoundTripOpt: first try and 7 retries
BODY_CURVE_POINTS_COUNT: Final = 64

# --- Module protocol -------------------------------------------------------------------------------------------------
# Go reads these without a limit (io.ReadAll); a hostile server could fill its memory. modtrace stops and says so.
MODULE_INFO_BYTES: Final = 1 << 20
MODULE_MOD_BYTES: Final = 16 << 20
MODULE_LIST_BYTES: Final = 8 << 20
MODULE_ZIP_BYTES: Final = 500 << 20  # Go x/mod/zip MaxZipFile
ZIP_UNCOMPRESSED_BYTES: Final = 500 << 20  # Go x/mod/zip MaxZipFile, sum of the files
ZIP_GOMOD_BYTES: Final = 16 << 20  # Go x/mod/zip MaxGoMod
ZIP_LICENSE_BYTES: Final = 16 << 20  # Go x/mod/zip MaxLICENSE
ZIP_ENTRIES_COUNT: Final = 1_000_000

# --- Checksum database ---------------------------------------------------------------------------------------------
SUMDB_NOTE_BYTES: Final = 1_000_000  # Go x/mod/sumdb/note maxSize
SUMDB_RESPONSE_BYTES: Final = 1 << 20
SUMDB_TILES_COUNT: Final = 512

# --- Files of this machine -------------------------------------------------------------------------------------------
HOST_FILE_BYTES: Final = 64 << 20
RECORDED_TEXT_CHARS: Final = 64 << 10  # of one text in an event; evidence in full goes into the bundle's folders
TRACE_EVENT_BYTES: Final = 1 << 20
TRACE_SPANS_COUNT: Final = 1_000_000

# --- GOAUTH ----------------------------------------------------------------------------------------------------------
GOAUTH_OUTPUT_BYTES: Final = 1 << 20  # go keeps a command's output without a limit
GOAUTH_STDERR_KEPT_BYTES: Final = 16 << 10
GOAUTH_PREFIXES_SHOWN_COUNT: Final = 20
GOAUTH_HEAD_REQUESTS_COUNT: Final = 3  # Go cmd/go/internal/auth/gitauth.go maxTries

# --- Waiting ---------------------------------------------------------------------------------------------------------
DIAL_S: Final = 30.0  # Go net/http/transport.go DefaultTransport Dialer.Timeout; covers DNS and every address
DIAL_FALLBACK_S: Final = 0.3  # Go net/dial.go Dialer.fallbackDelay
TLS_HANDSHAKE_S: Final = 10.0  # Go net/http/transport.go DefaultTransport TLSHandshakeTimeout
CONNECT_REPLY_S: Final = 60.0  # Go net/http/transport.go dialConn
PROBE_AFTER_S: Final = 2.0  # of silence, then the experiments begin beside it
PROBE_LIMIT_S: Final = 6.0  # each of them: 2 + 6 s end before go gives TLS up after 10 s
PROXY_EVIDENCE_S: Final = 0.5  # for the body of a refusal, which go drops
PATIENCE_S: Final = 30.0  # modtrace --patience: idle limit of the phases that go leaves unbounded
