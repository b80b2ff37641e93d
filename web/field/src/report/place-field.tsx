// The place of a report: the phone's position, or a pin that is moved on the map. Coordinates can be typed where a map cannot be used.
import { useEffect, useState } from "preact/hooks";
import { locate, roundDegrees } from "../geolocation";
import { usePlaceName } from "../hooks/use-places";
import { useTranslation } from "../hooks/use-translation";
import { useWorkerState } from "../hooks/use-worker-state";
import { Card } from "../ui/card";
import { MapToggle } from "../ui/map-toggle";
import { PlaceSearch } from "./place-search";

const INACCURATE_FROM_M = 50;

export type ReportPlace = {
  lon: number;
  lat: number;
  accuracy_m: number | null;
  from: "phone" | "hand";
  name?: string;
};

/** `onFound`: the phone's position; `onSet`: the place set by hand, null to use the phone's position again. */
export function PlaceField(props: {
  spot: ReportPlace | null;
  onFound: (spot: ReportPlace) => void;
  onSet: (spot: ReportPlace | null) => void;
}) {
  const t = useTranslation();
  const { grids } = useWorkerState();
  const placeName = usePlaceName();
  const [state, setState] = useState<"asking" | "failed" | "told">("asking");
  const { spot } = props;
  const ask = async () => {
    setState("asking");
    try {
      const fix = await locate();
      props.onFound({ lon: fix.lon, lat: fix.lat, accuracy_m: fix.accuracy_m, from: "phone" });
      setState("told");
    } catch {
      // The browser's error text is technical; the page says what to do instead.
      setState("failed");
    }
  };
  useEffect(() => void ask(), []);
  const set = (lon: number, lat: number, name?: string) =>
    props.onSet({ lon, lat, accuracy_m: null, from: "hand", ...(name ? { name } : {}) });
  const isLost = state === "failed" && spot === null;
  // Without a position the pin starts in the middle of the worker's grid.
  const pin = spot ? ([spot.lon, spot.lat] as [number, number]) : isLost ? (grids[0]?.middle ?? null) : null;
  return (
    <Card testid="where">
      <p class="facts">
        <b>{t("place")}</b>
        {spot && <b data-testid="place-name">{spot.name ?? placeName([spot.lon, spot.lat])}</b>}
        {state === "asking" && <span>{t("locating")}</span>}
        {isLost && <span class="bad">{t("locate_failed")}</span>}
        {spot?.from === "phone" && spot.accuracy_m !== null && (
          <span class={spot.accuracy_m > INACCURATE_FROM_M ? "bad" : ""}>
            {t("accuracy", { n: Math.round(spot.accuracy_m) })}
          </span>
        )}
        {spot?.from === "hand" && <span>{t(spot.name ? "place_chosen" : "corrected")}</span>}
      </p>
      {pin && (
        <MapToggle
          labelKey="move_on_map"
          marks={[{ id: "here", at: pin, words: t("place") }]}
          onMove={([lon, lat]) => set(lon, lat)}
        />
      )}
      {(spot?.from === "hand" || isLost) && (
        <button
          onClick={() => {
            props.onSet(null);
            void ask();
          }}
          data-testid="locate"
        >
          {t("locate")}
        </button>
      )}
      <details open={isLost} data-testid="place-typed">
        <summary>{t("place_typed")}</summary>
        <PlaceSearch onChoose={({ at, name }) => set(...at, t.named(name))} />
        <TypedPlace spot={spot} onSet={set} />
        <select
          aria-label={t("grid_middle")}
          value=""
          onChange={(e) => {
            const middle = grids.find((grid) => grid.id === e.currentTarget.value)?.middle;
            if (middle) set(...middle);
          }}
          data-testid="grid-middle"
        >
          <option value="">{t("grid_middle")}</option>
          {grids.map((grid) => (
            <option key={grid.id} value={grid.id}>
              {t.named(grid.name)}
            </option>
          ))}
        </select>
      </details>
    </Card>
  );
}

/** Inputs of both coordinates. One coordinate alone is not a place. */
function TypedPlace(props: { spot: ReportPlace | null; onSet: (lon: number, lat: number) => void }) {
  const t = useTranslation();
  const { spot } = props;
  const [half, setHalf] = useState<{ lon?: number; lat?: number }>({});
  const type = (name: "lon" | "lat", text: string) => {
    const degrees = Number(text);
    if (text.trim() === "" || !Number.isFinite(degrees) || Math.abs(degrees) > (name === "lon" ? 180 : 90)) return;
    const { lon, lat }: { lon?: number; lat?: number } = { ...(spot ?? half), [name]: roundDegrees(degrees) };
    if (lon === undefined || lat === undefined) return setHalf({ ...half, [name]: roundDegrees(degrees) });
    setHalf({});
    props.onSet(lon, lat);
  };
  return (
    <div class="two">
      {(["lon", "lat"] as const).map((name) => (
        <label key={name}>
          {t(name)}
          <input
            inputMode="decimal"
            value={String((spot ?? half)[name] ?? "")}
            onChange={(e) => type(name, e.currentTarget.value)}
            data-testid={name}
          />
        </label>
      ))}
    </div>
  );
}
