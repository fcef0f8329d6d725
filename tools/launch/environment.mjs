/**
 * The environment without what `npm start` puts into it, which workspaces would inherit: settings of npm and of the
 * package that it runs.
 * @param {NodeJS.ProcessEnv} env
 * @returns {NodeJS.ProcessEnv}
 */
export function withoutNpm(env) {
  const names = Object.keys(env).filter((name) => !/^npm_/i.test(name) && name !== "INIT_CWD");
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}
