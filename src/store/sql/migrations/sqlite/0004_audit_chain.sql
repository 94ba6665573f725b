-- The position of an event in the chain, and its hash; NULL until it is sealed.
ALTER TABLE audit_events ADD COLUMN seq INTEGER;
ALTER TABLE audit_events ADD COLUMN hash BLOB;

-- Partial, so that the insert of an event changes one of them.
CREATE UNIQUE INDEX audit_events_by_seq ON audit_events (seq) WHERE seq IS NOT NULL;
CREATE INDEX audit_events_unsealed ON audit_events (id) WHERE seq IS NULL;

-- One row: what precedes the first event of the chain, and its last event.
CREATE TABLE audit_chain (
    id          INTEGER PRIMARY KEY CHECK (id = 1),
    anchor_seq  INTEGER NOT NULL,
    anchor_hash BLOB NOT NULL,
    head_seq    INTEGER NOT NULL,
    head_hash   BLOB NOT NULL
) STRICT;

INSERT INTO audit_chain (id, anchor_seq, anchor_hash, head_seq, head_hash) VALUES
    (1, 0, X'0000000000000000000000000000000000000000000000000000000000000000',
     0, X'0000000000000000000000000000000000000000000000000000000000000000');
