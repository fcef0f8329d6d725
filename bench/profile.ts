import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What of a V8 profile is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Which node was running, at each tick. */
  readonly samples: readonly number[];
  /** Microseconds since the tick before. */
  readonly timeDeltas: readonly number[];
}

/** Where processes of a server write their profiles, and the environment that makes them. */
export async function makeProfiling(): Promise<{ dir: string; env: Record<string, string> }> {
  const dir = await mkdtemp(join(tmpdir(), "hearth-bench-profile-"));
  return { dir, env: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${dir}` } };
}

/** Where the time of a server's process went, of the profiles in `dir`; undefined when there is none of one. */
export async function serverProfile(dir: string): Promise<{ file: string; text: string } | undefined> {
  for (const name of await readdir(dir)) {
    const file = join(dir, name);
    // Written by Node; only that of a server has loaded its composition root.
    const profile = JSON.parse(await readFile(file, "utf8")) as CpuProfile;
    const isServer = profile.nodes.some(({ callFrame }) => callFrame.url.endsWith("packages/server/src/main.ts"));
    if (isServer) return { file, text: renderProfile(profile) };
  }
  return undefined;
}

/** Functions by the time that they themselves took, of the time that was not idle; the most expensive first. Pure. */
export function renderProfile({ nodes, samples, timeDeltas }: CpuProfile, most = 25): string {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const spent = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const name = frames.get(id) ?? "?";
    if (name !== "(idle)") spent.set(name, (spent.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  const total = [...spent.values()].reduce((sum, each) => sum + each, 0);
  return [...spent]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(
      ([name, us]) =>
        `${((us / total) * 100).toFixed(1).padStart(5)} %  ${(us / 1000).toFixed(1).padStart(9)} ms  ${name}`,
    )
    .join("\n");
}

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const path = url.replace(/^file:\/\//, "").replace(/^.*\/(?=(packages|node_modules)\/)/, "");
  return `${name} ${path}:${lineNumber + 1}`;
}
