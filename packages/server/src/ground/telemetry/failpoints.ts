import { armFailpoints } from "@hearth/base";

/**
 * For kill tests: `HEARTH_FAILPOINT=<name>[@<n>]` ends this process by SIGKILL when the named place is reached for the
 * n-th time (default: the first).
 */
export function armFailpointsFromEnv(env: Readonly<Record<string, string | undefined>>): void {
  const wanted = env["HEARTH_FAILPOINT"];
  if (wanted === undefined || wanted === "") return;
  const match = /^(.*?)(?:@(\d+))?$/.exec(wanted);
  const name = match?.[1] ?? wanted;
  let left = Number(match?.[2] ?? 1);
  armFailpoints((reached) => {
    if (reached === name && --left === 0) process.kill(process.pid, "SIGKILL");
  });
}
