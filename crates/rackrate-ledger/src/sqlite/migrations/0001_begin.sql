-- The first form of the ledger. Times are milliseconds since 1970, nights are days since
-- 1970, words are those of the JSON form of each value. A room or rate plan that a vendor
-- does not need is the empty text, so that unique keys hold. Series are blobs, whose
-- format stands in codec.rs.

CREATE TABLE process (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    clean  INTEGER NOT NULL,
    opened INTEGER,
    closed INTEGER,
    usage  TEXT NOT NULL
) STRICT;
INSERT INTO process (id, clean, usage) VALUES (1, 1, '[]');

CREATE TABLE run (
    id           INTEGER PRIMARY KEY,
    started      INTEGER NOT NULL,
    plan         TEXT NOT NULL,
    plan_expires INTEGER NOT NULL,
    author       TEXT NOT NULL,
    reason       TEXT NOT NULL,
    ended        INTEGER
) STRICT;
CREATE UNIQUE INDEX run_plan ON run (plan) WHERE plan <> '';

-- Facts of a property, kept once however many requests carry them.
CREATE TABLE target (
    id     INTEGER PRIMARY KEY,
    digest TEXT NOT NULL UNIQUE,
    body   TEXT NOT NULL
) STRICT;

-- The last number outlives its request, so that none is ever used again.
CREATE TABLE lane (
    id         INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    property   TEXT NOT NULL,
    last_seq   INTEGER NOT NULL,
    UNIQUE (connection, property)
) STRICT;

CREATE TABLE chunk (
    id            INTEGER PRIMARY KEY,
    lane          INTEGER NOT NULL REFERENCES lane (id),
    seq           INTEGER NOT NULL,
    run           INTEGER NOT NULL REFERENCES run (id),
    key           TEXT NOT NULL,
    target        INTEGER NOT NULL REFERENCES target (id),
    operation     TEXT NOT NULL,
    rows          TEXT NOT NULL,
    state         TEXT NOT NULL,
    departed      INTEGER,
    superseded_by INTEGER,
    job           TEXT,
    receipt       TEXT,
    accepted      INTEGER,
    finished      INTEGER NOT NULL DEFAULT 0,
    UNIQUE (lane, seq)
) STRICT;
CREATE INDEX chunk_run ON chunk (run);
CREATE INDEX chunk_unfinished ON chunk (finished) WHERE finished = 0;

CREATE TABLE outcome (
    id     INTEGER PRIMARY KEY,
    chunk  INTEGER NOT NULL REFERENCES chunk (id),
    room   TEXT NOT NULL,
    plan   TEXT NOT NULL,
    adults INTEGER,
    first  INTEGER NOT NULL,
    last   INTEGER NOT NULL,
    ending TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX outcome_series ON outcome (chunk, room, plan, adults, first);

CREATE TABLE seen (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    connection      TEXT NOT NULL,
    vendor_property TEXT NOT NULL,
    room            TEXT NOT NULL,
    plan            TEXT NOT NULL,
    adults          INTEGER NOT NULL,
    series          BLOB NOT NULL,
    origin          TEXT NOT NULL,
    at              INTEGER NOT NULL
) STRICT;
CREATE INDEX seen_series ON seen (connection, vendor_property, room, plan, adults, at);

CREATE TABLE desired (
    id         INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    property   TEXT NOT NULL,
    room       TEXT NOT NULL,
    plan       TEXT NOT NULL,
    adults     INTEGER NOT NULL,
    series     BLOB NOT NULL,
    UNIQUE (connection, property, room, plan, adults)
) STRICT;
