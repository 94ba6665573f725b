-- A JSON object.
ALTER TABLE users ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';

-- The administrators, of whom the last one is protected.
CREATE INDEX users_admins ON users (id) WHERE is_admin;
