import { z } from "zod";
import { Manifest } from "./schema.ts";

/** The manifest's schema for editors, as `templates/hearth.schema.json` publishes it. */
export function manifestJsonSchema(): string {
  const schema = z.toJSONSchema(Manifest, { target: "draft-7", io: "input" });
  return `${JSON.stringify({ title: "Hearth template", description: "hearth.yaml, a native template", ...schema }, null, 2)}\n`;
}
