/** Tables of an institution (docs/protocol.md 6); times are unix seconds. */
export const providerSteps: readonly string[] = [
  `CREATE TABLE relationship (
     id BLOB PRIMARY KEY, local_patient TEXT NOT NULL, subject_tag BLOB NOT NULL,
     steward_version INTEGER NOT NULL, subject_version INTEGER NOT NULL,
     nonce BLOB NOT NULL, salt BLOB NOT NULL, policy INTEGER NOT NULL, consent BLOB NOT NULL,
     steward_controller BLOB NOT NULL, subject_controller BLOB NOT NULL, index_key BLOB NOT NULL,
     restored INTEGER NOT NULL, proposed INTEGER NOT NULL, created_at INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX relationship_patient ON relationship (local_patient);
   CREATE TABLE definition (digest TEXT PRIMARY KEY, catalogue INTEGER NOT NULL, json TEXT NOT NULL) STRICT;
   CREATE TABLE pointer (
     id BLOB PRIMARY KEY, relationship BLOB NOT NULL REFERENCES relationship, resource TEXT NOT NULL,
     category INTEGER NOT NULL, schema INTEGER NOT NULL, catalogue INTEGER NOT NULL,
     definition TEXT NOT NULL REFERENCES definition, key BLOB NOT NULL, secret BLOB NOT NULL,
     query TEXT NOT NULL, query_salt BLOB NOT NULL, query_hash BLOB NOT NULL,
     announced INTEGER NOT NULL, UNIQUE (relationship, resource)
   ) STRICT;
   CREATE TABLE version (
     pointer BLOB NOT NULL REFERENCES pointer, version INTEGER NOT NULL, previous BLOB NOT NULL,
     origin INTEGER NOT NULL, result BLOB NOT NULL, time INTEGER NOT NULL, leaf BLOB NOT NULL,
     reason TEXT, staff TEXT, rows INTEGER NOT NULL, texts TEXT, index_number INTEGER NOT NULL,
     update_number INTEGER NOT NULL, announced INTEGER NOT NULL, anchor INTEGER,
     PRIMARY KEY (pointer, version)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX version_waiting ON version (anchor) WHERE anchor IS NULL;
   CREATE TABLE index_leaf (
     relationship BLOB NOT NULL REFERENCES relationship, number INTEGER NOT NULL,
     size INTEGER NOT NULL, entries BLOB NOT NULL, updates INTEGER NOT NULL,
     log_head BLOB NOT NULL, log_length INTEGER NOT NULL, hidden BLOB NOT NULL,
     previous BLOB NOT NULL, leaf BLOB NOT NULL, time INTEGER NOT NULL, anchor INTEGER,
     PRIMARY KEY (relationship, number)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX index_waiting ON index_leaf (anchor) WHERE anchor IS NULL;
   CREATE TABLE anchor (
     counter INTEGER PRIMARY KEY, previous_root BLOB NOT NULL, root BLOB NOT NULL,
     log_root BLOB NOT NULL, query BLOB NOT NULL, epoch INTEGER NOT NULL, posted_at INTEGER NOT NULL,
     mined INTEGER NOT NULL
   ) STRICT;
   CREATE TABLE nonce (
     key BLOB NOT NULL, nonce TEXT NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY (key, nonce)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX nonce_expires ON nonce (expires);
   CREATE TABLE revocation (
     kind TEXT NOT NULL, key BLOB NOT NULL, number INTEGER NOT NULL, record BLOB NOT NULL,
     seen_at INTEGER NOT NULL, PRIMARY KEY (kind, key)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE log (
     sequence INTEGER PRIMARY KEY, relationship BLOB, number INTEGER, time INTEGER NOT NULL,
     text TEXT NOT NULL, head BLOB NOT NULL
   ) STRICT;
   CREATE INDEX log_relationship ON log (relationship, number);
   CREATE TABLE acknowledgement (
     pointer BLOB NOT NULL, version INTEGER NOT NULL, verdict INTEGER NOT NULL, reason TEXT,
     time INTEGER NOT NULL, PRIMARY KEY (pointer, version)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE write_request (
     id TEXT PRIMARY KEY, digest BLOB NOT NULL, pointer BLOB NOT NULL, record TEXT NOT NULL,
     reason TEXT, staff TEXT NOT NULL, started_at INTEGER NOT NULL, finished INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX write_unfinished ON write_request (pointer) WHERE finished = 0`,
  // How many words of the subject on this version were heard; the last of them stands in the row.
  'ALTER TABLE acknowledgement ADD COLUMN words INTEGER NOT NULL DEFAULT 1',
  // What the institution's tables and views looked like when the catalogue was accepted.
  `CREATE TABLE source_schema (
     id INTEGER PRIMARY KEY CHECK (id = 1), catalogue BLOB NOT NULL, print TEXT NOT NULL
   ) STRICT`,
  // Emergency accesses (break-glass) and their reviews.
  `CREATE TABLE emergency (
     id BLOB PRIMARY KEY, relationship BLOB REFERENCES relationship, id_tag BLOB NOT NULL,
     identity BLOB NOT NULL, name TEXT NOT NULL, reason TEXT NOT NULL, opened_at INTEGER NOT NULL,
     expires_at INTEGER NOT NULL, noted INTEGER NOT NULL, reviewed_at INTEGER, reviewer TEXT,
     outcome TEXT, remark TEXT
   ) STRICT;
   CREATE INDEX emergency_who ON emergency (id_tag, opened_at)`,
  // The subject's last word on what may be read in an emergency, pushed or heard from the chain; never an older one.
  `CREATE TABLE emergency_word (
     relationship BLOB PRIMARY KEY, categories INTEGER NOT NULL, time INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID`,
  // Versions that no one answer holds: their parts, and a mark that any change of their rows changes.
  `ALTER TABLE version ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
   ALTER TABLE version ADD COLUMN mark BLOB;
   CREATE TABLE part (
     pointer BLOB NOT NULL, version INTEGER NOT NULL, number INTEGER NOT NULL,
     first INTEGER NOT NULL, rows INTEGER NOT NULL, hash BLOB NOT NULL, texts TEXT NOT NULL,
     PRIMARY KEY (pointer, version, number)
   ) STRICT`,
  // How many entries of the access log an anchor commits to, and where it stands on the chain.
  `ALTER TABLE anchor ADD COLUMN log_size INTEGER;
   ALTER TABLE anchor ADD COLUMN block INTEGER;
   ALTER TABLE anchor ADD COLUMN block_time INTEGER`,
]
