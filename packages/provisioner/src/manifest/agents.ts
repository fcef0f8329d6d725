import { CronError, normalizeScriptCron } from "../schedule/index.ts";
import type { Numbered } from "./parameters.ts";
import type { Path } from "./problem.ts";
import { reportDuplicates, type Report } from "./report.ts";
import type { Agent } from "./schema.ts";

type Script = NonNullable<Agent["scripts"]>[number];
type App = NonNullable<Agent["apps"]>[number];

/** When a script runs. */
export interface ScriptMoments {
  readonly start: boolean;
  readonly stop: boolean;
  readonly claim: boolean;
  /** Six fields, second first; `""` for none. */
  readonly cron: string;
}

/** Reads `on`. @throws CronError for what is neither a moment nor a schedule, and for two schedules */
export function scriptMoments(on: string | readonly string[]): ScriptMoments {
  const all = typeof on === "string" ? [on] : on;
  const crons = all.filter((moment) => !["start", "stop", "claim"].includes(moment));
  if (crons.length > 1) throw new CronError("A script may have one schedule; make a script for each.");
  return {
    start: all.includes("start"),
    stop: all.includes("stop"),
    claim: all.includes("claim"),
    cron: crons[0] === undefined ? "" : normalizeScriptCron(crons[0]),
  };
}

/** Checks what the schema cannot say of agents: uniqueness, and fields that exclude each other. */
export function checkAgents(agents: readonly Numbered<Agent>[], report: Report): void {
  reportDuplicates(
    agents,
    (agent) => agent.name.toLowerCase(),
    (index, name) =>
      report.problem(["agents", index, "name"], `There are two agents named "${name}"; capitals do not count.`),
  );
  const apps = agents.flatMap(({ index, item }) =>
    (item.apps ?? []).map((app, at) => ({ index: at, item: { path: ["agents", index, "apps", at], slug: app.slug } })),
  );
  const slugs = new Set<string>();
  for (const { item } of apps) {
    if (slugs.has(item.slug))
      report.problem([...item.path, "slug"], `There are two apps with the slug "${item.slug}" in this template.`);
    slugs.add(item.slug);
  }
  for (const { index, item } of agents) checkAgent(["agents", index], item, report);
}

function checkAgent(path: Path, agent: Agent, report: Report): void {
  const scripts = (agent.scripts ?? []).map((item, index) => ({ index, item }));
  reportDuplicates(
    scripts,
    (script) => script.name,
    (index, name) => report.problem([...path, "scripts", index, "name"], `There are two scripts named "${name}".`),
  );
  for (const { index, item } of scripts) checkScript([...path, "scripts", index], item, report);
  reportDuplicates(
    (agent.metadata ?? []).map((item, index) => ({ index, item })),
    (metadata) => metadata.key,
    (index, key) =>
      report.problem([...path, "metadata", index, "key"], `There are two metadata with the key "${key}".`),
  );
  reportDuplicates(
    (agent.display_apps ?? []).map((item, index) => ({ index, item })),
    (name) => name,
    (index, name) => report.problem([...path, "display_apps", index], `"${name}" is there twice.`),
  );
  for (const [index, app] of (agent.apps ?? []).entries()) checkApp([...path, "apps", index], app, report);
}

function checkScript(path: Path, script: Script, report: Report): void {
  let moments: ScriptMoments;
  try {
    moments = scriptMoments(script.on);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    report.problem([...path, "on"], error.message, { allowed: "start, stop, claim, or a cron expression" });
    return;
  }
  if (script.blocks_login === true && !moments.start) {
    report.problem([...path, "blocks_login"], "Only a script that runs on start can block logins.", { at: "key" });
  }
}

function checkApp(path: Path, app: App, report: Report): void {
  const excludes = (field: keyof App, others: readonly (keyof App)[]): void => {
    if (app[field] === undefined || app[field] === false) return;
    for (const other of others) {
      if (app[other] === undefined || app[other] === false) continue;
      report.problem([...path, other], `"${other}" cannot stand beside "${field}".`, { at: "key" });
    }
  };
  excludes("command", ["url", "subdomain", "healthcheck", "external"]);
  excludes("external", ["healthcheck", "subdomain", "share"]);
  if (app.healthcheck && app.url === undefined && app.command === undefined) {
    report.problem([...path, "healthcheck"], '"healthcheck" needs an app with a "url".', { at: "key" });
  }
  if (app.external === true && app.url === undefined) {
    report.problem([...path, "external"], '"external" needs a "url" to open.', { at: "key" });
  }
}
