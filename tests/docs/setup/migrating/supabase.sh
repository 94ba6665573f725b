# The columns of `auth.users` as Supabase has them, in a database of its own, with hashes of pgcrypto.
[ -n "$postgres" ] || missing 'a PostgreSQL (COUNTERSIGN_TEST_POSTGRES)'
command -v psql >/dev/null || missing psql
server=$postgres
database=supabase_$$
psql -qc "CREATE DATABASE $database" "$server"
on_exit="psql -qc 'DROP DATABASE $database' '$server'"
SUPABASE_DATABASE=$(printf '%s' "$server" | sed -E "s#^([a-z]+://[^/]*/)[^?]*#\1$database#")
psql -q "$SUPABASE_DATABASE" <<'SQL'
CREATE EXTENSION pgcrypto;
CREATE SCHEMA auth;
CREATE TABLE auth.users (
    instance_id uuid, id uuid PRIMARY KEY DEFAULT gen_random_uuid(), aud varchar(255), role varchar(255), email varchar(255),
    encrypted_password varchar(255), email_confirmed_at timestamptz, invited_at timestamptz,
    confirmation_token varchar(255), confirmation_sent_at timestamptz, recovery_token varchar(255),
    recovery_sent_at timestamptz, email_change_token_new varchar(255), email_change varchar(255),
    email_change_sent_at timestamptz, last_sign_in_at timestamptz, raw_app_meta_data jsonb,
    raw_user_meta_data jsonb, is_super_admin boolean, created_at timestamptz, updated_at timestamptz,
    phone text DEFAULT NULL, phone_confirmed_at timestamptz, phone_change text DEFAULT '',
    phone_change_token varchar(255) DEFAULT '', phone_change_sent_at timestamptz,
    confirmed_at timestamptz GENERATED ALWAYS AS (LEAST(email_confirmed_at, phone_confirmed_at)) STORED,
    email_change_token_current varchar(255) DEFAULT '', email_change_confirm_status smallint DEFAULT 0,
    banned_until timestamptz, reauthentication_token varchar(255) DEFAULT '', reauthentication_sent_at timestamptz,
    is_sso_user boolean NOT NULL DEFAULT false, deleted_at timestamptz, is_anonymous boolean NOT NULL DEFAULT false
);
INSERT INTO auth.users (aud, role, email, encrypted_password, email_confirmed_at, raw_user_meta_data, created_at, banned_until)
VALUES
    ('authenticated', 'authenticated', 'ada@example.com', crypt('correct horse battery', gen_salt('bf', 10)), now(),
     '{"name": "Ada, of \"London\""}', now(), NULL),
    ('authenticated', 'authenticated', 'bob@example.com', crypt('another battery staple', gen_salt('bf', 10)), NULL,
     '{}', now(), 'infinity'),
    ('authenticated', 'authenticated', 'oauth@example.com', NULL, now(), '{"iss": "github"}', now(), NULL);
SQL
