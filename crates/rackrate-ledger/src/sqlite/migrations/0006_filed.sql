-- Small records of the office, each as its writer wrote it.
CREATE TABLE filed (
    drawer TEXT NOT NULL,
    name   TEXT NOT NULL,
    body   TEXT NOT NULL,
    PRIMARY KEY (drawer, name)
) STRICT, WITHOUT ROWID;
