// The main numbers of a period, each with its change against the period before.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import "./figures.css";
import { type Figures, titleIn } from "./figure-types";
import { Count, formatPercent } from "./rate";

type Tile = Schemas["Tile"];

export function Tiles(props: { figures: Figures; tiles: Tile[] }) {
  const t = useTranslation();
  return (
    <ul class="tiles" data-testid="tiles">
      {props.tiles.map((tile) => {
        const title = t.named(titleIn(props.figures.definitions, tile.kind, tile.name));
        return (
          <li key={tile.name} data-testid={`tile-${tile.name}`}>
            <span>{title}</span>
            <TileValue figures={props.figures} tile={tile} title={title} />
            <Change tile={tile} />
          </li>
        );
      })}
    </ul>
  );
}

function TileValue(props: { figures: Figures; tile: Tile; title: string }) {
  const t = useTranslation();
  const { figures, tile, title } = props;
  if (tile.kind === "measure")
    return (
      <span class="value">
        <Count figure={figures.measures[tile.name as keyof Schemas["Measures"]]} label={title} />
      </span>
    );
  if (tile.kind === "rate") {
    const rate = figures.rates[tile.name as keyof Schemas["Rates"]];
    return (
      <>
        <span class="value">{formatPercent(rate.value)}</span>
        <small>
          <Count figure={rate.numerator} label={`${title} ${t("those")}`} /> /{" "}
          <Count figure={rate.denominator} label={`${title} ${t("among")}`} />
        </small>
      </>
    );
  }
  const average = figures.averages[tile.name as keyof Schemas["AveragesOfCases"]];
  return (
    <>
      <span class="value">{average.value == null ? "–" : t.span(average.value)}</span>
      <small>
        <Count figure={average.of} label={`${title} ${t("cases_of_mean")}`} /> {t("cases_of_mean")}
      </small>
    </>
  );
}

/** The period that the changes are measured against. */
export function ComparedWith(props: { period: Schemas["Period"] }) {
  const t = useTranslation();
  const { previous } = props.period;
  if (previous?.records !== "whole") return null;
  return <p class="quiet">{t("tiles_compare", { from: t.day(previous.from), to: t.day(previous.to) })}</p>;
}

/** The change since the period before; whether it is for the better is said, too. */
function Change(props: { tile: Tile }) {
  const t = useTranslation();
  const { kind, is_good, change } = props.tile;
  const value = change.previous;
  if (value == null) return <small data-testid="change">{t("no_comparison")}</small>;
  const size = (Math.abs(value) * 100).toFixed(1);
  if (size === "0.0") return <small data-testid="change">{t("as_before")}</small>;
  const isBetter = is_good === null ? null : value > 0 === is_good;
  const text = t(kind === "rate" ? "change_in_points" : "change_in_percent", { n: size });
  return (
    <small data-testid="change" class={isBetter === null ? "" : isBetter ? "good" : "bad"}>
      <span aria-hidden="true">{value > 0 ? "▲" : "▼"}</span>{" "}
      <span class="unseen">{t(value > 0 ? "risen" : "fallen")} </span>
      {text}
      {isBetter !== null && ` · ${t(isBetter ? "better" : "worse")}`}
    </small>
  );
}
