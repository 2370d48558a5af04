-- Live rows stay few: a finished text moves to the tables of its day (see history.py),
-- so that indexes here fit in memory. `doc` is the whole value as JSON; the columns
-- beside it are what is asked for. Instants are seconds since the epoch.

CREATE TABLE meta (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    stamp REAL NOT NULL,        -- the last commit that changed anything
    ref INTEGER NOT NULL        -- the last ref given
) STRICT;
INSERT INTO meta (one, stamp, ref) VALUES (1, 0, 0);

CREATE TABLE message (          -- texts of the platform (MT)
    ref INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    id TEXT NOT NULL,
    generation INTEGER NOT NULL,
    pieces INTEGER NOT NULL,    -- how many there are: tells when a new number came
    wake REAL NOT NULL,
    doc TEXT NOT NULL
) STRICT;
CREATE INDEX message_id ON message (id, channel, generation);
CREATE INDEX message_wake ON message (wake) WHERE wake > 0;

CREATE TABLE inbound (          -- texts from handsets (MO)
    ref INTEGER PRIMARY KEY,
    link TEXT NOT NULL,
    vendor_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    taken REAL NOT NULL,
    wake REAL NOT NULL,
    doc TEXT NOT NULL
) STRICT;
CREATE INDEX inbound_vendor_id ON inbound (link, vendor_id) WHERE vendor_id <> '';
CREATE INDEX inbound_digest ON inbound (link, taken) WHERE digest <> '';
CREATE INDEX inbound_wake ON inbound (wake) WHERE wake > 0;

CREATE TABLE number (           -- who is in which live text, either side; digits only
    digits TEXT NOT NULL,
    ref INTEGER NOT NULL,
    PRIMARY KEY (digits, ref)
) STRICT, WITHOUT ROWID;

CREATE TABLE place (            -- the queues of the links
    piece INTEGER PRIMARY KEY,
    message INTEGER NOT NULL,
    link TEXT NOT NULL,
    line TEXT NOT NULL,
    reply INTEGER NOT NULL,
    taken REAL NOT NULL,
    due REAL NOT NULL,
    release REAL NOT NULL,
    head INTEGER NOT NULL,
    ripe INTEGER NOT NULL       -- `due` was 0, or has passed
) STRICT;
CREATE INDEX place_line ON place (line, piece);
CREATE INDEX place_ripe ON place (link, reply DESC, piece) WHERE head = 1 AND ripe = 1;
CREATE INDEX place_due ON place (link, due) WHERE head = 1 AND ripe = 0;
CREATE INDEX place_release ON place (release) WHERE head = 1 AND release > 0;

CREATE TABLE sent (             -- carrier ids of the parts of live messages
    message INTEGER NOT NULL,
    piece INTEGER NOT NULL,
    part INTEGER NOT NULL,
    link TEXT NOT NULL,
    carrier_id TEXT NOT NULL,
    "to" TEXT NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (message, piece, part)
) STRICT, WITHOUT ROWID;
CREATE INDEX sent_carrier_id ON sent (carrier_id, link);

CREATE TABLE orphan (           -- receipts whose part is not known
    ref INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    link TEXT NOT NULL,
    digits TEXT NOT NULL,
    doc TEXT NOT NULL
) STRICT;
CREATE INDEX orphan_at ON orphan (at);
CREATE INDEX orphan_digits ON orphan (link, digits) WHERE digits <> '';
CREATE TABLE orphan_id (
    carrier_id TEXT NOT NULL,
    link TEXT NOT NULL,
    ref INTEGER NOT NULL,
    PRIMARY KEY (carrier_id, link, ref)
) STRICT, WITHOUT ROWID;
CREATE INDEX orphan_id_ref ON orphan_id (ref);

CREATE TABLE slip (             -- the outbox
    ref INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    reply INTEGER NOT NULL,
    due REAL NOT NULL,
    head INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    first REAL NOT NULL,
    dead INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE INDEX slip_line ON slip (line, head, ref) WHERE dead = 0;
CREATE INDEX slip_due ON slip (due, ref) WHERE head = 1 AND dead = 0;
CREATE INDEX slip_dead ON slip (ref) WHERE dead = 1;

CREATE TABLE segment (          -- of replies that are not whole yet
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    at REAL NOT NULL,
    link TEXT NOT NULL,
    digest TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX segment_at ON segment (at);

CREATE TABLE day (day INTEGER PRIMARY KEY) STRICT;  -- days since the epoch that have history tables
