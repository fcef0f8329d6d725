// Watching workspaces: events become renders, shared by all who watch the same one, and hints for those who follow many.
export { EventFeed } from "./event-feed.ts";
export { readWorkspaceRender, WorkspaceRender } from "./workspace-render.ts";
export { workspaceTopics } from "./workspace-topics.ts";
