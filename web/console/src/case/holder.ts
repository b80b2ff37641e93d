// Who has a case: the worker, or the person of a unit who accepted it with the unit.
import { localizedName, type Language } from "../../../src/i18n";
import type { Schemas } from "../session";

type Assignment = Pick<Schemas["AssignmentRef"], "worker" | "unit" | "handler">;

/** Return "郭洋", "鲍师傅 · 市政道路组", or the unit alone as long as nobody of it has accepted the case; "" for nobody. */
export function holderName(language: Language, assignment: Assignment | null | undefined): string {
  const unit = localizedName(language, assignment?.unit?.name);
  return assignment?.worker?.name ?? [assignment?.handler?.name, unit].filter(Boolean).join(" · ");
}
