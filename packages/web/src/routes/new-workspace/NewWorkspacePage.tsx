import type { Template } from "@hearth/sdk";
import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { PushCommand } from "../../components/PushCommand.tsx";
import { Title } from "../../components/Title.tsx";
import { paths } from "../../paths.ts";
import { templateList } from "../../queries/templates.ts";
import { Card } from "../../ui/Card.tsx";
import { EmptyState } from "../../ui/EmptyState.tsx";
import { RadioCards } from "../../ui/RadioCards.tsx";
import { CreateForm } from "./CreateForm.tsx";
import { valuesOfSearch } from "./parameter-form.ts";

const route = getRouteApi("/authenticated/frame/workspaces/new");

/** A template, one of its presets, a name, and what is left to say: the address holds all of it. */
export function NewWorkspacePage() {
  const router = useRouter();
  const search = route.useSearch();
  const { data: all } = useSuspenseQuery(templateList);
  const templates = all.filter(({ deprecated }) => !deprecated);
  const only = templates.length === 1 ? templates[0] : undefined;
  const template =
    all.find(({ name }) => name === search.template) ?? (search.template === undefined ? only : undefined);

  return (
    <main id="main" className="mx-auto w-full max-w-screen-lg grow p-4">
      <Title>New workspace</Title>
      <h1 className="mb-4 text-xl font-semibold">New workspace</h1>
      {templates.length === 0 ? (
        <Card>
          <EmptyState title="No template to create from" action={<PushCommand />}>
            A workspace is made from a template, and there is none that you may use. Begin with a starter, and push it:
          </EmptyState>
        </Card>
      ) : (
        <div className="space-y-6">
          <section>
            <h2 className="mb-2 font-semibold">Template</h2>
            {search.template !== undefined && !template && (
              <p role="alert" className="mb-2 text-bad">
                There is no template named {search.template}, or you may not use it. Choose another one.
              </p>
            )}
            <RadioCards
              label="Template"
              value={template?.name}
              onChange={(name) =>
                void router.navigate({
                  href: paths.newWorkspace({ template: name }),
                  replace: true,
                  resetScroll: false,
                })
              }
              choices={templates.map((choice) => ({
                value: choice.name,
                title: choice.display_name || choice.name,
                children: <TemplateWords template={choice} />,
              }))}
            />
          </section>
          {template && (
            <CreateForm
              key={template.id}
              template={template}
              fill={{ preset: search.preset, name: search.name, values: valuesOfSearch(search) }}
            />
          )}
        </div>
      )}
    </main>
  );
}

function TemplateWords({ template }: { template: Template }) {
  return (
    <>
      {template.description !== "" && <span className="block text-sm text-muted">{template.description}</span>}
      {template.engine !== undefined && <span className="block text-sm text-muted">{template.engine}</span>}
    </>
  );
}
