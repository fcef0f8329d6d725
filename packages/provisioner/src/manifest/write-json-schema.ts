// Writes templates/hearth.schema.json: `node packages/provisioner/src/manifest/write-json-schema.ts`.
import { writeFile } from "node:fs/promises";
import { manifestJsonSchema } from "./json-schema.ts";

await writeFile(new URL("../../../../templates/hearth.schema.json", import.meta.url), manifestJsonSchema());
