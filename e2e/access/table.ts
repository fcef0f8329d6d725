/**
 * Who may ask what: every operation of the server, and what each of six gets.
 *
 * - `owner`: an owner of the deployment
 * - `admin`: an admin of the organization, who owns nothing of the below
 * - `holder`: a plain member whose the thing in the path is: the user, the key, the workspace, the file
 * - `other`: another plain member of the same organization
 * - `agent`: the agent of the holder's workspace, with its token
 * - `nobody`: without a token
 *
 * `yes` is an answer, a stream or an upgrade. A number is a refusal: 401, 403 and 404 say no; 400 and 409 say that the
 * asker may, and that the thing's state forbids it. What belongs to nobody in particular (templates, the organization)
 * is for holder and other the same.
 */
const table = `
# Open to everybody; a token that comes along is not looked at     owner admin holder other agent nobody
GET    /api/v2/                                                     yes   yes   yes   yes   yes   yes
GET    /api/v2/auth/scopes                                          yes   yes   yes   yes   yes   yes
GET    /api/v2/buildinfo                                            yes   yes   yes   yes   yes   yes
GET    /api/v2/updatecheck                                          yes   yes   yes   yes   yes   yes
GET    /api/v2/users/authmethods                                    yes   yes   yes   yes   yes   yes
GET    /api/v2/users/first                                          yes   yes   yes   yes   yes   yes
POST   /api/v2/users/first                                          409   409   409   409   409   409
POST   /api/v2/users/login                                          yes   yes   yes   yes   yes   yes
POST   /api/v2/users/validate-password                              yes   yes   yes   yes   yes   yes

# The same for everybody who is logged in, or about the asker       owner admin holder other agent nobody
GET    /api/v2/applications/host                                    yes   yes   yes   yes   401   401
POST   /api/v2/authcheck                                            yes   yes   yes   yes   401   401
GET    /api/v2/deployment/ssh                                       yes   yes   yes   yes   401   401
GET    /api/v2/experiments                                          yes   yes   yes   yes   401   401
GET    /api/v2/experiments/available                                yes   yes   yes   yes   401   401
GET    /api/v2/external-auth                                        yes   yes   yes   yes   401   401
GET    /api/v2/regions                                              yes   yes   yes   yes   401   401
POST   /api/v2/users/logout                                         yes   yes   yes   yes   401   401
GET    /api/v2/users/roles                                          yes   yes   yes   yes   401   401
GET    /api/v2/workspaceagents/connection                           yes   yes   yes   yes   401   401

# Lists: each sees what it may see                                  owner admin holder other agent nobody
GET    /api/v2/organizations                                        yes   yes   yes   yes   401   401
GET    /api/v2/organizations/{organization}/templates               yes   yes   yes   yes   401   401
GET    /api/v2/templates                                            yes   yes   yes   yes   401   401
GET    /api/v2/users                                                yes   yes   yes   yes   401   401
GET    /api/v2/workspace-events                                     yes   yes   yes   yes   401   401
GET    /api/v2/workspaces                                           yes   yes   yes   yes   401   401

# The deployment                                                    owner admin holder other agent nobody
GET    /api/v2/prebuilds/settings                                   yes   404   404   404   401   401
PUT    /api/v2/prebuilds/settings                                   yes   404   404   404   401   401
GET    /api/v2/outbox/set-aside                                     yes   404   404   404   401   401
POST   /api/v2/outbox/requeue                                       yes   404   404   404   401   401
POST   /api/v2/outbox/drop                                          yes   404   404   404   401   401

# Providers of AI models: whoever writes their addresses has their keys sent there  owner admin holder other agent nobody
GET    /api/v2/ai/providers                                         yes   403   403   403   401   401
POST   /api/v2/ai/providers                                         yes   403   403   403   401   401
GET    /api/v2/ai/providers/{idOrName}                              yes   403   403   403   401   401
PATCH  /api/v2/ai/providers/{idOrName}                              yes   403   403   403   401   401
DELETE /api/v2/ai/providers/{idOrName}                              yes   403   403   403   401   401

# Models for chats: members use, admins change                     owner admin holder other agent nobody
GET    /api/v2/organizations/{organization}/chats/models            yes   yes   yes   yes   401   401
POST   /api/v2/organizations/{organization}/chats/models            yes   yes   403   403   401   401
GET    /api/v2/organizations/{organization}/chats/models/{model}    yes   yes   yes   yes   401   401
PATCH  /api/v2/organizations/{organization}/chats/models/{model}    yes   yes   403   403   401   401
DELETE /api/v2/organizations/{organization}/chats/models/{model}    yes   yes   403   403   401   401
GET    /api/v2/organizations/{organization}/chats/models/{model}/acl
                                                                    yes   yes   403   403   401   401
PATCH  /api/v2/organizations/{organization}/chats/models/{model}/acl
                                                                    yes   yes   403   403   401   401
GET    /api/v2/organizations/{organization}/chats/models/{model}/acl/available
                                                                    yes   yes   403   403   401   401
GET    /api/v2/organizations/{organization}/chats/model-overrides   yes   yes   403   403   401   401
PUT    /api/v2/organizations/{organization}/chats/model-overrides/{context}
                                                                    yes   yes   403   403   401   401
GET    /api/v2/organizations/{organization}/members/{user}/chats/model-overrides
                                                                    yes   403   yes   404   401   401
PUT    /api/v2/organizations/{organization}/members/{user}/chats/model-overrides/{context}
                                                                    yes   403   yes   404   401   401
GET    /api/experimental/chats/models                               yes   yes   yes   yes   401   401
GET    /api/experimental/chats/model-configs                        yes   yes   yes   yes   401   401
POST   /api/experimental/chats/model-configs                        yes   yes   403   403   401   401
PATCH  /api/experimental/chats/model-configs/{model}                yes   yes   403   403   401   401
DELETE /api/experimental/chats/model-configs/{model}                yes   yes   403   403   401   401

# Organizations: members read, owners change                        owner admin holder other agent nobody
GET    /api/v2/organizations/{organization}                         yes   yes   yes   yes   401   401
GET    /api/v2/organizations/{organization}/members                 yes   yes   yes   yes   401   401
GET    /api/v2/organizations/{organization}/members/roles           yes   yes   yes   yes   401   401
GET    /api/v2/organizations/{organization}/members/{user}          yes   yes   yes   yes   401   401
GET    /api/v2/organizations/{organization}/paginated-members       yes   yes   yes   yes   401   401
POST   /api/v2/organizations/{organization}/members/{user}          yes   yes   403   404   401   401
PUT    /api/v2/organizations/{organization}/members/{user}/roles    yes   yes   403   403   401   401
DELETE /api/v2/organizations/{organization}/members/{user}          yes   yes   403   403   401   401
GET    /api/v2/organizations/{organization}/members/{user}/workspaces/available-users
                                                                    yes   yes   403   403   401   401
GET    /api/v2/organizations/{organization}/members/{user}/workspace-quota
                                                                    yes   yes   yes   404   401   401
GET    /api/v2/workspace-quota/{user}                               yes   yes   yes   404   401   401
GET    /api/v2/organizations/{organization}/provisionerdaemons      yes   yes   404   404   401   401
GET    /api/v2/organizations/{organization}/provisionerjobs         yes   yes   404   404   401   401
GET    /api/v2/organizations/{organization}/provisionerjobs/{job}   yes   yes   404   404   401   401

# Groups: members read, admins change                               owner admin holder other agent nobody
GET    /api/v2/groups                                               yes   yes   yes   yes   401   401
GET    /api/v2/groups/{group}                                       yes   yes   yes   yes   401   401
PATCH  /api/v2/groups/{group}                                       yes   yes   403   403   401   401
DELETE /api/v2/groups/{group}                                       yes   yes   403   403   401   401
GET    /api/v2/groups/{group}/members                               yes   yes   yes   yes   401   401
GET    /api/v2/organizations/{organization}/groups                  yes   yes   yes   yes   401   401
POST   /api/v2/organizations/{organization}/groups                  yes   yes   403   403   401   401
GET    /api/v2/organizations/{organization}/groups/{groupName}      yes   yes   yes   yes   401   401
GET    /api/v2/organizations/{organization}/groups/{groupName}/members
                                                                    yes   yes   yes   yes   401   401

# Templates: members read and use, owners change                    owner admin holder other agent nobody
GET    /api/v2/templates/examples                                   yes   yes   404   404   401   401
GET    /api/v2/organizations/{organization}/templates/examples      yes   yes   404   404   401   401
POST   /api/v2/organizations/{organization}/templates               yes   yes   403   403   401   401
GET    /api/v2/organizations/{organization}/templates/{templatename}
                                                                    yes   yes   yes   yes   401   401
GET    /api/v2/organizations/{organization}/templates/{templatename}/versions/{templateversionname}
                                                                    yes   yes   yes   yes   401   401
GET    /api/v2/organizations/{organization}/templates/{templatename}/versions/{templateversionname}/previous
                                                                    yes   yes   yes   yes   401   401
GET    /api/v2/templates/{template}                                 yes   yes   yes   yes   401   401
PATCH  /api/v2/templates/{template}                                 yes   yes   403   403   401   401
DELETE /api/v2/templates/{template}                                 yes   yes   403   403   401   401
GET    /api/v2/templates/{template}/acl                             yes   yes   403   403   401   401
PATCH  /api/v2/templates/{template}/acl                             yes   yes   403   403   401   401
GET    /api/v2/templates/{template}/acl/available                   yes   yes   403   403   401   401
GET    /api/v2/templates/{template}/pools                           yes   yes   yes   yes   401   401
POST   /api/v2/templates/{template}/prebuilds/invalidate            yes   yes   404   404   401   401
GET    /api/v2/templates/{template}/versions                        yes   yes   yes   yes   401   401
PATCH  /api/v2/templates/{template}/versions                        yes   yes   403   403   401   401
POST   /api/v2/templates/{template}/versions/archive                yes   yes   403   403   401   401
GET    /api/v2/templates/{template}/versions/{templateversionname}  yes   yes   yes   yes   401   401

# Template versions                                                 owner admin holder other agent nobody
POST   /api/v2/organizations/{organization}/templateversions        yes   404   403   403   401   401
GET    /api/v2/templateversions/{templateversion}                   yes   yes   yes   yes   401   401
PATCH  /api/v2/templateversions/{templateversion}                   yes   yes   403   403   401   401
POST   /api/v2/templateversions/{templateversion}/archive           yes   yes   403   403   401   401
POST   /api/v2/templateversions/{templateversion}/unarchive         yes   yes   403   403   401   401
PATCH  /api/v2/templateversions/{templateversion}/cancel            400   400   403   403   401   401
GET    /api/v2/templateversions/{templateversion}/external-auth     yes   yes   yes   yes   401   401
GET    /api/v2/templateversions/{templateversion}/logs              yes   yes   yes   yes   401   401
GET    /api/v2/templateversions/{templateversion}/parameters        yes   yes   yes   yes   401   401
GET    /api/v2/templateversions/{templateversion}/presets           yes   yes   yes   yes   401   401
GET    /api/v2/templateversions/{templateversion}/resources         yes   yes   yes   yes   401   401
GET    /api/v2/templateversions/{templateversion}/rich-parameters   yes   yes   yes   yes   401   401
GET    /api/v2/templateversions/{templateversion}/schema            yes   yes   yes   yes   401   401
GET    /api/v2/templateversions/{templateversion}/variables         yes   yes   yes   yes   401   401

# Archives: the uploader's                                          owner admin holder other agent nobody
POST   /api/v2/files                                                yes   yes   yes   yes   401   401
GET    /api/v2/files/{fileID}                                       yes   404   yes   404   401   401

# Users: alone with themselves; admins of an organization read     owner admin holder other agent nobody
POST   /api/v2/users                                                yes   403   404   404   401   401
GET    /api/v2/users/{user}                                         yes   yes   yes   404   401   401
DELETE /api/v2/users/{user}                                         yes   403   403   404   401   401
GET    /api/v2/users/{user}/appearance                              yes   403   yes   404   401   401
PUT    /api/v2/users/{user}/appearance                              yes   403   yes   404   401   401
GET    /api/v2/users/{user}/autofill-parameters                     yes   403   yes   404   401   401
GET    /api/v2/users/{user}/gitsshkey                               yes   403   yes   404   401   401
PUT    /api/v2/users/{user}/gitsshkey                               yes   403   yes   404   401   401
GET    /api/v2/users/{user}/login-type                              403   403   yes   404   401   401
GET    /api/v2/users/{user}/organizations                           yes   yes   yes   404   401   401
GET    /api/v2/users/{user}/organizations/{organizationname}        yes   yes   yes   404   401   401
PUT    /api/v2/users/{user}/password                                yes   403   yes   404   401   401
GET    /api/v2/users/{user}/preferences                             yes   403   yes   404   401   401
PUT    /api/v2/users/{user}/preferences                             yes   403   yes   404   401   401
PUT    /api/v2/users/{user}/profile                                 yes   403   yes   404   401   401
GET    /api/v2/users/{user}/roles                                   yes   yes   yes   404   401   401
PUT    /api/v2/users/{user}/roles                                   yes   403   403   404   401   401
PUT    /api/v2/users/{user}/status/activate                         yes   403   403   404   401   401
PUT    /api/v2/users/{user}/status/suspend                          yes   403   403   404   401   401

# Keys and tokens                                                   owner admin holder other agent nobody
POST   /api/v2/users/{user}/keys                                    yes   404   yes   404   401   401
GET    /api/v2/users/{user}/keys/{keyid}                            yes   404   yes   404   401   401
DELETE /api/v2/users/{user}/keys/{keyid}                            yes   404   yes   404   401   401
PUT    /api/v2/users/{user}/keys/{keyid}/expire                     yes   404   yes   404   401   401
POST   /api/v2/users/{user}/keys/tokens                             yes   404   yes   404   401   401
GET    /api/v2/users/{user}/keys/tokens                             yes   404   yes   404   401   401
GET    /api/v2/users/{user}/keys/tokens/tokenconfig                 yes   404   yes   404   401   401
GET    /api/v2/users/{user}/keys/tokens/{keyname}                   yes   404   yes   404   401   401

# Secrets: nobody's but one's own                                   owner admin holder other agent nobody
GET    /api/v2/users/{user}/secrets                                 404   404   yes   404   401   401
POST   /api/v2/users/{user}/secrets                                 404   404   yes   404   401   401
GET    /api/v2/users/{user}/secrets/{name}                          404   404   yes   404   401   401
PATCH  /api/v2/users/{user}/secrets/{name}                          404   404   yes   404   401   401
DELETE /api/v2/users/{user}/secrets/{name}                          404   404   yes   404   401   401
GET    /api/v2/users/{user}/ai-provider-keys                        404   404   yes   404   401   401
PUT    /api/v2/users/{user}/ai-provider-keys/{aiProvider}           404   404   yes   404   401   401
DELETE /api/v2/users/{user}/ai-provider-keys/{aiProvider}           404   404   yes   404   401   401

# Workspaces                                                        owner admin holder other agent nobody
POST   /api/v2/run                                                  yes   yes   yes   yes   401   401
POST   /api/v2/users/{user}/workspaces                              yes   yes   yes   403   401   401
POST   /api/v2/organizations/{organization}/members/{user}/workspaces
                                                                    yes   yes   yes   403   401   401
GET    /api/v2/users/{user}/workspace/{workspacename}               yes   yes   yes   404   401   401
GET    /api/v2/users/{user}/workspace/{workspacename}/builds/{buildnumber}
                                                                    yes   yes   yes   404   401   401
GET    /api/v2/workspaces/{workspace}                               yes   yes   yes   404   401   401
PATCH  /api/v2/workspaces/{workspace}                               400   400   400   404   401   401
GET    /api/v2/workspaces/{workspace}/acl                           yes   yes   yes   404   401   401
PATCH  /api/v2/workspaces/{workspace}/acl                           yes   yes   yes   404   401   401
DELETE /api/v2/workspaces/{workspace}/acl                           yes   yes   yes   404   401   401
PUT    /api/v2/workspaces/{workspace}/autostart                     yes   yes   yes   404   401   401
PUT    /api/v2/workspaces/{workspace}/autoupdates                   yes   yes   yes   404   401   401
GET    /api/v2/workspaces/{workspace}/builds                        yes   yes   yes   404   401   401
POST   /api/v2/workspaces/{workspace}/builds                        yes   yes   yes   404   401   401
PUT    /api/v2/workspaces/{workspace}/dormant                       yes   yes   yes   404   401   401
PUT    /api/v2/workspaces/{workspace}/extend                        yes   yes   yes   404   401   401
PUT    /api/v2/workspaces/{workspace}/favorite                      403   403   yes   404   401   401
DELETE /api/v2/workspaces/{workspace}/favorite                      403   403   yes   404   401   401
GET    /api/v2/workspaces/{workspace}/resolve-autostart             yes   yes   yes   404   401   401
GET    /api/v2/workspaces/{workspace}/timings                       yes   yes   yes   404   401   401
PUT    /api/v2/workspaces/{workspace}/ttl                           yes   yes   yes   404   401   401
POST   /api/v2/workspaces/{workspace}/usage                         yes   yes   yes   404   401   401
GET    /api/v2/workspaces/{workspace}/watch                         yes   yes   yes   404   401   401
GET    /api/v2/workspaces/{workspace}/watch-ws                      yes   yes   yes   404   401   401

# Builds: a workspace's, but their state is the template's          owner admin holder other agent nobody
GET    /api/v2/workspacebuilds/{workspacebuild}                     yes   yes   yes   404   401   401
PATCH  /api/v2/workspacebuilds/{workspacebuild}/cancel              400   400   400   404   401   401
GET    /api/v2/workspacebuilds/{workspacebuild}/logs                yes   yes   yes   404   401   401
GET    /api/v2/workspacebuilds/{workspacebuild}/parameters          yes   yes   yes   404   401   401
GET    /api/v2/workspacebuilds/{workspacebuild}/resources           yes   yes   yes   404   401   401
GET    /api/v2/workspacebuilds/{workspacebuild}/state               yes   yes   403   404   401   401
PUT    /api/v2/workspacebuilds/{workspacebuild}/state               yes   yes   403   404   401   401
GET    /api/v2/workspacebuilds/{workspacebuild}/timings             yes   yes   yes   404   401   401

# Agents, for users: their token opens none of these. That here says  owner admin holder other agent nobody
# other things than were asked: 400 to who may ask
GET    /api/v2/workspaceagents/{workspaceagent}                     yes   yes   yes   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/connection          yes   yes   yes   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/dial                yes   404   yes   404   401   401
POST   /api/v2/workspaceagents/{workspaceagent}/exec                400   404   400   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/exec/ws             yes   404   yes   404   401   401
DELETE /api/v2/workspaceagents/{workspaceagent}/files               yes   404   yes   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/files/content       yes   404   yes   404   401   401
PUT    /api/v2/workspaceagents/{workspaceagent}/files/content       400   404   400   404   401   401
POST   /api/v2/workspaceagents/{workspaceagent}/files/directories   400   404   400   404   401   401
POST   /api/v2/workspaceagents/{workspaceagent}/files/edit          400   404   400   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/files/list          400   404   400   404   401   401
POST   /api/v2/workspaceagents/{workspaceagent}/files/move          400   404   400   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/files/stat          400   404   400   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/files/tar           yes   404   yes   404   401   401
PUT    /api/v2/workspaceagents/{workspaceagent}/files/tar           400   404   400   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/files/watch         yes   404   yes   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/listening-ports     yes   yes   yes   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/logs                yes   yes   yes   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/processes           400   404   400   404   401   401
POST   /api/v2/workspaceagents/{workspaceagent}/processes           400   404   400   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/processes/{process}
                                                                    400   404   400   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/processes/{process}/output
                                                                    yes   404   yes   404   401   401
POST   /api/v2/workspaceagents/{workspaceagent}/processes/{process}/signal
                                                                    yes   404   yes   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/pty                 yes   404   yes   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/watch-metadata      yes   yes   yes   404   401   401
GET    /api/v2/workspaceagents/{workspaceagent}/watch-metadata-ws   yes   yes   yes   404   401   401

# Chats, at both prefixes: their owner speaks, admins read; who has not the role makes none
#                                                                   owner admin holder other agent nobody
GET    /api/{v2,experimental}/chats                                 yes   yes   yes   yes   401   401
POST   /api/{v2,experimental}/chats                                 yes   yes   yes   403   401   401
GET    /api/{v2,experimental}/chats/watch                           yes   yes   yes   yes   401   401
GET    /api/{v2,experimental}/chats/{chat}                          yes   yes   yes   404   401   401
PATCH  /api/{v2,experimental}/chats/{chat}                          403   403   yes   404   401   401
GET    /api/{v2,experimental}/chats/{chat}/acl                      403   403   yes   404   401   401
PATCH  /api/{v2,experimental}/chats/{chat}/acl                      403   403   yes   404   401   401
POST   /api/{v2,experimental}/chats/{chat}/interrupt                403   403   409   404   401   401
GET    /api/{v2,experimental}/chats/{chat}/messages                 yes   yes   yes   404   401   401
POST   /api/{v2,experimental}/chats/{chat}/messages                 403   403   yes   404   401   401
PATCH  /api/{v2,experimental}/chats/{chat}/messages/{message}       403   403   yes   404   401   401
GET    /api/{v2,experimental}/chats/{chat}/prompts                  yes   yes   yes   404   401   401
DELETE /api/{v2,experimental}/chats/{chat}/queue/{message}          403   403   yes   404   401   401
POST   /api/{v2,experimental}/chats/{chat}/queue/{message}/promote  403   403   yes   404   401   401
POST   /api/{v2,experimental}/chats/{chat}/reconcile-invalid        403   403   409   404   401   401
GET    /api/{v2,experimental}/chats/{chat}/stream                   yes   yes   yes   404   401   401
POST   /api/{v2,experimental}/chats/{chat}/tool-results             403   403   409   404   401   401

# Agents, for themselves: no user's token opens these               owner admin holder other agent nobody
GET    /api/v2/workspaceagents/me/gitsshkey                         401   401   401   401   yes   401
POST   /api/v2/workspaceagents/me/log-source                        401   401   401   401   yes   401
PATCH  /api/v2/workspaceagents/me/logs                              401   401   401   401   yes   401
GET    /api/v2/workspaceagents/me/reinit                            401   401   401   401   yes   401
GET    /api/v2/workspaceagents/me/rpc                               401   401   401   401   yes   401
`;

/** In the order of the columns. */
export const actors = ["owner", "admin", "holder", "other", "agent", "nobody"] as const;
export type Actor = (typeof actors)[number];

export interface AccessRow {
  /** `GET /api/v2/workspaces/{workspace}`, as the OpenAPI document spells it. */
  readonly operation: string;
  readonly verdicts: Readonly<Record<Actor, string>>;
}

/** The table above. A path too long for its line has its verdicts on the next; `{v2,experimental}` is a row for each. */
export const accessTable: readonly AccessRow[] = [
  ...table.replaceAll(/^#.*$/gm, "").matchAll(/^([A-Z]+) +(\S+)\s+(\S+) +(\S+) +(\S+) +(\S+) +(\S+) +(\S+)$/gm),
].flatMap(([, method, path = "", ...verdicts]) =>
  spellings(path).map((each) => ({
    operation: `${method} ${each}`,
    verdicts: Object.fromEntries(actors.map((actor, at) => [actor, verdicts[at] ?? ""])) as AccessRow["verdicts"],
  })),
);

/** `/api/{a,b}/…` are two. */
function spellings(path: string): string[] {
  const choice = /\{(\w+(?:,\w+)+)\}/.exec(path);
  return choice === null ? [path] : (choice[1] ?? "").split(",").map((word) => path.replace(choice[0], word));
}
