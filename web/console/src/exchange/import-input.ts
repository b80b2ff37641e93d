// The file of an import and its options, kept in memory: a page cannot read a chosen file again after a reload.
import { callApi, client, type Schemas } from "../session";
import type { Choices } from "./column-mapping";

export type ImportRun = Schemas["ImportRun"];
export type ImportInput = { file: File; kind: string; query: Record<string, unknown>; choices?: Choices };

const inputByRun = new Map<string, ImportInput>();

/** Return the input of a run of this page. */
export const inputOf = (runId: string): ImportInput | undefined => inputByRun.get(runId);

export async function startImport(input: ImportInput, isDry: boolean): Promise<ImportRun> {
  const params = { query: { ...input.query, kind: input.kind, name: input.file.name, dry_run: isDry } };
  const run = await sendFile<ImportRun>("/api/v1/imports", params, input.file);
  inputByRun.set(run.id, input);
  return run;
}

/** Read the columns of a file with suggestions. `query`: jurisdiction and layer, if they are given. */
export function readColumns(
  file: File,
  kind: string,
  query: Record<string, string>,
): Promise<Schemas["ImportColumns"]> {
  return sendFile("/api/v1/imports/columns", { query: { ...query, kind, name: file.name } }, file);
}

function sendFile<T>(path: "/api/v1/imports" | "/api/v1/imports/columns", params: unknown, file: File): Promise<T> {
  return callApi<T>(
    client.POST(path, {
      params: params as never,
      headers: { "Content-Type": "application/octet-stream" },
      body: file as never,
      bodySerializer: (body: unknown) => body as never,
    }) as never,
  );
}
