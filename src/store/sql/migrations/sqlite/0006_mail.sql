ALTER TABLE users ADD COLUMN email_verified INTEGER NOT NULL DEFAULT 0;

-- Tokens and codes in mails. The digest covers token, purpose, user and password hash.
CREATE TABLE one_time_tokens (
    digest     BLOB   NOT NULL PRIMARY KEY,
    purpose    TEXT   NOT NULL,
    user_id    INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- The address that the token was sent to, or of an undo: the address before the change.
    email      TEXT   NOT NULL,
    expires_at INTEGER NOT NULL,
    -- Failed tries of a code.
    tries      INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX one_time_tokens_by_user ON one_time_tokens (user_id, purpose);
CREATE INDEX one_time_tokens_by_expiry ON one_time_tokens (expires_at);

-- The outbox. Without a reference to users: the last mail to a user may be about the deletion.
CREATE TABLE mails (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    kind            TEXT   NOT NULL,
    recipient       TEXT   NOT NULL,
    -- Sealed with a derived key; NULL once the mail was sent.
    content         BLOB,
    created_at      INTEGER NOT NULL,
    expires_at      INTEGER NOT NULL,
    -- Of the next attempt; NULL once the mail was sent or given up.
    next_attempt_at INTEGER,
    attempts        INTEGER NOT NULL DEFAULT 0,
    sent_at         INTEGER,
    last_error      TEXT
) STRICT;

CREATE INDEX mails_due ON mails (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
CREATE INDEX mails_by_recipient ON mails (recipient, created_at);
CREATE INDEX mails_by_time ON mails (created_at);
