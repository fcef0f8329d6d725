// The workspace's SSH server. Loaded when it is first needed: ssh2 takes longer to load than everything else together.
export { deriveHostKey } from "#ssh/host-key.ts";
export { rehearse } from "#ssh/rehearse.ts";
export { SshServer } from "#ssh/server.ts";
