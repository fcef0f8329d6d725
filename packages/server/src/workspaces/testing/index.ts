// For tests, of neighbours too: users, templates, the queue and a worker over a database of their own.
export { buildResult, refusalOf, Scene, type PresetFixture, type TemplateFixture, type User } from "./scene.ts";
