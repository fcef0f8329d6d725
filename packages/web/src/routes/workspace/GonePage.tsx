import { ApiError, type Workspace } from "@hearth/sdk";
import { AppLink } from "../../components/AppLink.tsx";
import { Title } from "../../components/Title.tsx";
import { paths } from "../../paths.ts";
import { buttonClass } from "../../ui/Button.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";

/** Whether a workspace that was shown is no more: deleted here, by somebody else, or by its schedule. */
export function isGone(error: unknown, workspace: Workspace | undefined): boolean {
  return (error instanceof ApiError && error.status === 404) || workspace?.latest_build.status === "deleted";
}

export function GonePage({ owner, name }: { owner: string; name: string }) {
  return (
    <main id="main" className="mx-auto w-full max-w-screen-2xl grow p-4">
      <Title>{`${owner}/${name}`}</Title>
      <EmptyState
        isWholePage
        title={`${owner}/${name} is deleted`}
        action={
          <AppLink href={paths.workspaces()} className={buttonClass("primary")}>
            Go to your workspaces
          </AppLink>
        }
      >
        Its name is free again.
      </EmptyState>
    </main>
  );
}
