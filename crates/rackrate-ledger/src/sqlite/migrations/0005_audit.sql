-- The audit trail. Where it ends is told apart from its lines; the name is random, so that
-- no line of another ledger follows. People are named in `actor` alone, where they can be
-- forgotten.
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    previous TEXT NOT NULL,
    digest   TEXT NOT NULL,
    body     TEXT NOT NULL
) STRICT;
CREATE TABLE audit_head (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    chain  TEXT NOT NULL,
    seq    INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;
INSERT INTO audit_head (id, chain, seq, digest) VALUES (1, lower(hex(randomblob(16))), 0, '');
CREATE TABLE audit_checkpoint (
    line      INTEGER PRIMARY KEY,
    chain     TEXT NOT NULL,
    digest    TEXT NOT NULL,
    at        INTEGER NOT NULL,
    key       TEXT NOT NULL,
    signature TEXT NOT NULL
) STRICT;
CREATE TABLE audit_file (
    name        TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL
) STRICT;
CREATE TABLE actor (
    id   TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;
