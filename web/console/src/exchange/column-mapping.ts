// Which column of a file is imported as which field: suggestions of the server, changed by a person, stored for the next file.
import type { Schemas } from "../session";

export type FileColumns = Schemas["ImportColumns"];
export type FileColumn = Schemas["ImportColumn"];
export type FileField = Schemas["ImportField"];
/** The chosen field of each column, in the order of the file; "" for a column that is not imported. */
export type Choices = readonly string[];
/** Chosen fields of an earlier file, by the name of the column. */
export type KeptMapping = Record<string, string>;

/** A person cannot choose a field for these columns. */
export const isClosed = (column: FileColumn): boolean => column.reason === "forbidden" || column.reason === "unnamed";

/** Return the choices to begin with: those of an earlier file with these columns, else the suggestions. */
export function firstChoices({ columns, fields }: FileColumns, earlierChoices: KeptMapping): Choices {
  const names = new Set(fields.map((field) => field.name));
  const taken = new Set<string>();
  const fromKept = columns.map((column) => {
    const field = isClosed(column) ? undefined : earlierChoices[column.name];
    if (field === undefined || (field !== "" && (!names.has(field) || taken.has(field)))) return null;
    taken.add(field);
    return field;
  });
  return columns.map((column, n) => {
    const choice = fromKept[n];
    if (choice !== null && choice !== undefined) return choice;
    const field = column.field ?? "";
    return isClosed(column) || taken.has(field) ? "" : field;
  });
}

/** Return the values of `map` of an import: one for each column that is not read like this by its name alone. */
export function mapParameters(columns: readonly FileColumn[], choices: Choices): string[] {
  return columns.flatMap((column, n) => {
    const choice = choices[n] ?? "";
    return isClosed(column) || choice === (column.recognised ?? "") ? [] : [`${column.name}=${choice}`];
  });
}

/** Return the fields without which the file cannot be imported, and that no column is. */
export const missingFields = (fields: readonly FileField[], choices: Choices): FileField[] =>
  fields.filter((field) => field.is_required && !choices.includes(field.name));

/** Return the fields that are chosen for more than one column. */
export const doubleFields = (fields: readonly FileField[], choices: Choices): FileField[] =>
  fields.filter((field) => choices.filter((choice) => choice === field.name).length > 1);

/** Return the chosen fields that are not imported, because the field that they need is not chosen. */
export const idleFields = (fields: readonly FileField[], choices: Choices): FileField[] =>
  fields.filter((field) => choices.includes(field.name) && field.needs !== null && !choices.includes(field.needs));

type Storage = Pick<globalThis.Storage, "getItem" | "setItem">;
const MAX_COLUMNS = 500;
const keyOf = (account: string, kind: string) => `gridward-columns-${account}-${kind}`;

/** Return the mapping that this browser keeps for an account and a kind of import; an empty one if it is damaged. */
export function readMapping(storage: Storage, account: string, kind: string): KeptMapping {
  try {
    const stored: unknown = JSON.parse(storage.getItem(keyOf(account, kind)) ?? "{}");
    const entries = Object.entries(stored ?? {}).filter(
      (entry): entry is [string, string] => typeof entry[1] === "string",
    );
    return Object.fromEntries(entries);
  } catch {
    return {};
  }
}

/** Keep the choices for the next file. Columns of other files stay; the oldest ones leave when there are too many. */
export function keepMapping(
  storage: Storage,
  account: string,
  kind: string,
  columns: readonly FileColumn[],
  choices: Choices,
): void {
  const earlierChoices = new Map(Object.entries(readMapping(storage, account, kind)));
  columns.forEach((column, n) => {
    if (isClosed(column)) return;
    earlierChoices.delete(column.name);
    earlierChoices.set(column.name, choices[n] ?? "");
  });
  storage.setItem(keyOf(account, kind), JSON.stringify(Object.fromEntries([...earlierChoices].slice(-MAX_COLUMNS))));
}
