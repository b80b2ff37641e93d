// The pictures of figures of any period: of the chosen grouping, the funnel, and the hours, which are counted when looked at.
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { callApi, client, type Schemas } from "../session";
import { Loaded } from "../ui/loaded";
import type { NamedGroup } from "./figure-types";
import { Funnel } from "./funnel";
import { AreaPicture, GroupPicture } from "./group-pictures";
import { HeatMap } from "./heat-map";
import { expandTemplate } from "./linked-evaluation";
import { Picture } from "./picture";
import { CountTrend, RateTrend } from "./trends";

type HoursQuery = { from: string; to: string; area_id?: string; priority?: string; snapshot?: string };

/** `by`: the grouping of `groups`. `query`: the parameters of the request without its grouping. */
export function FigurePictures(props: {
  data: Schemas["Figures"];
  groups: NamedGroup[];
  by: string;
  query: HoursQuery;
}) {
  const t = useTranslation();
  const { data, groups, by } = props;
  const { colouring, definitions } = data;
  const rate = colouring.rate;
  const bars = { groups, rate, whole: data.rates[rate], definitions };
  const trend = { groups, definitions };
  return (
    <>
      {by === "day" && <CountTrend {...trend} title={t("trend_by_day")} head={t("day")} testid="trend-day" />}
      {by === "month" && (
        <div class="charts">
          <CountTrend {...trend} title={t("trend_by_month")} head={t("month")} testid="trend-month" />
          <RateTrend {...trend} title={t("trend_rates_by_month")} head={t("month")} testid="trend-rates" />
        </div>
      )}
      {by.startsWith("area:") ? (
        <AreaPicture {...bars} colouring={colouring} within={data.area?.id} />
      ) : (
        by !== "day" && by !== "month" && <GroupPicture {...bars} by={by} />
      )}
      <div class="charts">
        <Funnel steps={data.funnel} measures={data.measures} />
      </div>
      <Picture title={t("heat_map")} testid="heat-map" note={t("heat_map_means")}>
        {(isSeen) => (isSeen ? <Hours query={props.query} /> : <div class="skeleton tall" />)}
      </Picture>
    </>
  );
}

function Hours(props: { query: HoursQuery }) {
  const t = useTranslation();
  const hours = useQuery(
    () => callApi(client.GET("/api/v1/figures/hours", { params: { query: props.query as never } })),
    `hours ${JSON.stringify(props.query)}`,
    false,
  );
  return (
    <Loaded query={hours} waiting={<div class="skeleton tall" />}>
      {(data) => (
        <HeatMap
          counts={data.counts}
          title={t("heat_map")}
          zone={data.period.timezone}
          membersOf={(weekday, hour) =>
            expandTemplate(data.members_template, { weekday: String(weekday), hour: String(hour) })
          }
        />
      )}
    </Loaded>
  );
}
