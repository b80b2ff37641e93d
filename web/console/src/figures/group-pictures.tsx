// Pictures of one rate by group: areas on a map with their bars, and bars of other groupings.
import { useTranslation } from "../hooks/use-translation";
import type { Schemas } from "../session";
import { Choropleth } from "./choropleth";
import { type NamedGroup, type RateName, titleIn } from "./figure-types";
import { GROUPINGS } from "./group-names";
import { Picture } from "./picture";
import { ShareBars } from "./share-bars";

type GroupsProps = {
  groups: NamedGroup[];
  rate: RateName;
  whole: Schemas["RateOut"];
  definitions: Schemas["Definitions"];
};

/** `within`: the area whose parts are drawn; undefined: all areas of the level. */
export function AreaPicture(props: GroupsProps & { colouring: Schemas["Colouring"]; within: string | undefined }) {
  const t = useTranslation();
  const { groups, rate, colouring } = props;
  const rateTitle = t.named(titleIn(props.definitions, "rate", rate));
  const title = t("rate_on_map", { rate: rateTitle });
  const level = groups[0]?.group.by.replace("area:", "") ?? "";
  if (groups.length === 0) return null;
  return (
    <Picture title={title} testid="areas-map">
      {(isSeen) => (
        <div class="charts">
          {isSeen ? (
            <Choropleth {...{ groups, colouring, level, rateTitle }} within={props.within} />
          ) : (
            <div class="skeleton tall" />
          )}
          <ShareBars
            {...{ groups, rate, rateTitle }}
            whole={props.whole}
            caption={title}
            testid="bars-area"
            isNumbered
          />
        </div>
      )}
    </Picture>
  );
}

/** Bars of the groups of one grouping against the whole. */
export function GroupPicture(props: GroupsProps & { by: string }) {
  const t = useTranslation();
  const { groups, rate, by } = props;
  const rateTitle = t.named(titleIn(props.definitions, "rate", rate));
  const word = GROUPINGS.find(([name]) => name === by)?.[1] ?? "group";
  const title = t("rate_by", { rate: rateTitle, group: t(word).toLowerCase() });
  if (groups.length === 0) return null;
  return (
    <Picture title={title} testid={`bars-by-${by}`}>
      {() => <ShareBars {...{ groups, rate, rateTitle }} whole={props.whole} caption={title} testid={`bars-${by}`} />}
    </Picture>
  );
}
