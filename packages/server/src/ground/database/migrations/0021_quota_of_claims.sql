-- What somebody has spent and may spend, once whoever was spending before has committed. A claim asks it in the statement
-- that moves a workspace: it waits for the lock and then reads anew, which only a volatile function does in the midst of one.
create function workspace_quota_alone(lock_class integer, lock_key integer, for_user uuid, in_organization uuid)
returns table (credits_consumed bigint, budget bigint) language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(lock_class, lock_key);
  return query select q.credits_consumed, q.budget from workspace_quota(for_user, in_organization, null) q;
end $$;
