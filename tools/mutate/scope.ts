// What `npm run mutate` changes: the rules. Paths of the repository; patterns as Node's glob has them.
const server = "packages/server/src";

/** Decisions, which Stryker changes. The unit tests of their own folder hold them: what only a far test holds is not held. */
export const decisions = [
  `${server}/prebuilds/{plan-pool,pool-state,parallelism}.ts`,
  `${server}/workspaces/{plan-build,plan-creation,status}.ts`,
  `${server}/workspaces/schedule/{autostart,deadline}.ts`,
  `${server}/access/{allow-list,compile,outranks,permission,reach,reach-of,scopes}.ts`,
  `${server}/agents/dial/decide-dial.ts`,
  `${server}/jobs/{placement,why-waits}.ts`,
  `${server}/ground/live/{follow-lines,heard-since,held-grants,newest-values}.ts`,
];

/** Tests with a database that hold decisions: of those that must agree with a statement, or that lie beside one. */
export const withDatabase = [
  `${server}/access/agreement.db.test.ts`,
  `${server}/jobs/why-waits.db.test.ts`,
  `${server}/workspaces/create-workspace.db.test.ts`,
];

/** Statements, whose conditions, orders, limits and locks are taken out one at a time. */
export const statements = [
  `${server}/prebuilds/{claim,claimable,snapshot,cancel-pending}.ts`,
  `${server}/workspaces/{complete-build,lock-for-build,idempotency,build-state,claim-at-once,give-away}.ts`,
  `${server}/jobs/{queue,queue-position,reaper,cancel,daemons}.ts`,
  `${server}/agents/sessions/store.ts`,
  `${server}/agents/resources/agent-status.ts`,
  `${server}/access/predicate.ts`,
  `${server}/replicas/remove-replicas.ts`,
];
