import type { Workspace } from "@hearth/sdk";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useState } from "react";
import { AppLink } from "../../components/AppLink.tsx";
import { PushCommand } from "../../components/PushCommand.tsx";
import { Title } from "../../components/Title.tsx";
import { useMedia } from "../../components/use-media.ts";
import { paths } from "../../paths.ts";
import { me } from "../../queries/session.ts";
import { templateList } from "../../queries/templates.ts";
import { pageSize, workspaceList } from "../../queries/workspaces.ts";
import { buttonClass } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { ErrorNote } from "../../ui/ErrorNote.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { errorWords } from "../../words/error-words.ts";
import { BulkBar } from "./BulkBar.tsx";
import { FilterBox } from "./FilterBox.tsx";
import { defaultFilter, listOf } from "./list-search.ts";
import { Pager } from "./Pager.tsx";
import { WorkspaceCards } from "./WorkspaceCards.tsx";
import { WorkspacesSkeleton } from "./WorkspacesSkeleton.tsx";
import { WorkspaceTable } from "./WorkspaceTable.tsx";

const route = getRouteApi("/authenticated/frame/workspaces");

export function WorkspacesPage() {
  const router = useRouter();
  const { filter, page } = listOf(route.useSearch());
  const list = useQuery(workspaceList({ filter, page }));
  const { data: templates = [] } = useQuery(templateList);
  const { data: user } = useQuery(me);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const isWide = useMedia("(min-width: 820px)");
  const workspaces = list.data?.workspaces ?? [];
  const filterError = list.isError ? errorWords(list.error).fields : {};
  const filterWords = Object.values(filterError).join(" ") || undefined;
  const chosen = workspaces.filter(({ id }) => selected.has(id));

  return (
    <main id="main" className="mx-auto w-full max-w-screen-2xl grow p-4">
      <Title>Workspaces</Title>
      <div className="mb-3 flex items-center justify-between gap-4">
        <h1 className="text-xl font-semibold">
          Workspaces{" "}
          {list.data && <span className="text-base font-normal text-muted">{list.data.count.toLocaleString()}</span>}
        </h1>
        <AppLink href={paths.newWorkspace()} className={buttonClass("primary")}>
          <Icon name="plus" />
          New workspace
        </AppLink>
      </div>
      <div className="mb-3 flex items-start gap-2">
        <FilterBox
          filter={filter}
          error={filterWords}
          templateNames={templates.map(({ name }) => name)}
          onFilter={(next) => void router.navigate({ href: addressOf(next, 1), replace: true })}
        />
      </div>
      <BulkBar workspaces={chosen} onClear={() => setSelected(new Set())} />
      {list.isError && filterWords === undefined && <ErrorNote error={list.error} className="mb-3" />}
      {list.isPending ? (
        <WorkspacesSkeleton isWide={isWide} />
      ) : workspaces.length === 0 ? (
        <Nothing filter={filter} hasTemplates={templates.length > 0} />
      ) : isWide ? (
        <WorkspaceTable
          workspaces={workspaces}
          myName={user?.username}
          selected={selected}
          onSelect={(id, isSelected) => setSelected(withId(selected, id, isSelected))}
          onSelectAll={(all) => setSelected(new Set(all ? workspaces.map(({ id }) => id) : []))}
        />
      ) : (
        <WorkspaceCards workspaces={workspaces} myName={user?.username} />
      )}
      <Pager page={page} pageSize={pageSize} count={list.data?.count ?? 0} hrefOf={(to) => addressOf(filter, to)} />
      <Announcer workspaces={workspaces} />
    </main>
  );
}

function addressOf(filter: string, page: number): string {
  return paths.workspaces({ ...(filter === defaultFilter ? {} : { filter }), page });
}

function withId(ids: ReadonlySet<string>, id: string, isIn: boolean): ReadonlySet<string> {
  const next = new Set(ids);
  if (isIn) next.add(id);
  else next.delete(id);
  return next;
}

/** Readers hear a change of state once, in words; nothing at the first sight of the list. */
function Announcer({ workspaces }: { workspaces: readonly Workspace[] }) {
  const states = new Map(workspaces.map(({ id, name, latest_build }) => [id, `${name}: ${latest_build.status}`]));
  const [before, setBefore] = useState(states);
  const [words, setWords] = useState("");
  const changes = [...states].filter(([id, state]) => before.has(id) && before.get(id) !== state);
  if (changes.length > 0 || states.size !== before.size) {
    setBefore(states);
    if (changes.length > 0) setWords(changes.map(([, state]) => state).join(", "));
  }
  return (
    <div role="status" className="sr-only">
      {words}
    </div>
  );
}

function Nothing({ filter, hasTemplates }: { filter: string; hasTemplates: boolean }) {
  if (filter !== defaultFilter) {
    return (
      <Card>
        <EmptyState
          title="No workspace fits"
          action={
            <AppLink href={paths.workspaces()} className={buttonClass()}>
              Show mine
            </AppLink>
          }
        >
          Nothing that you may see fits <code className="font-mono">{filter}</code>.
        </EmptyState>
      </Card>
    );
  }
  return (
    <Card>
      <EmptyState
        title="No workspaces yet"
        action={
          hasTemplates ? (
            <AppLink href={paths.newWorkspace()} className={buttonClass("primary")}>
              <Icon name="plus" />
              Create your first workspace
            </AppLink>
          ) : (
            <PushCommand />
          )
        }
      >
        {hasTemplates
          ? "A workspace is a machine of your own to develop on, made from a template. With a warm one in its pool it is there in milliseconds."
          : "A workspace is made from a template, and there is none yet. Begin with a starter, and push it:"}
      </EmptyState>
    </Card>
  );
}
