// Archives of templates: unpacks what strangers send, within limits and without a way out; packs what authors have.
export type { ArchiveFile } from "./collect.ts";
export { ArchiveError, defaultArchiveLimits, type ArchiveFault, type ArchiveLimits } from "./limits.ts";
export { packDirectory, packFiles } from "./pack.ts";
export { readArchive, readArchiveFiles, type TemplateFiles } from "./read-tar.ts";
export { readZip, tarToZip, writeZip, zipToTar } from "./zip.ts";
