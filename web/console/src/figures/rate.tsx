// Counts and rates, each with links to the cases that they count.
import { useTranslation } from "../hooks/use-translation";
import { FigureLink } from "../ui/figure-link";

export function Count(props: { figure: CountedFigure; label: string }) {
  return props.figure ? <FigureLink figure={props.figure} label={props.label} /> : <span class="quiet">–</span>;
}

export const formatPercent = (value: number | null | undefined): string =>
  value == null ? "–" : `${(100 * value).toFixed(1)} %`;
type CountedFigure = { count: number; members: string } | null | undefined;

/** A rate with links to its numerator and denominator. */
export function Rate(props: {
  value: number | null | undefined;
  numerator: CountedFigure;
  denominator: CountedFigure;
  label: string;
}) {
  const t = useTranslation();
  return (
    <>
      {formatPercent(props.value)}
      {props.numerator && props.denominator && (
        <small class="of">
          <Count figure={props.numerator} label={`${props.label} ${t("those")}`} /> /{" "}
          <Count figure={props.denominator} label={`${props.label} ${t("among")}`} />
        </small>
      )}
    </>
  );
}
