import { createWorkspace, getWorkspaceByName } from "../endpoints/workspaces.ts";
import type { Workspace } from "../schemas/workspaces.ts";
import { deleteWorkspace, settled } from "./build.ts";
import type { Choice, ParameterValue, WantedWorkspace } from "./choose.ts";
import { madeUpName } from "./made-up-name.ts";
import { within, type Means, type WaitOptions } from "./means.ts";

/** What to claim, and how long that may take (15 minutes unless told: where there is no warm one it is built). */
export interface ClaimOptions extends WantedWorkspace, WaitOptions {
  /** @default made up of the template's */
  readonly name?: string | undefined;
  /** Values of the template's parameters, over those of the preset. */
  readonly parameters?: Readonly<Record<string, ParameterValue>> | undefined;
  /** It stops by itself so many milliseconds after each start. @default the template's */
  readonly ttlMs?: number | undefined;
  /** The agent that commands and files go to, where it has several. */
  readonly agent?: string | undefined;
}

/** The same for one that stays, and so has a name. */
export interface CreateOptions extends ClaimOptions {
  readonly name: string;
}

const letGoMs = 60_000;

/** Makes it, or claims a warm one, and waits until it can be used. @throws ApiError; WorkspaceFailed; the signal's reason */
export async function createAndWait(choice: Choice, options: CreateOptions, means: Means): Promise<Workspace> {
  const created = await create(choice, options, means);
  return await settled(created, created.latest_build, means);
}

/**
 * The same for one that nobody would find later: when this fails or is given up, what was made is deleted before it rejects
 * (as far as that works within a minute).
 */
export async function claimAndWait(choice: Choice, options: ClaimOptions, means: Means): Promise<Workspace> {
  const name = options.name ?? madeUpName(choice.template.name);
  let created: Workspace | undefined;
  try {
    created = await create(choice, { ...options, name }, means);
    return await settled(created, created.latest_build, means);
  } catch (error) {
    await within(means, { timeoutMs: letGoMs }, "delete workspace", async (letting) => {
      // A request that was given up may have been heard. A name that the caller chose may be of another workspace.
      if (options.name === undefined) created ??= await find(name, letting);
      if (created !== undefined) await deleteWorkspace(created.id, letting);
    }).catch(() => undefined); // why it was not made is what matters
    throw error;
  }
}

async function create({ template, preset }: Choice, options: CreateOptions, means: Means): Promise<Workspace> {
  const { client, signal } = means;
  const values = Object.entries(options.parameters ?? {}).map(([name, value]) => ({ name, value: textOf(value) }));
  return await client.call(createWorkspace, {
    params: { user: "me" },
    body: {
      template_version_id: template.active_version_id,
      name: options.name,
      ...(preset === undefined ? {} : { template_version_preset_id: preset.ID }),
      ...(values.length === 0 ? {} : { rich_parameter_values: values }),
      ...(options.ttlMs === undefined ? {} : { ttl_ms: options.ttlMs }),
    },
    signal,
  });
}

async function find(name: string, { client, signal }: Means): Promise<Workspace> {
  const params = { user: "me", workspacename: name };
  return await client.call(getWorkspaceByName, { params, query: {}, signal });
}

/** Parameters are texts on the wire; lists are JSON. */
function textOf(value: ParameterValue): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
