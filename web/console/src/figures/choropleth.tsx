// A map of areas, each with the colour and pattern of the class of its rate. It prints and needs no WebGL.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { pageOfMembers } from "../navigation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import { outlinesOf, type Shape } from "./area-shapes";
import { bandOf, type NamedGroup } from "./figure-types";
import { formatPercent } from "./rate";

const WIDTH = 600;

/** `within`: the area whose parts are drawn; undefined: all areas of the level. */
export function Choropleth(props: {
  groups: NamedGroup[];
  colouring: Schemas["Colouring"];
  level: string;
  within: string | undefined;
  rateTitle: string;
}) {
  const t = useTranslation();
  const { bands, rate } = props.colouring;
  const { level, within } = props;
  const areas = useQuery(
    () =>
      callApi(
        client.GET("/api/v1/areas", {
          params: { query: { level, limit: 500, ...(within ? { area_id: within } : {}) } as never },
        }),
      ),
    `shapes ${level} ${within ?? ""}`,
    false,
  );
  const groupById = new Map(props.groups.map((group, n) => [group.key, { group, number: n + 1 }]));
  return (
    <div class="frame">
      <Loaded query={areas} waiting={<div class="skeleton tall" />}>
        {(data) => {
          const drawn = (data.features ?? []).flatMap((area) =>
            area.geometry && groupById.has(area.id) ? [{ id: area.id, shape: area.geometry as Shape }] : [],
          );
          const { height, outlines } = outlinesOf(drawn, WIDTH);
          if (outlines.length === 0) return <p class="quiet">{t("no_shapes")}</p>;
          return (
            <>
              <svg class="areas-picture" viewBox={`-4 -4 ${WIDTH + 8} ${height + 8}`} data-testid="choropleth">
                <Patterns count={bands.length + 1} />
                {outlines.map(({ id, path, at }) => {
                  const { group, number } = groupById.get(id)!;
                  const figure = group.rates[rate];
                  const band = bandOf(figure.value, bands);
                  return (
                    <a
                      key={id}
                      href={pageOfMembers(figure.denominator.members) ?? "#/figures"}
                      aria-label={`${number} ${group.name}: ${props.rateTitle} ${formatPercent(figure.value)}`}
                      data-area={id}
                      data-band={band ?? "none"}
                    >
                      <title>{`${group.name} ${formatPercent(figure.value)}`}</title>
                      <path d={path} fill={`url(#band-${band ?? "none"})`} />
                      <text x={at[0]} y={at[1]}>
                        {number}
                      </text>
                    </a>
                  );
                })}
              </svg>
              <ul class="legend-row" data-testid="band-legend">
                {[...bands.keys(), bands.length].map((band) => (
                  <li key={band}>
                    <svg viewBox="0 0 26 14" aria-hidden="true">
                      <rect width="26" height="14" fill={`url(#band-${band})`} />
                    </svg>
                    {bandText(band, bands)}
                  </li>
                ))}
                <li>
                  <svg viewBox="0 0 26 14" aria-hidden="true">
                    <rect width="26" height="14" fill="url(#band-none)" />
                  </svg>
                  {t("no_cases_there")}
                </li>
              </ul>
            </>
          );
        }}
      </Loaded>
    </div>
  );
}

function bandText(band: number, bands: readonly number[]): string {
  const edge = (n: number) => `${Math.round(bands[n]! * 100)} %`;
  if (band === 0) return `< ${edge(0)}`;
  return band === bands.length ? `≥ ${edge(band - 1)}` : `${edge(band - 1)} – ${edge(band)}`;
}

/** One pattern for each class: the worse the class, the denser. */
function Patterns(props: { count: number }) {
  const marks = [
    <path key="0" class="hatch" d="M0 0L8 8M8 0L0 8" />,
    <path key="1" class="hatch" d="M0 8L8 0" />,
    <path key="2" class="hatch" d="M0 4H8" />,
    <circle key="3" class="dot" cx="4" cy="4" r="1" />,
    null,
  ];
  return (
    <defs>
      {Array.from({ length: props.count }, (_, band) => (
        <pattern
          key={band}
          id={`band-${band}`}
          class={`band band-${band}`}
          width="8"
          height="8"
          patternUnits="userSpaceOnUse"
        >
          <rect class="wash" width="8" height="8" />
          {marks[band]}
        </pattern>
      ))}
      <pattern id="band-none" class="band band-none" width="8" height="8" patternUnits="userSpaceOnUse">
        <rect class="wash" width="8" height="8" />
      </pattern>
    </defs>
  );
}
