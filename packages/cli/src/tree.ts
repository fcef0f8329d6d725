import type { Sections } from "#command/tree.ts";

/**
 * Every command. Its file is read when the command is asked for, or the help of its group: starting `hearth` costs the
 * one file that is needed.
 */
export const tree: Sections = {
  Workspaces: {
    create: { load: async () => (await import("#commands/create.ts")).create },
    run: { load: async () => (await import("#commands/run.ts")).run },
    exec: { load: async () => (await import("#commands/exec.ts")).exec },
    ssh: { load: async () => (await import("#commands/ssh.ts")).ssh },
    cp: { load: async () => (await import("#commands/cp.ts")).cp },
    "list|ls": { load: async () => (await import("#commands/list.ts")).list },
    show: { load: async () => (await import("#commands/show.ts")).show },
    start: { load: async () => (await import("#commands/start.ts")).start },
    stop: { load: async () => (await import("#commands/stop.ts")).stop },
    restart: { load: async () => (await import("#commands/restart.ts")).restart },
    update: { load: async () => (await import("#commands/update.ts")).update },
    "delete|rm": { load: async () => (await import("#commands/delete.ts")).deleteWorkspace },
    logs: { load: async () => (await import("#commands/logs.ts")).logs },
    "port-forward|tunnel": { load: async () => (await import("#commands/port-forward.ts")).portForward },
    "config-ssh": { load: async () => (await import("#commands/config-ssh.ts")).configSsh },
    schedule: {
      summary: "Let workspaces start and stop by themselves",
      commands: {
        show: { load: async () => (await import("#commands/schedule/show.ts")).scheduleShow },
        start: { load: async () => (await import("#commands/schedule/start.ts")).scheduleStart },
        stop: { load: async () => (await import("#commands/schedule/stop.ts")).scheduleStop },
        "extend|override-stop": { load: async () => (await import("#commands/schedule/extend.ts")).scheduleExtend },
      },
    },
    sharing: {
      summary: "Let others into a workspace",
      commands: {
        add: { load: async () => (await import("#commands/sharing/change.ts")).share },
        "remove|rm": { load: async () => (await import("#commands/sharing/change.ts")).unshare },
        status: { load: async () => (await import("#commands/sharing/status.ts")).sharingStatus },
      },
    },
    rename: { load: async () => (await import("#commands/rename.ts")).rename },
    "favorite|fav|favourite": { load: async () => (await import("#commands/favorite.ts")).favorite },
    "unfavorite|unfav|unfavourite": { load: async () => (await import("#commands/favorite.ts")).unfavorite },
    autoupdate: { load: async () => (await import("#commands/autoupdate.ts")).autoupdate },
  },
  Templates: {
    "templates|template": {
      summary: "Say what workspaces are made of",
      commands: {
        init: { load: async () => (await import("#commands/templates/init.ts")).init },
        push: { load: async () => (await import("#commands/templates/push.ts")).push },
        pull: { load: async () => (await import("#commands/templates/pull.ts")).pull },
        "list|ls": { load: async () => (await import("#commands/templates/list.ts")).listTemplates },
        edit: { load: async () => (await import("#commands/templates/edit.ts")).edit },
        access: { load: async () => (await import("#commands/templates/access.ts")).templateAccess },
        "delete|rm": { load: async () => (await import("#commands/templates/delete.ts")).deleteTemplates },
        "versions|version": {
          summary: "Versions of templates",
          commands: {
            "list|ls": { load: async () => (await import("#commands/templates/versions-list.ts")).versionsList },
            promote: { load: async () => (await import("#commands/templates/versions-promote.ts")).versionsPromote },
            archive: { load: async () => (await import("#commands/templates/versions-archive.ts")).versionsArchive },
            unarchive: {
              load: async () => (await import("#commands/templates/versions-archive.ts")).versionsUnarchive,
            },
          },
        },
        "presets|preset": {
          summary: "Presets of templates",
          commands: {
            "list|ls": { load: async () => (await import("#commands/templates/presets-list.ts")).presetsList },
          },
        },
      },
    },
  },
  Account: {
    login: { load: async () => (await import("#commands/login.ts")).login },
    logout: { load: async () => (await import("#commands/logout.ts")).logout },
    whoami: { load: async () => (await import("#commands/whoami.ts")).whoami },
    "tokens|token": {
      summary: "Tokens for scripts and other programs",
      commands: {
        create: { load: async () => (await import("#commands/tokens/create.ts")).createToken },
        "list|ls": { load: async () => (await import("#commands/tokens/list.ts")).listTokens },
        view: { load: async () => (await import("#commands/tokens/view.ts")).viewToken },
        "remove|rm|delete": { load: async () => (await import("#commands/tokens/remove.ts")).removeToken },
      },
    },
    "secret|secrets": {
      summary: "What your workspaces are given in confidence",
      commands: {
        create: { load: async () => (await import("#commands/secrets/create.ts")).createSecret },
        "list|ls": { load: async () => (await import("#commands/secrets/list.ts")).listSecrets },
        update: { load: async () => (await import("#commands/secrets/update.ts")).updateSecret },
        "delete|remove|rm": { load: async () => (await import("#commands/secrets/delete.ts")).deleteSecret },
      },
    },
    quota: { load: async () => (await import("#commands/quota.ts")).quota },
    "publickey|pubkey": { load: async () => (await import("#commands/publickey.ts")).publickey },
  },
  Administration: {
    "users|user": {
      summary: "Who may log in",
      commands: {
        create: { load: async () => (await import("#commands/users/create.ts")).createUser },
        "list|ls": { load: async () => (await import("#commands/users/list.ts")).listUsers },
        show: { load: async () => (await import("#commands/users/show.ts")).showUser },
        "edit-roles": { load: async () => (await import("#commands/users/edit-roles.ts")).editRoles },
        suspend: { load: async () => (await import("#commands/users/status.ts")).suspendUser },
        "activate|active": { load: async () => (await import("#commands/users/status.ts")).activateUser },
        "delete|rm": { load: async () => (await import("#commands/users/status.ts")).deleteUser },
      },
    },
    "groups|group": {
      summary: "Who is given something together",
      commands: {
        create: { load: async () => (await import("#commands/groups/create.ts")).createGroup },
        "list|ls": { load: async () => (await import("#commands/groups/list.ts")).listGroups },
        edit: { load: async () => (await import("#commands/groups/edit.ts")).editGroup },
        "delete|rm": { load: async () => (await import("#commands/groups/delete.ts")).deleteGroup },
      },
    },
    "organizations|organization|org|orgs": {
      summary: "Who works together",
      commands: {
        "list|ls": { load: async () => (await import("#commands/organizations/list.ts")).listOrganizations },
        show: { load: async () => (await import("#commands/organizations/show.ts")).showOrganization },
      },
    },
    "provisioner|provisioners": {
      summary: "What runs builds",
      commands: {
        "list|ls": { load: async () => (await import("#commands/provisioner/list.ts")).listDaemons },
        "jobs|job": {
          summary: "Builds and imports in the queue",
          commands: {
            "list|ls": { load: async () => (await import("#commands/provisioner/jobs-list.ts")).listJobs },
            cancel: { load: async () => (await import("#commands/provisioner/jobs-cancel.ts")).cancelJob },
          },
        },
      },
    },
    "prebuilds|prebuild": {
      summary: "Pools of warm workspaces",
      commands: {
        pause: { load: async () => (await import("#commands/prebuilds/pause.ts")).pausePrebuilds },
        resume: { load: async () => (await import("#commands/prebuilds/pause.ts")).resumePrebuilds },
      },
    },
    outbox: {
      summary: "What could not be delivered, such as audit records",
      commands: {
        "list|ls": { load: async () => (await import("#commands/outbox/list.ts")).listSetAside },
        requeue: { load: async () => (await import("#commands/outbox/change.ts")).requeueSetAside },
        drop: { load: async () => (await import("#commands/outbox/change.ts")).dropSetAside },
      },
    },
  },
  Programs: {
    server: { load: async () => (await import("#commands/server.ts")).server },
    agent: { load: async () => (await import("#commands/agent.ts")).agent },
    version: { load: async () => (await import("#commands/version.ts")).version },
  },
};
