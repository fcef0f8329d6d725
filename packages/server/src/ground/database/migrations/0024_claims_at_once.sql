-- A claim that touched nothing: its job ended in the moment that made it, and nobody ever held it.
alter table provisioner_jobs add column is_claim_at_once boolean not null default false;
update provisioner_jobs set is_claim_at_once = true where priority = 0 and attempts = 0 and job_status = 'succeeded';
alter table provisioner_jobs add constraint provisioner_jobs_is_claim_at_once_check
  check (not is_claim_at_once or (worker_id is null and completed_at is not null));
