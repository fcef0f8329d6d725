// Archives of templates: unpacks what strangers send, within limits and without a way out; packs what authors have.
export { ArchiveThreads, type ArchiveWork, type TemplateFiles } from "./archive-threads.ts";
export { gatherAtMost, type ByteStream } from "./entries.ts";
export { ArchiveError, defaultArchiveLimits, type ArchiveLimits } from "./limits.ts";
export { packDirectory, packFiles } from "./pack.ts";
export { unpackInto } from "./unpack.ts";
