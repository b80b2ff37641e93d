// The way from the highest area that the account may redraw to the area that is shown.
import { useMe } from "../hooks/use-me";
import { useTranslation } from "../hooks/use-translation";
import { queryString } from "../navigation";
import type { AreaInside } from "./area-tree";

export const insideLink = (id: string | null): string => `#/areas?${queryString({ within: id })}`;

export function AreaTrail(props: { inside: AreaInside }) {
  const t = useTranslation();
  const me = useMe();
  const { area, trail } = props.inside;
  if (!area) return null;
  return (
    <nav class="trail" aria-label={t("areas_trail")} data-testid="trail">
      <ol>
        {(trail.length === 0 || me.areas.length !== 1) && (
          <li>
            <a href="#/areas">{t("areas_own")}</a>
          </li>
        )}
        {trail.map((above) => (
          <li key={above.id}>
            <a href={insideLink(above.id)}>{t.named(above.name) || above.code}</a>
          </li>
        ))}
        <li aria-current="location">{t.named(area.name) || area.code}</li>
      </ol>
    </nav>
  );
}
