-- Failed password checks, by what they are counted by.
CREATE TABLE throttle_failures (
    key       TEXT   NOT NULL PRIMARY KEY,
    count     BIGINT NOT NULL,
    until     BIGINT NOT NULL,
    failed_at BIGINT NOT NULL,
    -- That of the transaction that changed it last.
    version   BIGINT NOT NULL
);

CREATE INDEX throttle_failures_by_version ON throttle_failures (version);

-- One row, whose lock makes the transactions take turns.
CREATE TABLE throttle_version (
    id      BIGINT NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);
