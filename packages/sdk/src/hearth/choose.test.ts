import { describe, expect, test } from "vitest";
import { choose, type Offer } from "./choose.ts";
import { ChoiceError } from "./errors.ts";

/** `offer("web", "small*", "large")`: a star marks the default. */
function offer(template: string, ...presets: string[]): Offer {
  const [name = "", organization = "default"] = template.split("@");
  return {
    template: {
      name: name.replace("!", ""),
      organization_name: organization,
      active_version_id: `v-${template}`,
      deprecated: name.endsWith("!"),
    },
    presets: presets.map((preset) => ({
      ID: `${template}/${preset}`,
      Name: preset.replace("*", ""),
      Default: preset.endsWith("*"),
    })),
  };
}

const web = offer("web", "small*", "large");
const data = offer("data", "small", "huge");
const bare = offer("bare");
const single = offer("single", "only");
const old = offer("old!", "ancient");
const teams = [offer("web@red", "small*"), offer("web@blue", "small*")];

describe("a preset without a template", () => {
  test.for([
    ["large", [web, data, bare], "web", "large"],
    ["huge", [web, data], "data", "huge"],
    ["small", [web, bare], "web", "small"],
  ] as const)("%s is the only one of its name", ([preset, offers, template, name]) => {
    const choice = choose({ preset }, offers);

    expect([choice.template.name, choice.preset?.Name]).toEqual([template, name]);
  });

  test.for([
    ["small", [web, data], /Several templates have a preset "small".* web, data\./],
    ["tiny", [web, data], /No template has a preset "tiny".*small \(of web\), large \(of web\), small \(of data\)/],
    ["Small", [web], /No template has a preset "Small"/],
    ["ancient", [web, old], /No template has a preset "ancient"/],
  ] as const)("%s is not guessed, and what there is is listed", ([preset, offers, message]) => {
    expect(() => choose({ preset }, offers)).toThrow(message);
  });
});

describe("a template", () => {
  test.for([
    [{ template: "web" }, "small"],
    [{ template: "WEB", preset: "large" }, "large"],
    [{ template: "web", preset: null }, undefined],
    [{ template: "bare" }, undefined],
    [{ template: "single" }, "only"],
    [{ template: "old" }, "ancient"],
  ] as const)("%j has the preset %s", ([wanted, preset]) => {
    expect(choose(wanted, [web, data, bare, single, old]).preset?.Name).toBe(preset);
  });

  test.for([
    [{ template: "nope" }, [web, data], /There is no template "nope"\. There is: web, data\./],
    [
      { template: "web", preset: "huge" },
      [web, data],
      /Template "web" has no preset "huge"\. There is: small, large\./,
    ],
    [{ template: "data" }, [web, data], /None is the default\. There is: small, huge\./],
    [{ template: "web" }, teams, /Several organizations have "web": name one\. There is: red, blue\./],
    [{}, [], /There is no template\. There is none\./],
    [{}, [web, data], /Which template\? Name one\. There is: web, data\./],
    [{ organization: "green" }, teams, /There is no template\. There is none\./],
  ] as const)("%j of several is not guessed", ([wanted, offers, message]) => {
    expect(() => choose(wanted, offers)).toThrow(message);
    expect(() => choose(wanted, offers)).toThrow(ChoiceError);
  });
});

test("neither is the default preset of the only template; one that is deprecated does not count", () => {
  expect(choose({}, [web])).toEqual({ template: web.template, preset: web.presets[0] });
  expect(choose({}, [web, old]).template.name).toBe("web");
});

test("an organization tells templates of the same name apart", () => {
  expect(choose({ template: "web", organization: "Blue" }, teams).template.organization_name).toBe("blue");
});
