import type { TemplateVersionParameter } from "@hearth/sdk";
import { cx } from "../../ui/class-names.ts";
import { controlClass, Field } from "../../ui/Field.tsx";
import { Select } from "../../ui/Select.tsx";
import { readList } from "./parameter-form.ts";

interface ParameterFieldProps {
  parameter: TemplateVersionParameter;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

/** The control of a parameter, by what it holds and how its author wants it asked. */
export function ParameterField({ parameter, value, error, onChange }: ParameterFieldProps) {
  const { name, display_name, description_plaintext, mutable, required } = parameter;
  if (parameter.type === "list(string)" && parameter.options.length > 0) {
    return <ChoiceList parameter={parameter} value={value} error={error} onChange={onChange} />;
  }
  const hint = [description_plaintext, mutable ? "" : "Cannot be changed later."].filter(Boolean).join(" ");
  return (
    <Field
      label={
        <>
          {display_name || name}
          {!required && <span className="font-normal text-muted"> (optional)</span>}
        </>
      }
      hint={hint || undefined}
      error={error}
    >
      {(control) => {
        if (parameter.options.length > 0) {
          return (
            <Select {...control} name={name} value={value} onChange={(event) => onChange(event.target.value)}>
              {!parameter.options.some((option) => option.value === value) && <option value={value}>Choose…</option>}
              {parameter.options.map((option) => (
                <option key={option.value} value={option.value}>
                  {option.name}
                </option>
              ))}
            </Select>
          );
        }
        if (parameter.type === "bool") {
          return (
            <Select {...control} name={name} value={value} onChange={(event) => onChange(event.target.value)}>
              {value !== "true" && value !== "false" && <option value={value}>Choose…</option>}
              <option value="true">Yes</option>
              <option value="false">No</option>
            </Select>
          );
        }
        if (parameter.type === "list(string)") {
          return (
            <input
              {...control}
              name={name}
              className={cx(controlClass, "h-9")}
              placeholder="one, two, three"
              defaultValue={readList(value).join(", ")}
              onChange={(event) => onChange(listOf(event.target.value))}
            />
          );
        }
        if (parameter.form_type === "textarea") {
          return (
            <textarea
              {...control}
              name={name}
              rows={4}
              className={cx(controlClass, "py-2")}
              value={value}
              onChange={(event) => onChange(event.target.value)}
            />
          );
        }
        return (
          <input
            {...control}
            name={name}
            className={cx(controlClass, "h-9")}
            autoComplete="off"
            inputMode={parameter.type === "number" ? "decimal" : "text"}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        );
      }}
    </Field>
  );
}

function listOf(text: string): string {
  const items = text
    .split(",")
    .map((item) => item.trim())
    .filter(Boolean);
  return JSON.stringify(items);
}

/** Several of some: a box for each. */
function ChoiceList({ parameter, value, error, onChange }: ParameterFieldProps) {
  const chosen = readList(value);
  return (
    <fieldset>
      <legend className="mb-1 font-medium">{parameter.display_name || parameter.name}</legend>
      {parameter.description_plaintext !== "" && (
        <p className="mb-1 text-sm text-muted">{parameter.description_plaintext}</p>
      )}
      <div className="flex flex-wrap gap-x-5 gap-y-2">
        {parameter.options.map((option) => (
          <label key={option.value} className="flex items-center gap-2">
            <input
              type="checkbox"
              className="size-4 accent-accent"
              checked={chosen.includes(option.value)}
              onChange={(event) =>
                onChange(
                  JSON.stringify(
                    event.target.checked ? [...chosen, option.value] : chosen.filter((item) => item !== option.value),
                  ),
                )
              }
            />
            {option.name}
          </label>
        ))}
      </div>
      {error !== undefined && (
        <p role="alert" className="mt-1 text-sm text-bad">
          {error}
        </p>
      )}
    </fieldset>
  );
}
