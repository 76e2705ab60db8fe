"""Chains from a leaf to a root, as Go builds and filters them (Go 1.26 crypto/x509/verify.go Verify, buildChains)."""

import datetime
from collections.abc import Sequence

from modtrace.gorules.certconstraints import ConstraintError, Named, check_constraints
from modtrace.gorules.certparse import Certificate
from modtrace.gorules.certsignatures import signature_error
from modtrace.gorules.goquote import quote
from modtrace.gorules.hostnames import hostname_error
from modtrace.gorules.roots import Roots
from modtrace.record.causes import Cause

_LEAF, _INTERMEDIATE, _ROOT = range(3)
_SIGNATURE_CHECKS = 100  # verify.go maxChainSignatureChecks
_SERVER_AUTH, _ANY_USAGE = "1.3.6.1.5.5.7.3.1", "2.5.29.37.0"

Chain = tuple[Certificate, ...]


class VerifyError(Exception):
    """The text is Go's error."""

    def __init__(self, text: str, cause: Cause = "tls.unknown_authority") -> None:
        super().__init__(text)
        self.text = text
        self.cause: Cause = cause


class _SignatureLimit(VerifyError):
    pass


class Verification:
    """``Certificate.Verify`` of one leaf, for TLS servers."""

    def __init__(
        self, *, intermediates: Sequence[Certificate], roots: Roots, now_s: float, utc_offset_s: int = 0
    ) -> None:
        self._roots = roots
        self._now_s = now_s
        self._zone = datetime.timezone(datetime.timedelta(seconds=utc_offset_s))
        self._checks = 0
        self._by_subject: dict[bytes, list[Certificate]] = {}
        for cert in {cert.raw: cert for cert in intermediates}.values():
            self._by_subject.setdefault(cert.raw_subject, []).append(cert)

    def chains(self, leaf: Certificate, host: str) -> list[Chain]:
        """Every valid chain; raises :class:`VerifyError`."""
        if self._roots.error is not None:
            words = "x509: failed to load system roots and no roots provided; " + self._roots.error
            raise VerifyError(words, "tls.unknown_authority.no_roots")
        self._check_validity(leaf, _LEAF, ())
        if host:
            mismatch = hostname_error(
                host,
                dns_names=leaf.extensions.dns_names,
                ips=leaf.extensions.ips,
                common_name=leaf.subject.common_name,
                has_san=leaf.extensions.san is not None,
            )
            if mismatch is not None:
                raise VerifyError(mismatch, "tls.wrong_host")
        candidates: list[Chain] = [(leaf,)]
        if not self._roots.contains(leaf.raw):
            candidates = self._build((leaf,))
        return self._filter(candidates)

    # --- building -----------------------------------------------------------------------------------------------------
    def _build(self, chain: Chain) -> list[Chain]:
        """Raises when no chain reaches a root; the error is the one that Go's loop happens to leave behind."""
        child = chain[-1]
        found: list[Chain] = []
        error: VerifyError | None = None
        hint: tuple[str, Certificate] | None = None
        for kind, parent in self._parents(child):
            self._checks += 1
            if self._checks > _SIGNATURE_CHECKS:
                error = _SignatureLimit(
                    "x509: signature check attempts limit reached while verifying certificate chain"
                )
                break
            if not parent.key.is_known or _already_in(parent, chain):
                continue
            words = signature_error(child, parent)
            if words is not None:
                hint = hint or (words, parent)
                continue
            try:
                error = None
                self._check_validity(parent, kind, chain)
            except VerifyError as exc:
                error = exc
                hint = hint or (exc.text, parent)
                continue
            if kind == _ROOT:
                found.append((*chain, parent))
                continue
            try:
                found.extend(self._build((*chain, parent)))
            except VerifyError as exc:
                error = exc
                if isinstance(exc, _SignatureLimit):
                    break
        if found:
            return found
        raise error or _unknown_authority(hint)

    def _parents(self, child: Certificate) -> list[tuple[int, Certificate]]:
        """Roots before intermediates; within each, matching key identifiers first (findPotentialParents)."""
        pools = (
            (_ROOT, self._roots.with_subject(child.raw_issuer)),
            (_INTERMEDIATE, self._by_subject.get(child.raw_issuer, [])),
        )
        return [(kind, cert) for kind, pool in pools for cert in sorted(pool, key=lambda c: _key_id_rank(c, child))]

    def _check_validity(self, cert: Certificate, kind: int, chain: Chain) -> None:
        """``isValid``."""
        extensions = cert.extensions
        if extensions.has_unhandled_critical:
            raise VerifyError("x509: unhandled critical extension")
        for is_off, word, moment, cause in (
            (self._now_s < cert.not_before.unix_s, "before", cert.not_before, "tls.not_yet_valid"),
            (self._now_s > cert.not_after.unix_s, "after", cert.not_after, "tls.expired"),
        ):
            if is_off:
                words = f"current time {self._now_text()} is {word} {moment.text}"
                refined: Cause = "tls.expired" if cause == "tls.expired" else "tls.not_yet_valid"
                raise VerifyError(f"x509: certificate has expired or is not yet valid: {words}", refined)
        if kind == _INTERMEDIATE and not (extensions.has_basic_constraints and extensions.is_ca):
            raise VerifyError("x509: certificate is not authorized to sign other certificates")
        if extensions.has_basic_constraints and 0 <= extensions.max_path_length < len(chain) - 1:
            raise VerifyError("x509: too many intermediates for path length constraint")

    def _now_text(self) -> str:
        """``time.RFC3339``."""
        moment = datetime.datetime.fromtimestamp(int(self._now_s // 1), self._zone)
        return moment.isoformat().replace("+00:00", "Z")

    # --- filtering ----------------------------------------------------------------------------------------------------
    def _filter(self, candidates: list[Chain]) -> list[Chain]:
        kept: list[Chain] = []
        unusable = 0
        constraint: str | None = None
        for chain in candidates:
            if not _allows_server_auth(chain):
                unusable += 1
                continue
            try:
                check_constraints([_named(cert) for cert in chain])
            except ConstraintError as exc:
                constraint = constraint or str(exc)
                continue
            kept.append(chain)
        if kept:
            return kept
        if constraint is not None:
            words = "x509: a root or intermediate certificate is not authorized to sign for this name: "
            raise VerifyError(words + constraint)
        if unusable:
            raise VerifyError("x509: certificate specifies an incompatible key usage")
        raise VerifyError("x509: no valid chains built")


def _unknown_authority(hint: tuple[str, Certificate] | None) -> VerifyError:
    words = "x509: certificate signed by unknown authority"
    if hint is not None:
        text, cert = hint
        organizations = cert.subject.organizations
        name = cert.subject.common_name or (organizations[0] if organizations else f"serial:{cert.serial}")
        words += (
            f" (possibly because of {quote(text)} while trying to verify candidate authority certificate {quote(name)})"
        )
    return VerifyError(words)


def _key_id_rank(candidate: Certificate, child: Certificate) -> int:
    own, wanted = candidate.extensions.subject_key_id, child.extensions.authority_key_id
    if own == wanted:
        return 0
    return 1 if not own or not wanted else 2


def _already_in(candidate: Certificate, chain: Chain) -> bool:
    san = candidate.extensions.san
    for cert in chain:
        if candidate.raw_subject != cert.raw_subject or candidate.raw_spki != cert.raw_spki:
            continue
        other = cert.extensions.san
        if (san is None) != (other is None):
            return False
        if san == other:
            return True
    return False


def _allows_server_auth(chain: Chain) -> bool:
    """checkChainForKeyUsage with the one usage that TLS servers need."""
    for cert in reversed(chain):
        usages = cert.extensions.extended_usages
        if usages and _ANY_USAGE not in usages and _SERVER_AUTH not in usages:
            return False
    return True


def _named(cert: Certificate) -> Named:
    own = cert.extensions
    return Named(own.san, own.dns_names, own.ips, own.uris, own.emails, own.constraints)
