// The frame of a picture: its heading, and the place that is measured for whether it was looked at.
import type { ComponentChildren } from "preact";
import { useTranslation } from "../hooks/use-translation";
import "./figures.css";
import { useSeen } from "./use-seen";

/** A picture whose content is made once it comes into view. */
export function Picture(props: {
  title: string;
  testid: string;
  note?: string;
  children: (isSeen: boolean) => ComponentChildren;
}) {
  const [ref, isSeen] = useSeen<HTMLElement>();
  return (
    <section class="chart" ref={ref} aria-label={props.title} data-testid={props.testid}>
      <h2>{props.title}</h2>
      {props.note && <p class="quiet">{props.note}</p>}
      {props.children(isSeen)}
    </section>
  );
}

/** Grey places of what is loading. */
export function Skeleton(props: { tiles?: number; tall?: number }) {
  const t = useTranslation();
  return (
    <div data-testid="skeleton">
      <p class="unseen" role="status">
        {t("loading")}
      </p>
      {!!props.tiles && (
        <div class="tiles" aria-hidden="true">
          {Array.from({ length: props.tiles }, (_, n) => (
            <div key={n} class="skeleton" />
          ))}
        </div>
      )}
      <div class="charts" aria-hidden="true">
        {Array.from({ length: props.tall ?? 0 }, (_, n) => (
          <div key={n} class="chart">
            <div class="skeleton tall" />
          </div>
        ))}
      </div>
    </div>
  );
}
