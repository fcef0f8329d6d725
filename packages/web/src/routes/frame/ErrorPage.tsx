import { ApiError } from "@hearth/sdk";
import { useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { useQueryErrorResetBoundary } from "@tanstack/react-query";
import { useEffect } from "react";
import { AppLink } from "../../components/AppLink.tsx";
import { paths } from "../../paths.ts";
import { Button, buttonClass } from "../../ui/Button.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Title } from "../../components/Title.tsx";

const wayOut = (
  <AppLink href={paths.workspaces()} className={buttonClass()}>
    Go to your workspaces
  </AppLink>
);

/** There is no such page, or nothing of that name. */
export function NotFoundPage() {
  return (
    <main className="mx-auto max-w-screen-2xl p-4">
      <Title>Not found</Title>
      <EmptyState isWholePage title="There is nothing here" action={wayOut}>
        The address may be mistyped, or what it named may have been deleted or renamed, or you may not see it.
      </EmptyState>
    </main>
  );
}

/** What a page could not be read for, with a way out. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const { reset: resetQueries } = useQueryErrorResetBoundary();
  useEffect(() => resetQueries(), [resetQueries]);
  if (error instanceof ApiError && error.status === 404) return <NotFoundPage />;
  const again = (
    <Button
      icon="restart"
      onClick={() => {
        reset();
        void router.invalidate();
      }}
    >
      Try again
    </Button>
  );
  return (
    <main className="mx-auto max-w-screen-md space-y-4 p-4 pt-12">
      <Title>Error</Title>
      <h1 className="text-xl font-semibold">This page could not be shown</h1>
      <ErrorNote error={error} />
      <div className="flex gap-2">
        {again}
        {wayOut}
      </div>
    </main>
  );
}
