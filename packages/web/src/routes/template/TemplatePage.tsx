import { useSuspenseQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { AppLink } from "../../components/AppLink.tsx";
import { Markdown } from "../../components/Markdown.tsx";
import { Title } from "../../components/Title.tsx";
import { paths } from "../../paths.ts";
import { templateByName, templateVersion } from "../../queries/templates.ts";
import { buttonClass } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { Command } from "../../ui/CopyButton.tsx";
import { Icon } from "../../ui/Icon.tsx";
import { PoolTable } from "./PoolTable.tsx";
import { VersionList } from "./VersionList.tsx";

const route = getRouteApi("/authenticated/frame/templates/$template");

/** A template: its pool, what its author says, its versions. */
export function TemplatePage() {
  const { template: name } = route.useParams();
  const { data: template } = useSuspenseQuery(templateByName(name));
  const { data: version } = useSuspenseQuery(templateVersion(template.active_version_id));
  return (
    <main id="main" className="mx-auto w-full max-w-screen-2xl grow space-y-4 p-4">
      <Title>{template.display_name || template.name}</Title>
      <div className="flex flex-wrap items-start justify-between gap-4">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold">{template.display_name || template.name}</h1>
          <p className="mt-0.5 text-muted">
            {[template.description, template.engine, `version ${version.name}`].filter(Boolean).join(" · ")}
          </p>
          {template.deprecated && <p className="mt-1 text-warn">Deprecated. {template.deprecation_message}</p>}
        </div>
        <AppLink href={paths.newWorkspace({ template: template.name })} className={buttonClass("primary")}>
          <Icon name="plus" />
          Create workspace
        </AppLink>
      </div>
      <PoolTable template={template} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[minmax(0,1fr)_26rem]">
        <Card className="p-4">
          {version.readme.trim() === "" ? (
            <p className="text-muted">This version has no README.</p>
          ) : (
            <Markdown>{withoutFrontMatter(version.readme)}</Markdown>
          )}
        </Card>
        <div className="space-y-4">
          <VersionList template={template} />
          <Card className="p-4">
            <h2 className="mb-1 font-semibold">Push a new version</h2>
            <Command name="Push a new version">{`hearth templates push ${template.name} --directory .`}</Command>
          </Card>
        </div>
      </div>
    </main>
  );
}

/** The README without the block of settings that starters begin with. */
function withoutFrontMatter(readme: string): string {
  return readme.replace(/^\uFEFF?---\r?\n[^]*?\r?\n---\r?\n/, "");
}
