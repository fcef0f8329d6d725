import type { Template } from "@hearth/sdk";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { AppLink } from "../../components/AppLink.tsx";
import { PushCommand } from "../../components/PushCommand.tsx";
import { Title } from "../../components/Title.tsx";
import { Age } from "../../components/Age.tsx";
import { paths } from "../../paths.ts";
import { poolList, templateList } from "../../queries/templates.ts";
import { buttonClass } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { duration } from "../../words/duration.ts";

export function TemplatesPage() {
  const { data: templates } = useSuspenseQuery(templateList);
  return (
    <main id="main" className="mx-auto w-full max-w-screen-2xl grow p-4">
      <Title>Templates</Title>
      <h1 className="mb-4 text-xl font-semibold">
        Templates <span className="text-base font-normal text-muted">{templates.length}</span>
      </h1>
      {templates.length === 0 ? (
        <Card>
          <EmptyState title="No templates yet" action={<PushCommand />}>
            A template describes a workspace: where it runs, what is in it, what may be chosen. Begin with a starter,
            and push it:
          </EmptyState>
        </Card>
      ) : (
        <>
          <ul className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
            {templates.map((template) => (
              <li key={template.id}>
                <TemplateCard template={template} />
              </li>
            ))}
          </ul>
          <section className="mt-6 max-w-screen-sm">
            <h2 className="mb-1 font-semibold">Push another one</h2>
            <PushCommand />
          </section>
        </>
      )}
    </main>
  );
}

function TemplateCard({ template }: { template: Template }) {
  const { data: pools } = useQuery(poolList(template.id));
  const ready = pools?.reduce((sum, pool) => sum + pool.ready, 0);
  const hasPool = pools?.some(({ desired }) => desired !== null);
  const startMs = template.build_time_stats["start"]?.P50 ?? undefined;
  return (
    <Card className="flex h-full flex-col p-4">
      <h2 className="font-semibold">
        <AppLink href={paths.template(template.name)} className="rounded-sm hover:underline">
          {template.display_name || template.name}
        </AppLink>
      </h2>
      {template.description !== "" && <p className="mt-0.5 text-muted">{template.description}</p>}
      <dl className="mt-3 mb-4 flex flex-wrap gap-x-6 gap-y-1 text-sm">
        {template.engine !== undefined && <Fact name="Engine">{template.engine}</Fact>}
        {hasPool === true && <Fact name="Warm now">{ready}</Fact>}
        {startMs !== undefined && startMs > 0 && <Fact name="Built in">{duration(startMs)}</Fact>}
        <Fact name="Changed">
          <Age at={Date.parse(template.updated_at)} suffix=" ago" />
        </Fact>
      </dl>
      <div className="mt-auto flex gap-2">
        <AppLink
          href={paths.newWorkspace({ template: template.name })}
          aria-label={`Create workspace from ${template.display_name || template.name}`}
          className={buttonClass("primary")}
        >
          Create workspace
        </AppLink>
        <AppLink
          href={paths.template(template.name)}
          aria-label={`Details of ${template.display_name || template.name}`}
          className={buttonClass()}
        >
          Details
        </AppLink>
      </div>
    </Card>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-muted">{name}</dt>
      <dd className="font-medium">{children}</dd>
    </div>
  );
}
