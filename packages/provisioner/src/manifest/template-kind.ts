import type { TemplateFiles } from "../archive/index.ts";
import type { LanguageName } from "../protocol.ts";
import { manifestFile } from "./parse-manifest.ts";

/** Of each language: what it is called, and which files at a template's root are of it. */
export const languages: Readonly<
  Record<LanguageName, { readonly title: string; readonly files: string; readonly marks: (path: string) => boolean }>
> = {
  native: { title: "native", files: manifestFile, marks: (path) => path === manifestFile },
  terraform: { title: "Terraform", files: "*.tf", marks: (path) => /^[^/]+\.tf(\.json)?$/.test(path) },
};
const names = Object.keys(languages) as LanguageName[]; // the record's own keys

export type TemplateKind = { readonly kind: LanguageName } | { readonly kind: "none"; readonly problem: string };

/** Which language a template is written in, by the files at its root. */
export function templateKind(files: TemplateFiles): TemplateKind {
  const paths = [...files.keys()];
  const found = names.flatMap((name) => {
    const mark = paths.find((path) => languages[name].marks(path));
    return mark === undefined ? [] : [{ name, mark }];
  });
  const [first, second] = found;
  if (first !== undefined && second !== undefined) {
    const keep = found.map(({ name }) => `the ${languages[name].files} for a ${languages[name].title} template`);
    return {
      kind: "none",
      problem: `The template holds both ${first.mark} and ${second.mark}; keep ${keep.join(", or ")}.`,
    };
  }
  if (first !== undefined) return { kind: first.name };
  const deeper = paths.find((path) => names.some((name) => languages[name].marks(path.replace(/^[^/]+\//, ""))));
  const misspelt = paths.find((path) => /^hearth\.ya?ml$/i.test(path));
  const hint =
    deeper !== undefined
      ? ` There is ${deeper}: pack the contents of that directory.`
      : misspelt !== undefined
        ? ` There is ${misspelt}: rename it to ${manifestFile}.`
        : "";
  return {
    kind: "none",
    problem: `The template holds neither ${names.map((name) => languages[name].files).join(" nor ")} files at its root.${hint}`,
  };
}
