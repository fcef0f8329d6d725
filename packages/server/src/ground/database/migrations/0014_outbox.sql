-- Effects that must happen after a commit: written with what causes them, carried out afterwards, at least once.

create table outbox (
  seq bigint generated always as identity constraint outbox_pkey primary key,
  -- What a receiver is told, so that it knows one that comes twice.
  id uuid not null,
  kind text not null,
  -- Effects of a kind with the same key happen in the order in which they were written.
  key text not null,
  payload jsonb not null,
  created_at timestamptz not null,
  -- Not before this. Whoever takes it moves this on by its lease, and raises the epoch: a stale one changes nothing.
  due_at timestamptz not null,
  epoch bigint not null default 0,
  attempts integer not null default 0,
  last_error text,
  -- Given up: it waits for a person, and holds up nobody.
  set_aside_at timestamptz
);
create index outbox_due_idx on outbox (due_at) where set_aside_at is null;
create index outbox_key_idx on outbox (kind, key, seq) where set_aside_at is null;
create index outbox_set_aside_idx on outbox (set_aside_at) where set_aside_at is not null;
