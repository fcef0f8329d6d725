-- What a daemon did last is shown with it; what it does now is in provisioner_jobs_running_idx.
create index provisioner_jobs_worker_idx on provisioner_jobs (worker_id, completed_at) where completed_at is not null;
