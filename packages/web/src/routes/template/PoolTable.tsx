import type { Template } from "@hearth/sdk";
import { useSuspenseQuery } from "@tanstack/react-query";
import { AppLink } from "../../components/AppLink.tsx";
import { paths } from "../../paths.ts";
import { poolList, presetList, withPools } from "../../queries/templates.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Card } from "../../ui/Card.tsx";
import { cx } from "../../ui/class-names.ts";
import { duration } from "../../words/duration.ts";
import { poolState } from "../../words/pool-words.ts";

const head = "h-9 px-4 text-left text-sm font-medium whitespace-nowrap text-muted";
const cell = "h-11 px-4 whitespace-nowrap";

/** Presets of the active version, and how warm each is kept. */
export function PoolTable({ template }: { template: Template }) {
  const { data: presets } = useSuspenseQuery(presetList(template.active_version_id));
  const { data: pools } = useSuspenseQuery(poolList(template.id));
  if (presets.length === 0) {
    return (
      <Card className="p-4 text-muted">
        This version has no presets, so nothing is kept warm: each workspace is built when it is asked for.
      </Card>
    );
  }
  return (
    <Card className="overflow-x-auto">
      <table className="w-full">
        <caption className="px-4 pt-3 text-left font-semibold">Presets and pools</caption>
        <thead className="border-b border-line">
          <tr>
            <th scope="col" className={head}>
              Preset
            </th>
            <th scope="col" className={head}>
              Pool
            </th>
            <th scope="col" className={cx(head, "text-right")}>
              Warm
            </th>
            <th scope="col" className={cx(head, "text-right")}>
              Building
            </th>
            <th scope="col" className={cx(head, "text-right")}>
              Wanted
            </th>
            <th scope="col" className={cx(head, "text-right")}>
              Expected wait
            </th>
            <th scope="col" className={head}>
              Sets
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {withPools(presets, pools).map(({ preset, pool }) => {
            const state = pool && poolState(pool);
            const wait = pool?.expected_wait_ms ?? undefined;
            return (
              <tr key={preset.ID}>
                <th scope="row" className={cx(cell, "text-left font-medium")}>
                  <AppLink
                    href={paths.newWorkspace({ template: template.name, preset: preset.Name })}
                    className="rounded-sm hover:underline"
                  >
                    {preset.Name}
                  </AppLink>
                  {preset.Default && <span className="font-normal text-muted"> default</span>}
                </th>
                <td className={cell}>
                  {state && (
                    <Badge tone={state.tone} isMoving={state.isMoving}>
                      {state.word}
                    </Badge>
                  )}
                  {pool && pool.status_detail !== "" && (
                    <p className="max-w-md pb-2 text-sm whitespace-normal text-muted">{pool.status_detail}</p>
                  )}
                </td>
                <td className={cx(cell, "text-right font-medium")}>{pool?.ready ?? "–"}</td>
                <td className={cx(cell, "text-right")}>{pool?.building ?? "–"}</td>
                <td className={cx(cell, "text-right")}>{pool?.desired ?? "–"}</td>
                <td className={cx(cell, "text-right")}>{wait === undefined ? "–" : duration(wait)}</td>
                <td className={cx(cell, "text-sm text-muted")}>
                  {preset.Parameters.map(({ Name, Value }) => `${Name} = ${Value}`).join(", ") || "–"}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Card>
  );
}
