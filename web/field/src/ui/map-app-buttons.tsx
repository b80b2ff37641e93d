// Links that lead to a place in the map apps of the phone.
import { useTranslation } from "../hooks/use-translation";
import { mapAppLinks } from "../map-app-links";

/** `at`: longitude, latitude, WGS 84. `label`: the name of the place that the app shows. */
export function MapAppButtons(props: { at: [number, number]; label: string }) {
  const t = useTranslation();
  const links = mapAppLinks(props.at, props.label);
  return (
    <div class="ways" data-testid="ways">
      <a class="button main" href={links.geo} data-testid="navigate">
        {t("navigate")}
      </a>
      <a class="button" href={links.amap} target="_blank" rel="noreferrer" data-testid="amap">
        {t("amap")}
      </a>
      <a class="button" href={links.baidu} target="_blank" rel="noreferrer" data-testid="baidu">
        {t("baidu")}
      </a>
    </div>
  );
}
