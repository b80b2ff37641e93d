// The columns of a file with their first values, and a select for each: what it is imported as, and why.
import { useTranslation } from "../hooks/use-translation";
import {
  type Choices,
  doubleFields,
  type FileColumn,
  type FileColumns,
  type FileField,
  idleFields,
  isClosed,
  type KeptMapping,
  missingFields,
} from "./column-mapping";

export function ColumnTable(props: {
  data: FileColumns;
  choices: Choices;
  earlierChoices: KeptMapping;
  onChoose: (choices: Choices) => void;
}) {
  const t = useTranslation();
  const { data, choices, earlierChoices, onChoose } = props;
  const choose = (n: number, field: string) => onChoose(choices.map((choice, other) => (other === n ? field : choice)));
  return (
    <fieldset class="mapping" data-testid="mapping">
      <legend>{t("columns_of_file")}</legend>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("column_of")}</th>
            <th scope="col">{t("imported_as")}</th>
          </tr>
        </thead>
        <tbody>
          {data.columns.map((column, n) => (
            <tr key={n} data-testid={`column-${n}`} class={choices[n] ? "" : "left-out"}>
              <th scope="row">
                <b>{column.name || t("column_n", { n: n + 1 })}</b>
                <small class="words">{column.values.join(" · ") || (isClosed(column) ? "" : t("no_values"))}</small>
              </th>
              <td>
                {!isClosed(column) && (
                  <FieldSelect
                    label={t("imports_column", { column: column.name })}
                    fields={data.fields}
                    choice={choices[n] ?? ""}
                    onChoose={(field) => choose(n, field)}
                  />
                )}
                <small>
                  <Reason
                    column={column}
                    choice={choices[n] ?? ""}
                    fields={data.fields}
                    earlierChoices={earlierChoices[column.name]}
                  />
                </small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </fieldset>
  );
}

function FieldSelect(props: {
  label: string;
  fields: readonly FileField[];
  choice: string;
  onChoose: (field: string) => void;
}) {
  const t = useTranslation();
  const groups = [
    [t("needed_fields"), props.fields.filter((field) => field.is_required)],
    [t("other_fields"), props.fields.filter((field) => !field.is_required && !field.is_personal)],
    [t("personal_fields"), props.fields.filter((field) => field.is_personal)],
  ] as const;
  return (
    <select
      aria-label={props.label}
      value={props.choice}
      onChange={(event) => props.onChoose(event.currentTarget.value)}
    >
      <option value="">{t("not_imported")}</option>
      {groups
        .filter(([, fields]) => fields.length > 0)
        .map(([label, fields]) => (
          <optgroup key={label} label={label}>
            {fields.map((field) => (
              <option key={field.name} value={field.name}>
                {field.title}
              </option>
            ))}
          </optgroup>
        ))}
    </select>
  );
}

/** Why the field is suggested; of another choice, what the values of its field are. */
function Reason(props: {
  column: FileColumn;
  choice: string;
  fields: readonly FileField[];
  earlierChoices: string | undefined;
}) {
  const t = useTranslation();
  const { column, choice, fields, earlierChoices } = props;
  if (earlierChoices !== undefined && earlierChoices === choice && choice !== (column.field ?? ""))
    return <>{t("as_last_time")}</>;
  if (choice === (column.field ?? "")) return <>{column.sentence}</>;
  return <>{fields.find((field) => field.name === choice)?.note}</>;
}

/** What keeps the file from being imported, and what is not imported, in words. */
export function MappingFaults(props: { data: FileColumns; choices: Choices; isGiven: (field: FileField) => boolean }) {
  const t = useTranslation();
  const { data, choices } = props;
  const missing = missingFields(data.fields, choices).filter((field) => !props.isGiven(field));
  const double = doubleFields(data.fields, choices);
  const idle = idleFields(data.fields, choices);
  const needed = data.fields.filter((field) => idle.some((each) => each.needs === field.name));
  const titles = (fields: readonly FileField[]) => t.list(fields.map((field) => field.title));
  return (
    <div role="status" data-testid="mapping-faults">
      {missing.length > 0 && (
        <div class="trouble">
          {t("missing_columns")}
          <ul>
            {missing.map((field) => (
              <li key={field.name}>
                <b>{field.title}</b>: {field.note}
              </li>
            ))}
          </ul>
        </div>
      )}
      {double.length > 0 && <p class="trouble">{t("chosen_twice", { what: titles(double) })}</p>}
      {idle.length > 0 && <p class="quiet">{t("idle_columns", { what: titles(idle), needed: titles(needed) })}</p>}
    </div>
  );
}
