import type { Template, TemplateVersion } from "@hearth/sdk";
import { useSuspenseQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Age } from "../../components/Age.tsx";
import { templateVersionList, usePromote } from "../../queries/templates.ts";
import { Badge } from "../../ui/Badge.tsx";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Dialog } from "../../ui/Dialog.tsx";
import { FormError } from "../../ui/ErrorNote.tsx";
import { remainingWords } from "../../words/error-words.ts";
import { jobWords } from "../../words/job-words.ts";

/** Versions, newest first; one of them is what new workspaces are made of. */
export function VersionList({ template }: { template: Template }) {
  const { data } = useSuspenseQuery(templateVersionList(template.id));
  const [promoting, setPromoting] = useState<TemplateVersion>();
  const versions = data.toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
  return (
    <Card>
      <h2 className="px-4 pt-3 font-semibold">Versions</h2>
      <ul className="mt-2 max-h-[32rem] divide-y divide-line overflow-y-auto">
        {versions.map((version) => {
          const isActive = version.id === template.active_version_id;
          const { word, tone, isMoving } = jobWords(version.job);
          return (
            <li key={version.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
              <div className="min-w-0 grow">
                <p className="font-medium">
                  {version.name}
                  {isActive && <span className="text-sm font-medium text-good"> active</span>}
                </p>
                <p className="text-sm text-muted">
                  {version.created_by.username}, <Age at={Date.parse(version.created_at)} suffix=" ago" />
                  {version.message !== "" && <> · {version.message}</>}
                </p>
              </div>
              {version.job.status !== "succeeded" && (
                <Badge tone={tone} isMoving={isMoving}>
                  {word}
                </Badge>
              )}
              {!isActive && (
                <Button
                  disabledReason={
                    version.job.status === "succeeded"
                      ? version.archived
                        ? "The version is archived."
                        : undefined
                      : "Its import has not succeeded."
                  }
                  aria-label={`Promote ${version.name}`}
                  onClick={() => setPromoting(version)}
                >
                  Promote
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {promoting && <PromoteDialog template={template} version={promoting} onClose={() => setPromoting(undefined)} />}
    </Card>
  );
}

function PromoteDialog(props: { template: Template; version: TemplateVersion; onClose: () => void }) {
  const { template, version, onClose } = props;
  const promote = usePromote(template);
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={`Promote ${version.name}?`}
      description="New workspaces are made of it, and the pools are built anew. Workspaces that exist become outdated; they stay as they are until they are updated."
    >
      <div className="space-y-4">
        <FormError>{promote.isError ? remainingWords(promote.error, []) : undefined}</FormError>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            isPending={promote.isPending}
            onClick={() => promote.mutate(version.id, { onSuccess: onClose })}
          >
            Promote
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
