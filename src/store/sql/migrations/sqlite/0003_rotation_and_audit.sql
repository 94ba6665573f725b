ALTER TABLE users RENAME COLUMN tokens_void_until TO tokens_valid_after;

ALTER TABLE sessions RENAME COLUMN expires_at TO idle_expires_at;
ALTER TABLE sessions RENAME COLUMN ends_at TO absolute_expires_at;
ALTER TABLE sessions ADD COLUMN parent INTEGER;
ALTER TABLE sessions ADD COLUMN rotated_by_user_agent TEXT;
ALTER TABLE sessions ADD COLUMN rotated_by_address TEXT;
ALTER TABLE sessions ADD COLUMN foreign_retries INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN foreign_retry_generation INTEGER;

UPDATE sessions SET rotated_by_user_agent = user_agent, rotated_by_address = address,
    parent = CASE WHEN generation > 0 THEN generation - 1 END;

-- In the order of use, since a user's least recently used sessions end first.
DROP INDEX sessions_by_user;
CREATE INDEX sessions_by_user ON sessions (user_id, last_used_at, id);

-- Without a reference to users: an event outlives the user whom it concerns.
CREATE TABLE audit_events (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    user_id    INTEGER,
    actor      TEXT NOT NULL,
    session_id TEXT,
    address    TEXT,
    request_id TEXT,
    details    TEXT
) STRICT;

CREATE INDEX audit_events_by_user ON audit_events (user_id, id);
CREATE INDEX audit_events_by_time ON audit_events (at);
