-- AUTOINCREMENT, since without it SQLite gives the highest id again once its row is gone.
CREATE TABLE users (
    id                INTEGER PRIMARY KEY AUTOINCREMENT,
    email             TEXT    NOT NULL UNIQUE,
    password_hash     TEXT    NOT NULL,
    is_admin          INTEGER NOT NULL,
    disabled          INTEGER NOT NULL,
    created_at        INTEGER NOT NULL,
    changed_at        INTEGER NOT NULL,
    last_login_at     INTEGER,
    tokens_void_until INTEGER NOT NULL
) STRICT;
