import type { WorkspaceBuild } from "@hearth/sdk";
import { useQuery } from "@tanstack/react-query";
import { parameterList } from "../../queries/templates.ts";
import { buildParameters } from "../../queries/workspaces.ts";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Loading, Skeleton } from "../../ui/Skeleton.tsx";

/** What the latest build was given. */
export function ParametersTable({ build }: { build: WorkspaceBuild }) {
  const values = useQuery(buildParameters(build));
  const { data: declared = [] } = useQuery(parameterList(build.template_version_id));
  const names = new Map(declared.map(({ name, display_name }) => [name, display_name]));
  if (values.isError) return <ErrorNote error={values.error} className="m-3" />;
  if (values.isPending) {
    return (
      <div className="space-y-3 p-4">
        <Loading what="parameters" />
        <Skeleton className="h-4 w-1/2" />
        <Skeleton className="h-4 w-1/3" />
      </div>
    );
  }
  if (values.data.length === 0) {
    return <p className="px-3 py-10 text-center text-muted">The template has no parameters.</p>;
  }
  return (
    <dl className="divide-y divide-line">
      {values.data.map(({ name, value }) => (
        <div key={name} className="grid gap-x-6 px-4 py-2.5 sm:grid-cols-[16rem_1fr]">
          <dt className="text-muted">{names.get(name) || name}</dt>
          <dd className="font-mono text-sm break-words whitespace-pre-wrap">{value || "–"}</dd>
        </div>
      ))}
    </dl>
  );
}
