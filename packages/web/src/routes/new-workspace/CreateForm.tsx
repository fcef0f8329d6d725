import type { Template } from "@hearth/sdk";
import { useQuery, useSuspenseQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useRef, useState, type FormEvent } from "react";
import { paths } from "../../paths.ts";
import { parameterList, poolList, presetList, withPools } from "../../queries/templates.ts";
import { useCreateWorkspace, workspaceList } from "../../queries/workspaces.ts";
import { Button } from "../../ui/Button.tsx";
import { Card } from "../../ui/Card.tsx";
import { CopyButton } from "../../ui/CopyButton.tsx";
import { FormError } from "../../ui/ErrorNote.tsx";
import { TextField } from "../../ui/Field.tsx";
import { RadioCards } from "../../ui/RadioCards.tsx";
import { errorWords, remainingWords } from "../../words/error-words.ts";
import { waitWords } from "../../words/pool-words.ts";
import {
  faultOf,
  openParameters,
  presetValues,
  requestValues,
  shownValue,
  suggestName,
  type Values,
} from "./parameter-form.ts";
import { ParameterField } from "./ParameterField.tsx";

/** The choice of no preset, as a value of the radio cards; no preset can be named so, names are not empty. */
const noPreset = "";

interface CreateFormProps {
  template: Template;
  /** What the address said when the form was opened. */
  fill: { preset: string | undefined; name: string | undefined; values: Values };
}

/** Everything about a workspace of one template. Texts are the form's own until it is left: then the address has them. */
export function CreateForm({ template, fill }: CreateFormProps) {
  const router = useRouter();
  const create = useCreateWorkspace();
  const { data: presets } = useSuspenseQuery(presetList(template.active_version_id));
  const { data: parameters } = useSuspenseQuery(parameterList(template.active_version_id));
  const { data: pools } = useSuspenseQuery(poolList(template.id));
  const { data: mine } = useQuery(workspaceList({ filter: "owner:me" }));
  const [typedName, setName] = useState(fill.name);
  const [typed, setTyped] = useState(fill.values);
  const [presetName, setPreset] = useState(fill.preset ?? presets.find(({ Default }) => Default)?.Name ?? noPreset);
  const [isTried, setTried] = useState(false);

  const preset = presets.find(({ Name }) => Name === presetName);
  const name = typedName ?? suggestName(template.name, mine?.workspaces.map((workspace) => workspace.name) ?? []);
  const asked = openParameters(parameters, preset);
  const fixed = presetValues(preset);
  const refused = create.isError ? errorWords(create.error).fields : {};
  const faults = new Map(asked.map((parameter) => [parameter.name, faultOf(parameter, shownValue(parameter, typed))]));
  const address = paths.newWorkspace({
    template: template.name,
    ...(preset && { preset: preset.Name }),
    ...(typedName !== undefined && { name: typedName }),
    parameters: Object.fromEntries(Object.entries(typed).filter(([key]) => faults.has(key))),
  });
  // Once the workspace is there the page goes on to it; a field that loses the focus by that must not call it back.
  const isLeaving = useRef(false);
  const keepInAddress = () => {
    if (!isLeaving.current) void router.navigate({ href: address, replace: true, resetScroll: false });
  };

  function submit(event: FormEvent) {
    event.preventDefault();
    setTried(true);
    if ([...faults.values()].some((fault) => fault !== undefined)) return;
    create.mutate(
      {
        template_id: template.id,
        name,
        rich_parameter_values: requestValues(asked, typed),
        ...(preset && { template_version_preset_id: preset.ID }),
      },
      {
        onSuccess: (workspace) => {
          isLeaving.current = true;
          void router.navigate({ href: paths.workspace(workspace.owner_name, workspace.name) });
        },
      },
    );
  }

  return (
    <form onSubmit={submit} onBlur={keepInAddress} className="space-y-6">
      {presets.length > 0 && (
        <section>
          <h2 className="mb-2 font-semibold">Preset</h2>
          <RadioCards
            label="Preset"
            value={presetName}
            onChange={setPreset}
            choices={[
              ...withPools(presets, pools).map(({ preset: choice, pool }) => ({
                value: choice.Name,
                title: choice.Name,
                children: (
                  <>
                    <span
                      className={`block text-sm ${pool && pool.ready > 0 ? "font-medium text-good" : "text-muted"}`}
                    >
                      {waitWords(pool)}
                    </span>
                    {choice.Description !== "" && (
                      <span className="block text-sm text-muted">{choice.Description}</span>
                    )}
                  </>
                ),
              })),
              {
                value: noPreset,
                title: "None",
                children: <span className="block text-sm text-muted">Choose every parameter; built on demand</span>,
              },
            ]}
          />
        </section>
      )}
      <section className="max-w-screen-sm">
        <h2 className="mb-2 font-semibold">Workspace</h2>
        <Card className="space-y-5 p-4">
          <TextField
            label="Name"
            name="name"
            required
            maxLength={32}
            pattern="[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*"
            title="Letters, digits and single dashes between them"
            autoComplete="off"
            spellCheck={false}
            value={name}
            error={refused["name"]}
            onChange={(event) => setName(event.target.value)}
          />
          {Object.keys(fixed).length > 0 && (
            <div className="flex flex-wrap gap-x-6 gap-y-1 rounded-md bg-sunken px-3 py-2">
              <span className="text-muted">From the preset:</span>
              <dl className="contents">
                {Object.entries(fixed).map(([key, value]) => (
                  <div key={key} className="flex gap-1.5">
                    <dt className="text-muted">{parameters.find((one) => one.name === key)?.display_name || key}</dt>
                    <dd className="font-medium">{value || "–"}</dd>
                  </div>
                ))}
              </dl>
            </div>
          )}
          {asked.map((parameter) => (
            <ParameterField
              key={parameter.name}
              parameter={parameter}
              value={shownValue(parameter, typed)}
              error={(isTried ? faults.get(parameter.name) : undefined) ?? refused[parameter.name]}
              onChange={(value) => setTyped({ ...typed, [parameter.name]: value })}
            />
          ))}
        </Card>
      </section>
      <FormError>
        {create.isError
          ? remainingWords(create.error, ["name", ...asked.map((parameter) => parameter.name)])
          : undefined}
      </FormError>
      <div className="flex items-center gap-2">
        <Button type="submit" look="primary" icon="plus" isPending={create.isPending}>
          Create workspace
        </Button>
        <CopyButton text={`${location.origin}${address}`} name="Copy a link to this form as it is filled" />
      </div>
    </form>
  );
}
