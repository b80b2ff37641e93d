// A number that links to its members.
import { pageOfMembers } from "../navigation";
import type { Schemas } from "../session";

/** A number that links to exactly what it counts. */
export function FigureLink(props: { figure: Schemas["Figure"] | undefined; label: string; bad?: boolean }) {
  if (!props.figure) return null;
  const { count, members } = props.figure;
  const page = pageOfMembers(members ?? "");
  const className = props.bad && count ? "figure bad" : "figure";
  if (page === null) return <span class={className}>{count}</span>;
  return (
    <a class={className} href={page} aria-label={`${props.label}: ${count}`}>
      {count}
    </a>
  );
}
