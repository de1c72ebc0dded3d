-- What people's consents gave: refresh tokens, sealed with a key that is not in here, and
-- what is known of them.
CREATE TABLE grant_kept (
    connection TEXT PRIMARY KEY,
    sealed     TEXT NOT NULL,
    consented  INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    scope      TEXT,
    state      TEXT NOT NULL
) STRICT;
