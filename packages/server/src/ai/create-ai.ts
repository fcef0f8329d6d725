import type { Logger } from "@hearth/base";
import { systemContext, type Context } from "../access/index.ts";
import type { Capability } from "../ground/lifecycle/index.ts";
import type { AiDeps } from "./deps.ts";
import { withDemoModel } from "./demo/demo-fetch.ts";
import { seedDemoModel } from "./demo/seed-demo-model.ts";
import { userKeyRoutes } from "./keys/user-key-routes.ts";
import { defaultOrganizationRoutes } from "./models/default-organization-routes.ts";
import { modelRoutes } from "./models/model-routes.ts";
import { findOverride, type FoundOverride, type OverrideWish } from "./overrides/find-override.ts";
import { overrideRoutes } from "./overrides/override-routes.ts";
import { providerRoutes } from "./providers/provider-routes.ts";
import { resolveModel, type ResolvedModel } from "./resolve/resolve-model.ts";
import { findUsableModel, type NamedModel } from "./resolve/named-model.ts";
import type { WantedModel } from "./resolve/usable-models.ts";
import { guardedFetch } from "./step/guarded-fetch.ts";
import { modelStep, type StepModel, type StepRequest, type StepResult } from "./step/model-step.ts";

/** What chats ask of models. A context that is handed in is that of the chat's owner: it decides what may be used. */
export interface Ai extends Capability {
  /**
   * What a chat can be told to use: the model that is named, if its owner may use it; where none is named, what the owner
   * has chosen for new chats, or the organization's default. Undefined where there is none.
   */
  findUsableModel(ctx: Context, wanted: NamedModel): Promise<{ readonly id: string } | undefined>;
  /** What is used in the place of the chat's model for one purpose; undefined: the chat's. */
  findOverride(wish: OverrideWish): Promise<FoundOverride | undefined>;
  /** The model of a turn, with its key. @throws ModelUnavailable */
  resolveModel(ctx: Context, wanted: WantedModel): Promise<ResolvedModel>;
  /** One answer of a model, streamed. @throws StepFailed, and the reason of the request's signal */
  modelStep(model: StepModel, request: StepRequest): Promise<StepResult>;
}

/** Models for chats: who serves them, with which keys, who may use them, and what they answer. */
export function createAi(
  deps: AiDeps & {
    readonly log: Logger;
    readonly organizationId: string;
    readonly config: { readonly demoModel: boolean };
  },
): Ai {
  const { db, log, organizationId, config } = deps;
  const fetch = withDemoModel(guardedFetch(), { isOn: config.demoModel });
  return {
    name: "ai",
    routes: [
      ...providerRoutes(deps),
      ...userKeyRoutes(deps),
      ...modelRoutes(deps),
      ...defaultOrganizationRoutes(deps),
      ...overrideRoutes(deps),
    ],
    ...(config.demoModel && {
      async start({ signal }) {
        await seedDemoModel(systemContext("demo model", log, signal), deps, organizationId);
        return { name: "demo model", limitMs: 0, end: () => undefined };
      },
    }),
    findUsableModel: (ctx, wanted) => findUsableModel(ctx, db, wanted),
    findOverride: (wish) => findOverride(db, wish),
    resolveModel: (ctx, wanted) => resolveModel(ctx, { ...deps, fetch }, wanted),
    modelStep,
  };
}
