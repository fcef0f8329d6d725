// views: what several capabilities' tables say together, read in one statement. Owns nothing and writes nothing.
export { accessObjects, type AccessObject } from "./access-objects.ts";
export { jobSubjectColumns, jobSubjectJoins, jobSubjectShape } from "./job-subject.ts";
export { activeUsers, findTemplateExtras, isVersionUsed, type TemplateExtras } from "./template-usage.ts";
export { templatesOfGroup } from "./templates-of-group.ts";
export { hasWorkspaces } from "./workspaces-of.ts";
