-- Parts of allowances with long windows, set aside before they are used; gone after a clean
-- end, whose usage tells them.
CREATE TABLE reserved (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    quota  TEXT NOT NULL,
    count  INTEGER NOT NULL,
    window INTEGER NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
