import type { Workspace, WorkspaceBuild } from "@hearth/sdk";
import { useQuery } from "@tanstack/react-query";
import { Age } from "../../components/Age.tsx";
import { buildList } from "../../queries/workspaces.ts";
import { Badge } from "../../ui/Badge.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Loading, Skeleton } from "../../ui/Skeleton.tsx";
import { duration } from "../../words/duration.ts";
import { jobWords } from "../../words/job-words.ts";

const transitions = { start: "Start", stop: "Stop", delete: "Delete" } as const;

/** The latest builds, newest first. */
export function BuildsTable({ workspace }: { workspace: Workspace }) {
  const builds = useQuery(buildList(workspace.id));
  if (builds.isError) return <ErrorNote error={builds.error} className="m-3" />;
  if (builds.isPending) {
    return (
      <div className="space-y-3 p-4">
        <Loading what="builds" />
        <Skeleton className="h-5 w-full" />
        <Skeleton className="h-5 w-full" />
      </div>
    );
  }
  return (
    <ul className="divide-y divide-line">
      {builds.data.map((build) => {
        const { word, tone, isMoving } = jobWords(build.job);
        return (
          <li key={build.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
            <span className="w-24 font-medium">
              <span className="text-muted">#{build.build_number}</span> {transitions[build.transition]}
            </span>
            <Badge tone={tone} isMoving={isMoving}>
              {word}
            </Badge>
            <span className="text-muted">{tookWords(build)}</span>
            <span className="text-muted">
              {build.reason === "initiator" || build.reason === "dashboard" || build.reason === "cli"
                ? `by ${build.initiator_name}`
                : build.reason.replaceAll("_", " ")}
            </span>
            <span className="text-muted">{build.template_version_name}</span>
            <span className="ml-auto text-sm text-muted">
              <Age at={Date.parse(build.created_at)} suffix=" ago" />
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function tookWords({ job }: WorkspaceBuild): string {
  if (job.started_at === undefined || job.completed_at === undefined) return "";
  return `in ${duration(Date.parse(job.completed_at) - Date.parse(job.started_at))}`;
}
