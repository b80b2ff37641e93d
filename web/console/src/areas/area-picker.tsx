// Picks the area whose inside is redrawn, on the map or in the list beside it. Both show the same areas.
import { useMemo, useState } from "preact/hooks";
import { useMe } from "../hooks/use-me";
import { useQuery } from "../hooks/use-query";
import { useTranslation } from "../hooks/use-translation";
import { queryString } from "../navigation";
import { ErrorMessage } from "../ui/error-message";
import { Loaded } from "../ui/loaded";
import type { TextKey } from "../words";
import { AreaTrail, insideLink } from "./area-trail";
import { type AreaInside, childLevel, fetchInside, outlineOf, type TreeArea } from "./area-tree";
import { AreasMap } from "./areas-map";
import { toRedrawDraft } from "./topology";

const REDRAW_INSIDE: Record<string, TextKey> = {
  street: "redraw_streets",
  community: "redraw_communities",
  grid: "redraw_grids",
};

const editorLink = (id: string): string => `#/areas?${queryString({ parent: id })}`;
/** A community has only grids in it, which are redrawn at once; of higher areas the inside is shown first. */
const linkTo = (area: TreeArea): string =>
  childLevel(area.level) === "grid" ? editorLink(area.id) : insideLink(area.id);

export function AreaPicker(props: { within: string | null }) {
  const me = useMe();
  const inside = useQuery(() => fetchInside(me, props.within), `inside of ${props.within}`, false);
  return (
    <Loaded query={inside}>
      {(data) => (
        <>
          {props.within !== null && <AreaTrail inside={data} />}
          <PickFrom key={data.area?.id ?? ""} inside={data} />
        </>
      )}
    </Loaded>
  );
}

function PickFrom(props: { inside: AreaInside }) {
  const t = useTranslation();
  const { area, children } = props.inside;
  const [pointed, setPointed] = useState<string | null>(null);
  const [trouble, setTrouble] = useState<unknown>(null);
  const pickable = children.filter((child) => childLevel(child.level) !== null);
  const draft = useMemo(() => toRedrawDraft(children), [children]);
  const view = useMemo(
    () => ({ draft, outline: outlineOf(area), areaKey: pointed, corner: null, hasCorners: false, findings: [] }),
    [draft, area, pointed],
  );
  const pick = (key: string) => {
    const picked = pickable.find((child) => child.id === key);
    if (picked) location.hash = linkTo(picked);
  };
  const level = area && childLevel(area.level);
  if (children.length === 0) return <p class="quiet">{t("no_children")}</p>;
  return (
    <>
      <p class="lead">{t("pick_area")}</p>
      {trouble !== null && <ErrorMessage error={trouble} />}
      <div class="maps">
        <div>
          <AreasMap
            key={t.language}
            view={view}
            focus={null}
            title={t("areas_pick_map")}
            onArea={pick}
            onPoint={setPointed}
            onTrouble={setTrouble}
          />
        </div>
        <div>
          <h2 id="areas-in">{area ? t.named(area.name) || area.code : t("areas_own")}</h2>
          <ul class="inview picks" aria-labelledby="areas-in" data-testid="pick-list">
            {pickable.map((child) => (
              <li
                key={child.id}
                class={child.id === pointed ? "pointed" : ""}
                onMouseEnter={() => setPointed(child.id)}
                onMouseLeave={() => setPointed(null)}
              >
                <a
                  href={linkTo(child)}
                  onFocus={() => setPointed(child.id)}
                  onBlur={() => setPointed(null)}
                  data-testid={`pick-${child.code}`}
                >
                  {t.named(child.name) || child.code}
                </a>
                <small>{t(childLevel(child.level) === "grid" ? "redraw_grids" : "look_inside")}</small>
              </li>
            ))}
          </ul>
          {area && level && children.length > 1 && (
            <p>
              <a href={editorLink(area.id)} data-testid="redraw-these">
                {t(REDRAW_INSIDE[level]!)}
              </a>
            </p>
          )}
        </div>
      </div>
    </>
  );
}
