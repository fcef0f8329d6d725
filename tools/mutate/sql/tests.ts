import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createVitest, type TestModule, type TestSpecification, type Vitest } from "vitest/node";

/** A change to one file, as its tests are to see it; nothing on the disk changes. */
export interface Edit {
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly by: string;
}

/** Tests to run: of one file, some by name, or all. */
export interface Selection {
  readonly file: string;
  readonly names?: readonly string[];
}

/** What is looked at of a run's result. */
interface RunResult {
  readonly testModules: readonly {
    readonly moduleId: string;
    readonly children: Pick<TestModule["children"], "allTests">;
    state(): ReturnType<TestModule["state"]>;
  }[];
  readonly unhandledErrors: readonly unknown[];
}

/** A Vitest that stays, and runs tests against sources with edits in them. */
export class EditedTests implements AsyncDisposable {
  readonly #vitest: Vitest;
  readonly #root: string;
  readonly #edits: Map<string, Edit[]>;

  private constructor(vitest: Vitest, root: string, edits: Map<string, Edit[]>) {
    this.#vitest = vitest;
    this.#root = root;
    this.#edits = edits;
  }

  /** `setupFile` runs beside each test file. The run's database server is that of HEARTH_TEST_PG_CONNECTION_URL, or one of its own. */
  static async open(root: string, { setupFile }: { setupFile?: string } = {}): Promise<EditedTests> {
    const edits = new Map<string, Edit[]>();
    const plugin = {
      name: "hearth-edits",
      enforce: "pre" as const,
      async load(id: string): Promise<string | undefined> {
        const of = edits.get(id);
        return of && apply(await readFile(id, "utf8"), of);
      },
    };
    const vitest = await createVitest(
      "test",
      {
        root,
        config: join(root, "tools/mutate/sql/vitest.config.ts"),
        watch: false,
        reporters: [{}],
        bail: setupFile === undefined ? 1 : 0,
        ...(setupFile === undefined ? {} : { setupFiles: [setupFile] }),
      },
      { plugins: [plugin] },
    );
    await vitest.standalone();
    return new EditedTests(vitest, root, edits);
  }

  /** Whether all of these passed with the edits; the first failure ends it. Where nothing ran, nothing passed. */
  async pass(edits: readonly Edit[], { file, names }: Selection): Promise<boolean> {
    this.#edit(edits);
    const options = names === undefined ? {} : { testNames: [...names] };
    return await this.#run(this.#vitest.getRootProject().createSpecification(file, options));
  }

  async #run(specification: TestSpecification): Promise<boolean> {
    return hasPassed(specification.moduleId, await this.#vitest.runTestSpecifications([specification]));
  }

  /** Every test file that there is. */
  async listFiles(): Promise<string[]> {
    return (await this.#vitest.globTestSpecifications()).map(({ moduleId }) => moduleId);
  }

  #edit(edits: readonly Edit[]): void {
    const before = [...this.#edits.keys()];
    this.#edits.clear();
    for (const edit of edits) {
      const path = join(this.#root, edit.file);
      this.#edits.set(path, [...(this.#edits.get(path) ?? []), edit]);
    }
    for (const path of [...before, ...this.#edits.keys()]) this.#vitest.invalidateFile(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#vitest.close();
  }
}

/** Whether this file's tests were run and passed. Vitest tells all modules that it has ever run, each with its last result. Pure. */
export function hasPassed(moduleId: string, { testModules, unhandledErrors }: RunResult): boolean {
  const ran = testModules.filter((module) => module.moduleId === moduleId);
  const passed = ran.flatMap((module) => [...module.children.allTests("passed")]);
  return unhandledErrors.length === 0 && passed.length > 0 && ran.every((module) => module.state() === "passed");
}

/** The source with all edits, which do not overlap but may lie in one another's text; the last comes first. */
function apply(source: string, edits: readonly Edit[]): string {
  return edits
    .toSorted((a, b) => b.start - a.start)
    .reduce((text, { start, end, by }) => text.slice(0, start) + by + text.slice(end), source);
}
