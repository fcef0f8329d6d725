-- Rows of daemons that were not seen for long go; what they did keeps their names.
alter table provisioner_jobs add column worker_name text;
update provisioner_jobs j set worker_name = d.name from provisioner_daemons d where d.id = j.worker_id;

-- When it said that it goes: from then on nobody counts on it, and it was last there.
alter table provisioner_daemons add column gone_at timestamptz;
update provisioner_daemons set gone_at = now() where last_seen_at is null;
