-- Tokens kept between runs, sealed with a key that is not in here.
CREATE TABLE token (
    connection TEXT PRIMARY KEY,
    sealed     TEXT NOT NULL,
    asked      INTEGER NOT NULL,
    lifetime   INTEGER
) STRICT;
