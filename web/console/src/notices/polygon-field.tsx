// The polygon of a notice in its form, and on its page. The map is loaded when it is asked for.
import type { FunctionComponent } from "preact";
import { useState } from "preact/hooks";
import { NoAnswer } from "../../../src/api/http";
import { useTranslation } from "../hooks/use-translation";
import { ErrorMessage } from "../ui/error-message";
import { type Drawing, isIncomplete } from "./polygon";
import type { PolygonMapProps } from "./polygon-map";

export function PolygonField(props: { drawing: Drawing; onChange: (drawing: Drawing) => void }) {
  const t = useTranslation();
  const { drawing, onChange } = props;
  const [map, open, error] = useLoadedMap();
  const count = drawing.corners.length;
  const PolygonMap = map;
  return (
    <fieldset data-testid="polygon-field">
      <legend>{t("notice_polygon")}</legend>
      {PolygonMap ? (
        <>
          <p class="quiet">{t(drawing.fixed ? "polygon_kept" : "polygon_help")}</p>
          <PolygonMap
            drawing={drawing}
            onChange={drawing.fixed ? null : (corners) => onChange({ corners, fixed: null })}
          />
        </>
      ) : (
        <button type="button" onClick={open} data-testid="draw-polygon">
          {t(count > 0 || drawing.fixed ? "change_polygon" : "draw_polygon")}
        </button>
      )}
      {error !== null && <ErrorMessage error={error} retry={open} />}
      <p role="status" class={isIncomplete(drawing) ? "bad" : "quiet"} data-testid="polygon-corners">
        {isIncomplete(drawing) ? t("polygon_incomplete") : count > 0 ? t("polygon_corners", { n: count }) : ""}
      </p>
      {(count > 0 || drawing.fixed) && (
        <button
          type="button"
          class="small"
          onClick={() => onChange({ corners: [], fixed: null })}
          data-testid="remove-polygon"
        >
          {t("remove_polygon")}
        </button>
      )}
    </fieldset>
  );
}

/** The polygon of a stored notice, shown at the press of a button. */
export function PolygonPicture(props: { drawing: Drawing }) {
  const t = useTranslation();
  const [PolygonMap, open, error] = useLoadedMap();
  if (PolygonMap) return <PolygonMap drawing={props.drawing} onChange={null} />;
  return (
    <>
      <button type="button" class="small" onClick={open} data-testid="show-polygon">
        {t("show_polygon")}
      </button>
      {error !== null && <ErrorMessage error={error} retry={open} />}
    </>
  );
}

/** Return the map once it is loaded, a function that loads it, and why it could not be. */
function useLoadedMap(): [FunctionComponent<PolygonMapProps> | null, () => void, unknown] {
  const [loaded, setLoaded] = useState<{ map: FunctionComponent<PolygonMapProps> } | null>(null);
  const [error, setError] = useState<unknown>(null);
  const open = () => {
    setError(null);
    import("./polygon-map").then(
      ({ PolygonMap }) => setLoaded({ map: PolygonMap }),
      (cause: unknown) => setError(new NoAnswer(String(cause))),
    );
  };
  return [loaded?.map ?? null, open, error];
}
