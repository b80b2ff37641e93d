// The pictures of an evaluation, in the order of its printed report.
import { useTranslation } from "../hooks/use-translation";
import { type NamedGroup, titleIn } from "./figure-types";
import { Funnel } from "./funnel";
import { AreaPicture, GroupPicture } from "./group-pictures";
import { HeatMap } from "./heat-map";
import type { linkEvaluation } from "./linked-evaluation";
import { Picture } from "./picture";
import { CountTrend, RateTrend } from "./trends";

type Evaluation = ReturnType<typeof linkEvaluation>;

export function EvaluationPictures(props: { data: Evaluation }) {
  const t = useTranslation();
  const { data } = props;
  const { colouring, definitions } = data;
  const named = (chapter: Evaluation["months"] | undefined): NamedGroup[] =>
    (chapter?.groups ?? []).map((group) => ({
      key: group.group.value ?? "",
      name: t.named(group.title),
      group: group.group,
      measures: group.measures,
      rates: group.rates,
    }));
  const chapter = (by: string) => data.chapters.find((candidate) => candidate.by === by);
  const rate = colouring.rate;
  const bars = { rate, whole: data.rates[rate], definitions };
  const months = named(data.months);
  const trend = { definitions, head: t("month") };
  const hours = t("heat_map");
  return (
    <>
      <div class="charts">
        <CountTrend
          {...trend}
          head={t("day")}
          groups={named(chapter("day"))}
          title={t("trend_by_day")}
          testid="trend-day"
        />
        <CountTrend {...trend} groups={months} title={t("trend_of_months")} testid="trend-month" />
        <RateTrend {...trend} groups={months} title={t("trend_of_rates")} testid="trend-rates" />
        <Funnel steps={data.funnel} measures={data.measures} />
      </div>
      {colouring.area_grouping && (
        <AreaPicture
          {...bars}
          groups={named(chapter(colouring.area_grouping))}
          colouring={colouring}
          within={data.area.id}
        />
      )}
      <div class="charts">
        <GroupPicture {...bars} by="category" groups={named(chapter("category"))} />
        <GroupPicture {...bars} by="unit" groups={named(chapter("unit"))} />
      </div>
      <Picture title={hours} testid="heat-map" note={t("heat_map_means")}>
        {() => (
          <HeatMap
            counts={data.hours.counts}
            title={`${hours}: ${t.named(titleIn(definitions, "measure", data.hours.measure))}`}
            zone={data.period.timezone}
            membersOf={data.membersOfHour}
          />
        )}
      </Picture>
    </>
  );
}
