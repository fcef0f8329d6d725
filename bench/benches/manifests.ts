/** The smallest template. */
export const bare = `
workspace: { engine: process }
agents: [{ name: main }]
`;

/** The same with a script that runs at a claim, and does nothing. */
export const withClaimScript = `
workspace: { engine: process }
agents: [{ name: main, scripts: [{ name: hello, on: claim, run: "true" }] }]
`;

const parameters = ["region", "branch", "size"];
const variables = Array.from({ length: 20 }, (_, at) =>
  at % 2 === 0
    ? `V${at}: "\${owner.name} <\${owner.email}>"`
    : `V${at}: "\${param.${parameters[at % 3]}} of \${workspace.name}"`,
);

/** What a claim that is somebody's carries: 20 variables of the owner, the workspace and three parameters. */
export const dressed = `
parameters:
${parameters.map((name) => `  - { name: ${name}, type: string, default: none, mutable: true }`).join("\n")}
workspace: { engine: process }
agents: [{ name: main, env: { ${variables.join(", ")} } }]
`;

/** Values of its parameters, none the default. */
export const dressedValues = parameters.map((name) => ({ name, value: `my-${name}` }));
