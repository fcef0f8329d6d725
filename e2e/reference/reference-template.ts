/** A native template with the parameters, preset and app of the template that the recordings were made with. */
export const referenceTemplate = `
name: local
parameters:
  - { name: cpus, type: number, default: "2", mutable: true, validation: { min: 1, max: 8 } }
  - name: region
    display_name: Region
    type: string
    form_type: radio
    default: eu
    mutable: true
    options: [{ name: EU, value: eu }, { name: US, value: us }]
presets:
  - name: small
    description: a small one
    parameters: { cpus: 2, region: eu }
    prebuilds: { instances: 0 }
workspace: { engine: process }
agents:
  - name: main
    directory: /home/dev
    env: { HELLO: world, GIT_AUTHOR_NAME: "\${owner.name}" }
    scripts: [{ name: Startup Script, on: start, run: "true" }]
    metadata: [{ key: load, display_name: Load, script: "true", interval: 5, timeout: 1 }]
    apps:
      - slug: web
        display_name: Web
        url: "http://localhost:18080"
        healthcheck: { url: "http://localhost:18080/healthz", interval: 3, threshold: 2 }
`;
