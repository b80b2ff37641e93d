// Counts and rates, each with links to the cases that they count.
import { useWords } from "../hooks/use-translation";
import { Figure } from "../ui/figure-link";

export function Number(props: { of: Counted; label: string }) {
  return props.of ? <Figure of={props.of} label={props.label} /> : <span class="quiet">–</span>;
}

export const percent = (value: number | null | undefined): string => (value == null ? "–" : `${(100 * value).toFixed(1)} %`);
type Counted = { count?: number; members?: string } | null | undefined;

/** A share, and under it the cases of which it is one. */
export function Rate(props: { value: number | null | undefined; of: Counted; among: Counted; label: string }) {
  const t = useWords();
  return (
    <>
      {percent(props.value)}
      {props.of && props.among && (
        <small class="of">
          <Number of={props.of} label={`${props.label} ${t("those")}`} /> / <Number of={props.among} label={`${props.label} ${t("among")}`} />
        </small>
      )}
    </>
  );
}
