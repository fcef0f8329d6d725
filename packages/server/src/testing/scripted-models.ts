import { onAbort } from "@hearth/base";
import type { ResolvedModel, StepRequest, StepResult } from "../ai/index.ts";
import type { Models } from "../chats/index.ts";

/** A model that everybody of the organization may use. */
export const modelId = "7dfd55d7-2914-4df1-a189-7a7520c09598";

/** One that nobody may. */
export const unusableModelId = "00000000-2914-4df1-a189-7a7520c09598";

/** One request to the model, answered when a test says so. */
export class AskedStep {
  readonly request: StepRequest;
  readonly #answer = Promise.withResolvers<StepResult>();

  constructor(request: StepRequest) {
    this.request = request;
  }

  /** Resolves when a test says so. @throws the reason of the request's signal */
  async answer(): Promise<StepResult> {
    const { signal } = this.request;
    using _aborted = onAbort(signal, () => this.#answer.reject(signal.reason));
    return await this.#answer.promise;
  }

  /** Says a piece. */
  say(text: string): void {
    this.request.onPart({ type: "text", text });
  }

  /** Ends the answer with these parts; calls make it go on. */
  end(...parts: StepResult["parts"]): void {
    const hasCalls = parts.some(({ type }) => type === "tool-call");
    this.#answer.resolve({
      parts,
      finish: hasCalls ? "tool-calls" : "stop",
      usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120 },
      providerResponseId: undefined,
      runtimeMs: 7,
    });
  }

  fail(error: Error): void {
    this.#answer.reject(error);
  }
}

/** A model at the seam behind which providers are, for what depends on when it answers; `ai/` is tested over real HTTP. */
export class ScriptedModels implements Models {
  readonly asked: AskedStep[] = [];
  readonly #waiting = new Set<() => void>();
  /** In the place of a model: there is none. */
  unavailable: Error | undefined;

  readonly findUsableModel: Models["findUsableModel"] = (_ctx, { modelConfigId: id = modelId }) =>
    Promise.resolve(id === unusableModelId ? undefined : { id });

  readonly resolveModel: Models["resolveModel"] = (_ctx, { modelConfigIds: [configId = modelId] }) => {
    if (this.unavailable !== undefined) return Promise.reject(this.unavailable);
    return Promise.resolve({ configId, contextLimit: 100_000 } as ResolvedModel); // all that is looked at here
  };

  readonly modelStep: Models["modelStep"] = async (_model, request) => {
    const asked = new AskedStep(request);
    this.asked.push(asked);
    for (const tell of this.#waiting) tell();
    return await asked.answer();
  };

  /** The request of this number, from 1, when it comes. */
  async askedFor(count: number): Promise<AskedStep> {
    while (this.asked.length < count) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
      this.#waiting.delete(resolve);
    }
    return this.asked[count - 1] as AskedStep; // there are as many
  }
}

type SaidPart = StepResult["parts"][number];

/** A text that a model says. */
export const saying = (text: string): Extract<SaidPart, { type: "text" }> => ({ type: "text", text });

/** A call that a model makes. */
export const calling = (id: string, tool: string, args: unknown = {}): Extract<SaidPart, { type: "tool-call" }> => ({
  type: "tool-call",
  tool_call_id: id,
  tool_name: tool,
  args,
});
