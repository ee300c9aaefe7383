import type { Signal } from '@preact/signals';
import type { JobTemplate } from '../../../src/server/cluster-protocol.js';

type Variable = JobTemplate['variables'][number];
/** What people set when they deploy; the rest is folded away. */
const USUAL = /^(job_name|service_name|expert|model_file|model_list|persona|slots|context)$/;

type Props = { template: JobTemplate; values: Signal<Record<string, string>>; admin: boolean };

/** A field for each variable; only what was changed is in `values`. */
export function TemplateFields({ template, values, admin }: Props) {
  const mine = template.variables.filter((one) => admin || !one.admin);
  const first = mine.filter(({ name, value }) => value === null || USUAL.test(name));
  const others = mine.filter((one) => !first.includes(one));
  return (
    <>
      <p class="note">{template.purpose}</p>
      {first.map((one) => (
        <Field key={one.name} variable={one} values={values} />
      ))}
      {others.length > 0 && (
        <details class="more">
          <summary>More settings ({others.length})</summary>
          <div class="form">
            {others.map((one) => (
              <Field key={one.name} variable={one} values={values} />
            ))}
          </div>
        </details>
      )}
    </>
  );
}

function Field({
  variable: { name, type, description, value },
  values,
}: {
  variable: Variable;
  values: Props['values'];
}) {
  const id = `variable-${name}`;
  const change = (text: string) => {
    const { [name]: _, ...rest } = values.value;
    values.value = text === value ? rest : { ...rest, [name]: text };
  };
  return (
    <div class="field">
      <label for={id}>{name}</label>
      <input
        id={id}
        type="text"
        inputMode={type === 'number' ? 'numeric' : undefined}
        spellcheck={false}
        autocomplete="off"
        required={value === null}
        aria-describedby={description ? `${id}-note` : undefined}
        value={values.value[name] ?? value ?? ''}
        onInput={({ currentTarget }) => change(currentTarget.value)}
      />
      {description && (
        <span id={`${id}-note`} class="note">
          {description}
        </span>
      )}
    </div>
  );
}
