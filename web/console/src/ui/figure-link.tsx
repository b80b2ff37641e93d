// A number that links to its members.
import { pageOf } from "../navigation";
import type { Schemas } from "../session";

/** A number that opens exactly what it counts. */
export function Figure(props: { of: Schemas["Figure"] | undefined; label: string; bad?: boolean }) {
  if (!props.of) return null;
  const { count, members } = props.of;
  const page = pageOf(members ?? "");
  const style = props.bad && count ? "figure bad" : "figure";
  if (page === null) return <span class={style}>{count}</span>;
  return <a class={style} href={page} aria-label={`${props.label}: ${count}`}>{count}</a>;
}
