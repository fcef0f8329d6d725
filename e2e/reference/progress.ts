const order = ["waiting", "running", "ended"] as const;
type Stage = (typeof order)[number];

/** How far jobs and agents have come, where an answer tells. */
export interface Progress {
  readonly jobs: ReadonlySet<Stage>;
  readonly agents: ReadonlySet<"away" | "ready">;
}

/** By a job's status; any other is an end. */
const stages: Readonly<Record<string, Stage>> = { pending: "waiting", running: "running", canceling: "running" };

/** What the answer tells of the jobs and agents in it. Pure. */
export function progressOf(body: unknown): Progress {
  const jobs = new Set<Stage>();
  const agents = new Set<"away" | "ready">();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { lifecycle_state: lifecycle, queue_position: place, status } = value as Record<string, unknown>;
    if (place !== undefined) jobs.add(stages[String(status)] ?? "ended");
    if (lifecycle !== undefined) agents.add(lifecycle === "ready" ? "ready" : "away");
    Object.values(value).forEach(visit);
  };
  visit(body);
  return { jobs, agents };
}

/** Whether an answer with this progress can be held against one with that: nothing is further back. Pure. */
export function hasCome(wanted: Progress, given: Progress): boolean {
  const least = order.findIndex((stage) => wanted.jobs.has(stage));
  const isThere = [...given.jobs].every((stage) => order.indexOf(stage) >= least);
  return isThere && (!wanted.agents.has("ready") || !given.agents.has("away"));
}
