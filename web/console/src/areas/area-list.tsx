// The areas that are redrawn, as a list beside the map: pressing one selects it on both.
import { useEffect, useRef } from "preact/hooks";
import { useTranslation } from "../hooks/use-translation";
import type { RedrawDraft } from "./topology";

export function AreaList(props: {
  draft: RedrawDraft;
  areaKey: string | null;
  changedIds: readonly string[];
  onChoose: (key: string) => void;
}) {
  const t = useTranslation();
  const list = useRef<HTMLUListElement>(null);
  // Only the list scrolls: on a narrow screen the page stays at the map.
  useEffect(() => {
    const item = list.current?.querySelector('[aria-pressed="true"]')?.closest("li");
    if (!list.current || !item) return;
    const top = item.offsetTop - list.current.offsetTop;
    const isInView =
      top >= list.current.scrollTop && top + item.offsetHeight <= list.current.scrollTop + list.current.clientHeight;
    if (!isInView) list.current.scrollTop = top;
  }, [props.areaKey]);
  return (
    <>
      <h2 id="areas-in">{t("list_of_areas")}</h2>
      <ul class="inview short" ref={list} aria-labelledby="areas-in" data-testid="area-list">
        {props.draft.areas.map((area) => (
          <li key={area.key}>
            <button
              type="button"
              class="plain"
              aria-pressed={area.key === props.areaKey}
              onClick={() => props.onChoose(area.key)}
              data-testid={`area-${area.code}`}
            >
              {t.named(area.name) || area.code}
            </button>{" "}
            <small>{area.code}</small>{" "}
            {area.id === null ? (
              <span class="tag">{t("new_mark")}</span>
            ) : (
              props.changedIds.includes(area.id) && <span class="tag">{t("changed_mark")}</span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}
