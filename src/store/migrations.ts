/**
 * The schema, one step an entry, counted by SQLite's `user_version`. Append only: a step that has been released
 * is never edited, because the files of users already hold what it made.
 *
 * `samples` is the index of what is finished; its row is written last in the transaction of a sample, after the
 * messages and events it stands for. `attempts` holds one row for each process that worked on a run: what may
 * differ between them (endpoint, version, git state) is recorded there, what must not is in `runs.settings`.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE runs (
    id         TEXT PRIMARY KEY,
    task       TEXT NOT NULL,
    method     TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('running', 'done', 'failed', 'cancelled')),
    settings   TEXT NOT NULL,
    planned    INTEGER NOT NULL,
    summary    TEXT,
    error      TEXT,
    started_at INTEGER NOT NULL,
    ended_at   INTEGER
  ) STRICT;
  CREATE INDEX runs_by_start ON runs (started_at);

  CREATE TABLE attempts (
    run          TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    ordinal      INTEGER NOT NULL,
    environment  TEXT NOT NULL,
    host         TEXT NOT NULL,
    pid          INTEGER NOT NULL,
    started_at   INTEGER NOT NULL,
    heartbeat_at INTEGER NOT NULL,
    ended_at     INTEGER,
    PRIMARY KEY (run, ordinal)
  ) STRICT;

  CREATE TABLE messages (
    hash    TEXT PRIMARY KEY,
    role    TEXT NOT NULL,
    content TEXT NOT NULL
  ) STRICT;

  CREATE TABLE events (
    run     TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    sample  TEXT NOT NULL,
    epoch   INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    ts      INTEGER NOT NULL,
    type    TEXT NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (run, sample, epoch, ordinal)
  ) STRICT;

  CREATE TABLE samples (
    number            INTEGER PRIMARY KEY,
    run               TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    id                TEXT NOT NULL,
    epoch             INTEGER NOT NULL,
    status            TEXT NOT NULL CHECK (status IN ('success', 'error', 'limit', 'cancelled', 'refused')),
    score             REAL,
    scorer            TEXT NOT NULL,
    input             TEXT NOT NULL,
    outcome           TEXT,
    error             TEXT,
    seed              INTEGER NOT NULL,
    model_calls       INTEGER NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    cached_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    ms                REAL NOT NULL,
    ended_at          INTEGER NOT NULL,
    UNIQUE (run, id, epoch)
  ) STRICT;
  `,
  `
  CREATE TABLE judgements (
    run     TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
    sample  TEXT NOT NULL,
    epoch   INTEGER NOT NULL,
    judge   TEXT NOT NULL,
    outcome TEXT NOT NULL,
    comment TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (run, sample, epoch, judge)
  ) STRICT;
  `,
];
