"""The module protocol, the archive, the checksum database, direct mode."""

from modtrace.diagnosis.words.fixes import ASK_SERVER, OTHER_NETWORK, OTHER_SOURCE, PRIVATE, fix
from modtrace.diagnosis.words.interface import Wording
from modtrace.record.causes import Cause

_CLEAN = fix(
    "go clean -modcache, then fetch again through another source",
    "if the content differs there, the first source serves altered bytes",
    "all modules are downloaded again",
)

WORDS: dict[Cause, Wording] = {
    "module.info_invalid": Wording("{where} sends metadata that go can't read: {text}", "certain", (OTHER_SOURCE,)),
    "module.version_mismatch": Wording("{where} answers about another version: {text}", "certain", (ASK_SERVER,)),
    "module.unknown_version": Wording("no version fits what was asked: {text}", "certain"),
    "module.list_invalid": Wording("{where} sends a version list that can't be read", "certain"),
    "zip.not_a_zip": Wording("what {where} sent as the module's archive is no zip file", "certain", (OTHER_SOURCE,)),
    "zip.invalid": Wording("the module's archive from {where} is damaged: {text}", "certain", (OTHER_SOURCE,)),
    "zip.too_large": Wording("the module's archive from {where} is over the limit: {text}", "certain"),
    "zip.path_invalid": Wording("the module's archive from {where} holds a name that go refuses: {text}", "certain"),
    "zip.collision": Wording("two names in the archive from {where} collide: {text}", "certain"),
    "zip.hash_mismatch.go_sum": Wording(
        "the archive from {where} differs from what go.sum recorded earlier", "certain", (_CLEAN,)
    ),
    "zip.hash_mismatch.sumdb": Wording(
        "the archive from {where} differs from what the checksum database recorded", "certain", (_CLEAN,)
    ),
    "sumdb.unreachable": Wording("the checksum database can't be reached: {text}", "high"),
    "sumdb.not_proxied": Wording("the module proxy does not relay the checksum database: {text}", "high"),
    "sumdb.server_error": Wording("the checksum database fails: {text}", "certain"),
    "sumdb.bad_signature": Wording(
        "the checksum database's answer is not signed by its key: {text}", "certain", (OTHER_NETWORK,)
    ),
    "sumdb.inconsistent": Wording(
        "the checksum database shows two histories that exclude each other: {text}", "certain", (OTHER_NETWORK,)
    ),
    "sumdb.malformed": Wording("the checksum database's answer can't be read: {text}", "certain", (OTHER_NETWORK,)),
    "sumdb.mismatch.go_mod": Wording("go.mod from {where} differs from the recorded checksum", "certain", (_CLEAN,)),
    "sumdb.local_state_damaged": Wording(
        "this machine's own memory of the checksum database is damaged: {text}",
        "certain",
        (fix("remove $GOPATH/pkg/sumdb", "it is rebuilt", "an earlier fork of the database would be forgotten"),),
    ),
    "sumdb.no_record": Wording("the checksum database has no record of this version", "certain", (PRIVATE,)),
    "vcs.failed": Wording("go would now go on in direct mode, which this release does not trace: {text}", "medium"),
}
